"""Makers of believable things, built through the use-cases that people use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.cataloguing import add_product
from inventory.goods import ProductFacts
from inventory.identifying import LotFacts, ascending
from inventory.inbound import InboundReceipt, Supplier
from inventory.models import PriceList, Product, Tracking, Warehouse
from inventory.pricing import put_price_list, set_price
from inventory.receiving import expect
from inventory.siting import SupplierFacts, WarehouseFacts, put_supplier, put_warehouse, serve
from inventory.stocking import open_stock
from orders import delivering, fulfilling
from orders.models import Order, OrderLine, ScheduleLine
from orders.placing import place
from orders.shipments import Shipment
from orders.wishes import Wish
from policies import calendars, revising
from policies.kinds import CASE_KINDS, Convention, Kind
from policies.models import PolicyVersion
from policies.terms import Clause, Terms
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import at, business_day
from portal.customers.models import Customer
from tests.people import PASSWORD, make_customer, make_user, sign_in
from tests.publishing import publish_reviewed

__all__ = ["PASSWORD", "VAT", "World", "days", "make_customer", "make_user", "make_world", "noon", "sign_in"]

VAT = 700
RETURN_DAYS = 30
CASES = tuple(
    Clause(kind, 10 if kind is Kind.REPAIR else 2, Convention.WORKING, 9500, 50_00, 500_00)
    for kind in CASE_KINDS
)
"""Every case is answered within two working days, a repair within ten; a day late is worth ฿50, at most ฿500."""


@dataclass
class World:
    """A small distributor on a working day: people, one customer with a buyer, one warehouse, a policy in force.

    What the manager writes the administrator reviews and publishes.
    """

    session: Session
    now: datetime
    manager: User
    staff: User
    admin: User
    customer: Customer
    buyer: User
    warehouse: Warehouse
    supplier: Supplier
    prices: PriceList
    version: PolicyVersion

    def product(self, sku: str = "SOAP-1", *, price: str = "10.00", stock: int = 0, **facts: Any) -> Product:
        """A product with a price and so many units in the warehouse; by serial or lot if it is tracked by them."""
        named: dict[str, Any] = {"name_th": f"สินค้า {sku}", "name_en": f"Product {sku}", **facts}
        product = add_product(self.session, ProductFacts(sku=sku, **named), by=self.manager, now=self.now)
        self.session.flush()
        set_price(self.session, self.prices, product, Decimal(price), by=self.manager, now=self.now)
        if stock:
            serials = ascending(f"{sku}-0001", stock) if product.tracking == Tracking.SERIAL else []
            lots = {LotFacts(f"{sku}-L1"): stock} if product.tracking == Tracking.LOT else {}
            known: dict[str, Any] = {"serials": serials, "lots": lots}
            open_stock(self.session, product, self.warehouse, stock, **known, by=self.staff, now=self.now)
        self.session.flush()
        return product

    def receipt(self, product: Product, quantity: int, expected_on: date) -> InboundReceipt:
        """Goods a supplier owes the warehouse."""
        place = (self.supplier, product, self.warehouse)
        return expect(self.session, *place, quantity, expected_on, by=self.staff, now=self.now)

    def order(
        self,
        wanted: Mapping[Product, int],
        *,
        at: datetime | None = None,
        key: str = "",
        buyer: User | None = None,
    ) -> Order:
        """An order of these quantities, placed by the buyer."""
        who = buyer or self.buyer
        lines = [(product.id, quantity) for product, quantity in wanted.items()]
        count = len(self.session.scalars(select(Order.id)).all())
        wish = Wish(key=key or f"wish-{count}", lines=lines)
        order = place(self.session, who.company, wish, vat_rate_bp=VAT, by=who, now=at or self.now)
        self.session.flush()
        return order

    def parts(self, order: Order) -> list[ScheduleLine]:
        """The dated parts of an order, line by line."""
        query = select(ScheduleLine).join(OrderLine).where(OrderLine.order_id == order.id)
        return list(self.session.scalars(query.order_by(OrderLine.n, ScheduleLine.n)))

    def picked(self, order: Order, *, at: datetime | None = None) -> Shipment:
        """Everything of an order that lies in stock, picked."""
        units = {part.id: part.pickable for part in self.parts(order) if part.pickable}
        shipment = fulfilling.pick(self.session, order, units, by=self.staff, now=at or self.now)
        self.session.flush()
        return shipment

    def shipped(self, order: Order, *, at: datetime | None = None) -> Shipment:
        """Everything of an order that lies in stock, picked and on its way."""
        shipment = self.picked(order, at=at)
        fulfilling.ship(self.session, shipment, "Kerry", "TH123", by=self.staff, now=at or self.now)
        return shipment

    def delivered(self, order: Order, *, at: datetime | None = None) -> Shipment:
        """Everything of an order that lies in stock, delivered."""
        shipment = self.shipped(order, at=at)
        when = at or self.now
        delivering.deliver(self.session, shipment, when, "Somchai", by=self.staff, now=when)
        return shipment


def make_world(session: Session, now: datetime, **lead_time: Any) -> World:
    """A distributor at noon of a working day; the lead time is three working days unless said otherwise."""
    admin, manager, staff = (
        make_user(session, role, now=now) for role in (Role.ADMIN, Role.MANAGER, Role.STAFF)
    )
    calendars.set_up(session, range(now.year - 1, now.year + 3), now=now)
    main = WarehouseFacts(code="BKK", name_th="คลังกรุงเทพ", name_en="Bangkok warehouse", main=True)
    warehouse = put_warehouse(session, main, by=manager, now=now)
    session.flush()
    serve(session, "TH-10", warehouse, 1, by=manager, now=now)
    supplier = put_supplier(
        session, SupplierFacts(code="S1", name_th="ซัพพลายเออร์", name_en="Supplier"), by=manager, now=now
    )
    prices = put_price_list(session, "THB", by=manager, now=now)
    session.flush()
    terms: dict[str, Any] = {
        "convention": Convention.WORKING,
        "days": 3,
        "target_bp": 9500,
        "compensation_bp_per_day": 100,
    }
    terms["compensation_cap_bp"] = 1000
    version = revising.open_policy(session, "นโยบายหลัก", "General policy", by=manager, now=now)
    session.flush()
    revising.change_draft(
        session,
        version,
        Terms(
            (Clause(Kind.LEAD_TIME, **(terms | lead_time)), Clause(Kind.LINE_FILL, target_bp=9700), *CASES),
            "คำนำ",
            "Introduction",
            RETURN_DAYS,
        ),
        by=manager,
        now=now,
    )
    publish_reviewed(session, version, business_day(now), "First edition", reviewer=admin, now=now)
    customer = make_customer(session, "C1", now=now)
    buyer = make_user(session, Role.BUYER, customer=customer, now=now)
    session.flush()
    return World(session, now, manager, staff, admin, customer, buyer, warehouse, supplier, prices, version)


def days(first: datetime, count: int) -> Sequence[datetime]:
    """The same time of day on so many days."""
    return [first + timedelta(days=n) for n in range(count)]


def noon(day: date) -> datetime:
    """Noon in Bangkok."""
    return at(day) + timedelta(hours=12)
