"""A customer sends back what a recall names: a return for each order it came with, filled in and authorised at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from aftersales import requesting
from aftersales.acknowledging import acknowledge
from aftersales.deciding import authorise
from aftersales.identifying import candidates_of
from aftersales.models import Remedy, Return, ReturnIdentity, ReturnLine, ReturnReason
from aftersales.recall_counts import coming
from aftersales.recalls import NoticeIdentity, NoticeKind, NoticeRecipient, NoticeState, ProductNotice
from aftersales.requesting import Asked
from inventory.identities import Identity, IdentityBalance, Keeping
from orders.models import Order, OrderLine, ScheduleLine
from orders.sent_again import orders_behind
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

EXPECTED_WITHIN = timedelta(days=90)
"""How long goods that we called back are expected; customers who have many of them need time to collect them."""


@dataclass(frozen=True)
class Called:
    """Units of a lot or serial that a company owns and a recall names; `coming` of them are in open returns."""

    identity_id: int
    number: str
    units: int
    coming: int

    @property
    def left(self) -> int:
        """Units for which no return is open."""
        return max(0, self.units - self.coming)


def called_back(session: Session, recipient: NoticeRecipient) -> list[Called]:
    """What a recall names and the company it reached owns, by number; nothing of a notice that is no recall."""
    if recipient.notice.kind != NoticeKind.RECALL:
        return []
    asked = coming(recipient.notice_id, ReturnIdentity.identity_id)
    asked_back = asked.where(Order.customer_id == recipient.customer_id).subquery()
    query = (
        select(
            Identity.id,
            Identity.number,
            IdentityBalance.quantity,
            func.coalesce(asked_back.c.units, 0),
        )
        .join(NoticeIdentity, NoticeIdentity.identity_id == Identity.id)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .outerjoin(asked_back, asked_back.c.identity_id == Identity.id)
        .where(
            NoticeIdentity.notice_id == recipient.notice_id,
            IdentityBalance.customer_id == recipient.customer_id,
            IdentityBalance.keeping == Keeping.OWNED,
            IdentityBalance.quantity > 0,
        )
        .order_by(Identity.number)
    )
    return [Called(id_, number, units, int(back)) for id_, number, units, back in session.execute(query)]


def send_back(
    session: Session, recipient: NoticeRecipient, remedy: Remedy, *, by: User, now: datetime
) -> list[Return]:
    """All that the company owns of a recall is asked for and authorised, however long ago it was delivered.

    There is one return for each order the units came with. A company that had not acknowledged the recall does so by
    it. Refused unless the notice is a recall in force, and when nothing delivered is left that is not asked for yet.
    """
    order_ids = set(_orders(session, recipient))
    # With the orders whose goods they send again, which authorising a return locks besides.
    behind = {id_ for order_id in order_ids for id_ in orders_behind(session, order_id)}
    orders = {order.id: order for order in lock(session, Order, behind) if order.id in order_ids}
    notice = session.get_one(ProductNotice, recipient.notice_id, populate_existing=True)
    if notice.kind != NoticeKind.RECALL or notice.state != NoticeState.ISSUED:
        raise Refused(N_("Only a recall in force calls goods back."))
    left = {one.identity_id: one.left for one in called_back(session, recipient)}
    found = []
    for order_id in sorted(orders):
        order = orders[order_id]
        asked = _asked(session, order, left)
        if not asked:
            continue
        one = requesting.ask(session, order, asked, remedy, by=by, now=now)
        return_by = business_day(now) + EXPECTED_WITHIN
        authorise(session, one, "", return_by, by=None, now=now)
        found.append(one)
    if not found:
        raise Refused(
            N_("No delivered unit of this recall is with you that is not on its way back already."),
        )
    if recipient.acknowledged_at is None:
        acknowledge(session, recipient, "", by=by, now=now)
    return found


def returns_under(
    session: Session, notice: ProductNotice, *, customer_id: int | None = None, most: int = 200
) -> list[Return]:
    """The returns by which units that a recall names are called back, newest first; of one company or of all."""
    named = (
        select(ReturnLine.return_id)
        .join(ReturnIdentity, ReturnIdentity.line_id == ReturnLine.id)
        .join(NoticeIdentity, NoticeIdentity.identity_id == ReturnIdentity.identity_id)
        .where(NoticeIdentity.notice_id == notice.id, ReturnLine.reason == ReturnReason.RECALLED)
    )
    query = (
        select(Return)
        .join(Return.order)
        .where(Return.id.in_(named))
        .options(contains_eager(Return.order).joinedload(Order.customer), selectinload(Return.lines))
    )
    if customer_id is not None:
        query = query.where(Order.customer_id == customer_id)
    return list(session.scalars(query.order_by(Return.id.desc()).limit(most)))


def recalls_behind(session: Session, found: Return, *, customer_id: int | None = None) -> list[ProductNotice]:
    """The recalls that name what a return calls back; to a company only those that reached it."""
    query = (
        select(ProductNotice)
        .join(NoticeIdentity, NoticeIdentity.notice_id == ProductNotice.id)
        .join(ReturnIdentity, ReturnIdentity.identity_id == NoticeIdentity.identity_id)
        .join(ReturnLine, ReturnLine.id == ReturnIdentity.line_id)
        .where(
            ReturnLine.return_id == found.id,
            ReturnLine.reason == ReturnReason.RECALLED,
            ProductNotice.kind == NoticeKind.RECALL,
            ProductNotice.issued_at.is_not(None),
        )
        .distinct()
        .order_by(ProductNotice.id)
    )
    if customer_id is not None:
        reached = select(NoticeRecipient.notice_id).where(NoticeRecipient.customer_id == customer_id)
        query = query.where(ProductNotice.id.in_(reached))
    return list(session.scalars(query))


def _orders(session: Session, recipient: NoticeRecipient) -> Sequence[int]:
    """The orders of the company with which units of the notice were delivered."""
    query = (
        select(Shipment.order_id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(ShipmentIdentity, ShipmentIdentity.shipment_line_id == ShipmentLine.id)
        .join(NoticeIdentity, NoticeIdentity.identity_id == ShipmentIdentity.identity_id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            NoticeIdentity.notice_id == recipient.notice_id,
            Order.customer_id == recipient.customer_id,
            Shipment.state == ShipmentState.DELIVERED,
        )
        .distinct()
    )
    return session.scalars(query).all()


def _asked(session: Session, order: Order, left: dict[int, int]) -> list[Asked]:
    """What of an order is called back; what it takes is no longer left for the next one."""
    candidates = candidates_of(session, order)
    asked = []
    for one in requesting.returnables(session, order):
        room, numbers = one.left, dict[str, int]()
        for id_, candidate in candidates.get(one.line.id, {}).items():
            units = min(candidate.left, left.get(id_, 0), room)
            if units > 0:
                numbers[candidate.identity.number] = units
                left[id_] -= units
                room -= units
        if numbers:
            asked.append(Asked(one.line.n, sum(numbers.values()), ReturnReason.RECALLED, numbers=numbers))
    return asked
