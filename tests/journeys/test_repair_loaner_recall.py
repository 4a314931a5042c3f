"""A unit after its delivery: warranty, repair, loaner and recall, by people in their roles through HTTP."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from aftersales.issuing_notices import hold_recalled
from aftersales.registering import register_warranties
from aftersales.reminding import remind_loans
from inventory.models import Product
from inventory.stock import Stock
from portal.accounts.roles import Role
from portal.db import transaction
from portal.outbox import Notice
from tests.aftersales.owners import paint, printer, sold
from tests.journeys.person import Person
from tests.makers import make_world
from tests.papers import text_of
from tests.people import make_customer, make_user


@pytest.fixture
def portal(app: Flask, session, now):
    """A distributor who delivered printers, with and without a warranty, and paint by the lot."""
    with time_machine.travel(now, tick=False):
        with transaction(session):
            world = make_world(session, now)
            covered = printer(world, "PRINTER", stock=10, months=12)
            bare = printer(world, "SCANNER", stock=10, months=None)
            sold(world, covered)
            sold(world, bare)
            sold(world, paint(world), 6)
        register_warranties(session, now)
        app.config["WTF_CSRF_ENABLED"] = True
        yield app, world


def test_a_buyer_checks_a_warranty_and_is_repaired_free_of_charge(portal, session, now):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    buyer.open("/my/units")
    buyer.sees("PRINTER-0001", "SCANNER-0001", "LOT-A", "Wed 31 Mar 2027")
    buyer.open("/my/warranty?serial=printer-0001")
    buyer.sees("Covered: the warranty runs from", "Wed 31 Mar 2027")
    buyer.open("/my/warranty?serial=PRINTER-0002")
    buyer.sees("This is not a unit delivered to you.")
    buyer.open("/my/repairs/new?serial=PRINTER-0001&sku=PRINTER")
    buyer.submit("/my/repairs/new", fault="It prints stripes.")
    number = re.search(r"RP-\d{4}-\d{5}", buyer.page.text)[0]
    staff.open(f"/desk/repairs/{number}")
    staff.submit("/receive", warehouse="BKK")
    staff.submit("/quote", diagnosis="The roller is worn.", parts="300", labour="450.50")
    buyer.open(f"/my/repairs/{number}")
    buyer.sees("Being repaired", "Paid by the warranty", "฿0.00", "The roller is worn.")
    staff.open(f"/desk/repairs/{number}")
    staff.submit("/repaired", work_done="New roller, test page printed.")
    staff.submit("/send-back", carrier="Kerry", tracking_no="TH77")
    buyer.open(f"/my/repairs/{number}")
    buyer.sees("Sent back", "TH77", "New roller, test page printed.", "Our staff")
    buyer.sees_not("Later than promised", world.staff.name)
    buyer.open("/my/units/PRINTER/PRINTER-0001")
    buyer.sees("Shipped to you", "Came in for repair", "Went back from repair", "Warranty registered", number)
    staff.open("/desk/serials/PRINTER/PRINTER-0001")
    staff.sees("In stock from the start", "Shipped to the customer", "Came in for repair", number)
    staff.open("/search?q=PRINTER-0001")
    staff.sees("/desk/serials/PRINTER/PRINTER-0001")
    buyer.open("/search?q=PRINTER-0001")
    buyer.sees("/my/units/PRINTER/PRINTER-0001")
    buyer.open("/notifications")
    buyer.sees(
        f"Repair {number} has begun and costs you nothing", f"Your unit of repair {number} is on its way back"
    )


def test_a_quote_is_answered_while_a_loaner_helps_out_and_comes_back_damaged(portal, session, now):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    buyer.open("/my/repairs/new")
    buyer.submit("/my/repairs/new", serial="scanner-0001", fault="The beam is gone.", loaner_wanted="y")
    number = re.search(r"RP-\d{4}-\d{5}", buyer.page.text)[0]
    buyer.sees("Does not cover this repair", "promised by Fri 3 Apr 2026")

    staff.open("/desk/loaners")
    staff.submit("/desk/loaners", sku="SCANNER", serial="SCANNER-0009", condition="As new")
    staff.sees("Unit SCANNER-0009 is in the loaner pool.")
    staff.open(f"/desk/repairs/{number}")
    staff.submit("/receive", warehouse="BKK")
    unit_id = re.search(r'<option[^>]*value="(\d+)"[^>]*>Product SCANNER', staff.page.text)[1]
    staff.submit("/lend", unit=unit_id)
    loan_no = re.search(r"LN-\d{4}-\d{5}", staff.page.text)[0]
    staff.submit("/quote", diagnosis="The laser is dead.", parts="800", labour="450")

    buyer.open("/")
    buyer.sees(f"/my/repairs/{number}", "฿1,250.00")
    english = text_of(buyer.open(f"/my/repairs/{number}/quote.pdf?language=en").data)
    assert "The laser is dead." in english
    assert "1,250.00" in english
    assert "2569" in text_of(buyer.open(f"/my/repairs/{number}/quote.pdf?language=th").data)
    with time_machine.travel(now + timedelta(days=7), tick=False):
        buyer = Person(app, world.buyer.email)
        buyer.open(f"/my/repairs/{number}")
        buyer.submit("/approve")
        buyer.sees("The wait for the answer does not count.", "first promised for Tue 21 Apr 2026")
        buyer.open(f"/my/loans/{loan_no}")
        buyer.sees("Due back on Mon 27 Apr 2026")
    due = now + timedelta(days=26)
    with time_machine.travel(due, tick=False):
        staff = Person(app, world.staff.email)
        staff.open(f"/desk/repairs/{number}")
        staff.submit("/repaired", work_done="New laser.")
        remind_loans(session, due)
        staff.submit("/send-back", carrier="Kerry", tracking_no="TH78", status=422)
        staff.sees("Loaner SCANNER-0009 is still with the customer.")
    late = due + timedelta(days=8)  # the loaner was due two working days after the repair
    with time_machine.travel(late, tick=False):
        buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
        remind_loans(session, late)
        staff.open("/desk/loaners")
        staff.sees("Overdue", loan_no)
        staff.open("/")
        staff.sees("Loaners to get back")
        staff.open(f"/desk/loans/{loan_no}")
        staff.submit("/take-back", grade="damaged", note="Lid cracked", charge="350")
        staff.open(f"/desk/repairs/{number}")
        staff.submit("/send-back", carrier="Kerry", tracking_no="TH78")
        buyer.open(f"/my/loans/{loan_no}")
        buyer.sees("Damaged", "Lid cracked", "฿350.00")
        buyer.open(f"/my/repairs/{number}")
        buyer.sees("Later than promised", "Loaner SCANNER-0009 came back")
        buyer.open(re.search(r'href="(/my/complaints/new[^"]+)"', buyer.page.text)[1])
        buyer.sees("Mon 27 Apr 2026")
        buyer.open("/notifications")
        buyer.sees("Loaner SCANNER-0009 is overdue", "For the damage we charge ฿350.00.")


def test_a_recall_reaches_every_holder_and_holds_the_stock(portal, session, now):
    app, world = portal
    with transaction(session):
        make_user(session, Role.BUYER, customer=make_customer(session, "THIRD", now=now), now=now)
        order = world.order({_paint(session): 3})
        shipment_no = world.picked(order).number
    manager, admin = Person(app, world.manager.email), Person(app, world.admin.email)
    buyer, staff = Person(app, world.buyer.email, language="th"), Person(app, world.staff.email)
    manager.open("/desk/product-notices/new")
    told: dict[str, Any] = {
        "kind": "recall",
        "sku": "PAINT",
        "title_th": "สีปนเปื้อน",
        "title_en": "Contaminated paint",
        "risk_th": "ระคายเคืองผิวหนัง",
        "risk_en": "It irritates the skin.",
        "action_th": "หยุดใช้ทันที",
        "action_en": "Stop using it at once.",
    }
    manager.submit("/new", numbers="LOT-A\nLOT-Z", status=422, **told)
    manager.sees("LOT-Z")
    manager.submit("/new", numbers="LOT-A", **told)
    number = re.search(r"PN-\d{4}-\d{5}", manager.page.text)[0]
    manager.sees("somebody else issues it", "C1 Co., Ltd.", "In stock")
    manager.sees_not("Issue it")
    buyer.open("/my/product-notices")
    buyer.sees_not(number)
    admin.open(f"/desk/product-notices/{number}")
    admin.submit("/issue")
    admin.sees("The notice is issued", "In quarantine")
    stock = session.scalars(select(Stock).where(Stock.product_id == _paint(session).id)).one()
    session.refresh(stock)
    assert (stock.on_hand, stock.quarantined) == (0, 14)

    staff.open(f"/desk/orders/{order.number}")
    staff.sees("Picked goods were held and taken out of the shipment", shipment_no)
    assert hold_recalled(session, now) == 0

    buyer.open("/")
    buyer.sees("สีปนเปื้อน")
    buyer.open(f"/my/product-notices/{number}")
    buyer.sees("ระคายเคืองผิวหนัง", "หยุดใช้ทันที", "LOT-A")
    buyer.submit("/acknowledge", note="กักไว้แล้ว 6 ชิ้น")
    buyer.sees("กักไว้แล้ว 6 ชิ้น")
    manager.open(f"/desk/product-notices/{number}")
    manager.sees("Everybody has acknowledged it.", "กักไว้แล้ว 6 ชิ้น")
    told_people = session.scalars(
        select(Notice.user_id).where(Notice.template.contains("product_notice"))
    ).all()
    assert told_people == [world.buyer.id]
    manager.submit("/close")
    manager.sees("Closed")


def _paint(session):
    return session.scalars(select(Product).where(Product.sku == "PAINT")).one()
