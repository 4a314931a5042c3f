"""Complaints and compensation in the browser: one click from a missed promise to a credit."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from aftersales.complaining import Grievance, complain
from aftersales.complaints import Compensation, Complaint, ComplaintKind
from policies.kinds import Kind
from policies.promising import fulfil, promise_case
from portal.accounts.roles import Role
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def world(session, now):
    with time_machine.travel(now, tick=True):
        with transaction(session):
            world = make_world(session, now - timedelta(days=14))
        yield world


@pytest.fixture
def late(session, world, now):
    """An order that came late, and the promise that was missed."""
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=9): 5})
        world.delivered(order, at=now)
    return order, world.parts(order)[0].promise


@pytest.fixture
def complaint(session, world, late, now):
    with transaction(session):
        said = Grievance(ComplaintKind.LATE, "It came late", promise=late[1])
        return complain(session, world.customer, said, by=world.buyer, now=now)


def client_of(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.fixture
def buyer(app, world):
    return client_of(app, world.buyer)


@pytest.fixture
def desk(app, world):
    return client_of(app, world.staff)


def count(session, table=Complaint):
    session.rollback()  # what the pages wrote is read anew
    return session.scalar(select(func.count()).select_from(table))


def test_one_click_from_a_missed_promise_opens_a_complaint_that_is_filled_in(buyer, late, session):
    order, _promise = late
    page = buyer.get(f"/my/orders/{order.number}").text
    link = re.search(r'href="(/my/complaints/new\?promise=\d+)"', page)[1]
    form = buyer.get(link).text
    assert '<option selected value="late">' in form
    assert f"Order {order.number}: 5 × Product SOAP" in form
    assert "Mon 23 Mar 2026" in form
    assert "That makes ฿35.00." in form
    answer = buyer.post(link, data={"kind": "late", "what": "Too late for our sale"})
    assert answer.status_code == 303
    page = buyer.get(answer.headers["Location"]).text
    assert "Too late for our sale" in page
    assert "The answer is promised by Fri 3 Apr 2026." in page
    assert "Waiting for approval" in page
    assert buyer.get(link).headers["Location"] == answer.headers["Location"]
    assert buyer.post(link, data={"kind": "late", "what": "Again"}).status_code == 302
    assert count(session) == 1
    assert link not in buyer.get(f"/my/orders/{order.number}").text


def test_a_complaint_about_an_order_or_about_nothing_in_particular(buyer, late, session):
    order, _promise = late
    assert buyer.post("/my/complaints/new", data={"kind": "service", "what": ""}).status_code == 422
    assert buyer.post("/my/complaints/new", data={"kind": "rudeness", "what": "x"}).status_code == 422
    assert count(session) == 0
    answer = buyer.post(f"/my/complaints/new?order={order.number}", data={"kind": "damaged", "what": "Wet"})
    assert order.number in buyer.get(answer.headers["Location"]).text
    assert buyer.get("/my/complaints/new?order=SO-1999-1").status_code == 404
    assert buyer.get("/my/complaints/new?promise=999999").status_code == 404


def test_nobody_sees_or_touches_what_belongs_to_another_company(app, session, world, late, complaint, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    theirs = client_of(app, stranger)
    path = f"/my/complaints/{complaint.number}"
    assert theirs.get(path).status_code == 404
    assert theirs.post(f"{path}/settled").status_code == 404
    assert theirs.post(f"{path}/open-again", data={"text": "x"}).status_code == 404
    assert theirs.get(f"/my/complaints/new?promise={late[1].id}").status_code == 404
    assert complaint.number not in theirs.get("/my/complaints").text


def test_the_desk_takes_it_on_answers_and_the_customer_says_whether_it_is_settled(
    desk, buyer, complaint, session
):
    path = f"/desk/complaints/{complaint.number}"
    assert complaint.number in desk.get("/desk/complaints?view=unowned").text
    assert desk.post(f"{path}/take", follow_redirects=True).status_code == 200
    assert complaint.number not in desk.get("/desk/complaints?view=unowned").text
    assert complaint.number in desk.get("/desk/complaints?view=mine&q=C1").text
    assert complaint.number not in desk.get("/desk/complaints?view=mine&q=nobody").text
    assert desk.post(f"{path}/note", data={"note": "The lorry broke down"}).status_code == 303
    assert desk.post(f"{path}/answer", data={"answer": ""}).status_code == 422
    assert desk.post(f"{path}/answer", data={"answer": "We are sorry"}).status_code == 303
    assert desk.post(f"{path}/answer", data={"answer": "Twice"}).status_code == 422
    assert complaint.number in buyer.get("/").text
    seen = buyer.get(f"/my/complaints/{complaint.number}").text
    assert "We are sorry" in seen
    assert "The lorry broke down" not in seen
    assert "Our staff" in seen
    mine = f"/my/complaints/{complaint.number}"
    assert buyer.post(f"{mine}/open-again", data={"text": ""}).status_code == 422
    assert buyer.post(f"{mine}/open-again", data={"text": "And the second time?"}).status_code == 303
    assert "And the second time?" in desk.get(path).text
    assert desk.post(f"{path}/answer", data={"answer": "It will not happen again"}).status_code == 303
    assert buyer.post(f"{mine}/settled").status_code == 303
    assert "Settled on" in buyer.get(mine).text
    assert "is settled" in buyer.post(f"{mine}/settled", follow_redirects=True).text
    assert complaint.number in desk.get("/desk/complaints?view=all").text


def test_staff_open_a_complaint_for_a_customer(desk, world, late, session):
    _order, promise = late
    assert desk.get("/desk/complaints/new").status_code == 200
    unknown = desk.get("/desk/complaints/new?order=SO-1999-1", follow_redirects=True)
    assert "SO-1999-1" in unknown.text
    answer = desk.post(
        f"/desk/complaints/new?promise={promise.id}", data={"kind": "late", "what": "By phone"}
    )
    assert answer.status_code == 303
    assert desk.get(f"/desk/complaints/new?promise={promise.id}").status_code == 302
    general = desk.post(
        "/desk/complaints/new?customer=c1", data={"kind": "service", "what": "Nobody answers"}
    )
    assert general.status_code == 303
    assert count(session) == 2


def test_compensation_is_credited_in_one_act_and_seen_by_the_customer(desk, buyer, complaint, session):
    number = complaint.compensation.number
    assert number in desk.get("/desk/compensations?state=proposed").text
    path = f"/desk/compensations/{number}"
    assert "7 working days late" in desk.get(path).text
    assert desk.post(f"{path}/approve", data={"note": ""}).status_code == 303
    again = desk.post(f"{path}/approve", data={})
    assert again.status_code == 422
    assert "already decided" in again.text
    session.rollback()  # what the page wrote is read anew
    note = session.scalars(select(Compensation)).one().credit_note.number
    assert note in buyer.get(f"/my/complaints/{complaint.number}").text
    seen = buyer.get(f"/my/credits/{note}").text
    assert "฿35.00" in seen
    assert "without goods" in seen
    assert "without goods" in desk.get(f"/desk/credits/{note}").text
    assert note in desk.get("/desk/compensations").text


def test_what_is_above_the_limit_of_staff_waits_for_a_manager(app, desk, world, session, now):
    with transaction(session):
        order = world.order({world.product("GOLD", price="9000.00", stock=2): 2})
        world.delivered(order, at=now)
    promise_id = world.parts(order)[0].promise_id
    answer = desk.post(f"/desk/promises/{promise_id}/compensation")
    path = answer.headers["Location"]
    assert "Above ฿1,000.00 a manager approves." in desk.get(path).text
    assert desk.post(f"{path}/approve", data={}).status_code == 422
    twice = desk.post(f"/desk/promises/{promise_id}/compensation", follow_redirects=True)
    assert "There is a compensation for it already" in twice.text
    manager = client_of(app, world.manager)
    assert manager.post(f"{path}/approve", data={}).status_code == 303
    assert count(session, Compensation) == 1


def test_a_rejection_needs_its_reason(desk, buyer, complaint):
    path = f"/desk/compensations/{complaint.compensation.number}"
    assert desk.post(f"{path}/reject", data={"reason": ""}).status_code == 422
    assert desk.post(f"{path}/reject", data={"reason": "You moved the day"}).status_code == 303
    assert "You moved the day" in buyer.get(f"/my/complaints/{complaint.number}").text


def test_the_page_of_a_customer_tells_of_their_complaints(desk, world, complaint):
    page = desk.get(f"/desk/customers/{world.customer.code}").text
    assert complaint.number in page
    assert "฿35.00" in page


def test_lists_of_complaints_ask_as_many_questions_for_one_as_for_many(
    desk, buyer, world, complaint, session, now
):
    paths = [(desk, f"/desk/complaints?view={view}") for view in ("due", "unowned", "all", "answered")]
    paths += [(buyer, "/my/complaints"), (desk, "/desk/compensations")]

    def asked():
        counts = []
        for client, path in paths:
            client.get(path)
            with statements(session) as sent:
                client.get(path)
            counts.append(len(sent))
        return counts

    few = asked()
    with transaction(session):
        for n in range(4):
            order = world.order({world.product(f"P{n}", price="100.00", stock=2): 2}, at=world.now)
            world.delivered(order, at=now)
            said = Grievance(ComplaintKind.LATE, "Late", promise=world.parts(order)[0].promise)
            found = complain(session, world.customer, said, by=world.buyer, now=now)
            session.refresh(found)
            assert found.compensation is not None
    assert asked() == few


def test_a_missed_promise_of_no_order_is_complained_about_from_the_desk(session, world, desk, now):
    with transaction(session):
        facts = {"start": world.now, "by": None, "now": world.now}
        promise = promise_case(session, world.customer, Kind.REFUND, "RT-1", **facts)
        assert promise is not None
        fulfil(session, [promise], world.now + timedelta(days=5), by=None, now=now)
        promise_id = promise.id
    page = desk.get(f"/desk/complaints/new?promise={promise_id}")
    assert page.status_code == 200
    sent = {"kind": "late", "what": "Nobody called"}
    assert desk.post(f"/desk/complaints/new?promise={promise_id}", data=sent).status_code == 303
    assert count(session) == 1
