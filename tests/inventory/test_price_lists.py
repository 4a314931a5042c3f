"""What a product costs a company: the closest list in force that has it, and the break that the quantity reaches."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from inventory import price_boards, price_lists, pricing
from inventory.models import Price, PriceList
from inventory.price_lists import ListFacts
from inventory.tariffs import prices_for, tariffs
from portal.customers.grouping import form_group, put_into_group
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_customer, make_world


@pytest.fixture
def world(session, now):
    return make_world(session, now)


def _list(world: World, code: str, prices: dict, **facts) -> PriceList:
    """A list with prices: product, or product and quantity, to price."""
    made = price_lists.make_list(world.session, ListFacts(code, **facts), by=world.manager, now=world.now)
    for what, price in prices.items():
        product, units = what if isinstance(what, tuple) else (what, 1)
        pricing.set_price(
            world.session, made, product, Decimal(price), from_units=units, by=world.manager, now=world.now
        )
    world.session.flush()
    return made


def _costs(world: World, customer, wanted, day: date | None = None) -> dict[str, str]:
    named = {product.id: product.sku for product in wanted}
    units = {product.id: quantity for product, quantity in wanted.items()}
    found = prices_for(world.session, customer, units, on=day or world.now.date())
    return {named[id_]: f"{price:.2f}" for id_, price in found.items()}


def test_the_closest_list_that_has_a_product_says_its_price_product_by_product(world):
    soap, salt, rice, oil, tea = (world.product(sku, price="10.00") for sku in ("A", "B", "C", "D", "E"))
    group = form_group(world.session, "CHAIN", "เครือ", "Chain", by=world.manager, now=world.now)
    put_into_group(world.session, world.customer, group, by=world.manager, now=world.now)
    world.customer.tier = "gold"
    _list(world, "GOLD", {soap: 9, salt: 9, rice: 9, oil: 9}, tier="gold")
    _list(world, "CHAIN", {soap: 8, salt: 8, rice: 8}, group="CHAIN")
    _list(world, "OWN", {soap: 7, salt: 7}, customer="C1")
    other = make_customer(world.session, "C2", now=world.now)
    _list(world, "OTHERS", {soap: 1}, customer="C2")
    _list(world, "SILVER", {soap: 2}, tier="silver")
    _list(world, "DOLLARS", {soap: 3}, customer="C1", currency="USD")
    wanted = dict.fromkeys((soap, salt, rice, oil, tea), 1)
    assert _costs(world, world.customer, wanted) == {
        "A": "7.00", "B": "7.00", "C": "8.00", "D": "9.00", "E": "10.00",
    }  # fmt: skip
    assert _costs(world, other, wanted) == {"A": "1.00", **dict.fromkeys("BCDE", "10.00")}


def test_a_list_holds_from_its_first_to_its_last_day_and_the_later_beginning_wins(world):
    soap = world.product("A", price="10.00")
    day = world.now.date()
    _list(world, "YEAR", {soap: 9}, customer="C1", valid_from=day - timedelta(days=30))
    _list(
        world, "SONGKRAN", {soap: 8}, customer="C1",
        valid_from=day + timedelta(days=1), valid_until=day + timedelta(days=3),
    )  # fmt: skip
    costs = [
        _costs(world, world.customer, {soap: 1}, day + timedelta(days=days))["A"]
        for days in (-31, -30, 0, 1, 3, 4)
    ]
    assert costs == ["10.00", "9.00", "9.00", "8.00", "8.00", "9.00"]


def test_the_break_that_a_quantity_reaches_holds_and_a_closer_list_from_its_first_quantity_on(world):
    soap = world.product("A", price="10.00")
    for units, price in ((24, "9.50"), (100, "8.00")):
        pricing.set_price(
            world.session, world.prices, soap, Decimal(price), from_units=units, by=None, now=world.now
        )
    own = _list(world, "OWN", {(soap, 50): "9.00"}, customer="C1")
    found = tariffs(world.session, world.customer, [soap.id], on=world.now.date())[soap.id]
    assert [(step.from_units, str(step.price), step.list_id) for step in found] == [
        (1, "10.0000", world.prices.id),
        (24, "9.5000", world.prices.id),
        (50, "9.0000", own.id),
    ]
    assert [_costs(world, world.customer, {soap: n})["A"] for n in (1, 23, 24, 49, 50, 100)] == [
        "10.00", "10.00", "9.50", "9.50", "9.00", "9.00",
    ]  # fmt: skip
    next_break = found.after(1)
    assert next_break is not None
    assert (next_break.from_units, found.after(50)) == (24, None)


def test_an_order_costs_what_the_quantity_of_each_line_reaches(world):
    soap, salt = world.product("A", price="10.00", stock=50), world.product("B", price="5.00", stock=50)
    _list(world, "OWN", {(soap, 12): "9.00", (salt, 12): "4.00"}, customer="C1")
    order = world.order({soap: 12, salt: 11})
    assert [str(line.unit_price) for line in order.lines] == ["9.0000", "5.0000"]


def test_a_whole_basket_is_priced_by_one_statement(world):
    goods = [world.product(f"P{n}", price="10.00") for n in range(30)]
    _list(world, "OWN", {(good, units): "9.00" for good in goods for units in (5, 10, 20)}, customer="C1")
    world.session.commit()
    customer = world.customer
    world.session.refresh(customer)
    with statements(world.session) as sent:
        found = prices_for(world.session, customer, dict.fromkeys(range(1, 31), 7), on=world.now.date())
    assert len(sent) == 1
    assert len(found) == 30


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": "new"}, "code"),
        ({"code": "THB-standard"}, "code"),
        ({"code": "X", "currency": "baht"}, "currency"),
        ({"code": "X", "customer": "NOBODY"}, "customer"),
        ({"code": "X", "group": "NOBODY"}, "group"),
        ({"code": "X", "customer": "C1", "group": "CHAIN"}, "group"),
        ({"code": "X", "tier": "lead"}, "tier"),
        ({"code": "X", "valid_from": date(2026, 5, 2), "valid_until": date(2026, 5, 1)}, "valid_until"),
        ({"code": "X"}, "valid_from"),
    ],
)
def test_a_list_that_cannot_be_is_refused_and_nothing_is_made(world, facts, field):
    form_group(world.session, "CHAIN", "เครือ", "Chain", by=world.manager, now=world.now)
    before = world.session.scalar(select(func.count()).select_from(PriceList))
    with pytest.raises(Refused) as no:
        price_lists.make_list(world.session, ListFacts(**facts), by=world.manager, now=world.now)
    assert no.value.field == field
    assert world.session.scalar(select(func.count()).select_from(PriceList)) == before


def test_a_list_changes_whom_and_when_it_is_for_but_never_into_another_one_s_place(world):
    soap = world.product("A", price="10.00")
    own = _list(world, "OWN", {soap: 9}, customer="C1")
    later = _list(world, "LATER", {soap: 8}, customer="C1", valid_from=date(2026, 6, 1))
    with pytest.raises(Refused) as no:
        price_lists.change_list(
            world.session, later, ListFacts("LATER", customer="C1"), by=world.manager, now=world.now
        )
    assert (no.value.field, later.valid_from) == ("valid_from", date(2026, 6, 1))
    gold = ListFacts("OWN", tier="gold")
    assert price_lists.change_list(world.session, own, gold, by=world.manager, now=world.now)
    assert not price_lists.change_list(world.session, own, gold, by=world.manager, now=world.now)
    world.session.flush()
    assert _costs(world, world.customer, {soap: 1}) == {"A": "10.00"}


def test_a_copy_has_all_prices_and_goes_its_own_way(world):
    soap = world.product("A", price="10.00")
    own = _list(world, "OWN", {soap: 9, (soap, 10): 8}, customer="C1")
    copy = price_lists.copy_list(
        world.session, own, ListFacts("NEXT", customer="C1", valid_from=date(2027, 1, 1)),
        by=world.manager, now=world.now,
    )  # fmt: skip
    pricing.set_price(world.session, copy, soap, Decimal(7), by=world.manager, now=world.now)
    world.session.flush()
    prices = select(Price.price_list_id, Price.from_units, Price.unit_price).order_by(
        Price.price_list_id, Price.from_units
    )
    found = {
        (list_id, units): str(price)
        for list_id, units, price in world.session.execute(prices)
        if list_id != world.prices.id
    }
    assert found == {
        (own.id, 1): "9.0000", (own.id, 10): "8.0000", (copy.id, 1): "7.0000", (copy.id, 10): "8.0000",
    }  # fmt: skip


def test_lists_for_the_same_customers_on_the_same_days_are_named_the_winner_first(world):
    day = world.now.date()
    own = _list(world, "OWN", {}, customer="C1")
    spring = _list(world, "SPRING", {}, customer="C1", valid_from=day, valid_until=day + timedelta(days=9))
    _list(world, "WINTER", {}, customer="C1", valid_from=day + timedelta(days=200))
    _list(world, "TIER", {}, tier="gold")
    named = [one.code for one in price_boards.overlapping(world.session, own)]
    assert named == ["WINTER", "SPRING"]
    assert [one.code for one in price_boards.overlapping(world.session, spring)] == ["OWN"]


def test_a_price_taken_out_leaves_the_next_list_to_say_it(world):
    soap = world.product("A", price="10.00")
    own = _list(world, "OWN", {soap: 9}, customer="C1")
    pricing.remove_price(world.session, own, soap, 1, by=world.manager, now=world.now)
    world.session.flush()
    assert _costs(world, world.customer, {soap: 1}) == {"A": "10.00"}
    with pytest.raises(Refused):
        pricing.remove_price(world.session, own, soap, 1, by=world.manager, now=world.now)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": ".."}, "code"),
        ({"code": "."}, "code"),
        ({"code": "New"}, "code"),
        ({"code": "Promotion"}, "code"),
        ({"currency": "ZZZ"}, "currency"),
        ({"valid_from": date(2569, 12, 1)}, "valid_from"),
        ({"valid_from": date(9999, 12, 31)}, "valid_from"),
        ({"valid_from": date(1, 1, 1)}, "valid_from"),
        ({"valid_until": date(2569, 12, 1)}, "valid_until"),
        ({"valid_from": date(2019, 1, 1), "valid_until": date(2019, 12, 31)}, "valid_until"),
    ],
)
def test_a_list_that_nobody_could_open_or_that_never_holds_is_not_made(world, facts, field):
    _list(world, "PROMOTION", {}, customer="C1")
    world.session.commit()
    with pytest.raises(Refused) as no:
        _list(world, **({"code": "OWN", "customer": "C1", "valid_from": world.now.date()} | facts), prices={})
    assert no.value.field == field
    world.session.rollback()
    codes = set(world.session.scalars(select(PriceList.code)))
    assert codes == {"THB-standard", "PROMOTION"}


def test_a_list_may_have_ended_when_it_is_changed(world):
    made = _list(world, "OWN", {}, customer="C1")
    ended = ListFacts("OWN", customer="C1", valid_until=world.now.date() - timedelta(days=1))
    assert price_lists.change_list(world.session, made, ended, by=world.manager, now=world.now)
