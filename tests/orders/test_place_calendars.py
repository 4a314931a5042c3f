"""Where the warehouse and the carriers keep calendars of their own, goods leave on the one and travel on the other."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Product
from inventory.siting import serve
from inventory.stock import Reservation
from orders import calendar_moves
from orders.calendar_stragglers import follow_calendar
from orders.dating import sentences
from orders.models import Order, ScheduleLine
from policies import calendars, closing, opening_places
from policies.closing import Week
from policies.promises import Cause, Promise, PromiseState
from policies.promising import withdraw
from policies.redating import Effect
from portal.clock import at, business_day, end_of
from portal.i18n import speaking
from portal.outbox import Notice
from tests.inventory.makers import statements
from tests.makers import World, make_world

FRIDAY = at(date(2026, 4, 10), time(16, 30))
"""The last working day before Songkran, past the cut-off time."""
SIX_DAYS = Week(tuple((day, time(8), time(20)) for day in range(6)))


@pytest.fixture
def world(session: Session) -> World:
    """A distributor whose goods take two days to Bangkok, within three working days; the cut-off time is three."""
    made = make_world(session, FRIDAY, days=3, cut_off=time(15))
    serve(session, "TH-10", made.warehouse, 2, by=made.manager, now=FRIDAY)
    session.flush()
    return made


@pytest.fixture
def soap(world: World) -> Product:
    return world.product("SOAP-1", stock=100)


def _carriers(world: World, week: Week = SIX_DAYS) -> None:
    by: dict[str, Any] = {"by": world.manager, "now": world.now}
    opening_places.open_place(world.session, "carriers", "ผู้ขนส่ง", "Carriers", **by)
    closing.change_week(world.session, week, place="carriers", **by)


def _close(world: World, day: date, place: str = "main") -> Effect:
    followers = (calendar_moves.follow,)
    act: dict[str, Any] = {"place": place, "followers": followers, "now": world.now}
    seen = closing.preview_closing(world.session, day, "", "Stock-taking", **act)
    done = closing.close_day(world.session, day, "", "Stock-taking", **act, by=world.manager)
    world.session.flush()
    assert done == seen
    return done


def _days(world: World, order: Order) -> tuple[date, date]:
    (part,) = world.parts(order)
    assert part.promise is not None
    reservation = world.session.get(Reservation, part.reservation_id)
    assert reservation is not None
    assert reservation.due_at == part.promise.due_at
    assert part.ship_by is not None
    return part.ship_by, business_day(part.promise.due_at)


def test_ordered_past_the_cut_off_before_songkran_goods_leave_on_friday_and_arrive_on_monday(
    world: World, soap: Product
) -> None:
    _carriers(world)
    order = world.order({soap: 1})
    assert _days(world, order) == (date(2026, 4, 17), date(2026, 4, 20))
    with speaking("en"):
        told = sentences(world.parts(order)[0].found)
    assert (
        "It leaves Bangkok warehouse on Fri 17 Apr 2026; the carrier needs 2 working days of its own calendar."
        in told
    )


def test_without_calendars_of_their_own_the_days_are_those_of_the_distributor(
    world: World, soap: Product
) -> None:
    assert _days(world, world.order({soap: 1})) == (date(2026, 4, 17), date(2026, 4, 21))


def test_a_warehouse_that_works_on_saturdays_counts_them_and_has_its_own_cut_off(session: Session) -> None:
    world = make_world(session, FRIDAY, days=3, cut_off=None)
    soap = world.product("SOAP-1", stock=100)
    by: dict[str, Any] = {"by": world.manager, "now": world.now}
    opening_places.open_place(session, "BKK", "คลัง", "Warehouse", **by)
    closing.change_week(session, Week(SIX_DAYS.blocks, time(16)), place="BKK", **by)
    # Counted from Saturday 11 April; Thursday and Friday after Songkran it is made ready, and travels one office day.
    assert _days(world, world.order({soap: 1})) == (date(2026, 4, 17), date(2026, 4, 20))


def test_calendars_of_their_own_cost_an_order_no_statement(
    world: World, soap: Product, session: Session
) -> None:
    world.order({soap: 1})
    with statements(session) as before:
        world.order({soap: 1}, key="a")
    _carriers(world)
    session.flush()
    with statements(session) as after:
        world.order({soap: 1}, key="b")
    assert len(after) == len(before)


def test_a_day_closed_before_goods_leave_moves_their_leaving_and_their_promise(
    world: World, soap: Product
) -> None:
    order = world.order({soap: 1})
    before = _days(world, order)
    assert before == (date(2026, 4, 17), date(2026, 4, 21))
    effect = _close(world, date(2026, 4, 17))
    assert (effect.promises, effect.customers) == (1, 1)
    assert _days(world, order) == (date(2026, 4, 20), date(2026, 4, 22))
    promise = world.parts(order)[0].promise
    assert promise is not None
    assert business_day(promise.original_due_at) == before[1]
    assert [(one.what, one.cause) for one in promise.events][-1] == ("repromised", Cause.CALENDAR)
    (told,) = world.session.scalars(select(Notice).where(Notice.template.contains("calendar")))
    assert (told.user_id, told.facts["count"]) == (world.buyer.id, 1)


def test_a_day_closed_on_the_way_moves_the_promise_and_not_the_leaving(world: World, soap: Product) -> None:
    order = world.order({soap: 1})
    _close(world, date(2026, 4, 20))
    assert _days(world, order) == (date(2026, 4, 17), date(2026, 4, 22))


def test_a_day_closed_after_the_promise_or_at_another_warehouse_moves_nothing(
    world: World, soap: Product
) -> None:
    order = world.order({soap: 1})
    opening_places.open_place(world.session, "CNX", "เชียงใหม่", "Chiang Mai", by=world.manager, now=world.now)
    assert _close(world, date(2026, 4, 22)).promises == 0
    assert _close(world, date(2026, 4, 17), "CNX").promises == 0
    assert _days(world, order) == (date(2026, 4, 17), date(2026, 4, 21))


def test_carriers_that_rest_move_what_travels_and_what_has_left(world: World, soap: Product) -> None:
    _carriers(world)
    order = world.order({soap: 1})
    world.shipped(order)
    assert _close(world, date(2026, 4, 18), "carriers").promises == 1
    assert _days(world, order)[1] == date(2026, 4, 21)


def test_a_day_that_was_asked_for_stays_when_goods_can_still_arrive_on_it(
    world: World, soap: Product
) -> None:
    order = world.order({soap: 1})
    order.requested_on = date(2026, 4, 21)
    world.session.flush()
    assert _close(world, date(2026, 4, 20)).promises == 0
    assert _days(world, order) == (date(2026, 4, 16), date(2026, 4, 21))


def test_what_is_cancelled_or_late_stays(world: World, soap: Product) -> None:
    gone, late = world.order({soap: 1}), world.order({soap: 2})
    (part,) = world.parts(gone)
    assert part.promise_id is not None
    withdraw(world.session, [part.promise_id], by=world.staff, now=world.now)
    missed = world.parts(late)[0].promise
    assert missed is not None
    missed.state, missed.missed_at = PromiseState.MISSED, missed.due_at
    world.session.flush()
    assert _close(world, date(2026, 4, 17)).promises == 0


def test_closing_for_many_parts_takes_the_statements_of_one(
    world: World, soap: Product, session: Session
) -> None:
    world.order({soap: 1}, key="first")
    with statements(session) as few:
        _close(world, date(2026, 4, 17))
    for n in range(12):
        world.order({soap: 1}, key=f"more-{n}")
    with statements(session) as many:
        _close(world, date(2026, 4, 20))
    assert len(many) <= len(few) + 2
    dues = {one.due_at for one in session.scalars(select(Promise))}
    assert all(due >= end_of(date(2026, 4, 21)) for due in dues)
    assert len(session.scalars(select(ScheduleLine)).all()) == 13


def test_an_order_placed_while_the_calendar_changed_is_moved_a_minute_later(
    world: World, soap: Product
) -> None:
    order, other = world.order({soap: 1}), world.order({soap: 2})
    calendars.close(world.session, date(2026, 4, 17), "", "Flood", by=world.manager, now=world.now)
    world.session.commit()
    soon = world.now + timedelta(minutes=1)
    assert [follow_calendar(world.session, soon) for _ in range(2)] == [2, 0]
    world.session.expire_all()
    for moved in (order, other):
        assert _days(world, moved) == (date(2026, 4, 20), date(2026, 4, 22))
    assert follow_calendar(world.session, world.now + timedelta(hours=1)) == 0
