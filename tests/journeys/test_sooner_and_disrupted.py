"""Goods are asked for sooner, a flood delays them, another warehouse helps out, and carriers change on the way."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stocking import open_stock
from inventory.stockouts import Substitute
from orders.watching import check_lead_times
from policies.kinds import Kind
from portal.clock import business_day
from portal.db import make_sessions, transaction
from portal.i18n import day_text, speaking
from portal.outbox import Notice
from tests.journeys.person import Person
from tests.makers import World, make_world
from tests.orders.promising_answers import promise_answers


@pytest.fixture
def portal(app: Flask, session, now):
    """A distributor with a second warehouse in the north; the clocks show a working noon."""
    with time_machine.travel(now, tick=False):
        with transaction(session):
            world = make_world(session, now, days=8)
            promise_answers(world, Kind.EXPEDITE_ANSWER)
            soap = world.product("SOAP-1", name_en="Jasmine bar soap", price="100.00", stock=100)
            soap.unit_cost = Decimal("60.00")
            rice = world.product("RICE-1", name_en="Jasmine rice 5 kg", price="185.00")
            brown = world.product("RICE-2", name_en="Brown rice 5 kg", price="180.00", stock=40)
            north = WarehouseFacts("CNX", "คลังเชียงใหม่", "Chiang Mai warehouse")
            warehouse = put_warehouse(session, north, by=world.manager, now=now)
            session.flush()
            open_stock(session, rice, warehouse, 30, by=world.staff, now=now)
            session.add(Substitute(product_id=rice.id, stands_in_id=brown.id, valid_from=business_day(now)))
        app.config["WTF_CSRF_ENABLED"] = True
        yield app, world


def test_goods_come_sooner_by_the_rule_or_by_a_decision_of_the_desk(portal, session):
    app, world = portal
    manager, buyer = Person(app, world.manager.email), Person(app, world.buyer.email)
    manager.open("/manage/expedite")
    service = {"code": "NEXT", "name_th": "ด่วนพิเศษ", "name_en": "Next day", "days": "1"}
    service |= {"base": "300.00", "per_unit": "1.00"}
    manager.press("/services", typed={f"service-{name}": said for name, said in service.items()})
    manager.sees("Next day")
    manager.submit("/rule", most_cost="400.00", most_share="50")

    number = _order(world, buyer, {"SOAP-1": 20})
    buyer.open(f"/my/orders/{number}")
    buyer.sees("Need it sooner?")
    buyer.open(f"/my/orders/{number}/sooner")
    buyer.sees("Next day", _said(date(2026, 4, 2)))
    buyer.submit("/sooner", wanted_on="2026-04-03", reason="The shop opens")
    buyer.sees("It comes sooner", _said(date(2026, 4, 2)))
    buyer.open(f"/my/orders/{number}")
    buyer.sees("Agreed: sent with Next day", f"first promised for {_said(date(2026, 4, 17))}")

    big = _order(world, buyer, {"SOAP-1": 3})
    buyer.open(f"/my/orders/{big}/sooner")
    buyer.submit("/sooner", wanted_on="2026-04-20", reason="Too late", status=422)
    buyer.sees("Ask for a day before the promised one")
    buyer.submit("/sooner", wanted_on="2026-04-03", reason="Urgent")
    buyer.sees("We are looking at it", _said(date(2026, 4, 3)))
    asked = re.search(r"EX-\d{4}-\d{5}", buyer.page.text)[0]

    staff = Person(app, world.staff.email)
    staff.open("/")
    staff.sees("Faster delivery to decide")
    staff.open("/desk/expedites")
    staff.sees(asked)
    staff.open(f"/desk/expedites/{asked}")
    staff.sees("฿303.00", "Margin of the order", "฿120.00", "Missed in the last 90 days")
    staff.submit("/approve", charge="1000", status=422)
    staff.sees("at most what the service costs more")
    staff.submit("/approve", charge="100.00", note="You agreed by phone")
    staff.sees("We wait for the buyer", "฿100.00")
    buyer.open("/")
    buyer.sees("Faster delivery", asked)
    buyer.open(f"/my/expedites/{asked}")
    buyer.sees("฿100.00 before VAT", "Accept and pay ฿107.00 with VAT")
    buyer.submit("/accept")
    buyer.sees("It comes sooner")
    staff.open(f"/desk/orders/{big}")
    staff.sees("Send it with Next day")
    buyer.open("/my/expedites")
    buyer.sees(asked, "Approved")
    buyer.open("/notifications")
    buyer.sees(f"Your goods of order {big} come sooner", "฿100.00")


def test_a_flood_moves_promises_and_each_buyer_chooses(portal, session):
    app, world = portal
    buyer, manager = Person(app, world.buyer.email), Person(app, world.manager.email)
    first = _order(world, buyer, {"SOAP-1": 5, "RICE-1": 2})
    second = _order(world, buyer, {"SOAP-1": 7})
    _order(world, buyer, {"SOAP-1": 9})

    manager.open("/manage/disruptions/new")
    window = {"kind": "flood", "warehouse": "BKK", "what_en": "The road is flooded", "what_th": "ถนนน้ำท่วม"}
    manager.press("/new", status=422, typed=window | {"starts_on": "2026-04-10", "ends_on": "2026-04-02"})
    manager.sees("It cannot end before it starts")
    manager.press("/new", typed=window | {"starts_on": "2026-04-01", "ends_on": "2026-05-29"})
    number = re.search(r"DI-\d{4}-\d{5}", manager.page.text)[0]
    manager.sees(first, second, "What confirming would do", "Draft")
    before = session.scalar(select(Notice.id).order_by(Notice.id.desc()).limit(1))
    manager.submit("/confirm")
    manager.sees("Lines moved", "Nothing chosen yet")
    session.rollback()
    told = session.scalars(select(Notice).where(Notice.id > before)).all()
    assert [(one.template, one.facts["count"]) for one in told if "put_off" not in one.template] == [
        ("orders/notices/disruption.txt", 4)
    ]

    buyer.open("/")
    buyer.sees("The road is flooded", "4 lines wait for your choice")
    buyer.open(f"/my/orders/{first}")
    buyer.sees("Choose what to do")
    buyer.open(f"/my/disruptions/{number}")
    buyer.sees("Brown rice 5 kg", "Cancel these 7 units")
    rows = {row.order: row for row in _rows(buyer.page.text)}
    _choose(buyer, number, rows[second].line, "cancel")
    buyer.sees("Cancelled")
    rice = next(row for row in _rows(buyer.page.text) if row.substitute)
    _choose(buyer, number, rice.line, rice.substitute)
    buyer.press("/wait-for-all")
    buyer.sees("You wait")
    _choose(buyer, number, rows[second].line, "wait")
    buyer.sees("chosen for this line already")
    buyer.open(f"/my/orders/{second}")
    buyer.sees("Cancelled")
    manager.open(f"/manage/disruptions/{number}")
    manager.sees("Take a substitute", world.buyer.name)

    late = _order(world, buyer, {"SOAP-1": 1})
    buyer.open(f"/my/orders/{late}")
    buyer.sees("nothing can leave")
    manager.open(f"/manage/disruptions/{number}/call-off")
    manager.sees("What comes back, and to when", first)
    manager.press("/call-off")
    manager.sees("is called off")


def test_another_warehouse_fills_a_line_and_two_carriers_bring_it(portal, session, now):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    number = _order(world, buyer, {"RICE-1": 12})
    buyer.open(f"/my/orders/{number}/sooner")
    buyer.sees("wait for stock")
    staff.open(f"/desk/orders/{number}")
    staff.sees("30 free in Chiang Mai warehouse", "Move stock")
    staff.open(f"/desk/transfers/new?line={number}/1.1")
    staff.submit("/desk/transfers/new", carrier="Nuea Sut")
    transfer = re.search(r"TR-\d{4}-\d{5}", staff.page.text)[0]
    staff.open("/desk/transfers")
    staff.sees(transfer, f"{number}/1.1")
    with time_machine.travel(now + timedelta(days=1), tick=False):
        buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
        staff.open(f"/desk/transfers/{transfer}")
        staff.press("/arrive")
        staff.sees("has arrived", "Arrived")
        buyer.open(f"/my/orders/{number}")
        buyer.sees("In stock for you")
        staff.open(f"/desk/orders/{number}")
        staff.submit("/pick")
        shipment = re.search(r"SH-\d{4}-\d{5}", staff.page.text)[0]
        way = {"other": "Siam Rod Duan", "tracking_no": "TH1", "point": "Laem Chabang"}
        way |= {"arrives_on": "2026-04-03", "next_mode": "sea", "next_carrier": "Talay Line"}
        typed = {f"{shipment}-ship-{name}": said for name, said in way.items()}
        staff.press("/ship", typed=typed, status=422)
        staff.sees("Say when each leg arrives")
        staff.press("/ship", typed=typed | {f"{shipment}-ship-next_arrives_on": "2026-04-06"})
        buyer.open(f"/my/orders/{number}")
        buyer.sees("Laem Chabang", "Siam Rod Duan", "Talay Line", _said(date(2026, 4, 6)))
    with time_machine.travel(now + timedelta(days=2), tick=False):
        buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
        staff.open(f"/desk/orders/{number}/shipments/{shipment}/legs")
        staff.submit("/legs/1/arrive")
        staff.press("/legs/2/leave", typed={"leave-tracking_no": "SEA-7"})
        staff.press("/legs/2/replan", typed={"replan2-arrives_on": "2026-05-29"})
        with make_sessions(session.get_bind())() as job:
            assert check_lead_times(job, now + timedelta(days=2)) == 1
        buyer.open(f"/my/orders/{number}")
        buyer.sees("The goods reached the transfer point", "The carrier named another day")
        buyer.sees(
            "SEA-7", "At risk", _said(date(2026, 5, 29)), f"first planned for {_said(date(2026, 4, 6))}"
        )
        buyer.open("/notifications")
        buyer.sees(f"Order {number} may arrive late")


class _Row:
    """A line of the buyer's page about a disruption."""

    def __init__(self, text: str) -> None:
        self.order = re.search(r"SO-\d{4}-\d{5}", text)[0]
        self.line = (re.search(r'name="line" value="(\d+)"', text) or ["", ""])[1]
        self.substitute = (re.search(r'value="(substitute:\d+)"', text) or ["", ""])[1]


def _rows(page: str) -> list[_Row]:
    return [_Row(text) for text in re.findall(r"<tr><td class=\"cell-main\">.*?</tr>", page, re.DOTALL)]


def _choose(buyer: Person, number: str, line: str, choice: str) -> None:
    form = {"line": line, "choice": choice, "csrf_token": buyer.csrf()}
    buyer.page = buyer.client.post(f"/my/disruptions/{number}/choose", data=form, follow_redirects=True)
    assert buyer.page.status_code == 200


def _order(world: World, buyer: Person, wanted: dict[str, int]) -> str:
    for sku, quantity in wanted.items():
        buyer.open(f"/my/catalogue/{sku}")
        buyer.submit("/my/basket/add", quantity=str(quantity))
    buyer.open("/my/basket")
    buyer.press("/my/basket", button=("act", "place"))
    return re.search(r"SO-\d{4}-\d{5}", buyer.page.text)[0]


def _said(day: date) -> str:
    with speaking("en"):
        return day_text(day)
