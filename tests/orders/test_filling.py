"""Line and unit fill rate, stock-out level, stock-outs and lost units, by product, warehouse, customer and month."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from inventory.models import Category
from inventory.running_out import mark_stock_outs
from orders import filling, measures
from orders.cancelling import cancel
from orders.filling import Asked, By, Filled, Outcome
from orders.measures import Share
from portal.accounts.roles import Role
from portal.keyset import keyset
from tests.inventory.makers import statements
from tests.makers import World, make_customer, make_user, make_world


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def asked(world: World, **narrowed) -> Asked:
    day = timedelta(days=1)
    return Asked(world.now - 40 * day, world.now + 10 * day, world.now + 2 * day, **narrowed)


def total(world: World, **narrowed) -> Filled:
    world.session.flush()
    return sum(filling.by_month(world.session, asked(world, **narrowed)).values(), Filled())


def mixed(world: World) -> None:
    """Soap: 4 shipped whole, 10 of which 6 are there. Rice: 5 of which none is there, cancelled."""
    soap, rice = world.product("SOAP-1", stock=10), world.product("RICE-1")
    world.shipped(world.order({soap: 4}))
    world.shipped(world.order({soap: 10}))
    gone = world.order({rice: 5})
    cancel(world.session, gone, "Too late", by=world.buyer, now=world.now)
    mark_stock_outs(world.session, world.now)


def test_lines_and_units_are_counted_from_the_same_lines_and_what_is_lost_beside_them(world):
    mixed(world)
    found = total(world)
    # The rice was cancelled whole: in neither rate, and lost. Of 14 units of soap 4 + 6 came from stock at once.
    assert (found.lines, found.units, found.lost) == (Share(2, 1), Share(14, 10), 5)
    assert found.level == pytest.approx(0.5)
    assert found.lines == measures.line_fill_since(world.session, world.now - timedelta(days=40))


def test_a_shipment_that_waited_for_the_rest_fills_no_more_than_was_in_stock(world):
    soap = world.product("SOAP-1", stock=6)
    order = world.order({soap: 10})
    receipt = world.receipt(soap, 4, world.now.date())
    from inventory.receiving import book_in  # noqa: PLC0415 - only this sentence receives goods

    book_in(world.session, receipt, 4, last=True, by=world.staff, now=world.now)
    world.session.flush()
    world.session.expire_all()
    world.shipped(order)
    assert (total(world).lines, total(world).units) == (Share(1, 0), Share(10, 6))


def test_stock_outs_are_counted_where_they_began_with_their_hours_until_now(world):
    mixed(world)
    found = total(world)
    assert (found.stock_outs, found.hours) == (2, 96)
    groups, every = filling.grouped(world.session, asked(world), By.PRODUCT, 50)
    assert ([one.about.sku for one in groups], every) == (["SOAP-1", "RICE-1"], 2)
    assert [(one.filled.stock_outs, one.filled.hours) for one in groups] == [(1, 48), (1, 48)]


def test_goods_of_which_every_line_was_lost_are_listed_all_the_same(world):
    mixed(world)
    world.session.flush()
    groups, _ = filling.grouped(world.session, asked(world), By.PRODUCT, 50)
    (rice,) = [one for one in groups if one.about.sku == "RICE-1"]
    assert (rice.filled.lines, rice.filled.level, rice.filled.lost) == (Share(0, 0), None, 5)


def test_figures_are_told_apart_by_warehouse_customer_and_month(world):
    mixed(world)
    other = make_customer(world.session, "C2", now=world.now)
    buyer = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    world.shipped(world.order({world.product("OIL-1", stock=9): 3}, buyer=buyer))
    world.session.flush()
    groups, every = filling.grouped(world.session, asked(world), By.CUSTOMER, 50)
    assert [(one.about.code, one.filled.lines) for one in groups] == [
        ("C1", Share(2, 1)),
        ("C2", Share(1, 1)),
    ]
    assert (every, groups[0].filled.lost, groups[0].filled.stock_outs) == (2, 5, 0)
    ((place,), _) = filling.grouped(world.session, asked(world), By.WAREHOUSE, 50)
    assert (place.about.code, place.filled) == ("BKK", total(world))
    assert list(filling.by_month(world.session, asked(world))) == ["2026-04"]


def test_filters_narrow_lines_and_stock_outs_alike(world):
    mixed(world)
    world.session.flush()
    category = Category(code="CARE", name_th="ดูแล", name_en="Care")
    world.session.add(category)
    world.session.flush()
    assert total(world, category_id=category.id) == Filled()
    stranger = make_customer(world.session, "C2", now=world.now)
    world.session.flush()
    none = total(world, customer=stranger)
    assert (none.lines, none.lost) == (Share(0, 0), 0)
    assert total(world, warehouse=world.warehouse) == total(world)
    before = replace(asked(world), until=world.now - timedelta(days=30))
    assert filling.by_month(world.session, before) == {}


def test_each_number_opens_to_as_many_lines_as_it_says(world):
    mixed(world)
    world.session.flush()
    found = total(world)
    behind = {outcome: filling.lines_behind(world.session, asked(world), outcome).rows for outcome in Outcome}
    assert len(behind[Outcome.ALL]) == found.lines.cases
    assert len(behind[Outcome.COMPLETE]) == found.lines.good
    assert [one.line.sku for one in behind[Outcome.SHORT]] == ["SOAP-1"]
    assert sum(one.units for one in behind[Outcome.ALL]) == found.units.cases
    assert sum(one.filled for one in behind[Outcome.ALL]) == found.units.good
    assert [(one.line.sku, one.lost) for one in behind[Outcome.LOST]] == [("RICE-1", 5)]
    assert len(filling.stock_outs_behind(world.session, asked(world)).rows) == found.stock_outs


def test_lines_page_on_and_back(world, monkeypatch):
    monkeypatch.setattr(filling, "keyset", partial(keyset, most=2))
    soap = world.product("SOAP-1", stock=50)
    for _ in range(5):
        world.shipped(world.order({soap: 2}))
    world.session.flush()
    turn = partial(filling.lines_behind, world.session, asked(world), Outcome.COMPLETE)
    first = turn()
    second = turn(older_than=first.older)
    last = turn(older_than=second.older)
    seen = [row.line.id for page in (first, second, last) for row in page.rows]
    assert seen == sorted(seen, reverse=True)
    assert (len(seen), last.older) == (5, None)
    assert [row.line.id for row in turn(newer_than=second.newer).rows] == seen[:2]


def test_at_most_so_many_are_shown_the_most_incomplete_first(world):
    for n in range(4):
        product = world.product(f"P-{n}", stock=1)
        for _ in range(n + 1):
            world.order({product: 5})
    world.session.flush()
    groups, every = filling.grouped(world.session, asked(world), By.PRODUCT, 2)
    assert [one.about.sku for one in groups] == ["P-3", "P-2"]
    assert every == 4


def test_figures_take_as_many_statements_for_many_goods_as_for_one(world):
    counts = []
    for some in (1, 12):
        for n in range(some):
            world.order({world.product(f"P-{some}-{n}", stock=1): 3})
        mark_stock_outs(world.session, world.now)
        world.session.commit()
        with statements(world.session) as sent:
            filling.by_month(world.session, asked(world))
            for by in (By.PRODUCT, By.WAREHOUSE, By.CUSTOMER):
                filling.grouped(world.session, asked(world), by, 50)
            filling.lines_behind(world.session, asked(world), Outcome.SHORT)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 22
