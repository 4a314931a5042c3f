"""The board of stock-outs: what is out, what it costs, what was out, and the level they come to."""

from datetime import timedelta
from functools import partial

import pytest

from inventory.following import follow
from inventory.receiving import book_in
from inventory.running_out import mark_stock_outs
from inventory.stocking import open_stock
from orders import measures, stock_outs
from orders.offering import offer
from orders.substituting import accept
from portal.clock import business_day
from portal.keyset import keyset
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.orders.short_lines import lines, stands_for


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def board(world: World, **place):
    world.session.flush()
    return stock_outs.out_now(world.session, world.now, **place)


def test_a_row_says_since_when_what_comes_who_waits_and_what_it_is_worth(world):
    soap = world.product("SOAP-1", stock=3, price="12.50")
    stands_for(world, soap, world.product("BAR-1", stock=0))
    world.order({soap: 10})
    world.order({soap: 2})
    world.receipt(soap, 40, business_day(world.now) + timedelta(days=5))
    follow(world.session, world.buyer, soap, now=world.now)
    mark_stock_outs(world.session, world.now)
    row = next(row for row in board(world).rows if row.stock_out.product.sku == "SOAP-1")
    assert row.stock_out.started_at == world.now
    assert (row.next_on, row.next_units) == (business_day(world.now) + timedelta(days=5), 40)
    assert (row.waiting.lines, row.waiting.units, row.waiting.worth) == (2, 9, {"THB": 11250})
    assert (row.followers, row.substitutes, row.elsewhere) == (1, 1, 0)
    assert row.waiting.purpose.endswith("/1.2")


def test_stock_in_another_warehouse_is_named(world):
    from inventory.siting import WarehouseFacts, put_warehouse  # noqa: PLC0415 - only this sentence builds one

    soap = world.product("SOAP-1", stock=3)
    world.order({soap: 3})
    facts = WarehouseFacts(code="CNX", name_th="เชียงใหม่", name_en="Chiang Mai")
    north = put_warehouse(world.session, facts, by=world.manager, now=world.now)
    world.session.flush()
    open_stock(world.session, soap, north, 9, by=world.staff, now=world.now)
    mark_stock_outs(world.session, world.now)
    (row,) = board(world).rows
    assert row.elsewhere == 9
    assert board(world, warehouse_id=north.id).rows == []


def test_the_board_takes_the_same_number_of_queries_for_a_full_page(world):
    counts = []
    for some in (1, 20):
        for n in range(some):
            soap = world.product(f"P-{some}-{n}", stock=1)
            world.order({soap: 3})
        mark_stock_outs(world.session, world.now)
        with statements(world.session) as sent:
            page = board(world)
        counts.append(len(sent))
        assert len(page.rows) >= some
    assert counts[0] == counts[1]


def test_the_board_pages_on_and_back(world, monkeypatch):
    monkeypatch.setattr(stock_outs, "keyset", partial(keyset, most=2))
    for n in range(5):
        world.order({world.product(f"P-{n}", stock=1): 1})
        mark_stock_outs(world.session, world.now + timedelta(hours=n))
    first = board(world)
    second = board(world, older_than=first.older)
    last = board(world, older_than=second.older)
    skus = [[row.stock_out.product.sku for row in page.rows] for page in (first, second, last)]
    assert skus == [["P-0", "P-1"], ["P-2", "P-3"], ["P-4"]]
    assert (first.newer, last.older) == (None, None)
    again = board(world, newer_than=second.newer)
    assert [row.stock_out.product.sku for row in again.rows] == ["P-0", "P-1"]


def test_past_stock_outs_tell_how_long_they_lasted_and_which_lines_fell_short(world):
    soap = world.product("SOAP-1", stock=3)
    world.order({soap: 3})
    mark_stock_outs(world.session, world.now)
    world.order({soap: 2}, at=world.now + timedelta(hours=1))
    world.order({soap: 4}, at=world.now + timedelta(hours=2))
    receipt = world.receipt(soap, 40, business_day(world.now))
    later = world.now + timedelta(days=2)
    book_in(world.session, receipt, 40, last=True, by=world.staff, now=later)
    mark_stock_outs(world.session, later)
    world.order({soap: 1}, at=later)
    (row,) = stock_outs.was_out(world.session, later).rows
    assert (row.lasted.span, row.toll.lines, row.toll.short) == (timedelta(days=2), 2, 6)
    assert stock_outs.count_out(world.session) == 0
    assert stock_outs.was_out(world.session, later + timedelta(days=91)).rows == []


def test_the_level_is_one_less_the_fill_rate_with_what_it_counts(world):
    soap = world.product("SOAP-1", stock=10)
    world.shipped(world.order({soap: 2}))
    world.shipped(world.order({soap: 3}))
    world.order({soap: 50})
    world.session.flush()
    mark_stock_outs(world.session, world.now)
    level = stock_outs.level(world.session, world.now)
    assert (level.lines.cases, level.lines.good, level.stock_outs) == (3, 2, 1)
    assert level.of_one == pytest.approx(1 / 3)
    assert stock_outs.level(world.session, world.now + timedelta(days=100)).of_one is None


def test_a_substituted_line_counts_as_not_filled_and_its_substitute_not_at_all(world):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1", stock=50)
    order = world.order({soap: 5})
    substitute = stands_for(world, soap, bar)
    (part,) = world.parts(order)
    made = offer(world.session, part, substitute, by=world.staff, now=world.now)
    accept(world.session, made, by=world.buyer, now=world.now)
    world.session.flush()
    world.session.expire_all()
    world.delivered(order)
    world.session.flush()
    assert lines(world, order)[1].first_shipped == 5
    share = measures.line_fill_since(world.session, world.now - timedelta(days=1))
    assert (share.cases, share.good) == (1, 0)
    (month,) = measures.monthly(world.session, business_day(world.now), business_day(world.now), world.now)
    assert (month.line_fill.cases, month.line_fill.good) == (1, 0)
