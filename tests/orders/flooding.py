"""Disruptions of April 2026 as the tests declare and end them, and what is there afterwards."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import disrupting, disruption_ending
from orders.disrupting import Declared
from orders.disruption_returns import Return
from orders.disruptions import Disruption, DisruptionEffect, DisruptionKind
from orders.models import Order, ScheduleLine
from policies.promises import Promise, PromiseEvent
from portal.clock import business_day
from portal.outbox import Notice
from tests.makers import World

DAY = timedelta(days=1)
OVER = "orders/notices/disruption_over.txt"


def april(day: int) -> date:
    return date(2026, 4, 1) + timedelta(days=day - 1)


def confirmed(world: World, first: int, last: int, kind: DisruptionKind = DisruptionKind.FLOOD) -> Disruption:
    """A disruption from one day of April to another, of which 31 is 1 May."""
    facts = Declared(kind, world.warehouse, april(first), april(last), "น้ำท่วม", "Flood")
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)
    return disruption


def call_off(world: World, disruption: Disruption, now: datetime | None = None) -> Return:
    return disruption_ending.call_off(world.session, disruption, by=world.manager, now=now or world.now)


def days(world: World, order: Order) -> list[tuple[int, int]]:
    """The days of April on which the parts of an order must leave and are due; 31 is 1 May."""
    world.session.flush()
    world.session.expire_all()
    return [
        ((part.ship_by - april(1)).days + 1, (business_day(part.promise.due_at) - april(1)).days + 1)
        for part in world.parts(order)
        if part.ship_by is not None and part.promise is not None
    ]


def state(session: Session) -> tuple[Any, ...]:
    session.flush()
    session.expire_all()
    counts = [
        session.scalar(select(func.count()).select_from(table))
        for table in (DisruptionEffect, PromiseEvent, Notice)
    ]
    days = session.execute(select(Promise.id, Promise.due_at, Promise.state).order_by(Promise.id)).all()
    parts = session.execute(select(ScheduleLine.id, ScheduleLine.ship_by).order_by(ScheduleLine.id)).all()
    windows = session.execute(select(Disruption.state, Disruption.ends_on).order_by(Disruption.id)).all()
    return (*counts, days, parts, windows)


def told(world: World) -> list[Notice]:
    query = select(Notice).where(Notice.template == OVER).order_by(Notice.id)
    return list(world.session.scalars(query))
