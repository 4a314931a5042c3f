"""Which serials and lots of an order line can come back: those that were delivered on it and are not back yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales.models import (
    OPEN_RETURNS,
    Disposition,
    OutcomeIdentity,
    Return,
    ReturnIdentity,
    ReturnLine,
    ReturnOutcome,
    ReturnState,
)
from inventory.identities import Identity
from inventory.tracing import tidy
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.i18n import N_, NN_
from portal.refusal import Refused

Units = dict[int, int]
"""Units by the id of their lot or serial."""

_TYPED = re.compile(r"(?P<number>[^,;\s:]+)(?:\s*:\s*(?P<units>\d{1,7}))?")


@dataclass(frozen=True)
class Candidate:
    """A serial or lot delivered on a line, and how many of its units can still come back."""

    identity: Identity
    left: int


Candidates = dict[int, dict[int, Candidate]]


def candidates_of(session: Session, order: Order) -> Candidates:
    """What of an order can come back by serial or lot: candidates by order line and identity.

    Left is what was delivered on the line, less what came back since, less what an open return names already.
    """
    delivered = _delivered(session, order)
    if not delivered:
        return {}
    came_back = _came_back(session, order)
    asked = _asked(session, order)
    found: Candidates = {}
    for line_id, identity, units in delivered:
        left = units - came_back.get((line_id, identity.id), 0) - asked.get((line_id, identity.id), 0)
        found.setdefault(line_id, {})[identity.id] = Candidate(identity, max(0, left))
    return found


def typed_numbers(text: str) -> dict[str, int]:
    """Serials and lots as people type them: separated by commas, blanks or lines; a lot with its units as `L1:3`."""
    found: dict[str, int] = {}
    for match in _TYPED.finditer(text):
        number = tidy(match["number"])
        found[number] = found.get(number, 0) + int(match["units"] or 1)
    return found


def named_units(
    line: OrderLine,
    candidates: Mapping[int, Candidate],
    numbers: Mapping[str, int],
    quantity: int,
    most: int,
    *,
    field: str,
) -> Units:
    """The units of serials and lots meant by what was typed for `quantity` units, of `most` that can come back.

    Nothing needs typing where only one lot is left, or all that is left is meant. Refused at the field for a number
    that was not delivered on this line, more units of it than are left, or fewer numbers than units.
    """
    left = {id_: one for id_, one in candidates.items() if one.left}
    if not numbers:
        return _evident(line, left, quantity, most, field=field)
    by_number = {one.identity.number: one for one in candidates.values()}
    units: Units = {}
    for number, count in numbers.items():
        if number not in by_number:
            raise Refused(
                N_("%(number)s was not delivered to you with %(sku)s of this order."),
                field=field,
                number=number,
                sku=line.sku,
            )
        one = by_number[number]
        if not 0 < count <= one.left:
            raise Refused(
                N_("At most %(left)s of %(number)s can come back."), field=field, left=one.left, number=number
            )
        units[one.identity.id] = count
    _refuse_wrong_count(line, left, units, quantity, most, field=field)
    return units


def split_units(
    sku: str, known: Mapping[int, tuple[str, int]], numbers: Mapping[str, int], quantity: int, *, field: str
) -> Units:
    """Which of some units, known by identity id as number and count, are meant by the numbers typed for `quantity`.

    Nothing needs typing where all of them are meant, or there is only one number. Refused as `named_units`.
    """
    everything = {id_: count for id_, (_, count) in known.items()}
    if not known or (not numbers and quantity >= sum(everything.values())):
        return everything
    if not numbers and len(known) == 1:
        (id_,) = known
        return {id_: quantity}
    ids = {number: id_ for id_, (number, _) in known.items()}
    units: Units = {}
    for number, count in numbers.items():
        if number not in ids or count > everything[ids[number]]:
            raise Refused(N_("%(number)s is not among the units of this return."), field=field, number=number)
        units[ids[number]] = count
    if sum(units.values()) != quantity:
        raise Refused(
            NN_(
                "Name the serial or lot of %(quantity)s unit of %(sku)s.",
                "Name the serials or lots of %(quantity)s units of %(sku)s.",
                "quantity",
            ),
            field=field,
            quantity=quantity,
            sku=sku,
        )
    return units


def _evident(
    line: OrderLine, left: Mapping[int, Candidate], quantity: int, most: int, *, field: str
) -> Units:
    if len(left) == 1:
        (one,) = left.values()
        return {one.identity.id: min(quantity, one.left)}
    units = {id_: one.left for id_, one in left.items()}
    if quantity == sum(units.values()):
        return units
    _refuse_wrong_count(line, left, {}, quantity, most, field=field)
    return {}


def _refuse_wrong_count(
    line: OrderLine, left: Mapping[int, Candidate], units: Units, quantity: int, most: int, *, field: str
) -> None:
    """Units that were shipped before their numbers were kept may come back unnamed; all others are named."""
    unknown = max(0, most - sum(one.left for one in left.values()))
    named = sum(units.values())
    if named > quantity or quantity - named > unknown:
        raise Refused(
            NN_(
                "Name the serial or lot of %(quantity)s unit of %(sku)s.",
                "Name the serials or lots of %(quantity)s units of %(sku)s.",
                "quantity",
            ),
            field=field,
            quantity=quantity,
            sku=line.sku,
        )


def _delivered(session: Session, order: Order) -> list[tuple[int, Identity, int]]:
    query = (
        select(ScheduleLine.line_id, ShipmentIdentity.identity_id, func.sum(ShipmentIdentity.quantity))
        .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .where(Shipment.order_id == order.id, Shipment.state == ShipmentState.DELIVERED)
        .group_by(ScheduleLine.line_id, ShipmentIdentity.identity_id)
    )
    rows = session.execute(query).all()
    wanted = select(Identity).where(Identity.id.in_({row[1] for row in rows})).order_by(Identity.number)
    known = {identity.id: identity for identity in session.scalars(wanted)} if rows else {}
    places = {id_: n for n, id_ in enumerate(known)}
    return [(line, known[id_], int(units)) for line, id_, units in sorted(rows, key=lambda r: places[r[1]])]


def _came_back(session: Session, order: Order) -> dict[tuple[int, int], int]:
    """Units by order line and identity that returns brought back, less those that were sent back to the customer."""
    here = (Return.order_id == order.id, Return.state.in_((ReturnState.RECEIVED, ReturnState.SETTLED)))
    came = (
        select(ReturnLine.order_line_id, ReturnIdentity.identity_id, func.sum(ReturnIdentity.quantity))
        .join(ReturnLine, ReturnLine.id == ReturnIdentity.line_id)
        .join(ReturnLine.goods_return)
        .where(*here)
        .group_by(ReturnLine.order_line_id, ReturnIdentity.identity_id)
    )
    sent_back = (
        select(ReturnLine.order_line_id, OutcomeIdentity.identity_id, func.sum(OutcomeIdentity.quantity))
        .join(ReturnOutcome, ReturnOutcome.id == OutcomeIdentity.outcome_id)
        .join(ReturnLine, ReturnLine.id == ReturnOutcome.line_id)
        .join(ReturnLine.goods_return)
        .where(*here, ReturnOutcome.disposition == Disposition.RETURN_TO_CUSTOMER)
        .group_by(ReturnLine.order_line_id, OutcomeIdentity.identity_id)
    )
    found = {(line_id, id_): int(units) for line_id, id_, units in session.execute(came)}
    for line_id, id_, units in session.execute(sent_back):
        found[line_id, id_] -= int(units)
    return found


def _asked(session: Session, order: Order) -> dict[tuple[int, int], int]:
    query = (
        select(ReturnLine.order_line_id, ReturnIdentity.identity_id, func.sum(ReturnIdentity.quantity))
        .join(ReturnLine, ReturnLine.id == ReturnIdentity.line_id)
        .join(ReturnLine.goods_return)
        .where(Return.order_id == order.id, Return.state.in_(OPEN_RETURNS))
        .group_by(ReturnLine.order_line_id, ReturnIdentity.identity_id)
    )
    return {(line_id, identity_id): int(units) for line_id, identity_id, units in session.execute(query)}
