"""Where a line stands, derived from its quantities and never stored; an order is as far as its least advanced line."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from portal.i18n import N_

Units = TypeVar("Units")


class LineState(StrEnum):
    """How far a line has come, the least advanced first."""

    BACKORDERED = "backordered"
    PARTLY_ALLOCATED = "partly_allocated"
    ALLOCATED = "allocated"
    PICKED = "picked"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


STATE_TITLES = {
    LineState.BACKORDERED: N_("Waiting for stock"),
    LineState.PARTLY_ALLOCATED: N_("Partly in stock"),
    LineState.ALLOCATED: N_("In stock for you"),
    LineState.PICKED: N_("Picked"),
    LineState.PARTLY_SHIPPED: N_("Partly shipped"),
    LineState.SHIPPED: N_("Shipped"),
    LineState.PARTLY_DELIVERED: N_("Partly delivered"),
    LineState.DELIVERED: N_("Delivered"),
    LineState.CANCELLED: N_("Cancelled"),
}


@dataclass(frozen=True)
class Quantities(Generic[Units]):
    """Units of a line by stage, as numbers or as columns. `held` lie in stock for it and have not been shipped."""

    ordered: Units
    cancelled: Units
    held: Units
    picked: Units
    shipped: Units
    delivered: Units


def line_rules(q: Quantities[Any]) -> tuple[tuple[Any, LineState], ...]:
    """What must hold for each state, of numbers and of columns alike; the highest rule that fits wins."""
    wanted = q.ordered - q.cancelled
    return (
        (wanted == 0, LineState.CANCELLED),
        (q.delivered >= wanted, LineState.DELIVERED),
        (q.delivered > 0, LineState.PARTLY_DELIVERED),
        (q.shipped >= wanted, LineState.SHIPPED),
        (q.shipped > 0, LineState.PARTLY_SHIPPED),
        (q.picked >= wanted, LineState.PICKED),
        (q.held >= wanted, LineState.ALLOCATED),
        ((q.held > 0) | (q.picked > 0), LineState.PARTLY_ALLOCATED),
    )


def line_state(q: Quantities[int]) -> LineState:
    """The state that a line's quantities mean; none of the rules holds for one that waits for all of its goods."""
    return next((state for fits, state in line_rules(q) if fits), LineState.BACKORDERED)


def order_state(lines: Iterable[LineState]) -> LineState:
    """The state of an order: delivered once every line that was not cancelled is, else its least advanced line's.

    An order of which some lines have left and others have not is partly shipped, or partly delivered; one of which some
    lines have goods and others none is partly in stock.
    """
    states = [state for state in lines if state is not LineState.CANCELLED]
    if not states:
        return LineState.CANCELLED
    order = list(LineState)
    least = min(states, key=order.index)
    if least is LineState.DELIVERED:
        return least
    if any(state in (LineState.DELIVERED, LineState.PARTLY_DELIVERED) for state in states):
        return LineState.PARTLY_DELIVERED
    if order.index(least) < order.index(LineState.PARTLY_SHIPPED) and any(
        state in (LineState.SHIPPED, LineState.PARTLY_SHIPPED) for state in states
    ):
        return LineState.PARTLY_SHIPPED
    if least is LineState.BACKORDERED and any(state is not least for state in states):
        return LineState.PARTLY_ALLOCATED
    return least
