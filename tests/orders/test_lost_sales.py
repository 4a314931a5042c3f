"""What a stock-out cost: lines found short, units lost and their worth, what still waits, and how long it lasted."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from inventory.plans import DemandDay
from inventory.receiving import book_in
from inventory.running_out import mark_stock_outs
from inventory.stockouts import StockOut
from orders import demand, stock_outs
from orders.cancelling import cancel
from orders.lost_sales import Toll, lasted, tolls
from orders.models import OrderLine
from orders.offering import offer
from orders.substituting import accept
from portal.clock import business_day
from tests.makers import World, make_world
from tests.orders.short_lines import stands_for

HOUR = timedelta(hours=1)


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def toll(world: World, stock_out: StockOut) -> Toll:
    world.session.flush()
    return tolls(world.session, [stock_out.id]).get(stock_out.id, Toll())


def run_out(world: World, units: int = 3, **facts):
    """Soap of which the last units were sold, and its stock-out."""
    soap = world.product("SOAP-1", stock=units, **facts)
    world.order({soap: units})
    mark_stock_outs(world.session, world.now)
    return soap, world.session.scalars(select(StockOut)).one()


def test_units_cancelled_while_they_wait_are_lost_with_their_worth_and_the_others_wait(world):
    soap, out = run_out(world, price="12.50")
    world.order({soap: 4}, at=world.now + HOUR)
    gone = world.order({soap: 6}, at=world.now + 2 * HOUR)
    cancel(world.session, gone, "Too late", by=world.buyer, now=world.now + 3 * HOUR)
    assert toll(world, out) == Toll(2, 10, 6, {"THB": 7500}, 4, {"THB": 5000})


def test_what_was_there_and_is_called_off_is_not_lost(world):
    soap = world.product("SOAP-1", stock=3)
    order = world.order({soap: 10})
    mark_stock_outs(world.session, world.now + timedelta(seconds=40))
    out = world.session.scalars(select(StockOut)).one()
    cancel(world.session, order, "Nobody wants it", by=world.buyer, now=world.now + HOUR)
    # The line that emptied the shelf belongs to the stock-out it began: 7 of its 10 units were never there.
    assert toll(world, out) == Toll(1, 7, 7, {"THB": 7000})


def test_units_for_which_a_substitute_was_accepted_are_not_lost(world):
    soap, out = run_out(world)
    order = world.order({soap: 5}, at=world.now + HOUR)
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50))
    (part,) = world.parts(order)
    made = offer(world.session, part, substitute, by=world.staff, now=world.now + HOUR)
    accept(world.session, made, by=world.buyer, now=world.now + 2 * HOUR)
    assert toll(world, out) == Toll(1, 5)


def test_a_line_belongs_to_one_stock_out_only(world):
    soap, out = run_out(world)
    world.order({soap: 2}, at=world.now + HOUR)
    receipt = world.receipt(soap, 2, business_day(world.now))
    back = world.now + 2 * HOUR
    book_in(world.session, receipt, 2, last=True, by=world.staff, now=back)
    other = world.product("RICE-1", stock=4)
    world.order({other: 9}, at=back)
    mark_stock_outs(world.session, back + timedelta(seconds=30))
    found = {one.product_id: one for one in world.session.scalars(select(StockOut))}
    assert (toll(world, out).lines, toll(world, found[other.id]).lines) == (1, 1)
    world.session.add(
        StockOut(product_id=soap.id, warehouse_id=world.warehouse.id, started_at=world.now + HOUR + HOUR / 60)
    )
    out.ended_at = world.now + HOUR + timedelta(seconds=30)
    world.session.flush()
    again = world.session.scalars(select(StockOut).order_by(StockOut.id.desc())).first()
    assert (toll(world, out).lines, toll(world, again).lines) == (1, 0)


def test_the_forecast_calls_the_same_units_lost_on_the_day_they_were_ordered(world):
    soap, out = run_out(world)
    gone = world.order({soap: 6}, at=world.now + HOUR)
    cancel(world.session, gone, "Too late", by=world.buyer, now=world.now + 3 * HOUR)
    world.session.commit()
    demand.count_demand(world.session, world.now + timedelta(days=1))
    counted = world.session.scalars(select(DemandDay.lost).where(DemandDay.product_id == soap.id)).all()
    assert sum(counted) == toll(world, out).lost == 6
    assert world.session.scalars(select(OrderLine.short).where(OrderLine.order_id == gone.id)).all() == [6]


def test_how_long_it_lasted_is_told_by_the_clock_and_in_working_hours(world):
    _, out = run_out(world)
    # From Wednesday noon to Friday noon, working from 8 to 17: five hours, nine, and four.
    after = lasted(world.session, [out], world.now + timedelta(days=2))[out.id]
    assert (after.span, after.hours) == (timedelta(days=2), 48)
    assert 0 < after.worked_hours < 24
    out.ended_at = world.now + timedelta(hours=1)
    ended = lasted(world.session, [out], world.now + timedelta(days=2))[out.id]
    assert (ended.hours, ended.worked) == (1, 60)


def test_the_board_tells_both_of_what_is_out_and_of_what_was(world):
    soap, _ = run_out(world)
    gone = world.order({soap: 6}, at=world.now + HOUR)
    cancel(world.session, gone, "Too late", by=world.buyer, now=world.now + HOUR)
    world.session.flush()
    (row,) = stock_outs.out_now(world.session, world.now + 2 * HOUR).rows
    assert (row.lasted.hours, row.toll.lost, row.waiting.lines) == (2, 6, 0)
    receipt = world.receipt(soap, 5, business_day(world.now))
    later: datetime = world.now + 5 * HOUR
    book_in(world.session, receipt, 5, last=True, by=world.staff, now=later)
    mark_stock_outs(world.session, later)
    (over,) = stock_outs.was_out(world.session, later).rows
    assert (over.lasted.hours, over.toll.lost, over.toll.lines) == (5, 6, 1)
