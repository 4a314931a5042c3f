"""Nothing can leave a warehouse for a while: the effect is shown, confirmed for all at once, each buyer told once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import disrupting
from orders.cancelling import cancel
from orders.disrupting import Declared
from orders.disruption_effects import effect, touched_page
from orders.disruptions import Disruption, DisruptionEffect, DisruptionKind, DisruptionState
from orders.models import ScheduleLine
from orders.watching import mark
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.accounts.roles import Role
from portal.clock import business_day, end_of
from portal.outbox import Notice
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.people import make_customer, make_user

MONDAY = date(2026, 4, 20)
"""The Monday after Songkran: five plain working days follow."""


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of a plain Monday, whose lead time is five working days."""
    now = datetime.fromisoformat("2026-04-20T05:00:00+00:00")
    return make_world(session, now, days=5)


def _declared(world: World, starts_in: int = 0, ends_in: int = 2, **facts: Any) -> Declared:
    today = business_day(world.now)
    known: dict[str, Any] = {
        "kind": DisruptionKind.FLOOD,
        "warehouse": world.warehouse,
        "starts_on": today + timedelta(days=starts_in),
        "ends_on": today + timedelta(days=ends_in),
        "what_th": "น้ำท่วมถนนหน้าคลัง",
        "what_en": "The road to the warehouse is flooded",
    }
    return Declared(**(known | facts))


def _declare(world: World, starts_in: int = 0, ends_in: int = 2, **facts: Any) -> Disruption:
    declared = _declared(world, starts_in, ends_in, **facts)
    return disrupting.declare(world.session, declared, by=world.manager, now=world.now)


def _confirm(world: World, disruption: Disruption) -> None:
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)


def _state(session: Session) -> tuple[Any, ...]:
    counts = [
        session.scalar(select(func.count()).select_from(t)) for t in (DisruptionEffect, PromiseEvent, Notice)
    ]
    days = session.execute(select(Promise.id, Promise.due_at, Promise.state).order_by(Promise.id)).all()
    parts = session.execute(select(ScheduleLine.id, ScheduleLine.ship_by).order_by(ScheduleLine.id)).all()
    return (*counts, days, parts)


def test_a_part_that_had_to_leave_in_the_window_leaves_when_it_is_over_and_is_due_as_much_later(
    world: World,
) -> None:
    order = world.order({world.product(stock=10): 4})
    (part,) = world.parts(order)
    # Ordered Monday 20 April: due Monday 27, must leave Friday 24.
    assert (part.ship_by, business_day(part.promise.due_at)) == (date(2026, 4, 24), date(2026, 4, 27))
    disruption = _declare(world, starts_in=3, ends_in=7)
    found = effect(world.session, disruption, now=world.now)
    assert (found.parts, found.orders, found.customers) == (1, 1, 1)
    assert found.resumes_on == date(2026, 4, 28)
    # Friday to Tuesday are two working days, and so Monday becomes Wednesday.
    assert business_day(found.moved[0].due_after) == date(2026, 4, 29)


def test_a_draft_moves_nothing(world: World) -> None:
    world.order({world.product(stock=10): 4})
    before = _state(world.session)
    disruption = _declare(world, starts_in=0, ends_in=30)
    effect(world.session, disruption, now=world.now)
    touched_page(world.session, disruption, effect(world.session, disruption, now=world.now), now=world.now)
    assert _state(world.session) == before


def test_confirming_moves_the_promises_and_the_original_stays(world: World) -> None:
    order = world.order({world.product(stock=2): 4})
    parts = world.parts(order)
    first, second = (part.promise.due_at for part in parts)
    disruption = _declare(world, ends_in=4)
    _confirm(world, disruption)
    world.session.expire_all()
    assert disruption.state == DisruptionState.CONFIRMED
    stocked, backordered = world.parts(order)
    assert business_day(stocked.promise.due_at) == date(2026, 4, 28)
    assert stocked.promise.original_due_at == first
    assert stocked.ship_by == date(2026, 4, 27)
    happened = stocked.promise.events[-1]
    assert (happened.what, happened.cause) == (Happening.REPROMISED, Cause.DISRUPTION)
    assert (happened.by_id, happened.due_at) == (world.manager.id, stocked.promise.due_at)
    assert backordered.promise.due_at == second
    # Goods are dealt in the order of the new days.
    assert [part.reservation.due_at for part in (stocked, backordered)] == [stocked.promise.due_at, second]
    (row,) = world.session.scalars(select(DisruptionEffect))
    assert (row.part_id, row.customer_id) == (stocked.id, world.customer.id)
    assert (row.due_before, row.due_after) == (first, stocked.promise.due_at)


def test_what_is_stuck_already_waits_for_the_end_but_what_can_still_leave_before_the_window_does(
    world: World,
) -> None:
    soap = world.product(stock=10)
    late = world.order({soap: 1})
    (part,) = world.parts(late)
    part.ship_by, part.promise.due_at = business_day(world.now) - timedelta(days=3), end_of(MONDAY)
    world.session.flush()
    running, ahead = _declare(world, starts_in=-1, ends_in=1), _declare(world, starts_in=1, ends_in=1)
    assert effect(world.session, running, now=world.now).parts == 1
    assert effect(world.session, ahead, now=world.now).parts == 0


