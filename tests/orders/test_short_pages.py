"""The pages of what is short: offers answered by buyers and made by the desk, products followed, the board."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from inventory.running_out import mark_stock_outs
from inventory.stockouts import Follow, Substitute
from orders.consenting import find_consent, give_consent, rule_of
from orders.models import OrderLine
from orders.substitutions import ConsentRule, OfferState, SubstituteOffer
from portal.accounts.roles import Role
from tests.inventory.makers import statements
from tests.makers import World, make_customer, make_user, make_world, sign_in
from tests.orders.short_lines import offered, offers, stands_for


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def client_of(app: Flask, world: World, person) -> FlaskClient:
    world.session.commit()
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.fixture
def buyer(app, world) -> FlaskClient:
    return client_of(app, world, world.buyer)


@pytest.fixture
def desk(app, world) -> FlaskClient:
    return client_of(app, world, world.staff)


@pytest.fixture
def stranger(app, world) -> FlaskClient:
    other = make_customer(world.session, "OTHER", now=world.now)
    return client_of(app, world, make_user(world.session, Role.BUYER, customer=other, now=world.now))


def saved(world: World, thing):
    world.session.commit()
    return thing


def states(world: World) -> list[str]:
    world.session.rollback()
    return [offer.state for offer in offers(world)]


# --- the buyer's offers ---


def test_an_offer_is_compared_on_its_page_its_order_and_the_list_and_accepted_by_one_click(world, buyer):
    made = saved(world, offered(world, instead="12.00"))
    order_no = made.part.line.order.number
    for path in ("/my/offers", f"/my/offers/{made.number}", f"/my/orders/{order_no}", "/"):
        page = buyer.get(path).text
        assert made.number in page, path
    page = buyer.get(f"/my/offers/{made.number}").text
    for said in ("7 ×", "฿10.00", "instead of ฿12.00", "Wed 8 Apr 2026", "Answer by Thu 2 Apr 2026"):
        assert said in page
    answer = buyer.post(f"/my/offers/{made.number}/accept", follow_redirects=True)
    assert "You accepted the substitute" in answer.text
    assert "stands for 7 × SOAP-1" in answer.text
    assert "7 of these replaced by BAR-1" in answer.text
    assert states(world) == [OfferState.ACCEPTED]
    assert "Accepted" in buyer.get("/my/offers").text


def test_an_offer_is_refused_by_one_click(world, buyer):
    made = saved(world, offered(world))
    answer = buyer.post(f"/my/offers/{made.number}/refuse", follow_redirects=True)
    assert "Your line stays as promised" in answer.text
    assert states(world) == [OfferState.REFUSED]


def test_a_second_answer_is_refused_with_its_reason(world, buyer):
    made = saved(world, offered(world))
    buyer.post(f"/my/offers/{made.number}/refuse")
    answer = buyer.post(f"/my/offers/{made.number}/accept", follow_redirects=True)
    assert "already refused" in answer.text
    assert states(world) == [OfferState.REFUSED]


def test_an_answer_after_the_deadline_is_refused_with_its_reason(world, buyer):
    made = saved(world, offered(world))
    with time_machine.travel(made.answer_by + timedelta(minutes=1), tick=False):
        sign_in(buyer, world.buyer)
        assert "Accept" not in buyer.get(f"/my/offers/{made.number}").text
        answer = buyer.post(f"/my/offers/{made.number}/accept", follow_redirects=True)
    assert "could be answered until" in answer.text
    assert states(world) == [OfferState.OFFERED]


@pytest.mark.parametrize("act", ["", "/accept", "/refuse"])
def test_the_offer_of_another_company_is_not_found(world, stranger, act):
    made = saved(world, offered(world))
    answer = (
        stranger.post(f"/my/offers/{made.number}{act}") if act else stranger.get(f"/my/offers/{made.number}")
    )
    assert answer.status_code == 404
    assert made.number not in stranger.get("/my/offers").text
    assert states(world) == [OfferState.OFFERED]


def test_the_list_of_offers_takes_the_same_number_of_queries_for_many(world, buyer):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1", stock=100)
    stands_for(world, soap, bar)
    counts = []
    for some in (1, 6):
        for _ in range(some):
            saved(world, world.order({soap: 1}))
        with statements(world.session) as sent:
            assert buyer.get("/my/offers").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_company_chooses_what_it_wants_and_the_desk_sees_it(world, buyer, desk):
    assert 'value="ask"' in buyer.get("/my/substitution").text
    answer = buyer.post("/my/substitution", data={"rule": "automatic"}, follow_redirects=True)
    assert "this holds for all your orders" in answer.text
    world.session.rollback()
    assert rule_of(find_consent(world.session, world.customer.id)) is ConsentRule.AUTOMATIC
    page = desk.get(f"/desk/customers/{world.customer.code}").text
    assert "Send an equal or better product without asking" in page
    assert buyer.post("/my/substitution", data={"rule": "always"}).status_code == 422


# --- the desk ---


def test_staff_see_what_may_stand_for_a_waiting_line_and_offer_it(world, desk):
    soap = world.product("SOAP-1", stock=3)
    order = world.order({soap: 10})
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50, price="12.00"))
    stands_for(world, soap, world.product("RARE-1", stock=1), rank=2)
    part = saved(world, world.parts(order)[-1])
    page = desk.get(f"/desk/orders/{order.number}").text
    for said in ("7 × Product SOAP-1 wait for stock", "BAR-1", "list ฿12.00", "Only 1 of the 7 needed"):
        assert said in page
    form = {"part": part.id, "substitute": substitute.id}
    answer = desk.post(f"/desk/orders/{order.number}/offer", data=form, follow_redirects=True)
    assert "BAR-1 is offered and the buyer is told" in answer.text
    (made,) = offers(world)
    assert made.offered_by_id == world.staff.id
    again = desk.post(f"/desk/orders/{order.number}/offer", data=form, follow_redirects=True)
    assert "already offered" in again.text
    assert len(offers(world)) == 1
    back = desk.post(f"/desk/offers/{made.number}/withdraw", follow_redirects=True)
    assert "taken back" in back.text
    assert states(world) == [OfferState.WITHDRAWN]


@pytest.mark.parametrize(
    "form", [{}, {"part": "1", "substitute": "x"}, {"part": "99999999999", "substitute": "1"}]
)
def test_an_offer_of_nothing_is_not_found(world, desk, form):
    order = saved(world, world.order({world.product("SOAP-1"): 1}))
    assert desk.post(f"/desk/orders/{order.number}/offer", data=form).status_code == 404
    assert states(world) == []


def test_a_line_of_another_order_is_not_offered_for(world, desk):
    made = offered(world)
    other = saved(world, world.order({world.product("RICE-1"): 1}))
    form = {"part": made.part_id, "substitute": world.session.scalar(select(Substitute.id))}
    assert desk.post(f"/desk/orders/{other.number}/offer", data=form).status_code == 404


def test_the_desk_lists_offers_by_state(world, desk):
    made = saved(world, offered(world))
    assert made.number in desk.get("/desk/offers").text
    assert made.number in desk.get("/desk/offers?state=offered").text
    assert made.number not in desk.get("/desk/offers?state=expired").text
    assert desk.get("/desk/offers?state=lost").status_code == 404


def test_the_desk_sees_that_a_company_wants_no_substitutes(world, desk):
    soap = world.product("SOAP-1")
    order = world.order({soap: 2})
    stands_for(world, soap, world.product("BAR-1", stock=50))
    give_consent(world.session, world.customer, ConsentRule.NEVER, by=world.buyer, now=world.now)
    world.session.commit()
    page = desk.get(f"/desk/orders/{order.number}").text
    assert "Never send a substitute" in page
    assert f"/desk/orders/{order.number}/offer" not in page


# --- the board ---


def test_the_board_leads_to_what_mends_it_and_offers_to_all_who_wait(world, desk):
    soap = world.product("SOAP-1")
    order = world.order({soap: 4})
    mark_stock_outs(world.session, world.now)
    world.session.commit()
    page = desk.get("/desk/stock-outs").text
    for said in (
        "Product SOAP-1",
        "None expected",
        "/desk/receipts/new?sku=SOAP-1",
        "#substitutes",
        "฿40.00",
    ):
        assert said in page
    stands_for(world, soap, world.product("BAR-1", stock=50))
    world.session.commit()
    form = {"sku": "SOAP-1", "warehouse": "BKK", "next": "/desk/stock-outs"}
    answer = desk.post("/desk/stock-outs/offer", data=form, follow_redirects=True)
    assert "Offered for 1 waiting line of SOAP-1" in answer.text
    assert [made.part.line.order_id for made in offers(world)] == [order.id]
    again = desk.post("/desk/stock-outs/offer", data=form, follow_redirects=True)
    assert "Nothing could be offered" in again.text
    assert "Products out of stock" in desk.get("/").text


@pytest.mark.parametrize("query", ["", "?show=past", "?warehouse=BKK", "?show=past&warehouse=BKK"])
def test_an_empty_board_says_so(desk, query):
    assert desk.get(f"/desk/stock-outs{query}").status_code == 200
    assert desk.get("/desk/stock-outs?warehouse=NOWHERE").status_code == 404


def test_offering_for_a_product_or_place_that_does_not_exist_is_not_found(world, desk):
    saved(world, world.product("SOAP-1"))
    for form in ({}, {"sku": "SOAP-1", "warehouse": "X"}, {"sku": "NONE", "warehouse": "BKK"}):
        assert desk.post("/desk/stock-outs/offer", data=form).status_code == 404


# --- following ---


def test_a_product_is_followed_from_the_catalogue_and_its_page_and_left_again(world, buyer):
    saved(world, world.product("SOAP-1", stock=4))
    for path in ("/my/catalogue", "/my/catalogue/SOAP-1"):
        assert 'action="/my/following/follow"' in buyer.get(path).text
        answer = buyer.post(
            "/my/following/follow", data={"sku": "SOAP-1", "next": path}, follow_redirects=True
        )
        assert answer.request.path == path
        assert "You will be told when SOAP-1 runs low" in answer.text
        assert 'action="/my/following/stop"' in buyer.get(path).text
        assert "Product SOAP-1" in buyer.get("/my/following").text
        buyer.post("/my/following/stop", data={"sku": "SOAP-1"})
    assert "You follow no products yet" in buyer.get("/my/following").text


def test_what_does_not_exist_or_is_not_sold_is_not_followed(world, buyer):
    saved(world, world.product("GONE-1", lifecycle="discontinued"))
    assert buyer.post("/my/following/follow", data={"sku": "NONE"}).status_code == 404
    answer = buyer.post("/my/following/follow", data={"sku": "GONE-1"}, follow_redirects=True)
    assert "not sold any more" in answer.text
    assert world.session.scalar(select(func.count()).select_from(Follow)) == 0


# --- naming substitutes ---


def test_a_manager_names_changes_and_takes_back_a_substitute_on_the_product_page(app, world):
    for sku in ("SOAP-1", "BAR-1"):
        world.product(sku)
    manager = client_of(app, world, world.manager)
    assert "Nothing may stand for this product yet" in manager.get("/desk/products/SOAP-1").text
    form = {
        "stands_in": "BAR-1",
        "rank": "2",
        "per_unit": "3",
        "for_units": "2",
        "two_way": "y",
        "kind": "smaller_pack",
        "reason_en": "Three small",
    }
    form |= {"valid_from": "2026-04-01", "valid_until": ""}
    answer = manager.post("/desk/substitutes/new?sku=SOAP-1", data=form, follow_redirects=True)
    assert "BAR-1 may stand for SOAP-1" in answer.text
    assert "Three small" in answer.text
    assert "3 for 2" in answer.text
    back = manager.get("/desk/products/BAR-1").text
    assert "2 for 3" in back
    assert "Three small" not in back, "the way round it was said of"
    one = world.session.scalars(select(Substitute)).one()
    assert "Three small" in manager.get(f"/desk/substitutes/{one.id}").text
    manager.post(f"/desk/substitutes/{one.id}", data=form | {"rank": "1"})
    world.session.rollback()
    world.session.refresh(one)
    assert one.rank == 1
    answer = manager.post(f"/desk/substitutes/{one.id}/remove", follow_redirects=True)
    assert "taken back" in answer.text
    assert manager.post(f"/desk/substitutes/{one.id}/remove").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"stands_in": "NONE"},
        {"stands_in": "SOAP-1"},
        {"rank": "0"},
        {"valid_until": "2026-03-01"},
        {"kind": "x"},
        {"for_units": "0"},
        {"kind": "better", "two_way": "y"},
    ],
)
def test_a_substitute_that_cannot_be_is_refused_beside_its_field(app, world, wrong):
    for sku in ("SOAP-1", "BAR-1"):
        world.product(sku)
    manager = client_of(app, world, world.manager)
    form = {"stands_in": "BAR-1", "rank": "1", "per_unit": "1", "for_units": "1"}
    form |= {"kind": "equal", "valid_from": "2026-04-01"}
    answer = manager.post("/desk/substitutes/new?sku=SOAP-1", data=form | wrong)
    assert answer.status_code == 422
    assert "nothing was saved" in answer.text
    assert world.session.scalar(select(func.count(Substitute.id))) == 0


def test_a_clerk_sees_substitutes_and_does_not_name_them(world, desk):
    saved(world, world.product("SOAP-1"))
    assert "Substitutes" in desk.get("/desk/products/SOAP-1").text
    assert desk.get("/desk/substitutes/new?sku=SOAP-1").status_code == 403
    assert world.session.scalar(select(func.count(OrderLine.id))) == 0
    assert world.session.scalar(select(func.count(SubstituteOffer.id))) == 0
