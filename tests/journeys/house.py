"""A small distributor of soap, rice and printers, served to a real browser; its clocks show a working noon."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.stockouts import SubstituteKind
from inventory.substitutes import SubstituteFacts, put_substitute
from orders.expedite_terms import ServiceFacts, put_service
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import make_sessions
from tests.journeys.visitor import Visitor
from tests.makers import World, make_world
from tests.people import PASSWORD, make_customer, make_user


@dataclass
class House:
    """The portal at an address, and the people who use it."""

    url: str
    app: Flask
    world: World
    browser: Browser
    visitors: list[Visitor] = field(default_factory=list)

    def enter(self, person: User, language: str, *, width: int = 1280) -> Visitor:
        """This person, signed in at a window of their own."""
        visitor = Visitor(self.browser, self.url, person.email, PASSWORD, language, width=width)
        self.visitors.append(visitor)
        return visitor

    def run(self, job: Callable[[Session, datetime], int], now: datetime) -> int:
        """The scheduler comes by."""
        with make_sessions(self.app.extensions["engine"])() as session:
            return job(session, now)

    def leave(self) -> None:
        """Everybody closes their window."""
        for visitor in self.visitors:
            visitor.page.context.close()


def settle(session: Session, now: datetime) -> World:
    """The distributor with a company that orders from it, and everybody's name."""
    world = make_world(session, now)
    world.customer = make_customer(
        session, "C0042", now=now, name_th="บริษัท บ้านสวนการค้า จำกัด", name_en="Baan Suan Trading Co., Ltd."
    )
    world.buyer = make_user(session, Role.BUYER, customer=world.customer, now=now, email="malee@example.com")
    names = {world.manager: "Anong Rattanakul", world.staff: "Somsak Thongdee", world.buyer: "Malee Srisai"}
    for person, name in names.items():
        person.name = name
    return world


def stock_shelves(world: World) -> dict[str, Product]:
    """Seven bars of one soap, plenty of another that may stand for it, rice whose cost is known; a fast service."""
    by: dict[str, Any] = {"by": world.manager, "now": world.now}
    soap = world.product("SOAP-1", name_th="สบู่ก้อนกลิ่นมะลิ", name_en="Jasmine bar soap", price="12.00", stock=7)
    rose = world.product("SOAP-2", name_th="สบู่ก้อนกลิ่นกุหลาบ", name_en="Rose bar soap", price="13.00", stock=80)
    rice = world.product(
        "RICE-1", name_th="ข้าวหอมมะลิ 5 กก.", name_en="Jasmine rice 5 kg", price="185.00", stock=100
    )
    rice.unit_cost = Decimal("150.00")
    alike = SubstituteFacts(
        1,
        1,
        SubstituteKind.EQUAL,
        business_day(world.now),
        reason_th="กลิ่นอื่น ขนาดเท่ากัน",
        reason_en="Another scent, same size",
    )
    put_substitute(world.session, soap, rose, alike, **by)
    put_service(world.session, ServiceFacts("NEXT", "ส่งวันถัดไป", "Next day", 1, 300_00, 1_00), **by)
    return {"soap": soap, "rose": rose, "rice": rice}
