"""The demo's complaints and compensation: unowned, late, answered, settled, opened again; proposed and credited."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales import answering, compensating, concluding
from aftersales.complaining import Grievance, complain
from aftersales.complaints import Complaint, ComplaintKind
from aftersales.missed import Missed, about, worth
from orders.models import Order, OrderLine, ScheduleLine
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseState
from portal.accounts.models import User
from portal.demo.cast import Cast
from portal.i18n import speaking

SINCE = timedelta(days=75)
ANSWER = "ขออภัยในความล่าช้า รถขนส่งเสียระหว่างทาง เราได้เปลี่ยนผู้ขนส่งสำหรับเส้นทางนี้แล้ว"
NOTE = "โทรหาผู้ขนส่งแล้ว รอผลตรวจสอบ"
NOT_SETTLED = "ครั้งที่สองในเดือนนี้ ขอทราบวิธีป้องกัน"
SERVICE = "โทรติดต่อสามครั้งแล้วไม่มีผู้รับสาย"
REJECTED = "ลูกค้าขอเลื่อนวันรับสินค้าเอง"


def load_complaints(session: Session, cast: Cast) -> None:
    """Complaints about recent late deliveries, and one about service; compensation in every state."""
    late = list(_late(session, cast))
    stories: tuple[Callable[[Session, Cast, Missed, User], object], ...] = (
        _settled,
        _answered,
        _reopened,
        _taken,
        _unowned,
        _unowned,
        _settled,
        _rejected,
    )
    for n, (missed, story) in enumerate(zip(late, stories, strict=False)):
        story(session, cast, missed, cast.staff[n % len(cast.staff)])
    _proposed_by_staff(session, cast, late[len(stories) : len(stories) + 4])
    buyer = next(iter(cast.buyers.values()))[0]
    _open(session, buyer, Grievance(ComplaintKind.SERVICE, SERVICE), cast.now - timedelta(days=6))


def _late(session: Session, cast: Cast) -> Iterator[Missed]:
    """Recent missed promises that were done and are worth something, the latest first, one for each order."""
    query = (
        select(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .where(
            Promise.state == PromiseState.MISSED,
            Promise.fulfilled_at > cast.now - SINCE,
            Promise.fulfilled_at < cast.now - timedelta(days=4),
            Order.buyer_id.is_not(None),
            (ServiceLevel.compensation_bp_per_day > 0) | (ServiceLevel.compensation_minor_per_day > 0),
        )
        .options(joinedload(Promise.service_level))
        .order_by(Promise.fulfilled_at.desc(), Promise.id)
        .limit(60)
    )
    seen: set[int] = set()
    for promise in session.scalars(query).all():
        missed = about(session, promise)
        if missed.order is not None and missed.order.id not in seen:
            seen.add(missed.order.id)
            yield missed


def _open(session: Session, buyer: User, said: Grievance, at: datetime) -> Complaint:
    return complain(session, buyer.company, said, by=buyer, now=at)


def _about(session: Session, missed: Missed, at: datetime) -> Complaint:
    """The buyer complains with the words that the portal filled in."""
    order = missed.order
    if order is None or order.buyer is None:
        raise LookupError("a complaint of the demo is about an order with a buyer")
    with speaking(order.buyer.language):
        words = missed.words
    said = Grievance(ComplaintKind.LATE, words, order, missed.promise)
    return _open(session, order.buyer, said, at)


def _settled(session: Session, cast: Cast, missed: Missed, staff: User) -> None:
    found = _answered(session, cast, missed, staff, days=3)
    if found.compensation is not None:
        at = cast.now - timedelta(days=2)
        compensating.approve(session, found.compensation, by=cast.managers[0], now=at)
    concluding.accept(session, found, by=found.opened_by, now=cast.now - timedelta(days=1))


def _answered(session: Session, cast: Cast, missed: Missed, staff: User, *, days: int = 2) -> Complaint:
    found = _taken(session, cast, missed, staff, days=days)
    answering.answer(session, found, ANSWER, by=staff, now=cast.now - timedelta(days=days - 1))
    return found


def _reopened(session: Session, cast: Cast, missed: Missed, staff: User) -> None:
    found = _answered(session, cast, missed, staff, days=3)
    concluding.reopen(session, found, NOT_SETTLED, by=found.opened_by, now=cast.now - timedelta(hours=5))


def _taken(session: Session, cast: Cast, missed: Missed, staff: User, *, days: int = 1) -> Complaint:
    found = _about(session, missed, cast.now - timedelta(days=days))
    session.flush()
    answering.take(session, found, by=staff, now=cast.now - timedelta(days=days) + timedelta(hours=1))
    answering.note(session, found, NOTE, by=staff, now=cast.now - timedelta(days=days) + timedelta(hours=2))
    return found


def _unowned(session: Session, cast: Cast, missed: Missed, staff: User) -> None:
    _about(session, missed, cast.now - timedelta(hours=3))


def _rejected(session: Session, cast: Cast, missed: Missed, staff: User) -> None:
    found = _answered(session, cast, missed, staff, days=3)
    if found.compensation is not None:
        at = cast.now - timedelta(days=1)
        compensating.reject(session, found.compensation, REJECTED, by=cast.managers[0], now=at)


def _proposed_by_staff(session: Session, cast: Cast, late: Sequence[Missed]) -> None:
    """Staff propose what nobody complained about; a manager has credited half of it."""
    for n, missed in enumerate(late):
        staff = cast.staff[n % len(cast.staff)]
        done = missed.promise.fulfilled_at or cast.now
        if worth(session, missed, cast.today) is None:
            continue
        found = compensating.propose(session, missed.promise, by=staff, now=done + timedelta(days=2))
        if n % 2:
            compensating.approve(session, found, by=cast.managers[0], now=done + timedelta(days=3))
