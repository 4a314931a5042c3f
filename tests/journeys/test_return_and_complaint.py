"""After the delivery: goods go back and are credited, a missed promise is complained about and compensated."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from policies.sweeping import sweep
from portal.db import make_sessions, transaction
from tests.journeys.person import Person
from tests.makers import make_world
from tests.papers import text_of


@pytest.fixture
def portal(app: Flask, session, now):
    """An order that came nine days late; the clocks show the noon of its delivery."""
    with time_machine.travel(now, tick=False):
        with transaction(session):
            world = make_world(session, now - timedelta(days=14))
            soap = world.product(
                "SOAP-1", name_th="สบู่ก้อนกลิ่นมะลิ", name_en="Jasmine bar soap", price="12.50", stock=100
            )
            order = world.order({soap: 24})
            world.delivered(order, at=now)
        app.config["WTF_CSRF_ENABLED"] = True
        yield app, world, order


def test_goods_are_asked_for_authorised_received_inspected_and_credited(portal):
    app, world, order = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)

    buyer.open(f"/my/orders/{order.number}")
    buyer.sees(f"/my/orders/{order.number}/return")
    buyer.open(f"/my/orders/{order.number}/return")
    buyer.sees("Jasmine bar soap", "Fri 1 May 2026")
    buyer.submit("/return", status=422, quantity_1="25")
    buyer.sees("At most 24 of SOAP-1 can come back")
    buyer.submit("/return", quantity_1="6", reason_1="damaged", remedy="credit", note="Wet boxes")
    number = re.search(r"RT-\d{4}-\d{5}", buyer.page.text)[0]
    buyer.sees("You have our decision by Fri 3 Apr 2026.", "Wet boxes")

    staff.open("/")
    staff.sees("Returns to decide")
    staff.open("/desk/returns?state=requested")
    staff.sees(number)
    staff.open(f"/desk/returns/{number}")
    staff.submit("/authorise", note="Please keep the boxes")
    paper = text_of(buyer.open(f"/my/returns/{number}/authorisation.pdf?language=th").data)
    assert number in paper
    assert "สบู่ก้อนกลิ่นมะลิ" in paper
    buyer.open("/")
    buyer.sees(number)

    field = re.search(r'name="(quantity_\d+)"', staff.page.text)[1]
    staff.press("/receive", typed={field: "5"})
    staff.sees("What becomes of the goods")
    staff.press("/inspect", status=422, typed={f"{field}_scrap": "6"})
    staff.press(
        "/inspect",
        typed={
            f"{field}_scrap": "3",
            f"{field}_restock": "2",
            f"{field}_restock".replace("quantity", "grade"): "a",
        },
    )
    staff.submit("/settle")
    staff.sees("CN-2026-00001", "Settled")

    buyer.open(f"/my/returns/{number}")
    buyer.sees("฿66.88 credited", "Scrap", "Back into stock", "5 units received")
    buyer.open("/my/credits/CN-2026-00001")
    buyer.sees("฿62.50", "฿4.38", "฿66.88")
    buyer.open("/notifications")
    buyer.sees(number)


def test_a_missed_promise_is_complained_about_answered_compensated_and_settled(portal, session, now):
    app, world, order = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)

    buyer.open(f"/my/orders/{order.number}")
    link = re.search(r'href="(/my/complaints/new\?promise=\d+)"', buyer.page.text)[1]
    buyer.open(link)
    buyer.sees(order.number, "Mon 23 Mar 2026", "7 working days late", "That makes ฿21.00.")
    buyer.submit("/my/complaints/new")
    number = re.search(r"CM-\d{4}-\d{5}", buyer.page.text)[0]
    buyer.sees("The answer is promised by Fri 3 Apr 2026.")

    staff.open("/")
    staff.sees("Complaints to answer")
    staff.open("/desk/complaints")
    staff.sees(number, "nobody yet")
    staff.open(f"/desk/complaints/{number}")
    staff.submit("/take")
    staff.submit("/note", note="The lorry broke down")
    staff.submit("/answer", answer="We are sorry, and credit what the policy promises.")
    compensation = re.search(r"CC-\d{4}-\d{5}", staff.page.text)[0]
    staff.open(f"/desk/compensations/{compensation}")
    staff.submit("/approve")
    staff.sees("Credited")

    buyer.open(f"/my/complaints/{number}")
    buyer.sees("We are sorry", "CN-2026-00001", "Does this settle it?")
    buyer.sees_not("The lorry broke down")
    buyer.submit("/settled")
    buyer.sees("Settled on Wed 1 Apr 2026.")
    buyer.open("/my/credits/CN-2026-00001")
    buyer.sees("฿21.00", "without goods")
    buyer.open("/my/complaints")
    buyer.sees(number, "฿21.00")


def test_the_same_way_in_thai(portal):
    app, world, order = portal
    buyer = Person(app, world.buyer.email, language="th")
    buyer.open(f"/my/orders/{order.number}/return")
    buyer.submit("/return", quantity_1="1", reason_1="not_needed", remedy="replacement")
    assert re.search(r"RT-\d{4}-\d{5}", buyer.page.text)
    buyer.sees("2569", "สบู่ก้อนกลิ่นมะลิ")
    buyer.open("/my/complaints/new")
    buyer.submit("/my/complaints/new", kind="service", what="ไม่มีผู้รับสาย")
    buyer.sees("ไม่มีผู้รับสาย")


def test_a_complaint_left_alone_is_missed_and_goes_to_the_manager(portal, session, now):
    app, world, _order = portal
    buyer = Person(app, world.buyer.email)
    buyer.open("/my/complaints/new")
    buyer.submit("/my/complaints/new", kind="service", what="Nobody picks up")
    number = re.search(r"CM-\d{4}-\d{5}", buyer.page.text)[0]
    late = now + timedelta(days=8)
    with time_machine.travel(late, tick=False):
        with make_sessions(session.get_bind())() as job:
            assert sweep(job, late) > 0
            run = app.extensions["jobs"]["policies.escalate"].act
            assert run(job, late) == 1
            assert run(job, late) == 0
        manager = Person(app, world.manager.email)
        manager.open("/notifications")
        manager.sees(number)
        manager.open(f"/desk/complaints/{number}")
        manager.sees("is late", "Passed on to a manager")
