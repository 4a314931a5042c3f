"""From a published policy to a kept promise, by the people in their roles, through HTTP alone."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask

from orders.watching import check_lead_times
from portal.clock import business_day
from portal.db import make_sessions, transaction
from portal.mailing import deliver_due
from tests.journeys.person import Person
from tests.makers import make_world
from tests.papers import text_of


@pytest.fixture
def portal(app: Flask, session, now):
    """A distributor with three products in its warehouse, one of them scarce; the clocks show a working noon."""
    with time_machine.travel(now, tick=False):
        with transaction(session):
            world = make_world(session, now)
            world.product(
                "SOAP-1", name_th="สบู่ก้อนกลิ่นมะลิ", name_en="Jasmine bar soap", price="12.50", stock=100
            )
            world.product("SHAM-1", name_th="แชมพูสมุนไพร", name_en="Herbal shampoo", price="89.00", stock=7)
            rice = world.product(
                "RICE-1", name_th="ข้าวหอม 5 กิโลกรัม", name_en="Jasmine rice 5 kg", price="185.25", stock=40
            )
            world.receipt(rice, 10, now.date() + timedelta(days=9))
        app.config["WTF_CSRF_ENABLED"] = True
        yield app, world


def test_a_policy_is_published_by_the_manager_and_read_by_the_customers_it_covers(portal, now):
    app, world = portal
    manager = Person(app, world.manager.email)
    manager.open("/manage/policies/new")
    manager.submit(
        "/manage/policies/new",
        scope="tier",
        tier="standard",
        name_th="นโยบายมาตรฐาน",
        name_en="Standard policy",
    )
    manager.submit(
        "/edit",
        lead_time_0="y",
        lead_time_0_count="4",
        lead_time_0_clock="calendar_inclusive",
        lead_time_0_cut_off="",
        lead_time_0_target="96",
        lead_time_0_per_day="2",
        lead_time_0_cap="10",
    )
    manager.submit("/submit")
    reviewer = Person(app, world.admin.email)
    reviewer.open(manager.page.request.path)
    reviewer.open(re.search(r'href="(/manage/policies/[^"]+/publish)"', reviewer.page.text)[1])
    reviewer.submit("/publish", valid_from=str(business_day(now)), reason="A promise we can keep")
    buyer = Person(app, world.buyer.email)
    buyer.open("/my/policy")
    buyer.sees("Standard policy", "4", "96")
    pdf = re.search(r'href="(/my/policy/[^"]+\.th\.pdf|/my/policy/[^"]+th\.pdf)"', buyer.page.text)[1]
    assert "นโยบายมาตรฐาน" in text_of(buyer.open(pdf).data)


def test_an_order_is_placed_dated_fulfilled_followed_and_ordered_again(portal, now, session):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    number = _order_three_lines(buyer)
    buyer.sees("Jasmine bar soap", "Tue 7 Apr 2026", "How this date was found", "no receipt is expected yet")

    english = text_of(buyer.open(f"/my/orders/{number}/acknowledgement.pdf?language=en").data)
    assert number in english
    assert "Herbal shampoo" in english
    thai = text_of(buyer.open(f"/my/orders/{number}/acknowledgement.pdf?language=th").data)
    assert "แชมพูสมุนไพร" in thai
    assert "2569" in thai

    staff.open("/desk/picking")
    staff.sees(number)
    staff.open(f"/desk/orders/{number}")
    staff.submit("/pick")
    shipment = re.search(r"SH-\d{4}-\d{5}", staff.page.text)[0]
    staff.press("/ship", typed={f"{shipment}-ship-{name}": said for name, said in LEAVES})
    buyer.open(f"/my/orders/{number}")
    buyer.sees("TH123456789", "Partly shipped")
    staff.press("/deliver", typed={f"{shipment}-deliver-received_by": "Somchai"})
    buyer.open(f"/my/orders/{number}")
    buyer.sees("Partly delivered", "Somchai", "as promised")

    buyer.open(f"/my/orders/{number}/again")
    buyer.sees("Jasmine bar soap", "Not all in stock")
    buyer.submit("/again")
    buyer.open("/my/basket")
    buyer.sees("Jasmine bar soap", "Herbal shampoo", "Jasmine rice 5 kg")


def test_a_double_click_on_place_order_gives_one_order(portal):
    app, world = portal
    buyer = Person(app, world.buyer.email)
    _put(buyer, "SOAP-1", 2)
    buyer.open("/my/basket")
    before = buyer.page
    buyer.press("/my/basket", button=("act", "place"))
    first = re.search(r"SO-\d{4}-\d{5}", buyer.page.text)[0]
    buyer.page = before
    buyer.press("/my/basket", button=("act", "place"))
    assert buyer.page.request.path == f"/my/orders/{first}"
    buyer.open("/my/orders")
    assert len(set(re.findall(r"SO-\d{4}-\d{5}", buyer.page.text))) == 1


def test_a_late_line_is_noticed_once_by_mail_and_in_the_portal_and_seen_by_the_manager(portal, now, session):
    app, world = portal
    buyer = Person(app, world.buyer.email)
    number = _order_three_lines(buyer)
    mails: list[EmailMessage] = []
    settings = app.extensions["settings"]
    with make_sessions(session.get_bind())() as job:
        deliver_due(job, mails.append, settings, now=now)
        mails.clear()
        late = now + timedelta(days=12)
        with time_machine.travel(late, tick=False):
            assert check_lead_times(job, late) > 0
            assert check_lead_times(job, late) == 0
            deliver_due(job, mails.append, settings, now=late)
            deliver_due(job, mails.append, settings, now=late)
    assert [number in mail["Subject"] for mail in mails] == [True] * len(mails)
    subjects = [mail["Subject"] for mail in mails]
    assert len(subjects) == len(set(subjects)) >= 1
    with time_machine.travel(late, tick=False):
        buyer = Person(app, world.buyer.email)
        buyer.open("/notifications")
        buyer.sees(number)
        buyer.open(f"/my/orders/{number}")
        buyer.sees("Not here on the promised day", "have not left the warehouse")
        manager = Person(app, world.manager.email)
        manager.open("/manage/measures")
        manager.sees("On time, as last agreed", "Line fill")


LEAVES = (("other", "Siam Rod Duan"), ("tracking_no", "TH123456789"))


def _put(buyer: Person, sku: str, quantity: int) -> None:
    buyer.open(f"/my/catalogue/{sku}")
    buyer.submit("/my/basket/add", quantity=str(quantity))


def _order_three_lines(buyer: Person) -> str:
    """Three lines found in Thai and in English; of the shampoo there is not enough."""
    buyer.open("/my/catalogue?q=สบู่")
    buyer.sees("Jasmine bar soap")
    buyer.sees_not("Herbal shampoo")
    buyer.open("/my/catalogue?q=shampoo")
    buyer.sees("Herbal shampoo")
    for sku, quantity in (("SOAP-1", 24), ("SHAM-1", 10), ("RICE-1", 2)):
        _put(buyer, sku, quantity)
    buyer.open("/my/basket")
    buyer.press("/my/basket", button=("act", "place"), typed={"po_number": "PO-77"})
    number = re.search(r"SO-\d{4}-\d{5}", buyer.page.text)[0]
    assert buyer.page.request.path == f"/my/orders/{number}"
    return number
