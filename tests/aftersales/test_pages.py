"""Returns in the browser: asked for by the buyer, recorded and carried through by the desk."""

import pytest
from sqlalchemy import func, select

from aftersales import deciding, requesting
from aftersales.models import Disposition, Remedy, Return, ReturnReason
from aftersales.requesting import Asked
from aftersales.returning import Back, take_back
from portal.accounts.roles import Role
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def world(session, working_noon):
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def order(session, world):
    with transaction(session):
        order = world.order({world.product("SOAP", stock=10): 4})
        world.delivered(order)
    return order


@pytest.fixture
def desk(app, world):
    client = app.test_client()
    sign_in(client, world.staff)
    return client


@pytest.fixture
def buyer(app, world):
    client = app.test_client()
    sign_in(client, world.buyer)
    return client


@pytest.fixture
def taken(session, world, order, now):
    with transaction(session):
        back = Back(1, 1, ReturnReason.QUALITY, Disposition.SCRAP)
        return take_back(session, order, [back], by=world.staff, now=now)


@pytest.fixture
def asked(session, world, order, now):
    with transaction(session):
        wanted = [Asked(1, 2, ReturnReason.QUALITY)]
        return requesting.ask(session, order, wanted, Remedy.CREDIT, by=world.buyer, now=now)


def count(session):
    return session.scalar(select(func.count()).select_from(Return))


def test_staff_find_the_order_record_what_came_back_and_read_the_return(desk, order, session):
    started = desk.get("/desk/returns/start", query_string={"order": order.number.lower()})
    assert started.headers["Location"] == f"/desk/orders/{order.number}/returns/new"
    sent = {"quantity_1": "2", "reason_1": "damaged", "disposition_1": "restock"}
    answer = desk.post(started.headers["Location"], data=sent)
    assert answer.status_code == 302
    page = desk.get(answer.headers["Location"]).text
    assert "SOAP" in page
    assert "CN-2026-00001" in page
    assert count(session) == 1
    assert "RT-2026-00001" in desk.get("/desk/returns?q=C1").text
    assert "RT-2026-00001" not in desk.get("/desk/returns?q=nobody").text
    assert "RT-2026-00001" in desk.get("/desk/returns?state=settled").text
    assert "RT-2026-00001" not in desk.get("/desk/returns?state=requested").text


def test_too_many_units_are_refused_beside_the_field_and_nothing_is_recorded(desk, order, session):
    path = f"/desk/orders/{order.number}/returns/new"
    answer = desk.post(path, data={"quantity_1": "5", "reason_1": "damaged", "disposition_1": "restock"})
    assert answer.status_code == 422
    assert 'id="quantity_1-error"' in answer.text
    assert 'value="5"' in answer.text
    assert count(session) == 0


def test_an_unknown_order_number_is_said_to_be_unknown(desk):
    answer = desk.get("/desk/returns/start?order=SO-1999-1", follow_redirects=True)
    assert "SO-1999-1" in answer.text
    assert desk.get("/desk/orders/SO-1999-1/returns/new").status_code == 404


def test_a_buyer_sees_the_returns_of_their_company_and_another_company_sees_nothing_there(
    app, world, session, taken, buyer, now
):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    theirs = app.test_client()
    sign_in(theirs, stranger)
    assert taken.number in buyer.get("/my/returns").text
    assert buyer.get(f"/my/returns/{taken.number}").status_code == 200
    assert taken.number not in theirs.get("/my/returns").text
    assert theirs.get(f"/my/returns/{taken.number}").status_code == 404
    assert theirs.get(f"/my/orders/{taken.order.number}/return").status_code == 404
    assert theirs.post(f"/my/returns/{taken.number}/cancel").status_code == 404
    assert buyer.get("/my/returns/RT-1999-00001").status_code == 404
    assert buyer.get(f"/desk/returns/{taken.number}").status_code == 404


def test_the_page_of_a_customer_tells_of_their_returns(desk, world, taken):
    assert taken.number in desk.get(f"/desk/customers/{world.customer.code}").text


def test_the_page_of_an_order_leads_to_a_return_and_shows_those_there_are(buyer, desk, order, asked):
    page = buyer.get(f"/my/orders/{order.number}").text
    assert f"/my/orders/{order.number}/return" in page
    assert asked.number in page
    assert asked.number in desk.get(f"/desk/orders/{order.number}").text


def test_a_buyer_asks_and_is_shown_what_was_wrong_beside_its_field(buyer, order, session):
    path = f"/my/orders/{order.number}/return"
    assert "Fri 1 May 2026" in buyer.get(path).text
    wrong = buyer.post(path, data={"quantity_1": "9", "reason_1": "damaged", "remedy": "credit"})
    assert wrong.status_code == 422
    assert 'id="quantity_1-error"' in wrong.text
    assert count(session) == 0
    nonsense = buyer.post(path, data={"quantity_1": "two", "reason_1": "hunger", "remedy": "cake"})
    assert nonsense.status_code == 422
    right = buyer.post(
        path, data={"quantity_1": "2", "reason_1": "damaged", "remedy": "replacement", "note": "Leaking"}
    )
    assert right.status_code == 303
    page = buyer.get(right.headers["Location"]).text
    assert "Leaking" in page
    assert "You have our decision by Fri 3 Apr 2026." in page


