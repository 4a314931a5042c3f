"""The demo's missed promises that settled themselves: offered, accepted, dismissed, and credited too late."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales import answering_offers, compensating, settling_late
from aftersales.complaining import Grievance, complain
from aftersales.complaints import Compensation, Complaint, ComplaintKind
from aftersales.missed import about
from aftersales.offering import offer
from orders.models import Order, OrderLine, ScheduleLine
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseState
from policies.settling import settlement_of
from portal.accounts.models import User
from portal.demo.cast import Cast
from portal.i18n import speaking

SINCE, UNTIL = timedelta(days=75), timedelta(days=21)
"""Done so long ago that what was to be credited within ten working days can be late."""
ADDED = "สินค้ามาถึงหลังวันเปิดร้านใหม่ ขอให้ช่วยดูแลรอบส่งครั้งต่อไปด้วย"


def load_settlements(session: Session, cast: Cast) -> None:
    """One that was credited after its day, one that waits for the company's answer, one accepted, one dismissed."""
    late = _late(session, cast)
    for promise in late[:1]:
        _credited_late(session, cast, promise)
    for promise, story in zip(late[1:], (_offered, _accepted, _dismissed, _offered), strict=False):
        at = cast.now - timedelta(days=2)
        found = offer(session, promise, now=at)
        order = about(session, promise).order
        if found is not None and order is not None and order.buyer is not None:
            story(session, found, order.buyer, at + timedelta(hours=4))


def _late(session: Session, cast: Cast) -> list[Promise]:
    """Promises that were missed, done since and not asked about, those of the first company before others."""
    first = next(iter(cast.buyers.values()))[0].customer_id
    complained = select(Complaint.id).where(Complaint.promise_id == Promise.id).exists()
    known = select(Compensation.id).where(Compensation.promise_id == Promise.id).exists()
    query = (
        select(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state == PromiseState.MISSED,
            Promise.kind == Kind.LEAD_TIME,
            Promise.fulfilled_at.between(cast.now - SINCE, cast.now - UNTIL),
            Order.buyer_id.is_not(None),
            ServiceLevel.compensation_bp_per_day > 0,
            ~complained,
            ~known,
        )
        .options(joinedload(Promise.service_level))
        .order_by((Promise.customer_id != first), Promise.fulfilled_at.desc(), Promise.id)
        .limit(5)
    )
    return list(session.scalars(query))


def _offered(session: Session, found: Compensation, buyer: User, at: datetime) -> None:
    """Nobody has answered it."""


def _accepted(session: Session, found: Compensation, buyer: User, at: datetime) -> None:
    with speaking(buyer.language):
        answering_offers.accept(session, found, by=buyer, now=at)


def _dismissed(session: Session, found: Compensation, buyer: User, at: datetime) -> None:
    answering_offers.dismiss(session, found, by=buyer, now=at)


def _credited_late(session: Session, cast: Cast, promise: Promise) -> None:
    """The buyer adds to the offer; a manager credits it long after the day, which owes a second compensation."""
    done = promise.fulfilled_at or cast.now
    found = offer(session, promise, now=done + timedelta(hours=1))
    order = about(session, promise).order
    if found is None or order is None or order.buyer is None:
        return
    said = Grievance(ComplaintKind.LATE, ADDED, order, promise)
    complain(session, order.buyer.company, said, by=order.buyer, now=done + timedelta(hours=6))
    session.flush()
    compensating.approve(session, found, by=cast.managers[0], now=cast.now - timedelta(days=3))
    settlement = settlement_of(session, found.number)
    if settlement is not None:
        settling_late.settle(session, settlement, now=cast.now - timedelta(days=3))
