"""When a line is short, through HTTP alone: a substitute is taken, a product followed, a backorder freed."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from inventory.running_out import watch_stock
from orders.freeing import tell_freed
from orders.offering_round import go_round
from portal.clock import business_day
from portal.db import make_sessions, transaction
from portal.mailing import deliver_due
from tests.journeys.person import Person
from tests.makers import World, make_world
from tests.papers import text_of

SOAP = "/my/catalogue/SOAP-1"


@pytest.fixture
def portal(app: Flask, session, now):
    """A distributor with seven bars of one soap and plenty of another; the clocks show a working noon."""
    with time_machine.travel(now, tick=False):
        with transaction(session):
            world = make_world(session, now)
            world.product("SOAP-1", name_th="สบู่มะลิ", name_en="Jasmine soap", price="12.00", stock=7)
            world.product("SOAP-2", name_th="สบู่กุหลาบ", name_en="Rose soap", price="13.00", stock=40)
        app.config["WTF_CSRF_ENABLED"] = True
        yield app, world


def mails(app: Flask, now) -> list[str]:
    """What is mailed now: subject and text of each message."""
    sent: list[str] = []
    with make_sessions(app.extensions["engine"])() as session:
        deliver_due(
            session,
            lambda mail: sent.append(f"{mail['Subject']}\n{mail.get_content()}"),
            app.extensions["settings"],
            now=now,
        )
    return sent


def run(app: Flask, *jobs, now) -> None:
    """The scheduler comes by."""
    with make_sessions(app.extensions["engine"])() as session:
        for job in jobs:
            job(session, now)


def named_substitute(app: Flask, world: World) -> None:
    manager = Person(app, world.manager.email)
    manager.open("/desk/products/SOAP-1")
    manager.open(re.search(r'href="(/desk/substitutes/new[^"]*)"', manager.page.text)[1])
    manager.submit(
        "/desk/substitutes/new", stands_in="SOAP-2", kind="equal", reason_en="Same soap, another scent"
    )
    manager.sees("SOAP-2 may stand for SOAP-1", "Same soap, another scent")


def short_order(buyer: Person, quantity: int = 10) -> str:
    buyer.open(SOAP)
    buyer.submit("/my/basket/add", quantity=str(quantity))
    buyer.open("/my/basket")
    buyer.press("/my/basket", button=("act", "place"))
    return re.search(r"SO-\d{4}-\d{5}", buyer.page.text)[0]


@pytest.mark.parametrize("language", ["en", "th"])
def test_a_short_line_is_offered_a_substitute_that_is_taken_and_stands_on_every_document(
    portal, now, language
):
    app, world = portal
    named_substitute(app, world)
    buyer, staff = Person(app, world.buyer.email, language=language), Person(app, world.staff.email)
    number = short_order(buyer)
    (mail,) = [mail for mail in mails(app, now) if "/my/offers/" in mail]
    assert number in mail
    offer = re.search(r"/my/offers/(SU-\d{4}-\d{5})", mail)[1]
    buyer.open("/notifications")
    buyer.open(f"/my/offers/{offer}")
    buyer.sees("SOAP-2", "฿12.00", "฿13.00")
    buyer.submit(f"/my/offers/{offer}/accept")
    assert buyer.page.request.path == f"/my/orders/{number}"
    buyer.sees("SOAP-2", "฿128.40")
    for code, words in {"en": "Stands for 3 × SOAP-1 of line 1", "th": "SOAP-2"}.items():
        paper = text_of(buyer.open(f"/my/orders/{number}/acknowledgement.pdf?language={code}").data)
        assert words in paper

    staff.open(f"/desk/orders/{number}")
    staff.sees("3 of these replaced by SOAP-2", "stands for 3 × SOAP-1", "Substitute accepted")
    staff.submit("/pick")
    shipment = re.search(r"SH-\d{4}-\d{5}", staff.page.text)[0]
    leaving = {"other": "Siam Rod Duan", "tracking_no": "TH1"}
    staff.press("/ship", typed={f"{shipment}-ship-{name}": said for name, said in leaving.items()})
    staff.press("/deliver", typed={f"{shipment}-deliver-received_by": "Somchai"})
    staff.sees("Delivered", "Promise kept: 7 × Jasmine soap, 3 × Rose soap")
    staff.open("/desk/stock-outs")
    staff.sees("Substitutes accepted, 90 days")
    staff.open("/desk/offers?state=accepted")
    staff.sees(offer, number)
    buyer.open(f"/my/offers/{offer}")
    assert "/accept" not in buyer.page.text


def test_a_company_that_agreed_beforehand_gets_an_equal_product_at_once(portal, now):
    app, world = portal
    named_substitute(app, world)
    buyer = Person(app, world.buyer.email)
    buyer.open("/my/substitution")
    buyer.submit("/my/substitution", rule="automatic")
    number = short_order(buyer)
    buyer.open(f"/my/orders/{number}")
    buyer.sees("stands for 3 × SOAP-1")
    assert any("A substitute is sent" in mail for mail in mails(app, now))


def test_an_offer_that_nobody_answers_lapses_and_the_line_stays(portal, now):
    app, world = portal
    named_substitute(app, world)
    buyer = Person(app, world.buyer.email)
    number = short_order(buyer)
    late = now + timedelta(days=2)
    with time_machine.travel(late, tick=False):
        run(app, go_round, go_round, now=late)
        buyer = Person(app, world.buyer.email)
        buyer.open("/my/offers")
        buyer.sees("Not answered in time")
        buyer.open(f"/my/orders/{number}")
        buyer.sees_not("stands for")
        assert sum("is no longer held" in mail for mail in mails(app, late)) == 1


def test_a_product_that_is_followed_tells_when_it_runs_out_and_when_it_is_back(portal, now):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    buyer.open(SOAP)
    buyer.submit("/my/following/follow")
    buyer.sees("You will be told when SOAP-1")
    short_order(buyer, 7)
    run(app, watch_stock, watch_stock, now=now)
    (out,) = [mail for mail in mails(app, now) if "that you follow" in mail]
    assert "Jasmine soap: Out of stock" in out
    staff.open("/desk/stock-outs")
    staff.sees("Jasmine soap", "None expected")
    receipt_of(staff, 30, now)
    later = now + timedelta(minutes=1)
    run(app, watch_stock, watch_stock, now=later)
    (back,) = [mail for mail in mails(app, later) if "that you follow" in mail]
    assert "back in stock; 30 can be promised" in back
    staff.open("/desk/stock-outs?show=past")
    staff.sees("Jasmine soap")
    buyer.open("/my/following")
    buyer.sees("In stock", "30")
    buyer.submit("/my/following/stop")
    buyer.sees("You follow no products yet")


def test_a_receipt_frees_the_line_and_its_buyer_is_told_once(portal, now):
    app, world = portal
    buyer, staff = Person(app, world.buyer.email), Person(app, world.staff.email)
    number = short_order(buyer)
    receipt_of(staff, 30, now)
    run(app, tell_freed, tell_freed, now=now)
    (freed,) = [mail for mail in mails(app, now) if "are held for you: order" in mail]
    assert number in freed
    assert "SOAP-1 Jasmine soap, 3: promised for" in freed
    buyer.open(f"/my/orders/{number}")
    buyer.sees("In stock for you")


def receipt_of(staff: Person, units: int, now) -> None:
    """Soap is expected today and booked in."""
    staff.open("/desk/receipts/new?sku=SOAP-1")
    staff.submit("/desk/receipts/new", quantity=str(units), expected_on=str(business_day(now)))
    staff.press("/book-in")