def test_the_desk_is_led_from_act_to_act(desk, asked, session):
    path = f"/desk/returns/{asked.number}"
    assert "/refuse" in desk.get(path).text
    assert desk.post(f"{path}/receive", data={}).status_code == 422
    assert desk.post(f"{path}/authorise", data={"return_by": "2026-03-01"}).status_code == 422
    assert desk.post(f"{path}/authorise", data={"note": "Please pack well"}).status_code == 303
    assert desk.get(f"{path}/authorisation.pdf").mimetype == "application/pdf"
    assert desk.get(f"{path}/authorisation.pdf?language=xx").status_code == 404
    (line,) = asked.lines
    assert desk.post(f"{path}/receive", data={f"quantity_{line.id}": "3"}).status_code == 422
    assert desk.post(f"{path}/receive", data={f"quantity_{line.id}": "2"}).status_code == 303
    half = {f"quantity_{line.id}_scrap": "1"}
    refused = desk.post(f"{path}/inspect", data={f"quantity_{line.id}_scrap": "3"})
    assert refused.status_code == 422
    assert f'id="quantity_{line.id}_scrap-error"' in refused.text
    found = half | {f"quantity_{line.id}_restock": "1", f"grade_{line.id}_restock": "a"}
    assert desk.post(f"{path}/inspect", data=found).status_code == 303
    assert desk.post(f"{path}/inspect", data=found).status_code == 422
    assert desk.post(f"{path}/settle", data={"remedy": "credit"}).status_code == 303
    assert "credited" in desk.get(path).text
    again = desk.post(f"{path}/settle", data={"remedy": "credit"})
    assert again.status_code == 422
    assert "Somebody else has already done this step." in again.text


def test_the_desk_reads_of_the_buyer_and_the_buyer_is_spoken_to(desk, buyer, asked, world):
    for path in (
        f"/desk/returns/{asked.number}",
        "/desk/returns",
        f"/desk/orders/{asked.order.number}",
        f"/desk/customers/{world.customer.code}",
    ):
        assert "You have our decision by" not in desk.get(path).text, path
    assert "The buyer has our decision by" in desk.get(f"/desk/returns/{asked.number}").text
    assert "You have our decision by" in buyer.get(f"/my/returns/{asked.number}").text


def test_the_list_of_a_buyer_says_where_a_return_begins(buyer, asked):
    page = buyer.get("/my/returns").text
    assert "A return begins on the order that was delivered" in page
    assert 'href="/my/orders"' in page


def test_a_refused_return_tells_its_reason(desk, buyer, asked):
    path = f"/desk/returns/{asked.number}"
    assert desk.post(f"{path}/refuse", data={"reason": ""}).status_code == 422
    assert desk.post(f"{path}/refuse", data={"reason": "Opened"}).status_code == 303
    assert "Not authorised: Opened" in buyer.get(f"/my/returns/{asked.number}").text
    assert buyer.get(f"/my/returns/{asked.number}/authorisation.pdf").status_code == 404


def test_a_buyer_calls_a_return_off_once(buyer, asked, session):
    path = f"/my/returns/{asked.number}"
    assert buyer.post(f"{path}/cancel").status_code == 303
    assert "Call it off" not in buyer.get(path).text
    assert "Somebody else" in buyer.post(f"{path}/cancel", follow_redirects=True).text


def test_home_pages_lead_to_what_waits(desk, buyer, asked, session, world, now):
    assert "Returns to decide" in desk.get("/").text
    assert asked.number not in buyer.get("/").text
    with transaction(session):
        deciding.authorise(session, asked, by=world.staff, now=now)
    assert asked.number in buyer.get("/").text


def test_lists_of_returns_ask_as_many_questions_for_one_as_for_many(desk, buyer, world, session, order, now):
    with transaction(session):
        requesting.ask(
            session, order, [Asked(1, 1, ReturnReason.QUALITY)], Remedy.CREDIT, by=world.buyer, now=now
        )
    paths = ((desk, "/desk/returns"), (buyer, "/my/returns"), (buyer, f"/my/orders/{order.number}"))
    few = []
    for client, path in paths:
        client.get(path)
        with statements(session) as asked:
            client.get(path)
        few.append(len(asked))
    with transaction(session):
        for _ in range(3):
            requesting.ask(
                session, order, [Asked(1, 1, ReturnReason.QUALITY)], Remedy.CREDIT, by=world.buyer, now=now
            )
    for (client, path), before in zip(paths, few, strict=True):
        with statements(session) as asked:
            client.get(path)
        assert len(asked) == before, path
