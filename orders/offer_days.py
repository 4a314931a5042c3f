"""Offers that wait for an answer while their goods are held up: they name the first day that can still be kept."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from orders import offer_notices
from orders.models import Order, OrderLine, ScheduleLine
from orders.substituting import lock_offer
from orders.substitutions import OfferState, SubstituteOffer
from orders.waiting import Clock, arrival
from policies.models import PolicyVersion, ServiceLevel
from policies.promises import Promise
from portal import audit
from portal.accounts.models import User
from portal.jobs import for_each
from portal.refusal import Refused


class Verb(StrEnum):
    """What becomes of the day of an open offer, for the audit trail."""

    PUT_OFF = "substitute.put_off"


def orders_with_offers(warehouse_id: int, now: datetime) -> Select[int]:
    """The ids of the orders of a warehouse that have an offer which can still be answered."""
    query = select(OrderLine.order_id).join(OrderLine.parts).join(OrderLine.order)
    query = query.join(SubstituteOffer, SubstituteOffer.part_id == ScheduleLine.id)
    return query.where(Order.warehouse_id == warehouse_id, *_waits_for_answer(now))


def put_off_at(session: Session, warehouse_id: int, *, by: User, now: datetime) -> int:
    """Date the open offers of a warehouse anew whose day cannot be kept any more, and tell their buyers; counts them.

    The caller has locked their orders.
    """
    clock = Clock.at(session, now)
    offers = _open_offers(session, now, Order.warehouse_id == warehouse_id)
    return sum(_put_off(session, offer, clock, by=by, now=now) for offer in offers)


def put_off_late(session: Session, now: datetime) -> int:
    """The same for all offers, whatever has moved their days, each an act of its own; says how many there were."""
    clock = Clock.at(session, now)
    late = [offer.id for offer in _open_offers(session, now) if _later_day(session, offer, clock)]

    def put_off(offer_id: int) -> int:
        lock_offer(session, session.get_one(SubstituteOffer, offer_id))
        offers = _open_offers(session, now, SubstituteOffer.id == offer_id)
        clock = Clock.at(session, now)
        return sum(_put_off(session, offer, clock, by=None, now=now) for offer in offers)

    return for_each(session, late, put_off)


def _put_off(
    session: Session, offer: SubstituteOffer, clock: Clock, *, by: User | None, now: datetime
) -> int:
    due_on = _later_day(session, offer, clock)
    if due_on is None:
        return 0
    line, before = offer.part.line, offer.due_on
    offer.due_on = due_on
    after = {"offer": offer.number, "line": line.n, "quantity": offer.quantity, "units": offer.units}
    after |= {"sku": offer.stands_in.sku, "was": str(before), "due_on": str(due_on)}
    audit.record(session, Verb.PUT_OFF, "order", line.order.number, by=by, now=now, after=after)
    offer_notices.tell_put_off(session, offer, before, now=now)
    return 1


def _later_day(session: Session, offer: SubstituteOffer, clock: Clock) -> date | None:
    """The day that holds for an answer at the last moment, if it is after the one the offer names."""
    try:
        dated = arrival(session, offer.part, offer.stands_in_id, offer.units, offer.answer_by, clock)
    except Refused:
        return None  # no lead time is promised to this customer any more, so no other day can be named
    return dated.due_on if dated.due_on > offer.due_on else None


def _waits_for_answer(now: datetime) -> tuple[Any, ...]:
    return (SubstituteOffer.state == OfferState.OFFERED, SubstituteOffer.answer_by >= now)


def _open_offers(session: Session, now: datetime, *conditions: Any) -> list[SubstituteOffer]:
    level = joinedload(Promise.service_level).joinedload(ServiceLevel.version)
    query = (
        select(SubstituteOffer)
        .join(SubstituteOffer.part)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .where(*_waits_for_answer(now), *conditions)
        .options(
            joinedload(SubstituteOffer.stands_in),
            joinedload(SubstituteOffer.part).options(
                joinedload(ScheduleLine.promise).options(level.joinedload(PolicyVersion.policy)),
                joinedload(ScheduleLine.line)
                .joinedload(OrderLine.order)
                .options(joinedload(Order.warehouse), joinedload(Order.buyer), joinedload(Order.customer)),
            ),
        )
        .order_by(SubstituteOffer.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))
