"""Compensation in the browser: offered on the home page, answered with one click, followed by staff."""

import pytest
import time_machine
from sqlalchemy import select

from aftersales.complaints import Compensation
from aftersales.offering import offer_settlements
from portal.accounts.roles import Role
from portal.db import transaction
from tests.inventory.makers import statements
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def offer(session, world, late, now):
    with time_machine.travel(now, tick=True):
        late()
        offer_settlements(session, now)
        yield session.scalars(select(Compensation)).one()


def client_of(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.fixture
def buyer(app, world, offer):
    return client_of(app, world.buyer)


def test_an_offer_is_among_what_needs_the_buyers_answer_and_one_click_settles_it(buyer, offer):
    path = f"/my/compensation/{offer.number}"
    assert path in buyer.get("/").text
    page = buyer.get(path).text
    assert "5 × Product SOAP" in page
    assert "7 working days late" in page
    answer = buyer.post(f"{path}/accept", follow_redirects=True)
    assert "is settled with compensation" in answer.text
    assert "Credited" in answer.text
    assert "already" in buyer.post(f"{path}/accept", follow_redirects=True).text
    assert path not in buyer.get("/").text


def test_adding_to_it_opens_the_complaint_that_is_filled_in(buyer, offer):
    link = f"/my/complaints/new?promise={offer.promise_id}"
    assert link in buyer.get("/my/compensation").text
    assert "5 × Product SOAP" in buyer.get(link).text
    assert buyer.post(link, data={"kind": "late", "what": "And it cost us a sale"}).status_code == 303
    assert "Waiting for approval" in buyer.get(f"/my/compensation/{offer.number}").text


def test_what_was_dismissed_stays_on_the_page_and_can_be_taken_up_again(buyer, offer):
    path = f"/my/compensation/{offer.number}"
    assert "within 30 days" in buyer.post(f"{path}/dismiss", follow_redirects=True).text
    assert offer.number in buyer.get("/my/compensation?state=dismissed").text
    assert "offered to you again" in buyer.post(f"{path}/reopen", follow_redirects=True).text


def test_it_is_nothing_to_another_company(app, session, offer, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    client = client_of(app, stranger)
    path = f"/my/compensation/{offer.number}"
    assert client.get(path).status_code == 404
    assert [client.post(f"{path}/{act}").status_code for act in ("accept", "dismiss", "reopen")] == [404] * 3
    assert offer.number not in client.get("/my/compensation").text


def test_staff_find_it_and_cannot_decide_what_the_customer_has_not_taken_up(app, world, offer):
    desk = client_of(app, world.staff)
    assert offer.number in desk.get(f"/desk/compensations?q={world.customer.code}&state=offered").text
    assert offer.number not in desk.get("/desk/compensations?q=nobody").text
    assert "Offered to the customer" in desk.get(f"/desk/compensations/{offer.number}").text
    assert desk.post(f"/desk/compensations/{offer.number}/approve", data={}).status_code == 422


def test_managers_set_the_limits_on_their_page_and_staff_do_not(app, world, offer):
    assert client_of(app, world.staff).get("/desk/compensation-limits").status_code == 403
    manager = client_of(app, world.manager)
    assert 'value="1000' in manager.get("/desk/compensation-limits").text
    refused = manager.post("/desk/compensation-limits", data={"staff": "2000", "manager": "1500"})
    assert (refused.status_code, "at least as much as staff" in refused.text) == (422, True)
    done = manager.post("/desk/compensation-limits", data={"staff": "2000.50", "manager": "30000"})
    assert done.status_code == 303
    page = manager.get("/desk/compensations").text
    assert "฿2,000.50" in page
    assert "฿30,000.00" in page


def test_the_list_asks_as_many_questions_for_one_as_for_many(buyer, session, late, offer, now):
    def asked():
        buyer.get("/my/compensation")
        with statements(session) as sent:
            buyer.get("/my/compensation")
        return len(sent)

    one = asked()
    for n in range(3):
        late(sku=f"MORE-{n}")
    offer_settlements(session, now)
    assert asked() == one
