"""How long delivered goods can be sent back: by the policy that their line was promised under."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from aftersales.recalls import NoticeIdentity, NoticeKind, NoticeState, ProductNotice
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentLine, ShipmentState
from policies.book import return_window
from policies.models import PolicyVersion
from policies.promises import Promise
from portal.clock import business_day


@dataclass(frozen=True)
class Window:
    """The days in which units of a line can be sent back, counted from the day its last units were delivered.

    Without `days` no policy sets them: each return is then decided on its own.
    """

    delivered_on: date | None
    days: int | None

    @property
    def until(self) -> date | None:
        """The last day on which a return can be asked for, if there is one."""
        if self.delivered_on is None or self.days is None:
            return None
        return self.delivered_on + timedelta(days=self.days)


def within_window(window: Window, on: date, *, recalled: bool = False) -> bool:
    """Whether a return can be asked for on a day. What we called back ourselves can always be sent back."""
    if window.delivered_on is None:
        return False
    return recalled or window.until is None or on <= window.until


def windows_of(session: Session, order: Order) -> dict[int, Window]:
    """The window of each line of an order, by the line's id; lines of which nothing was delivered have no day.

    The days are those of the policy version the line was promised under, else of the closest policy that set any when
    the order was placed.
    """
    delivered = _delivered_at(session, order)
    promised = _promised_days(session, order)
    usual = return_window(session, order.customer, business_day(order.placed_at))
    return {
        line.id: Window(
            business_day(delivered[line.id]) if line.id in delivered else None,
            promised[line.id] if promised.get(line.id) is not None else usual,
        )
        for line in order.lines
    }


def recalled_among(session: Session, identity_ids: Collection[int]) -> set[int]:
    """Those of some serials and lots that a recall in force names."""
    if not identity_ids:
        return set()
    query = (
        select(NoticeIdentity.identity_id)
        .join(ProductNotice, ProductNotice.id == NoticeIdentity.notice_id)
        .where(
            NoticeIdentity.identity_id.in_(identity_ids),
            binding(),
        )
    )
    return set(session.scalars(query))


def binding() -> ColumnElement[bool]:
    """That a notice is a recall in force: issued, and not closed yet."""
    return and_(ProductNotice.kind == NoticeKind.RECALL, ProductNotice.state == NoticeState.ISSUED)


def _delivered_at(session: Session, order: Order) -> dict[int, datetime]:
    query = (
        select(ScheduleLine.line_id, func.max(Shipment.delivered_at))
        .join(ShipmentLine, ShipmentLine.schedule_line_id == ScheduleLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id == order.id, Shipment.state == ShipmentState.DELIVERED)
        .group_by(ScheduleLine.line_id)
    )
    return {line_id: at for line_id, at in session.execute(query) if at is not None}


def _promised_days(session: Session, order: Order) -> dict[int, int | None]:
    query = (
        select(ScheduleLine.line_id, func.max(PolicyVersion.return_days))
        .join(ScheduleLine.line)
        .join(Promise, Promise.id == ScheduleLine.promise_id)
        .join(PolicyVersion, PolicyVersion.id == Promise.version_id)
        .where(OrderLine.order_id == order.id)
        .group_by(ScheduleLine.line_id)
    )
    return dict(session.execute(query).all())
