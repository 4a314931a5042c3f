"""The proof that every balance is what its records add up to."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from inventory.models import Product, Warehouse
from inventory.stock import InboundReceipt, Movement, Reservation, Stock
from portal.i18n import N_


class Figure(StrEnum):
    """A carried figure that can be recomputed."""

    ON_HAND = "on_hand"
    RESERVED = "reserved"
    CLAIMED = "claimed"


FIGURE_TITLES = {
    Figure.ON_HAND: N_("On hand, against the movements"),
    Figure.RESERVED: N_("Reserved, against the reservations"),
    Figure.CLAIMED: N_("Claimed, against the lines that wait"),
}


@dataclass(frozen=True)
class Difference:
    """A figure that is carried wrong: `recorded` is what the row says, `proven` what its records add up to, in units.

    `receipt_no` names the receipt when the figure is what is claimed of it.
    """

    figure: Figure
    sku: str
    warehouse: str
    recorded: int
    proven: int
    receipt_no: str | None = None

    def __str__(self) -> str:
        where = f"{self.sku} in {self.warehouse}" + (
            f", receipt {self.receipt_no}" if self.receipt_no else ""
        )
        return f"{where}: {self.figure} is {self.recorded}, its records add up to {self.proven}"


def differences(session: Session) -> list[Difference]:
    """Every balance and claim that is not the sum of its records; none when all is well. Two queries, no locks."""
    return [*_balances(session), *_claims(session)]


def _balances(session: Session) -> list[Difference]:
    """On hand against the movements, reserved against what reservations hold, in one look at all places."""
    nothing = literal(0)
    rows = union_all(
        select(
            Stock.product_id,
            Stock.warehouse_id,
            Stock.on_hand.label("on_hand"),
            Stock.reserved.label("reserved"),
            nothing.label("moved"),
            nothing.label("held"),
        ),
        select(
            Movement.product_id, Movement.warehouse_id, nothing, nothing, func.sum(Movement.quantity), nothing
        ).group_by(Movement.product_id, Movement.warehouse_id),
        select(
            Reservation.product_id,
            Reservation.warehouse_id,
            nothing,
            nothing,
            nothing,
            func.sum(Reservation.held),
        )
        .where(Reservation.held > 0)
        .group_by(Reservation.product_id, Reservation.warehouse_id),
    ).subquery()
    on_hand, reserved = func.sum(rows.c.on_hand), func.sum(rows.c.reserved)
    moved, held = func.sum(rows.c.moved), func.sum(rows.c.held)
    query = (
        select(Product.sku, Warehouse.code, on_hand, reserved, moved, held)
        .select_from(rows)
        .join(Product, Product.id == rows.c.product_id)
        .join(Warehouse, Warehouse.id == rows.c.warehouse_id)
        .group_by(Product.sku, Warehouse.code)
        .having(or_(on_hand != moved, reserved != held))
        .order_by(Product.sku, Warehouse.code)
    )
    found = []
    for sku, warehouse, *sums in session.execute(query):
        there, spoken_for, movements, reservations = map(int, sums)
        if there != movements:
            found.append(Difference(Figure.ON_HAND, sku, warehouse, there, movements))
        if spoken_for != reservations:
            found.append(Difference(Figure.RESERVED, sku, warehouse, spoken_for, reservations))
    return found


def _claims(session: Session) -> list[Difference]:
    """What is claimed of each receipt against what waits for it."""
    waiting = (
        select(Reservation.receipt_id, func.sum(Reservation.quantity - Reservation.held).label("units"))
        .where(Reservation.receipt_id.is_not(None))
        .group_by(Reservation.receipt_id)
        .subquery()
    )
    proven = func.coalesce(waiting.c.units, 0)
    query = (
        select(Product.sku, Warehouse.code, InboundReceipt.claimed, proven, InboundReceipt.number)
        .join(Product, Product.id == InboundReceipt.product_id)
        .join(Warehouse, Warehouse.id == InboundReceipt.warehouse_id)
        .outerjoin(waiting, waiting.c.receipt_id == InboundReceipt.id)
        .where(InboundReceipt.claimed != proven)
        .order_by(InboundReceipt.number)
    )
    return [
        Difference(Figure.CLAIMED, sku, warehouse, recorded, int(units), number)
        for sku, warehouse, recorded, units, number in session.execute(query)
    ]
