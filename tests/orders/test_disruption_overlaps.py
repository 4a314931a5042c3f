"""A disruption ends sooner than declared, or overlaps another of its warehouse: each line waits as long as it must."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import disrupting, disruption_choosing, disruption_ending
from orders.disrupting import Declared
from orders.disruption_effects import effect
from orders.disruptions import DisruptionEffect, DisruptionKind, DisruptionState
from orders.standstills import overlapping
from portal.audit import history_of
from portal.clock import business_day
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.orders.flooding import DAY, april, call_off, confirmed, days, state, told


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of Monday 20 April 2026, whose lead time is five working days: plain weeks follow.

    What is ordered then must leave on Friday 24 and is due on Monday 27.
    """
    return make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)


# --- it ends sooner than declared ---


def test_a_shorter_window_gives_back_as_many_days(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 35)
    found = disruption_ending.shorten(world.session, flood, april(27), by=world.manager, now=world.now + DAY)
    assert found.parts == 1
    # It leaves on Tuesday 28, two working days later than Friday 24.
    assert days(world, order) == [(28, 29)]
    assert (flood.state, flood.ends_on) == (DisruptionState.CONFIRMED, april(27))
    (notice,) = told(world)
    assert notice.facts["ends_on"] == "2026-04-27"
    act = history_of(world.session, "disruption", flood.number)[0]
    assert act.verb == disruption_ending.Verb.SHORTENED
    call_off(world, flood, world.now + DAY)
    assert days(world, order) == [(24, 27)]
    assert len(told(world)) == 2


def test_shortened_to_before_the_line_has_to_leave_the_line_is_on_its_old_day(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 22, 28)
    disruption_ending.shorten(world.session, flood, april(23), by=world.manager, now=world.now)
    assert days(world, order) == [(24, 27)]
    row = world.session.scalars(select(DisruptionEffect)).one()
    with pytest.raises(Refused, match="earlier day"):
        disruption_choosing.cancel(world.session, row, by=world.buyer, now=world.now)


@pytest.mark.parametrize(("ends_on", "said"), [(28, "anyway"), (30, "anyway"), (20, "past"), (22, "past")])
def test_a_last_day_that_cannot_be_is_refused_at_the_field(world: World, ends_on: int, said: str) -> None:
    world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    before = state(world.session)
    with pytest.raises(Refused, match=said) as no:
        disruption_ending.shorten(world.session, flood, april(ends_on), by=world.manager, now=world.now + DAY)
    assert no.value.field == "ends_on"
    assert state(world.session) == before


# --- two at once ---


def test_of_two_that_overlap_a_line_waits_for_the_later_end_and_no_day_counts_twice(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    assert days(world, order) == [(29, 30)]
    facts = Declared(DisruptionKind.STRIKE, world.warehouse, april(24), april(29), "นัดหยุดงาน", "")
    strike = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    assert overlapping(world.session, strike, business_day(world.now)) == [flood]
    assert effect(world.session, strike, now=world.now).resumes_on == april(30)
    disrupting.confirm(world.session, strike, by=world.manager, now=world.now)
    # Friday 24 to Thursday 30 are four working days: from Monday 27 to Tuesday 5 May, over two holidays.
    alone = world.order({world.product("RICE-1", stock=10): 4})
    assert days(world, order) == days(world, alone)
    assert days(world, order)[0][0] == 30
    call_off(world, flood)
    assert days(world, order) == days(world, alone)
    call_off(world, strike)
    assert days(world, order) == [(24, 27)]


def test_called_off_the_longer_one_first_the_line_waits_for_the_other(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood, strike = confirmed(world, 23, 28), confirmed(world, 24, 29)
    call_off(world, strike)
    assert days(world, order) == [(29, 30)]
    call_off(world, flood)
    assert days(world, order) == [(24, 27)]


def test_one_inside_another_takes_the_lines_over_when_the_other_is_called_off(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 20, 29)
    strike = confirmed(world, 24, 27)
    assert disrupting.count_effects(world.session, strike) == 0
    call_off(world, flood)
    assert days(world, order) == [(28, 29)]
    row = world.session.scalars(
        select(DisruptionEffect).where(DisruptionEffect.disruption_id == strike.id)
    ).one()
    assert (business_day(row.due_before), business_day(row.due_after)) == (april(27), april(29))
    call_off(world, strike)
    assert days(world, order) == [(24, 27)]


def test_goods_do_not_leave_into_the_next_window(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    confirmed(world, 27, 28)
    confirmed(world, 23, 25)
    # Friday 24 is closed, and so is Monday 27 and Tuesday 28.
    assert days(world, order) == [(29, 30)]


def test_one_elsewhere_or_at_another_time_does_not_overlap(world: World) -> None:
    flood = confirmed(world, 23, 28)
    later = confirmed(world, 29, 30)
    assert overlapping(world.session, later, business_day(world.now)) == []
    assert overlapping(world.session, flood, business_day(world.now)) == []


def test_an_order_dated_around_a_disruption_is_not_moved_by_its_end(world: World) -> None:
    flood = confirmed(world, 23, 28)
    order = world.order({world.product(stock=10): 4})
    assert days(world, order) == [(29, 30)]
    assert call_off(world, flood).parts == 0
    assert days(world, order) == [(29, 30)]
