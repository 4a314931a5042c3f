"""Offers that end without an answer: their time runs out, or what they stood for no longer waits."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from inventory.reserving import release
from inventory.stock import Reservation
from orders import offer_notices
from orders.models import Order, OrderLine, ScheduleLine
from orders.substituting import lock_offer
from orders.substitutions import OFFER_MOVES, OfferState, SubstituteOffer
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.jobs import for_each
from portal.refusal import Refused


class Verb(StrEnum):
    """Ends of offers that nobody answered, for the audit trail."""

    EXPIRED = "substitute.expired"
    WITHDRAWN = "substitute.withdrawn"


def expire_offers(session: Session, now: datetime) -> int:
    """Let go of what was held for offers whose time has run out and tell their buyers; says how many there were.

    Each is an act of its own, so that a run which is killed midway has ended some and leaves the others for the next.
    """
    return _end_each(session, open_ids(session, SubstituteOffer.answer_by < now), OfferState.EXPIRED, now)


def withdraw_stale(session: Session, now: datetime) -> int:
    """Withdraw the offers whose part no longer waits for as much, or whose own units are gone; says how many."""
    return _end_each(session, open_ids(session, _stale()), OfferState.WITHDRAWN, now)


def end_if(session: Session, offer_id: int, state: OfferState, *, now: datetime) -> int:
    """End one offer, as expired or withdrawn, if that still holds once its order is locked; says whether it did.

    The buyer is told either way: the offer named a day until which they could answer.
    """
    found = session.get(SubstituteOffer, offer_id)
    if found is None:
        return 0
    _order, offer = lock_offer(session, found)
    holds = SubstituteOffer.answer_by < now if state is OfferState.EXPIRED else _stale()
    if not _open_offers(session, SubstituteOffer.id == offer_id, holds):
        return 0
    _end(session, offer, state, by=None, now=now)
    release(session, [offer.reservation_id], now=now)
    tell = offer_notices.tell_lapsed if state is OfferState.EXPIRED else offer_notices.tell_withdrawn
    tell(session, offer, now=now)
    return 1


def withdraw_for(session: Session, part_ids: Iterable[int], *, by: User | None, now: datetime) -> list[int]:
    """Withdraw the open offers for parts of locked orders; gives the reservations that the caller now releases."""
    ended = _open_offers(session, SubstituteOffer.part_id.in_(list(part_ids)))
    for offer in ended:
        _end(session, offer, OfferState.WITHDRAWN, by=by, now=now)
    return [offer.reservation_id for offer in ended]


def withdraw_offer(session: Session, offer: SubstituteOffer, *, by: User, now: datetime) -> None:
    """Staff take an offer back before it is answered, and the buyer is told; refused afterwards."""
    _order, offer = lock_offer(session, offer)
    if not OFFER_MOVES.allow(offer.state, OfferState.WITHDRAWN):
        raise Refused(N_("This offer has ended already."))
    _end(session, offer, OfferState.WITHDRAWN, by=by, now=now)
    release(session, [offer.reservation_id], now=now)
    offer_notices.tell_withdrawn(session, offer, now=now)


def withdraw_served(session: Session, order_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Withdraw the stale offers of orders that are locked and tell their buyers; gives what the caller now releases."""
    ended = _open_offers(session, OrderLine.order_id.in_(order_ids), _stale())
    for offer in ended:
        _end(session, offer, OfferState.WITHDRAWN, by=None, now=now)
        offer_notices.tell_withdrawn(session, offer, now=now)
    return [offer.reservation_id for offer in ended]


def _stale() -> Any:
    own = select(Reservation.id).where(
        Reservation.id == SubstituteOffer.reservation_id, Reservation.held < SubstituteOffer.units
    )
    waits = select(Reservation.id).where(
        Reservation.id == ScheduleLine.reservation_id,
        Reservation.quantity - Reservation.held >= SubstituteOffer.quantity,
    )
    return or_(own.exists(), ~waits.exists())


def _end_each(session: Session, ids: Iterable[int], state: OfferState, now: datetime) -> int:
    return for_each(session, ids, lambda id_: end_if(session, id_, state, now=now))


def open_ids(session: Session, condition: Any) -> list[int]:
    """The open offers for which a condition holds, by id."""
    query = (
        select(SubstituteOffer.id)
        .join(SubstituteOffer.part)
        .where(SubstituteOffer.state == OfferState.OFFERED, condition)
        .order_by(SubstituteOffer.id)
    )
    return list(session.scalars(query))


def _open_offers(session: Session, *conditions: Any) -> list[SubstituteOffer]:
    query = (
        select(SubstituteOffer)
        .join(SubstituteOffer.part)
        .join(ScheduleLine.line)
        .where(SubstituteOffer.state == OfferState.OFFERED, *conditions)
        .options(
            joinedload(SubstituteOffer.stands_in),
            joinedload(SubstituteOffer.part)
            .joinedload(ScheduleLine.line)
            .joinedload(OrderLine.order)
            .joinedload(Order.buyer),
        )
        .order_by(SubstituteOffer.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _end(
    session: Session, offer: SubstituteOffer, state: OfferState, *, by: User | None, now: datetime
) -> None:
    OFFER_MOVES.make(offer, state)
    offer.answered_at, offer.answered_by = now, by
    line = offer.part.line
    order: Order = line.order
    verb = Verb.EXPIRED if state is OfferState.EXPIRED else Verb.WITHDRAWN
    after = {"offer": offer.number, "line": line.n, "quantity": offer.quantity}
    after |= {"units": offer.units, "sku": offer.stands_in.sku}
    audit.record(session, verb, "order", order.number, by=by, now=now, after=after)
