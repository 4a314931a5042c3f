"""Goods asked for sooner."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Product
from orders import expediting
from orders.expedite_terms import ServiceFacts, put_service
from orders.expedites import ExpediteRequest, FastService
from orders.models import Order, ScheduleLine
from policies.kinds import Kind
from portal.clock import business_day
from portal.outbox import Notice
from tests.makers import World, make_world
from tests.orders.promising_answers import promise_answers


def fast_world(session: Session, now: datetime, **lead_time: Any) -> World:
    world = make_world(session, now, days=8, **lead_time)
    promise_answers(world, Kind.EXPEDITE_ANSWER)
    for code, days, base, unit in (("NEXT", 1, 50_000, 100), ("EXPRESS", 3, 20_000, 0)):
        facts = ServiceFacts(code, f"ด่วน {code}", f"Fast {code}", days, base, unit)
        put_service(session, facts, by=world.manager, now=now)
    return world


def costing(world: World, sku: str = "SOAP-1", *, stock: int = 50, cost: str | None = "6.00") -> Product:
    product = world.product(sku, price="100.00", stock=stock)
    product.unit_cost = Decimal(cost) if cost else None
    return product


def a_part(world: World, quantity: int = 10, **facts: Any) -> tuple[Order, ScheduleLine]:
    order = world.order({costing(world, **facts): quantity})
    return order, world.parts(order)[0]


def asked_for(world: World, part: ScheduleLine, wanted_on: date | None = None) -> ExpediteRequest:
    wanted_on = wanted_on or business_day(world.now) + timedelta(days=6)
    request = expediting.ask(world.session, part, wanted_on, "Shop opens", by=world.buyer, now=world.now)
    world.session.flush()
    return request


def service_named(world: World, code: str) -> FastService:
    return world.session.scalars(select(FastService).where(FastService.code == code)).one()


def notices_sent(session: Session) -> list[str]:
    query = select(Notice.template).where(Notice.template.contains("expedite")).order_by(Notice.id)
    return list(session.scalars(query))
