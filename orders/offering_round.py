"""The round of the offers: what waits for stock is promised a substitute where there is one, and offered it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from inventory.allotting import unfit
from inventory.ledger import Place, at, stock_rows
from inventory.models import Product, Warehouse
from inventory.standing_in import SIDES, Side, valid_on
from inventory.stock import Reservation, Stock
from orders import offer_notices
from orders.consenting import consents_of
from orders.lapsing import expire_offers, withdraw_stale
from orders.models import Order, OrderLine, ScheduleLine
from orders.offer_days import put_off_late
from orders.offering import Choice, choices, hold_offer
from orders.substituting import accept
from orders.substitutions import ConsentRule, OfferState, SubstituteOffer, SubstitutionConsent
from orders.waiting import waiting_parts, would_come_sooner
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import WATCHED, Promise
from policies.promising import promise_case, withdraw
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock, transaction
from portal.refusal import Refused

AT_ONCE = 50


def go_round(session: Session, now: datetime) -> int:
    """The scheduled round: ends offers whose time is over, dates those anew whose day is lost, then offers what it can.

    Says how much changed. It works through the waiting parts that a substitute in stock could serve, or that no offer
    was promised for yet, some at a time, each time whole or not at all, so it may be killed and run again.
    """
    changed = expire_offers(session, now) + withdraw_stale(session, now) + put_off_late(session, now)
    with transaction(session):
        changed += _withdraw_promises(session, now)
    last, due = 0, _to_do(session, now)
    while True:
        with transaction(session):
            ids = _candidates(session, now, ScheduleLine.id > last, due, limit=AT_ONCE)
            changed += _offer_to(session, ids, by=None, now=now) if ids else 0
        if len(ids) < AT_ONCE:
            return changed
        last = ids[-1]


def offer_for_order(session: Session, order: Order, *, now: datetime) -> int:
    """Offer what stands for the short lines of an order that was just placed; says how many offers were made.

    Its stock rows are locked already. Those of substitutes that somebody else holds at this moment are left to the
    round, because waiting for them here could have two orders wait for each other.
    """
    ids = _candidates(session, now, OrderLine.order_id == order.id)
    return _offer_to(session, ids, by=None, now=now, patient=False) if ids else 0


def offer_for_product(
    session: Session, product: Product, warehouse: Warehouse, *, by: User, now: datetime
) -> int:
    """Offer what stands for a product to everybody who waits for it in a warehouse; says how many offers were made."""
    here = (OrderLine.product_id == product.id, Order.warehouse_id == warehouse.id)
    ids = _candidates(session, now, *here)
    return _offer_to(session, ids, by=by, now=now) if ids else 0


def _to_do(session: Session, now: datetime) -> ColumnElement[bool]:
    """That a substitute for what waits of a part lies in stock, or an offer may have to be promised for it."""
    kind = Kind.SUBSTITUTION_OFFER
    waiting, free = Reservation.quantity - Reservation.held, Stock.on_hand - Stock.reserved

    def enough(side: Side) -> ColumnElement[bool]:
        """That so much of one side lies in stock as would stand for all that waits of the other."""
        return exists().where(
            side.short == OrderLine.product_id,
            side.holds,
            valid_on(business_day(now)),
            Stock.product_id == side.instead,
            Stock.warehouse_id == Order.warehouse_id,
            free * side.for_units >= waiting * side.per_unit,
        )

    there = or_(*map(enough, SIDES))
    if session.scalar(select(ServiceLevel.id).where(ServiceLevel.kind == kind).limit(1)) is None:
        return there
    promised = exists().where(Promise.kind == kind, Promise.subject_no == Reservation.purpose)
    return there | ~promised


def _candidates(session: Session, now: datetime, *conditions: Any, limit: int | None = None) -> list[int]:
    """Parts that wait for stock, have a substitute and were never offered one, unless that offer was withdrawn."""
    today = business_day(now)
    stands_in, offered, consent = aliased(Product), SubstituteOffer, SubstitutionConsent
    there = or_(
        *(
            exists().where(
                side.short == OrderLine.product_id,
                side.holds,
                stands_in.id == side.instead,
                stands_in.active,
                valid_on(today),
            )
            for side in SIDES
        )
    )
    query = (
        select(ScheduleLine.id)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .join(ScheduleLine.reservation)
        .where(
            Reservation.held < Reservation.quantity,
            there,
            ~exists().where(offered.part_id == ScheduleLine.id, offered.state != OfferState.WITHDRAWN),
            ~exists().where(consent.customer_id == Order.customer_id, consent.rule == ConsentRule.NEVER),
            *conditions,
        )
        .order_by(ScheduleLine.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _offer_to(
    session: Session, ids: Sequence[int], *, by: User | None, now: datetime, patient: bool = True
) -> int:
    """Promise and make offers for these parts; says how many were made."""
    named = select(OrderLine.order_id).join(OrderLine.parts).where(ScheduleLine.id.in_(ids))
    lock(session, Order, session.scalars(named.distinct()))
    parts = waiting_parts(session, ScheduleLine.id.in_(ids))
    consents = consents_of(session, {part.line.order.customer_id for part in parts})
    ranked = choices(session, parts, now=now, available={}, consents=consents)
    parts = [part for part in parts if part.id in ranked]
    free = _at_hand(session, parts, ranked, patient=patient, now=now)
    _promise(session, parts, ranked, now)
    made = 0
    for part in parts:
        order = part.line.order
        best = _best(part, ranked[part.id], free)
        if best is None:
            continue
        try:
            agreed = consents.get(order.customer_id) if best.unasked else None
            held = hold_offer(session, part, best.substitute, agreed, by=by, now=now)
        except Refused:
            continue  # an offer to an earlier part of this run took what there was
        if best.unasked:
            accept(session, held, by=None, now=now)
            offer_notices.tell_sent_instead(session, held, now=now)
        else:
            offer_notices.tell_offered(session, held, now=now)
        free[Place(best.substitute.stands_in_id, order.warehouse_id)] -= best.units
        made += 1
    return made


def _best(part: ScheduleLine, ranked: Iterable[Choice], free: Mapping[Place, int]) -> Choice | None:
    """The best of the ranked substitutes that is in stock and comes sooner than what it stands for."""
    for one in ranked:
        place = Place(one.substitute.stands_in_id, part.line.order.warehouse_id)
        if (
            one.unit_price is not None
            and free.get(place, 0) >= one.units
            and would_come_sooner(part, one.due_on)
        ):
            return one
    return None


def _at_hand(
    session: Session,
    parts: Sequence[ScheduleLine],
    ranked: Mapping[int, Sequence[Choice]],
    *,
    patient: bool,
    now: datetime,
) -> dict[Place, int]:
    """What may be sold of the substitutes, their stock rows locked together with those of what they stand for.

    Without patience only the rows that nobody else has locked are given.
    """
    instead = {
        Place(one.substitute.stands_in_id, part.line.order.warehouse_id)
        for part in parts
        for one in ranked[part.id]
    }
    if patient:
        own = {Place(part.line.product_id, part.line.order.warehouse_id) for part in parts}
        locked = stock_rows(session, list(instead | own))
        rows = {place: locked[place] for place in instead}
    else:
        query = select(Stock).where(at(Stock, instead)).order_by(Stock.id).with_for_update(skip_locked=True)
        found = session.scalars(query.execution_options(populate_existing=True))
        rows = {Place(row.product_id, row.warehouse_id): row for row in found}
    barred = unfit(session, rows.values(), today=business_day(now))
    return {place: row.available - barred[place] for place, row in rows.items()}


def _promise(
    session: Session, parts: Sequence[ScheduleLine], ranked: Mapping[int, Sequence[Choice]], now: datetime
) -> None:
    """Promise an offer for each part that a substitute could help, from the moment it is known to be short."""
    named = {
        part.reservation.purpose: part
        for part in parts
        if part.reservation and any(would_come_sooner(part, one.due_on) for one in ranked[part.id])
    }
    kind = Kind.SUBSTITUTION_OFFER
    query = select(Promise.subject_no).where(Promise.kind == kind, Promise.subject_no.in_(named))
    promised = set(session.scalars(query))
    for name, part in named.items():
        if name not in promised:
            promise_case(session, part.line.order.customer, kind, name, start=now, by=None, now=now)


def _withdraw_promises(session: Session, now: datetime) -> int:
    """Offers are owed no more for what has come or was cancelled, nor to companies that want none; says how many."""
    query = (
        select(Promise.id)
        .join(Reservation, Reservation.purpose == Promise.subject_no)
        .where(
            Promise.kind == Kind.SUBSTITUTION_OFFER,
            Promise.state.in_(WATCHED),
            or_(
                Reservation.held >= Reservation.quantity,
                exists().where(
                    SubstitutionConsent.customer_id == Promise.customer_id,
                    SubstitutionConsent.rule == ConsentRule.NEVER,
                ),
            ),
        )
    )
    ids = list(session.scalars(query))
    withdraw(session, ids, by=None, now=now)
    return len(ids)
