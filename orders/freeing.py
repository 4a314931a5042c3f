"""Goods that lines waited for have come: their buyers are told, and what was offered instead is held no longer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.reserving import release
from inventory.stock import Dealt, Reservation
from orders import offer_notices
from orders.lapsing import withdraw_served
from orders.models import Order, OrderLine, ScheduleLine
from policies.promises import Promise
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock, transaction
from portal.readers import active_id

AT_ONCE = 500


def tell_freed(session: Session, now: datetime) -> int:
    """Tell the buyers which goods have come and are held for them, once for each order and run.

    Says how often goods had been dealt out since. What was told is put on record with the notice, some at a time, so
    that a run which is killed is taken up by the next.
    """
    looked_at = 0
    while True:
        with transaction(session):
            dealt = tell_some(session, now)
        looked_at += dealt
        if dealt < AT_ONCE:
            return looked_at


def tell_some(session: Session, now: datetime) -> int:
    """Tell of the first goods dealt out that nobody was told of, within the open transaction; says how often."""
    order_ids = _orders_waiting_to_hear(session)
    lock(session, Order, order_ids)
    stale = withdraw_served(session, order_ids, now=now)
    if stale:
        release(session, stale, now=now)
    query = (
        select(Dealt.id, Dealt.reservation_id, Dealt.units)
        .where(Dealt.told_at.is_(None))
        .order_by(Dealt.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    dealt = session.execute(query).all()
    if not dealt:
        return 0
    _tell(session, dealt, now)
    ids = [row.id for row in dealt]
    session.execute(
        update(Dealt)
        .where(Dealt.id.in_(ids))
        .values(told_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(dealt)


def _orders_waiting_to_hear(session: Session) -> list[int]:
    untold = select(Dealt.reservation_id).where(Dealt.told_at.is_(None)).order_by(Dealt.id).limit(AT_ONCE)
    query = (
        select(OrderLine.order_id)
        .join(OrderLine.parts)
        .where(ScheduleLine.reservation_id.in_(untold))
        .distinct()
    )
    return list(session.scalars(query))


def _tell(session: Session, dealt: Sequence[Any], now: datetime) -> None:
    """One notice for each order; nothing is said of what has left already or is owed no more."""
    units: dict[int, int] = {}
    for row in dealt:
        units[row.reservation_id] = units.get(row.reservation_id, 0) + row.units
    query = (
        select(
            Order.number,
            active_id(Order.buyer_id).label("buyer_id"),
            Order.customer_id,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            Reservation.id,
            Reservation.held,
            Promise.due_at,
        )
        .join(OrderLine.parts)
        .join(OrderLine.order)
        .join(ScheduleLine.reservation)
        .outerjoin(ScheduleLine.promise)
        .outerjoin(User, User.id == Order.buyer_id)
        .where(Reservation.id.in_(units), Reservation.held > 0)
        .order_by(Order.id, OrderLine.n, ScheduleLine.n)
    )
    freed: dict[tuple[int | None, int, str], list[dict[str, Any]]] = {}
    for one in session.execute(query):
        freed.setdefault((one.buyer_id, one.customer_id, one.number), []).append(
            {
                "sku": one.sku,
                "name_th": one.name_th,
                "name_en": one.name_en,
                "quantity": min(units[one.id], one.held),
                "due_on": business_day(one.due_at).isoformat() if one.due_at else "",
            }
        )
    offer_notices.tell_freed(session, freed, str(dealt[-1].id), now=now)