def test_what_has_left_is_cancelled_settled_or_lies_elsewhere_is_left_alone(world: World) -> None:
    soap = world.product(stock=30)
    world.shipped(world.order({soap: 1}))
    cancel(world.session, world.order({soap: 2}), "No need", by=world.buyer, now=world.now)
    missed = world.parts(world.order({soap: 3}))[0]
    missed.promise.state, missed.promise.missed_at = PromiseState.MISSED, world.now
    elsewhere = world.order({soap: 4})
    from inventory.siting import WarehouseFacts, put_warehouse  # noqa: PLC0415 - only here is a second one

    north = put_warehouse(
        world.session, WarehouseFacts("CNX", "เหนือ", "North"), by=world.manager, now=world.now
    )
    elsewhere.warehouse = north
    world.session.flush()
    assert effect(world.session, _declare(world, ends_in=30), now=world.now).parts == 0


def test_each_buyer_is_told_once_of_all_their_lines(world: World) -> None:
    soap, rice = world.product("SOAP-1", stock=50), world.product("RICE-1", stock=50)
    world.order({soap: 1, rice: 2})
    world.order({soap: 3})
    other = make_customer(world.session, "C2", now=world.now)
    second = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    world.order({rice: 4}, buyer=second)
    disruption = _declare(world, ends_in=10)
    _confirm(world, disruption)
    notices = world.session.scalars(
        select(Notice).where(Notice.template == "orders/notices/disruption.txt").order_by(Notice.user_id)
    ).all()
    assert [(n.user_id, n.facts["count"], len(n.facts["lines"])) for n in notices] == [
        (world.buyer.id, 3, 3),
        (second.id, 1, 1),
    ]
    assert notices[0].path == f"/my/disruptions/{disruption.number}"


def test_the_watch_takes_the_new_days_as_they_are(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    _confirm(world, _declare(world, ends_in=10))
    mark(world.session, world.now + timedelta(days=8))
    world.session.expire_all()
    assert world.parts(order)[0].promise.state == PromiseState.OPEN


def test_a_promise_at_risk_is_on_its_way_again_once_it_is_moved(world: World) -> None:
    order = world.order({world.product(stock=10): 4})
    later = world.now + timedelta(days=5)
    mark(world.session, later)
    promise = world.parts(order)[0].promise
    world.session.refresh(promise)
    assert promise.state == PromiseState.AT_RISK
    world.now = later
    _confirm(world, _declare(world, ends_in=3))
    world.session.refresh(promise)
    assert (promise.state, promise.cause, promise.risk_since) == (PromiseState.OPEN, None, None)


def test_confirming_takes_the_same_statements_for_many_parts_as_for_few(world: World) -> None:
    soap = world.product(stock=1000)
    world.order({soap: 1})
    few = _declare(world, ends_in=4)
    with statements(world.session) as for_one:
        _confirm(world, few)
    for _ in range(12):
        world.order({soap: 2})
    many = _declare(world, ends_in=40)
    with statements(world.session) as for_many:
        _confirm(world, many)
    assert len(for_many) <= len(for_one) + 1
    assert disrupting.count_effects(world.session, many) == 13


def test_the_preview_is_paged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.disruption_effects.PAGE", 2)
    soap = world.product(stock=100)
    orders = [world.order({soap: n + 1}) for n in range(3)]
    disruption = _declare(world, ends_in=10)
    found = effect(world.session, disruption, now=world.now)
    pages = [touched_page(world.session, disruption, found, page=n, now=world.now) for n in (1, 2, 3)]
    assert [[row.units for row in page] for page in pages] == [[1, 2], [3], []]
    assert pages[0][0].order_no == orders[0].number
    assert pages[0][0].due_after > pages[0][0].due_at


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "facts", "field"),
    [
        (2, 1, {}, "ends_on"),
        (-5, -1, {}, "ends_on"),
        (0, 366, {}, "ends_on"),
        (543 * 365, 543 * 365 + 2, {}, "ends_on"),
        (0, 1, {"what_th": " ", "what_en": ""}, "what_th"),
    ],
)
def test_a_disruption_that_cannot_be_is_refused_at_its_field(
    world: World, starts_in: int, ends_in: int, facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as no:
        _declare(world, starts_in, ends_in, **facts)
    assert no.value.field == field
    assert world.session.scalar(select(func.count()).select_from(Disruption)) == 0


def test_it_may_have_begun_already(world: World) -> None:
    assert _declare(world, starts_in=-10, ends_in=0).state == DisruptionState.DRAFT


def test_a_draft_can_be_changed_until_it_is_confirmed(world: World) -> None:
    disruption = _declare(world)
    facts = _declared(world, ends_in=9, kind=DisruptionKind.STRIKE)
    disrupting.change(world.session, disruption, facts, by=world.manager, now=world.now)
    assert (disruption.kind, disruption.ends_on) == ("strike", business_day(world.now) + timedelta(days=9))
    with pytest.raises(Refused):
        disrupting.change(world.session, disruption, _declared(world, 3, 1), by=world.manager, now=world.now)
    _confirm(world, disruption)
    with pytest.raises(Refused, match="not a draft"):
        disrupting.change(world.session, disruption, facts, by=world.manager, now=world.now)


def test_it_is_confirmed_once_and_not_when_it_is_over(world: World) -> None:
    world.order({world.product(stock=10): 4})
    disruption = _declare(world, ends_in=10)
    _confirm(world, disruption)
    world.session.expire_all()
    before = _state(world.session)
    with pytest.raises(Refused, match="not a draft"):
        _confirm(world, disruption)
    over = _declare(world)
    world.now += timedelta(days=9)
    with pytest.raises(Refused, match="over already"):
        _confirm(world, over)
    assert _state(world.session) == before
