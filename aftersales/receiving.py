"""Goods of a return are here: they lie in quarantine until somebody has looked at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import return_notices
from aftersales.identifying import split_units
from aftersales.models import RETURN_MOVES, Return, ReturnLine, ReturnState
from aftersales.return_steps import locked_return, refuse_unless_next
from inventory import quarantine
from inventory.identities import Keeping
from inventory.ledger import Move, Place
from inventory.lifeline import Step
from inventory.tracing import Shift, Spot, shift
from policies.kinds import Kind
from policies.promising import promise_case
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of receiving returned goods, for the audit trail."""

    RECEIVED = "return.received"


@dataclass(frozen=True)
class Arrived:
    """Units of a return's line that came; of serials and lots by number, where not all that were named came."""

    line_id: int
    quantity: int
    numbers: Mapping[str, int] = field(default_factory=dict)


def receive(session: Session, found: Return, arrived: Sequence[Arrived], *, by: User, now: datetime) -> None:
    """Authorised goods are here, or fewer of them: into quarantine, and the refund is promised from now on.

    Refused, changing nothing, when nothing came, more of a line than was authorised (at `quantity_<line id>`), or a
    serial or lot that the return does not name (at `numbers_<line id>`).
    """
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.RECEIVED)
    if not any(one.quantity for one in arrived):
        raise Refused(N_("Say how many units came back."))
    by_line = {one.line_id: one for one in arrived}
    for line in found.lines:
        one = by_line.get(line.id, Arrived(line.id, 0))
        if not 0 <= one.quantity <= line.quantity:
            raise Refused(
                N_("At most %(most)s of %(sku)s were authorised."),
                field=f"quantity_{line.id}",
                most=line.quantity,
                sku=line.order_line.sku,
            )
        _keep_named(line, one)
    take_in(session, found, by=by, now=now)
    units = sum(line.received for line in found.lines)
    after = {"units": units, "authorised": sum(line.quantity for line in found.lines)}
    audit.record(session, Verb.RECEIVED, "return", found.number, by=by, now=now, after=after)
    return_notices.tell_buyer(session, found, "received", {"units": units}, now=now)


def take_in(session: Session, found: Return, *, by: User, now: datetime) -> None:
    """What is `received` of each line lies in quarantine: stock, serials and lots, and the order's line say so."""
    units: dict[Place, int] = {}
    for line in found.lines:
        if not line.received:
            continue
        sold = line.order_line
        left = sold.quantities.delivered - sold.returned
        if line.received > left:
            raise Refused(
                N_("At most %(left)s of %(sku)s can come back: that many were delivered and are not back."),
                field=f"quantity_{line.id}",
                left=max(0, left),
                sku=sold.sku,
            )
        sold.returned += line.received
        place = Place(sold.product_id, found.order.warehouse_id)
        units[place] = units.get(place, 0) + line.received
    moves = [Move(place, count) for place, count in units.items()]
    quarantine.take_back(session, moves, found.number, by=by, now=now)
    theirs = Spot(Keeping.OWNED, customer_id=found.order.customer_id)
    here = Spot(Keeping.QUARANTINE, warehouse_id=found.order.warehouse_id)
    shifts = [
        Shift(one.identity_id, one.quantity, theirs, here) for line in found.lines for one in line.identities
    ]
    if shifts:
        shift(session, shifts, Step.RETURN, found.number, by=by, now=now)
    found.received_at, found.received_by_id = now, by.id
    RETURN_MOVES.make(found, ReturnState.RECEIVED)
    session.flush()  # the promise is written by its own statement
    found.refund_promise = promise_case(
        session, found.order.customer, Kind.REFUND, found.number, start=now, by=by, now=now
    )


def _keep_named(line: ReturnLine, one: Arrived) -> None:
    """Of the serials and lots a line names, keep those that came."""
    line.received = one.quantity
    known = {each.identity_id: (each.identity.number, each.quantity) for each in line.identities}
    unnamed = line.quantity - sum(count for _, count in known.values())
    came = one.quantity if not unnamed else min(one.quantity, sum(count for _, count in known.values()))
    if not came:
        line.identities = []
        return
    units = split_units(line.order_line.sku, known, one.numbers, came, field=f"numbers_{line.id}")
    for each in list(line.identities):
        if each.identity_id in units:
            each.quantity = units[each.identity_id]
        else:
            line.identities.remove(each)
