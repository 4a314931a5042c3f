"""A shipment goes on with another carrier: its legs are planned, followed, and a late one moves the day it arrives."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.models import Order, ScheduleLine
from orders.shipments import Mode, Shipment, ShipmentLeg, ShipmentLine, ShipmentState
from portal import audit
from portal.accounts.models import User
from portal.clock import CLOCK_SKEW, business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

FARTHEST = timedelta(days=365)


class Verb(StrEnum):
    """Acts on the legs of a shipment, for the audit trail."""

    ARRIVED = "leg.arrived"
    LEFT = "leg.left"
    REPLANNED = "leg.replanned"


@dataclass(frozen=True)
class Leg:
    """One carrier's part of the way, planned to arrive on a day; the tracking number may follow later."""

    mode: Mode
    carrier: str
    from_place: str
    to_place: str
    arrives_on: date
    tracking_no: str = ""


def check(legs: Sequence[Leg], today: date) -> None:
    """Refused unless each leg has a carrier, starts where the one before ends, and arrives no earlier than that one."""
    soonest = today
    for n, leg in enumerate(legs, 1):
        if not leg.carrier.strip():
            raise Refused(N_("Name the carrier."), field=_field(n, "carrier"))
        if not leg.from_place.strip() or not leg.to_place.strip():
            raise Refused(N_("Name the transfer point."), field="point")
        if leg.arrives_on < soonest:
            raise Refused(
                N_("It cannot arrive before it leaves.")
                if n == 1
                else N_("It cannot arrive before it gets there."),
                field=_field(n, "arrives_on"),
            )
        if leg.arrives_on > today + FARTHEST:
            raise Refused(
                N_("That day is more than a year away. Please check the year."), field=_field(n, "arrives_on")
            )
        soonest = leg.arrives_on
    for before, after in pairwise(legs):
        if before.to_place != after.from_place:
            raise Refused(N_("A leg starts where the one before it ends."), field="point")


def start(session: Session, shipment: Shipment, legs: Sequence[Leg], *, now: datetime) -> None:
    """Put the legs of a shipment that leaves now on record; its goods are expected when the last one arrives."""
    if not legs:
        return
    for n, leg in enumerate(legs, 1):
        shipment.legs.append(
            ShipmentLeg(
                n=n,
                mode=leg.mode,
                carrier=leg.carrier.strip(),
                tracking_no=leg.tracking_no.strip(),
                from_place=leg.from_place.strip()[:120],
                to_place=leg.to_place.strip()[:120],
                original_arrives_on=leg.arrives_on,
                arrives_on=leg.arrives_on,
                left_at=now if n == 1 else None,
            )
        )
    late = _left_late(session, shipment)
    for line in shipment.lines:
        _expect(line.part, legs[-1].arrives_on, late)


def arrive(session: Session, leg: ShipmentLeg, at: datetime, *, by: User, now: datetime) -> None:
    """The goods of a leg have been at its transfer point since `at`; a late leg moves what follows.

    Refused for the last leg, whose arrival is the delivery, for one that has not left or has arrived, and for a time
    before it left or in the future.
    """
    shipment, leg = _under_way(session, leg)
    if leg is shipment.legs[-1]:
        raise Refused(N_("The arrival of the last leg is the delivery. Record that instead."))
    if leg.left_at is None:
        raise Refused(N_("This leg has not left yet."))
    if leg.arrived_at is not None:
        raise Refused(N_("This leg has arrived already."))
    _refuse_moment(at, leg.left_at, now)
    leg.arrived_at = at
    if (arrived_on := business_day(at)) > leg.arrives_on:
        _replan(session, shipment, leg, arrived_on)
    _record(session, Verb.ARRIVED, shipment, leg, by=by, now=now, at=at.isoformat())


def leave(
    session: Session, leg: ShipmentLeg, at: datetime, *, tracking_no: str = "", by: User, now: datetime
) -> None:
    """The next carrier has had the goods since `at`; its tracking number may be given now.

    Refused before the goods are at the transfer point, and for a leg that has left.
    """
    shipment, leg = _under_way(session, leg)
    before = next((one for one in shipment.legs if one.n == leg.n - 1), None)
    if leg.left_at is not None or before is None:
        raise Refused(N_("This leg has left already."))
    if before.arrived_at is None:
        raise Refused(N_("The goods are not at the transfer point yet."))
    _refuse_moment(at, before.arrived_at, now)
    leg.left_at = at
    leg.tracking_no = tracking_no.strip() or leg.tracking_no
    _record(session, Verb.LEFT, shipment, leg, by=by, now=now, at=at.isoformat())


