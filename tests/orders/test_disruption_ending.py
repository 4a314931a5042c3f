"""A disruption is called off or ends sooner: what it moved comes back as far as possible, once, and buyers are told."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from orders import disrupting
from orders.cancelling import cancel
from orders.disrupting import Declared
from orders.disruption_returns import coming_back, coming_back_page
from orders.disruptions import Disruption, DisruptionKind, DisruptionState
from orders.models import Order
from policies.promises import Cause, Happening, PromiseState
from policies.promising import repromise
from portal.accounts.roles import Role
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.orders.flooding import DAY, april, call_off, confirmed, days, state, told
from tests.people import make_customer, make_user


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of Monday 20 April 2026, whose lead time is five working days: plain weeks follow.

    What is ordered then must leave on Friday 24 and is due on Monday 27.
    """
    return make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)


def test_called_off_before_the_days_pass_everything_is_as_it_was(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    assert days(world, order) == [(29, 30)]
    found = coming_back(world.session, flood, until=None, now=world.now)
    assert (found.parts, found.orders, found.customers) == (1, 1, 1)
    (row,) = coming_back_page(world.session, flood, found, now=world.now)
    assert (row.order_no, business_day(row.due_at), business_day(row.due_after)) == (
        order.number,
        april(30),
        april(27),
    )
    assert call_off(world, flood) == found
    assert days(world, order) == [(24, 27)]
    (part,) = world.parts(order)
    assert part.promise is not None
    assert part.reservation is not None
    assert part.promise.original_due_at == part.promise.due_at == part.reservation.due_at
    assert part.promise.state == PromiseState.OPEN
    last = part.promise.events[-1]
    assert (last.what, last.cause) == (Happening.REPROMISED, Cause.DISRUPTION_OVER)
    assert (last.by_id, last.due_at) == (world.manager.id, part.promise.due_at)
    assert flood.state == DisruptionState.CANCELLED


def test_a_day_that_has_passed_is_counted_anew_from_today(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 20, 40)
    assert days(world, order) == [(41, 42)]
    call_off(world, flood, world.now + 8 * DAY)
    # On Tuesday 28 it can leave, two working days later than it had to: due on Wednesday 29 instead of Monday 27.
    assert days(world, order) == [(28, 29)]
    assert (flood.state, flood.ends_on) == (DisruptionState.CANCELLED, april(27))


def test_after_the_cut_off_time_goods_leave_on_the_next_working_day(session: Session) -> None:
    from datetime import time  # noqa: PLC0415 - only here is there a cut-off

    world = make_world(
        session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5, cut_off=time(14, 0)
    )
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 20, 40)
    evening = world.now + 8 * DAY + timedelta(hours=6)
    call_off(world, flood, evening)
    assert days(world, order) == [(29, 30)]


def test_goods_that_are_not_there_yet_do_not_come_sooner_than_their_receipt(world: World) -> None:
    soap = world.product(stock=0)
    receipt = world.receipt(soap, 10, april(21))
    order = world.order({soap: 4})
    before = days(world, order)
    flood = confirmed(world, 20, 50)
    moved = days(world, order)
    assert moved > before
    receipt.expected_on = april(35)
    world.session.flush()
    call_off(world, flood)
    ((ship_by, due_on),) = days(world, order)
    # 5 May is the 35th day counted like this; 4 May is a holiday, as is the 1st.
    assert ship_by >= 35
    assert before[0][1] < due_on < moved[0][1]


def test_a_day_never_gets_later_than_it_is(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 20, 27)
    before = days(world, order)
    assert before == [(28, 29)]
    found = call_off(world, flood, world.now + 7 * DAY + timedelta(hours=1))
    assert days(world, order) <= before
    assert found.parts == 1


def _cancelled(world: World, order: Order) -> None:
    cancel(world.session, order, "No need", by=world.buyer, now=world.now)


def _shipped(world: World, order: Order) -> None:
    world.shipped(order)


def _missed(world: World, order: Order) -> None:
    promise = world.parts(order)[0].promise
    assert promise is not None
    promise.state, promise.missed_at = PromiseState.MISSED, promise.due_at
    world.session.flush()


def _agreed_anew(world: World, order: Order) -> None:
    promise = world.parts(order)[0].promise
    assert promise is not None
    repromise(world.session, promise, end_of(april(29)), Cause.EXPEDITED, by=world.staff, now=world.now + DAY)
    world.session.flush()


