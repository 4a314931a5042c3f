"""Mistakes on documents in the browser: from the paper on the page of an order to the answer and the figure."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales.document_errors import DocumentError
from orders.models import Order
from policies import revising
from policies.kinds import Kind
from policies.terms import Clause, terms_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from tests.makers import World, make_world
from tests.people import make_customer, make_user, sign_in
from tests.publishing import publish_reviewed

WRONG = {"mistake": "address", "note": "Gate 4, not gate 2"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture
def world(session: Session, now: datetime) -> Iterator[World]:
    with time_machine.travel(now, tick=True):
        with transaction(session):
            world = make_world(session, now - timedelta(days=3))
        yield world


@pytest.fixture
def order(session: Session, world: World, now: datetime) -> Order:
    with transaction(session):
        order = world.order({world.product("SOAP", stock=9): 5})
        world.delivered(order, at=now - timedelta(hours=2))
    return order


def _client(app: Flask, person: User) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    return client


def _count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(DocumentError)) or 0


def test_from_the_paper_on_the_page_of_an_order_to_the_answer(
    app: Flask, session: Session, world: World, order: Order
) -> None:
    buyer, desk = _client(app, world.buyer), _client(app, world.staff)
    page = buyer.get(f"/my/orders/{order.number}").text
    links = re.findall(r'href="(/my/documents/[a-z_]+/[A-Z0-9-]+/mistake)"', page)
    assert len(links) == 2, "the acknowledgement and the delivery note"
    assert page.count("Something is wrong on this paper") == 2
    assert "Something is wrong on this paper" in buyer.get(links[0]).text
    refused = buyer.post(links[0], data={**WRONG, "note": " "})
    assert refused.status_code == 422
    assert _count(session) == 0
    answer = buyer.post(links[0], data=WRONG)
    assert answer.status_code == 303
    complaint = answer.headers["Location"]
    assert "Gate 4, not gate 2" in buyer.get(complaint).text
    assert "To be looked into" in buyer.get(f"/my/orders/{order.number}").text
    again = buyer.post(links[0], data=WRONG)
    assert again.status_code == 422
    assert "This is reported already" in again.text
    assert _count(session) == 1

    listed = desk.get("/desk/document-errors").text
    found = re.search(r'href="(/desk/document-errors/DE-[0-9-]+)"', listed)
    assert found is not None
    one = found[1]
    assert one in desk.get(f"/desk/orders/{order.number}").text
    assert one in desk.get(complaint.replace("/my/", "/desk/")).text
    shown = desk.get(one).text
    assert "Gate 4, not gate 2" in shown
    assert "The customer reads it as the answer to the complaint" in shown
    assert desk.post(f"{one}/resolve", data={"outcome": "corrected", "text": ""}).status_code == 422
    assert desk.post(f"{one}/resolve", data={"outcome": "open", "text": "x"}).status_code == 422
    done = desk.post(f"{one}/resolve", data={"outcome": "corrected", "text": "Sent again, gate 4"})
    assert done.status_code == 303
    assert "Resolve it" not in desk.get(one).text
    assert "Sent again, gate 4" in buyer.get(complaint).text
    assert "Nothing waits here" in desk.get("/desk/document-errors").text
    assert one in desk.get("/desk/document-errors?view=all").text
    assert "No mistake fits" in desk.get("/desk/document-errors?view=all&q=none-such").text


def test_staff_record_what_they_find_and_buyers_cannot_enter_the_desk(
    app: Flask, session: Session, world: World, order: Order
) -> None:
    desk, buyer = _client(app, world.staff), _client(app, world.buyer)
    link = f"/desk/document-errors/report/acknowledgement/{order.number}"
    assert link in desk.get(f"/desk/orders/{order.number}").text
    assert buyer.get(link).status_code in {403, 404}
    answer = desk.post(link, data=WRONG)
    assert answer.status_code == 303
    shown = desk.get(answer.headers["Location"]).text
    assert "To be looked into" in shown
    assert "The customer reads it" not in shown
    assert buyer.get(answer.headers["Location"]).status_code in {403, 404}


def test_nobody_reports_on_a_paper_that_is_not_theirs_or_does_not_exist(
    app: Flask, session: Session, world: World, order: Order, now: datetime
) -> None:
    with transaction(session):
        stranger = make_user(session, Role.BUYER, customer=make_customer(session, "OTHER", now=now), now=now)
    theirs, buyer = _client(app, stranger), _client(app, world.buyer)
    link = f"/my/documents/acknowledgement/{order.number}/mistake"
    assert theirs.get(link).status_code == theirs.post(link, data=WRONG).status_code == 404
    assert buyer.get(link.replace("acknowledgement", "invoice")).status_code == 404
    assert buyer.get("/my/documents/delivery_note/SH-1999-1/mistake").status_code == 404
    assert _count(session) == 0


def test_a_policy_publishes_it_and_everybody_sees_the_figure(
    app: Flask, session: Session, world: World, order: Order, now: datetime
) -> None:
    with transaction(session):
        version = revising.open_policy(
            session, "เอกสาร", "Documents", customer=world.customer, by=world.manager, now=now
        )
        session.flush()
        terms = terms_of(world.version).but(Clause(Kind.DOCUMENT_ACCURACY, target_bp=9900))
        revising.change_draft(session, version, terms, by=world.manager, now=now)
        publish_reviewed(session, version, business_day(now), "Checked", reviewer=world.admin, now=now)
    buyer, manager = _client(app, world.buyer), _client(app, world.manager)
    assert "We aim for 99 % of our documents to be without a mistake." in buyer.get("/my/policy").text
    buyer.post(f"/my/documents/acknowledgement/{order.number}/mistake", data=WRONG)
    for page in (manager.get("/manage/attainment").text, buyer.get("/my/policy").text):
        assert "Order acknowledgements, delivery notes and credit notes count in the month" in page
        assert "50.0 %" in page
