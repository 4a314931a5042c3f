"""Scarce goods dealt anew among order lines: what staff see before, what buyers are told after, and who may."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory.dealing_anew import Simulation
from inventory.dealing_rules import latest_edition, publish
from inventory.dealings import Dealing
from inventory.ledger import Place
from inventory.proving import differences
from inventory.stock import Reservation
from inventory.turns import Key
from orders.dealing_again import Kept, Redealt, deal_again, simulate
from orders.freeing import tell_freed
from orders.models import Order
from orders.replacing import replace
from orders.scarcity import changes, dealings, scarce_now, worth_dealing
from orders.watching import mark
from policies.promises import PromiseState
from portal import mailing
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.customers.registering import Particulars, change, register
from portal.db import transaction
from portal.i18n import speaking
from portal.outbox import Notice
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_user, make_world, sign_in
from tests.orders.short_lines import offered

BY_CLASS = (Key.ALLOCATION_CLASS, Key.PROMISED_DATE, Key.ORDER_TIME)
GAVE_WAY = "orders/notices/gave_way.txt"


@pytest.fixture
def now(working_noon):
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


@pytest.fixture
def hospital(world):
    """The buyer of a company that is served first."""
    facts = Particulars(
        "HOSP", "โรงพยาบาล", "Hospital", "retail", allocation_class=1, address_th="ถนน", province="TH-10"
    )
    company = register(world.session, facts, by=world.manager, now=world.now)
    world.session.flush()
    return make_user(world.session, Role.BUYER, customer=company, now=world.now, email="hospital@example.com")


@pytest.fixture
def scarce(world, hospital):
    """Eight of SOAP-1, all held by an order of a shop; a hospital waits for five. The class decides first."""
    soap = world.product("SOAP-1", stock=8)
    shop, urgent = world.order({soap: 8}), world.order({soap: 5}, buyer=hospital)
    rule(world)
    return soap, shop, urgent


def rule(world: World, keys=BY_CLASS) -> None:
    session = world.session
    publish(session, keys, "Hospitals first", seen=latest_edition(session), by=world.manager, now=world.now)


def look(world: World, product) -> Redealt:
    world.session.flush()
    return simulate(world.session, product, world.warehouse, now=world.now)


def deal(world: World, product, digest: str) -> Dealing:
    facts = (product, world.warehouse, digest, "Too few for all")
    made = deal_again(world.session, *facts, by=world.staff, now=world.now)
    world.session.commit()
    return made


def holds(world: World, order: Order) -> list[int]:
    return [part.held for part in world.parts(order)]


def told(world: World, template: str = GAVE_WAY) -> list[Notice]:
    return list(world.session.scalars(select(Notice).where(Notice.template == template)))


def test_an_order_bears_the_class_of_its_company(world, hospital):
    soap = world.product("SOAP-1", stock=3)
    world.order({soap: 5}, buyer=hospital)
    query = select(Reservation.customer_id, Reservation.allocation_class, Reservation.held)
    company = hospital.company
    assert world.session.execute(query).all() == [(company.id, 1, 3), (company.id, 1, 0)]


def test_an_offer_and_a_replacement_bear_it_too(world):
    world.customer.allocation_class = 3
    offer = offered(world)
    held = world.session.get_one(Reservation, offer.reservation_id)
    assert (held.customer_id, held.allocation_class) == (world.customer.id, 3)
    rice = world.product("RICE-1", stock=9)
    order = world.order({rice: 2})
    world.delivered(order)
    again = replace(world.session, order, {order.lines[0].id: 1}, "CM-1", by=world.staff, now=world.now)
    (part,) = world.parts(again)
    assert part.reservation.allocation_class == 3


def test_placing_reads_no_rule(world):
    soap = world.product("SOAP-1", stock=3)
    rule(world)
    with statements(world.session) as sent:
        world.order({soap: 5})
    assert not [one for one, _ in sent if "dealing_rule" in one]


def test_who_gains_who_loses_and_when_is_shown_and_nothing_is_changed(world, scarce):
    soap, shop, urgent = scarce
    day = business_day(world.now) + timedelta(days=14)
    world.receipt(soap, 50, day)
    world.session.commit()
    with statements(world.session) as sent:
        found = look(world, soap)
    assert not [one for one, _ in sent if one.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    first, second = found.turns
    assert (first.order, first.share.gain, first.late, first.worth_minor) == (urgent, 5, False, 5000)
    assert (second.order, second.share.gain, second.late, second.worth_minor) == (shop, -5, True, 5000)
    assert second.likely_on > day
    assert (found.units, found.would_miss, found.worth(gained=False)) == (5, 1, {"THB": 5000})
    assert holds(world, shop) == [8]


def test_dealt_so_the_losers_are_told_their_day_and_the_gainers_that_goods_are_held(world, scarce):
    soap, shop, urgent = scarce
    day = business_day(world.now) + timedelta(days=14)
    world.receipt(soap, 50, day)
    deal(world, soap, look(world, soap).simulation.digest)
    assert (holds(world, shop), holds(world, urgent)) == ([3], [5])
    assert differences(world.session) == []
    (notice,) = told(world)
    assert (notice.user_id, notice.facts["order"]) == (world.buyer.id, shop.number)
    with speaking("en"):
        title, body = mailing.written(notice)
    assert "wait for stock again" in title
    assert "SOAP-1 Product SOAP-1, 5: promised for" in body
    assert "now likely on" in body
    assert urgent.number not in body
    assert "Hospital" not in body
    tell_freed(world.session, world.now)
    (freed,) = told(world, "orders/notices/freed.txt")
    assert freed.facts["order"] == urgent.number


def test_the_watch_marks_the_promise_of_who_lost(world, scarce):
    soap, shop, _ = scarce
    deal(world, soap, look(world, soap).simulation.digest)
    mark(world.session, world.now)
    (part,) = world.parts(shop)
    world.session.refresh(part.promise)
    assert (part.promise.state, part.promise.cause) == (PromiseState.AT_RISK, "no_supply")


def test_what_was_agreed_with_a_buyer_is_spared(world, hospital):
    offer = offered(world, ordered=5, stock=3)
    bar = offer.stands_in
    (urgent,) = world.parts(world.order({bar: 100}, buyer=hospital))[1:]
    rule(world)
    kept = {one.share.reservation_id: one.kept for one in look(world, bar).turns}
    assert kept[offer.reservation_id] is Kept.AGREED
    assert look(world, bar).simulation.changed == []
    assert kept[urgent.reservation_id] is None


def test_picked_units_stay(world, scarce):
    soap, shop, urgent = scarce
    world.picked(shop)
    assert look(world, soap).simulation.changed == []
    assert {one.kept for one in look(world, soap).turns} == {Kept.PICKED, None}
    assert holds(world, urgent) == [0]


def test_a_stale_simulation_is_refused_and_nobody_is_told(world, scarce):
    soap, shop, _ = scarce
    digest = look(world, soap).simulation.digest
    world.order({soap: 1})
    world.session.commit()
    with pytest.raises(Refused, match="changed since"), transaction(world.session):
        deal_again(world.session, soap, world.warehouse, digest, "Too few", by=world.staff, now=world.now)
    assert holds(world, shop) == [8]
    assert told(world) == []
    assert world.session.scalar(select(func.count(Dealing.id))) == 0


def test_the_lists_say_what_is_scarce_and_what_was_dealt(world, scarce):
    soap, shop, urgent = scarce
    world.session.flush()
    (row,) = scarce_now(world.session).rows
    assert (row.stock.product, row.units_waiting, row.units_holding) == (soap, 5, 8)
    made = deal(world, soap, look(world, soap).simulation.digest)
    assert dealings(world.session).rows == [(made, 1, 1, 5)]
    assert [(one.order, one.gain, one.worth_minor) for one in changes(world.session, made)] == [
        (urgent, 5, 5000),
        (shop, -5, 5000),
    ]


def test_where_the_goods_lie_as_the_rule_gives_them_no_dealing_is_asked_for(world, app, scarce):
    soap, _, _ = scarce
    world.session.flush()
    here, today = [Place(soap.id, world.warehouse.id)], business_day(world.now)
    assert worth_dealing(world.session, here, BY_CLASS, today=today) == set(here)
    assert worth_dealing(world.session, here, (Key.ORDER_TIME,), today=today) == set()
    deal(world, soap, look(world, soap).simulation.digest)
    assert worth_dealing(world.session, here, BY_CLASS, today=today) == set()
    desk = app.test_client()
    sign_in(desk, world.staff)
    page = desk.get("/desk/dealings").text
    assert "Dealt as the rule says" in page
    assert "Try a dealing" not in page


def test_no_next_delivery_is_named_where_none_is_expected(world, scarce):
    soap, _, _ = scarce
    deal(world, soap, look(world, soap).simulation.digest)
    (notice,) = told(world)
    with speaking("en"):
        _, body = mailing.written(notice)
    assert "once we have ordered more" in body
    assert "next delivery" not in body


def test_looking_takes_the_same_number_of_queries_for_many_lines(world, hospital):
    soap, counts = world.product("SOAP-1", stock=5), []
    rule(world)
    for some in (2, 12):
        for _ in range(some):
            world.order({soap: 4})
        world.order({soap: 6}, buyer=hospital)
        world.session.commit()
        with statements(world.session) as sent:
            found: Simulation = look(world, soap).simulation
        counts.append(len(sent))
        assert len(found.shares) > some
    assert counts[0] == counts[1]


def test_the_open_orders_of_a_company_follow_its_class(world, app):
    soap = world.product("SOAP-1", stock=3)
    world.order({soap: 5})
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.manager)
    known = world.customer
    page = client.get(f"/desk/customers/{known.code}/edit")
    assert page.status_code == 200
    typed = {
        "name_th": known.name_th,
        "name_en": known.name_en,
        "kind": known.kind,
        "tier": known.tier,
        "language": known.language,
        "allocation_class": "2",
    }
    answer = client.post(f"/desk/customers/{known.code}/edit", data=typed)
    assert answer.status_code == 302, answer.text
    world.session.rollback()
    assert set(world.session.scalars(select(Reservation.allocation_class))) == {2}


def test_another_class_is_on_record_and_an_impossible_one_refused(world):
    facts = Particulars(world.customer.code, "ก", "A", "retail", allocation_class=10)
    with pytest.raises(Refused, match="1 to 9"):
        change(world.session, world.customer, facts, by=world.manager, now=world.now)
    assert world.customer.allocation_class == 5


def test_the_desk_looks_deals_and_reads_what_was_done(world, app, scarce):
    soap, shop, urgent = scarce
    world.session.commit()
    desk = app.test_client()
    sign_in(desk, world.staff)
    assert "SOAP-1" in desk.get("/desk/dealings").text
    place = f"/desk/dealings/{world.warehouse.code}/SOAP-1"
    page = desk.get(place)
    assert shop.number in page.text
    assert urgent.number in page.text
    digest = look(world, soap).simulation.digest
    world.session.rollback()
    assert desk.post(place, data={"reason": "", "digest": digest}).status_code == 422
    stale = desk.post(place, data={"reason": "Too few", "digest": "0" * 64})
    assert stale.status_code == 422
    assert "changed since" in stale.text
    done = desk.post(place, data={"reason": "Too few for all", "digest": digest})
    assert done.status_code == 303, done.text
    assert "Too few for all" in desk.get(done.location).text
    assert "DL-" in desk.get("/desk/dealings?show=done").text
    world.session.rollback()
    assert holds(world, shop) == [3]


def test_staff_read_the_rule_and_only_a_manager_publishes(world, app):
    world.session.commit()
    typed = {"first": "allocation_class", "second": "order_time", "reason": "Hospitals first", "seen": "0"}
    desk = app.test_client()
    sign_in(desk, world.staff)
    assert "No rule is in force" in desk.get("/desk/dealing-rule").text
    assert desk.post("/desk/dealing-rule", data=typed).status_code == 403
    assert latest_edition(world.session) == 0
    manager = app.test_client()
    sign_in(manager, world.manager)
    assert manager.post("/desk/dealing-rule", data=typed).status_code == 303
    for day in ("0001-01-01", "2020-02-02", "9999-12-31"):
        refused = manager.post("/desk/dealing-rule", data={**typed, "seen": "1", "valid_from": day})
        world.session.rollback()
        assert (refused.status_code, latest_edition(world.session)) == (422, 1), day
    late = manager.post("/desk/dealing-rule", data=typed)
    assert late.status_code == 422
    assert "Somebody else" in late.text
    assert "Hospitals first" in desk.get("/desk/dealing-rule").text


def test_a_buyer_reads_on_a_line_that_waits_who_is_served_first(world, app, scarce):
    _, shop, urgent = scarce
    world.session.commit()
    buyers = {}
    for person in (world.buyer, world.session.get_one(type(world.buyer), urgent.buyer_id)):
        client = app.test_client()
        sign_in(client, person)
        buyers[person.company.code] = client
    waits = buyers["HOSP"].get(f"/my/orders/{urgent.number}").text
    assert "Scarce goods go first to companies whose allocation class is nearer to 1" in waits
    assert "Your company is in class 1; class 1 goes first, class 9 last." in waits
    assert shop.number not in waits
    assert "Scarce goods" not in buyers["C1"].get(f"/my/orders/{shop.number}").text