def replan(session: Session, leg: ShipmentLeg, arrives_on: date, *, by: User, now: datetime) -> None:
    """A carrier names another day. The legs after it move by as many days, and with them the day the goods arrive.

    Promises stay as they are; the lead-time watch tells which are now at risk. Refused for a leg that has arrived, and
    for a day before it leaves, before the leg before it arrives, or too far ahead.
    """
    shipment, leg = _under_way(session, leg)
    if leg.arrived_at is not None:
        raise Refused(N_("This leg has arrived already."))
    before = next((one for one in shipment.legs if one.n == leg.n - 1), None)
    soonest = max(business_day(now), before.arrives_on) if before else business_day(now)
    if arrives_on < soonest:
        raise Refused(N_("It cannot arrive before it gets there."), field="arrives_on")
    if arrives_on > business_day(now) + FARTHEST:
        raise Refused(N_("That day is more than a year away. Please check the year."), field="arrives_on")
    was = leg.arrives_on
    _replan(session, shipment, leg, arrives_on)
    _record(session, Verb.REPLANNED, shipment, leg, by=by, now=now, was=str(was), arrives_on=str(arrives_on))


def _replan(session: Session, shipment: Shipment, leg: ShipmentLeg, arrives_on: date) -> None:
    moved = arrives_on - leg.arrives_on
    for one in shipment.legs:
        if one.n >= leg.n:
            one.arrives_on += moved
    session.flush()  # the days below are read from the legs
    last = _last_arrivals(session, [line.schedule_line_id for line in shipment.lines])
    late = _left_late(session, shipment)
    for line in shipment.lines:
        _expect(line.part, last.get(line.schedule_line_id, shipment.legs[-1].arrives_on), late, anew=True)


def _expect(part: ScheduleLine, arrives_on: date, late: Collection[int], *, anew: bool = False) -> None:
    """The goods of a part are expected on a day, by which the lead-time watch judges whether they come too late.

    The parts in `late` do so in any case, by another shipment.
    """
    if not anew and part.arrives_on is not None:
        arrives_on = max(part.arrives_on, arrives_on)
    part.arrives_on = arrives_on
    if part.promise is not None:
        part.shipped_late = part.id in late or arrives_on > business_day(part.promise.due_at)


def _left_late(session: Session, shipment: Shipment) -> set[int]:
    """Parts of a shipment of which another one, with a single carrier and still on its way, left too late."""
    query = (
        select(ScheduleLine.id, ScheduleLine.ship_by, func.max(Shipment.shipped_at))
        .join(ShipmentLine, ShipmentLine.schedule_line_id == ScheduleLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(
            ScheduleLine.id.in_([line.schedule_line_id for line in shipment.lines]),
            Shipment.id != shipment.id,
            Shipment.state == ShipmentState.SHIPPED,
            ~Shipment.legs.any(),
        )
        .group_by(ScheduleLine.id, ScheduleLine.ship_by)
    )
    return {
        id_
        for id_, ship_by, left_at in session.execute(query)
        if ship_by is not None and left_at is not None and business_day(left_at) > ship_by
    }


def _last_arrivals(session: Session, part_ids: Iterable[int]) -> dict[int, date]:
    """When the last goods of these parts arrive, over all their shipments with legs that are under way."""
    query = (
        select(ShipmentLine.schedule_line_id, func.max(ShipmentLeg.arrives_on))
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(ShipmentLeg, ShipmentLeg.shipment_id == Shipment.id)
        .where(ShipmentLine.schedule_line_id.in_(list(part_ids)), Shipment.state == ShipmentState.SHIPPED)
        .group_by(ShipmentLine.schedule_line_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _under_way(session: Session, leg: ShipmentLeg) -> tuple[Shipment, ShipmentLeg]:
    """The shipment of a leg with all its legs and parts, locked with its order, while it is on its way."""
    lock(session, Order, session.scalars(select(Shipment.order_id).where(Shipment.id == leg.shipment_id)))
    query = (
        select(Shipment)
        .where(Shipment.id == leg.shipment_id)
        .options(
            joinedload(Shipment.order),
            selectinload(Shipment.legs),
            selectinload(Shipment.lines).joinedload(ShipmentLine.part).joinedload(ScheduleLine.promise),
        )
        .with_for_update(of=Shipment)
        .execution_options(populate_existing=True)
    )
    shipment = session.scalars(query).one()
    if shipment.state != ShipmentState.SHIPPED:
        raise Refused(N_("This shipment is not on its way."))
    return shipment, next(one for one in shipment.legs if one.id == leg.id)


def _refuse_moment(at: datetime, earliest: datetime, now: datetime) -> None:
    if at < earliest:
        raise Refused(N_("That is before the goods got there."), field="at")
    if at > now + CLOCK_SKEW:
        raise Refused(N_("That cannot lie in the future."), field="at")


def _field(n: int, name: str) -> str:
    """The form field of a leg: those of the second carrier are told apart."""
    return name if n == 1 else f"next_{name}"


def _record(
    session: Session,
    verb: Verb,
    shipment: Shipment,
    leg: ShipmentLeg,
    *,
    by: User,
    now: datetime,
    **facts: str,
) -> None:
    after = {"shipment": shipment.number, "leg": leg.n, "carrier": leg.carrier, **facts}
    audit.record(session, verb, "order", shipment.order.number, by=by, now=now, after=after)
