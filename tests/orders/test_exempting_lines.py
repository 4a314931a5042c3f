"""Lines late because of a disruption: which it touched, which can be exempt, and the page on which that is done."""

from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import exempting_lines, watching
from orders.disruptions import DisruptionKind
from orders.exempting_lines import counts, excuse, exempt_lines, late_lines
from orders.models import Order
from policies.exempting import Answer, answer_to
from policies.models import ServiceLevel
from policies.promises import Promise, PromiseEvent, PromiseExemption, PromiseState
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction
from portal.recording import excuse_of, excuses_between
from portal.refusal import Refused
from tests.inventory.makers import make_warehouse, statements
from tests.makers import World, make_world, sign_in
from tests.orders.flooding import DAY, april, call_off, confirmed

STEPS = "The goods went by boat"


@pytest.fixture
def world(session: Session) -> World:
    """Noon of Monday 20 April 2026, lead time five working days, of which floods are excused.

    What is ordered then must leave on Friday 24 and is due on Monday 27.
    """
    noon = datetime.fromisoformat("2026-04-20T05:00:00+00:00")
    return make_world(session, noon, days=5, exempt_kinds=("flood",))


def _came(world: World, order: Order, days: int = 20) -> None:
    """The order arrives so many days from now."""
    world.delivered(order, at=world.now + days * DAY)


def _promise(world: World, order: Order) -> Promise:
    world.session.flush()
    world.session.expire_all()
    (part,) = world.parts(order)
    assert part.promise is not None
    return part.promise


def _state(session: Session) -> tuple[Any, ...]:
    session.flush()
    session.expire_all()
    tables = (PromiseExemption, PromiseEvent, AuditEntry)
    numbers = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    return (*numbers, session.execute(select(Promise.id, Promise.state).order_by(Promise.id)).all())


def test_lines_that_a_flood_moved_and_those_it_kept_from_leaving_are_exempt_together(world: World) -> None:
    moved = world.order({world.product("MOVED", stock=10): 4})
    flood = confirmed(world, 23, 24)
    unmoved = world.order({world.product("KEPT", stock=10): 4})
    _came(world, moved)
    world.delivered(unmoved)
    after = world.now + 30 * DAY
    found = excuse(world.session, flood, after)
    assert found is not None
    assert counts(world.session, flood, found) == {Answer.YES: 1}
    assert exempt_lines(world.session, flood, STEPS, by=world.manager, now=after) == 1
    assert _promise(world, moved).state == PromiseState.WAIVED
    assert _promise(world, unmoved).state == PromiseState.KEPT
    assert counts(world.session, flood, found) == {Answer.ALREADY: 1}


def test_a_line_missed_before_the_flood_was_declared_is_touched_by_it_too(world: World) -> None:
    order = world.order({world.product("WET", stock=10): 4})
    world.now += 8 * DAY
    world.session.commit()
    with transaction(world.session):
        watching.mark(world.session, world.now)
    flood = confirmed(world, 22, 30)
    found = excuse(world.session, flood, world.now)
    assert found is not None
    assert counts(world.session, flood, found) == {Answer.STILL_OWED: 1}
    (line,) = late_lines(world.session, flood, found).rows
    assert "still owed" in line.why_not
    assert exempt_lines(world.session, flood, STEPS, by=world.manager, now=world.now) == 0
    _came(world, order, 3)
    assert exempt_lines(world.session, flood, STEPS, by=world.manager, now=world.now + 4 * DAY) == 1
    assert world.session.get_one(PromiseExemption, _promise(world, order).id).cause_no == flood.number


def test_a_strike_that_the_policy_does_not_excuse_exempts_nothing(world: World) -> None:
    order = world.order({world.product("GOODS", stock=10): 4})
    strike = confirmed(world, 23, 24, DisruptionKind.STRIKE)
    _came(world, order)
    after = world.now + 30 * DAY
    found = excuse(world.session, strike, after)
    assert found is not None
    assert counts(world.session, strike, found) == {Answer.NOT_EXCUSED: 1}
    before = _state(world.session)
    assert exempt_lines(world.session, strike, STEPS, by=world.manager, now=after) == 0
    assert _state(world.session) == before


def test_exempting_twice_changes_nothing_the_second_time(world: World) -> None:
    order = world.order({world.product("GOODS", stock=10): 4})
    flood = confirmed(world, 23, 24)
    _came(world, order)
    after = world.now + 30 * DAY
    exempt_lines(world.session, flood, STEPS, by=world.manager, now=after)
    before = _state(world.session)
    assert exempt_lines(world.session, flood, "Again", by=world.manager, now=after + DAY) == 0
    assert _state(world.session) == before


