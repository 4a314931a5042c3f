"""The check, and what it did to promises."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from orders.models import Order, ScheduleLine
from orders.watching import check_lead_times
from policies.promises import Happening, Promise, PromiseEvent
from portal.outbox import Notice
from tests.makers import World, noon

DAY = timedelta(days=1)


def check(world: World, now: datetime) -> int:
    world.session.commit()
    return check_lead_times(world.session, now)


def promises(world: World, order: Order) -> list[Promise]:
    world.session.expire_all()
    return [part.promise for part in world.parts(order) if part.promise]


def events(world: World, promise: Promise) -> list[tuple[str, str | None]]:
    query = select(PromiseEvent).where(PromiseEvent.promise_id == promise.id).order_by(PromiseEvent.id)
    return [(e.what, e.cause) for e in world.session.scalars(query) if e.what != Happening.MADE]


def told(world: World, what: str) -> list[Notice]:
    template = f"orders/notices/{what}.txt"
    return list(world.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def leaves(part: ScheduleLine) -> date:
    """The day by which goods must leave."""
    assert part.ship_by is not None
    return part.ship_by


def late_to_leave(part: ScheduleLine) -> datetime:
    """Noon of the day after goods had to leave."""
    return noon(leaves(part) + DAY)