@pytest.mark.parametrize("act", [_cancelled, _shipped, _missed, _agreed_anew])
def test_what_happened_to_a_line_in_between_stays(world: World, act: Callable[[World, Order], None]) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    act(world, order)
    before = state(world.session)[:5]
    found = call_off(world, flood, world.now + DAY)
    assert found.parts == 0
    assert state(world.session)[:5] == before
    assert told(world) == []


def test_a_line_for_which_a_substitute_was_accepted_stays_and_the_rest_comes_back(world: World) -> None:
    soap = world.product(stock=10)
    gone, kept = world.order({soap: 2}), world.order({soap: 3})
    flood = confirmed(world, 23, 28)
    (line,) = gone.lines
    (part,) = world.parts(gone)
    part.cancelled = line.cancelled = line.substituted_out = 2
    world.session.flush()
    assert call_off(world, flood).parts == 1
    assert (days(world, gone), days(world, kept)) == ([(29, 30)], [(24, 27)])


def test_each_buyer_is_told_once_of_all_lines_that_come_back(world: World) -> None:
    soap, rice = world.product("SOAP-1", stock=50), world.product("RICE-1", stock=50)
    first = world.order({soap: 1, rice: 2})
    world.order({soap: 3})
    other = make_customer(world.session, "C2", now=world.now)
    second = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    gone = world.order({rice: 4}, buyer=second)
    world.order({rice: 5}, buyer=second)
    flood = confirmed(world, 23, 28)
    cancel(world.session, gone, "No need", by=second, now=world.now)
    call_off(world, flood)
    notices = told(world)
    assert [(n.user_id, n.facts["count"], len(n.facts["lines"])) for n in notices] == [
        (world.buyer.id, 3, 3),
        (second.id, 1, 1),
    ]
    line = notices[0].facts["lines"][0]
    assert (line["order"], line["due_before"], line["due_after"]) == (
        first.number,
        "2026-04-30",
        "2026-04-27",
    )
    assert notices[0].path == f"/my/disruptions/{flood.number}"


def test_called_off_twice_changes_nothing_the_second_time(world: World) -> None:
    world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    call_off(world, flood)
    before = state(world.session)
    with pytest.raises(Refused, match="called off already"):
        call_off(world, flood)
    assert state(world.session) == before


def test_killed_in_the_middle_nothing_has_changed_and_the_next_time_all_of_it_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    world.session.commit()
    before = state(world.session)

    def killed(*_args: object, **_facts: object) -> None:
        raise KeyboardInterrupt

    world.session.rollback()
    with monkeypatch.context() as broken:
        broken.setattr("orders.disruption_ending.redate", killed)
        with pytest.raises(KeyboardInterrupt), transaction(world.session):
            call_off(world, world.session.get_one(Disruption, flood.id))
    assert state(world.session) == before
    world.session.rollback()
    with transaction(world.session):
        call_off(world, world.session.get_one(Disruption, flood.id))
    assert days(world, order) == [(24, 27)]
    assert len(told(world)) == 1


def test_it_takes_the_same_statements_for_many_parts_as_for_few(world: World) -> None:
    soap = world.product(stock=1000)
    world.order({soap: 1})
    flood = confirmed(world, 23, 28)
    with statements(world.session) as for_one:
        call_off(world, flood)
    for _ in range(12):
        world.order({soap: 2})
    strike = confirmed(world, 23, 29)
    with statements(world.session) as for_many:
        assert call_off(world, strike).parts == 13
    assert len(for_many) <= len(for_one) + 1


def test_a_draft_is_dropped(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    facts = Declared(DisruptionKind.FLOOD, world.warehouse, april(23), april(28), "น้ำท่วม", "")
    draft = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    assert call_off(world, draft).parts == 0
    assert draft.state == DisruptionState.CANCELLED
    assert days(world, order) == [(24, 27)]
    assert told(world) == []


def test_what_is_over_is_not_called_off(world: World) -> None:
    flood = confirmed(world, 20, 21)
    before = state(world.session)
    with pytest.raises(Refused, match="over already"):
        call_off(world, flood, world.now + 2 * DAY)
    assert state(world.session) == before


def test_a_promise_at_risk_is_on_its_way_again_once_it_comes_back(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    flood = confirmed(world, 23, 28)
    promise = world.parts(order)[0].promise
    assert promise is not None
    promise.state, promise.cause, promise.risk_since = PromiseState.AT_RISK, Cause.NOT_SHIPPED, world.now
    world.session.flush()
    call_off(world, flood)
    world.session.expire_all()
    assert promise.state == PromiseState.OPEN
    assert {promise.cause, promise.risk_since} == {None}