def test_without_steps_nothing_is_exempt(world: World) -> None:
    order = world.order({world.product("GOODS", stock=10): 4})
    flood = confirmed(world, 23, 24)
    _came(world, order)
    before = _state(world.session)
    with pytest.raises(Refused, match="which steps"):
        exempt_lines(world.session, flood, " ", by=world.manager, now=world.now + 30 * DAY)
    assert _state(world.session) == before


def test_a_disruption_excuses_only_where_it_was_ever_in_force(world: World) -> None:
    flood = confirmed(world, 23, 28)
    assert excuse_of(world.session, flood.number, world.now) is None, "it lies ahead"
    assert excuse_of(world.session, flood.number, world.now + 3 * DAY) is not None
    call_off(world, flood)
    assert excuse_of(world.session, flood.number, world.now + 3 * DAY) is None, "it was called off before"
    begun = confirmed(world, 19, 28)
    call_off(world, begun, world.now + 2 * DAY)
    found = excuse_of(world.session, begun.number, world.now + 9 * DAY)
    assert found is not None
    assert business_day(found.until) == april(21), "it held until the day before it was called off"
    assert excuse_of(world.session, "DI-NONE", world.now) is None


def test_what_held_in_the_time_of_a_promise_is_listed_to_choose_from(app: Flask, world: World) -> None:
    order = world.order({world.product("GOODS", stock=10): 4})
    flood, later = confirmed(world, 23, 24), confirmed(world, 28, 29)
    _came(world, order, 10)
    promise = _promise(world, order)
    after = world.now + 30 * DAY
    found = excuses_between(world.session, world.now, world.now + 4 * DAY, after)
    assert [one.number for one in found] == [flood.number]
    both = excuses_between(world.session, world.now, world.now + 9 * DAY, after)
    assert [one.number for one in both] == [later.number, flood.number]
    assert excuses_between(world.session, world.now, world.now + 9 * DAY, world.now) == [], "they lie ahead"
    world.session.commit()
    page = app.test_client()
    with time_machine.travel(after, tick=False):
        sign_in(page, world.manager)
        shown = page.get(f"/manage/attainment/cases/{promise.id}/exempt").text
    assert f'<option value="{flood.number}">' in shown


def test_a_flood_at_another_warehouse_excuses_nothing_here(world: World) -> None:
    world.session.commit()
    other = make_warehouse(world.session, "HDY")
    order = world.order({world.product("GOODS", stock=10): 4})
    _came(world, order, 10)
    promise = _promise(world, order)
    flood = confirmed(world, 23, 24)
    flood.warehouse = other
    world.session.flush()
    found = excuse(world.session, flood, world.now + 30 * DAY)
    assert found is not None
    query = select(answer_to(found)).join(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
    assert world.session.scalar(query.where(Promise.id == promise.id)) == Answer.OTHER_PLACE
    assert found.place.code == "HDY"


def test_more_lines_need_no_more_statements(world: World) -> None:
    orders = [world.order({world.product(f"P-{n}", stock=10): 4}) for n in range(6)]
    flood = confirmed(world, 23, 24)
    after = world.now + 30 * DAY
    _came(world, orders[0])
    world.session.flush()
    with statements(world.session) as few:
        exempt_lines(world.session, flood, STEPS, by=world.manager, now=after)
    for order in orders[1:]:
        _came(world, order)
    world.session.flush()
    with statements(world.session) as many:
        assert exempt_lines(world.session, flood, STEPS, by=world.manager, now=after) == 5
    assert len(many) <= len(few) + 2  # the flood and its warehouse are read anew, the lines are not


def test_a_manager_sees_the_lines_first_and_then_exempts_them(app: Flask, world: World) -> None:
    order = world.order({world.product("GOODS", stock=10): 4})
    flood = confirmed(world, 20, 24)
    _came(world, order, 10)
    world.session.commit()
    page, colleague = app.test_client(), app.test_client()
    sign_in(page, world.manager)
    sign_in(colleague, world.staff)
    path = f"/manage/disruptions/{flood.number}/exempt"
    shown = page.get(path).text
    assert order.number in shown
    assert "Can be exempt" in shown
    assert colleague.get(path).status_code == 403
    assert page.post(path, data={"steps": " "}).status_code == 422
    assert page.post(path, data={"steps": STEPS}).status_code == 302
    assert _promise(world, order).state == PromiseState.WAIVED
    assert "1 line is exempt." in page.get(path).text
    assert STEPS in page.get("/manage/attainment/cases?kind=lead_time&outcome=exempt&months=24").text


def test_a_disruption_that_was_never_in_force_says_so(world: World) -> None:
    flood = confirmed(world, 28, 30)
    world.session.commit()
    assert excuse(world.session, flood, world.now) is None
    with pytest.raises(Refused, match="never in force"):
        exempting_lines.exempt_lines(world.session, flood, STEPS, by=world.manager, now=world.now)
    world.session.rollback()
