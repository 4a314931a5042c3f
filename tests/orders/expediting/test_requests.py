"""A buyer asks for goods sooner; the sheet tells what it costs, and the rule may approve it at once."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.ledger import Place
from orders import disrupting, substituting
from orders.disrupting import Declared
from orders.disruptions import DisruptionKind
from orders.expedite_sheets import sheet_of
from orders.expedite_terms import set_rule
from orders.expedites import RequestState
from orders.offering import offer
from policies.promises import Cause, Happening, PromiseState
from portal.clock import business_day, end_of
from tests.inventory.makers import statements
from tests.makers import World
from tests.orders.expediting.asking import a_part, asked_for, costing, fast_world, notices_sent
from tests.orders.short_lines import stands_for


def test_a_request_promises_an_answer_and_keeps_the_figures_it_is_decided_on(world: World) -> None:
    _order, part = a_part(world)
    request = asked_for(world, part)
    assert request.state == RequestState.ASKED
    assert request.number == "EX-2026-00001"
    # 3 working days from Wednesday 1 April: Monday is Chakri Day, so Tuesday 7 April is the third.
    assert (request.extra_cost_minor, request.margin_minor) == (20_000, 100_000 - 6_000)
    promise = request.promise
    assert promise is not None
    assert (promise.kind, promise.subject_no, promise.state) == ("expedite_answer", request.number, "open")
    assert business_day(promise.due_at) == date(2026, 4, 3)


def test_the_sheet_counts_options_from_today_in_working_days(world: World) -> None:
    order, part = a_part(world)
    sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    due = business_day(part.promise.due_at)
    assert due == date(2026, 4, 17)
    assert [(o.service.code, o.cost_minor, o.due_on, o.days_gained) for o in sheet.options] == [
        ("EXPRESS", 20_000, date(2026, 4, 7), 10),
        ("NEXT", 51_000, date(2026, 4, 2), 15),
    ]
    assert sheet.suggested is sheet.options[0]
    sooner = sheet_of(world.session, part, order, date(2026, 4, 3), now=world.now)
    assert sooner.suggested is sooner.options[1]


def test_the_sheet_tells_the_customer_s_recent_misses_and_yearly_value(world: World) -> None:
    past, _ = a_part(world, sku="OLD-1")
    for part in world.parts(past):
        part.promise.due_at = world.now - timedelta(days=3)
        part.promise.state, part.promise.missed_at = PromiseState.MISSED, world.now - timedelta(days=3)
    order, part = a_part(world)
    world.session.flush()
    with statements(world.session) as sent:
        sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert len(sent) <= 8
    assert (sheet.story.due, sheet.story.missed, sheet.story.missed_bp) == (1, 1, 10_000)
    assert (sheet.story.orders, sheet.story.ordered_minor) == (2, 200_000)


def test_nothing_leaves_any_faster_after_the_cut_off_or_while_nothing_can_leave(
    session: Session, now: datetime
) -> None:
    world = fast_world(session, now, cut_off=time(11))
    order, part = a_part(world)
    sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert [(o.ship_by, o.due_on) for o in sheet.options] == [
        (date(2026, 4, 2), date(2026, 4, 8)),
        (date(2026, 4, 2), date(2026, 4, 3)),
    ]
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, date(2026, 4, 1), date(2026, 4, 7), "น้ำท่วม", "Flood"
    )
    flood = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, flood, by=world.manager, now=world.now)
    sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert {o.ship_by for o in sheet.options} == {date(2026, 4, 8)}


def test_the_margin_is_unknown_while_a_cost_is(world: World) -> None:
    order, part = a_part(world, cost=None)
    sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert (sheet.margin.minor, sheet.margin.unknown) == (None, 1)
    set_rule(world.session, 10**9, 10_000, by=world.manager, now=world.now)
    assert asked_for(world, part).state == RequestState.ASKED


def test_a_small_one_is_approved_at_once_by_the_rule(world: World) -> None:
    set_rule(world.session, 20_000, 2_500, by=world.manager, now=world.now)
    _order, part = a_part(world)
    original = part.promise.due_at
    request = asked_for(world, part)
    assert (request.state, request.by_rule, request.decided_by) == (RequestState.APPROVED, True, None)
    assert request.charge_minor == 0
    assert part.promise.due_at == end_of(date(2026, 4, 7)) == request.due_after
    assert part.promise.original_due_at == original == request.due_before
    assert part.ship_by == date(2026, 4, 1)
    event = part.promise.events[-1]
    assert (event.what, event.cause) == (Happening.REPROMISED, Cause.EXPEDITED)
    assert request.promise.state == PromiseState.KEPT
    assert notices_sent(world.session) == ["orders/notices/expedite_approved.txt"]


@pytest.mark.parametrize(("cost", "share"), [(19_999, 10_000), (20_000, 2_127), (0, 0)])
def test_what_is_not_small_enough_waits_for_staff(world: World, cost: int, share: int) -> None:
    set_rule(world.session, cost, share, by=world.manager, now=world.now)
    _order, part = a_part(world)
    assert asked_for(world, part).state == RequestState.ASKED
    assert notices_sent(world.session) == []


def test_the_rule_counts_what_was_spent_on_the_order_before(world: World) -> None:
    set_rule(world.session, 20_000, 1_100, by=world.manager, now=world.now)
    order = world.order({costing(world): 10, costing(world, "SOAP-2"): 10})
    first, second = world.parts(order)
    assert asked_for(world, first).state == RequestState.APPROVED
    # 11 % of the margin of 1,880 baht would do; of the 1,680 that are left it does not.
    request = asked_for(world, second)
    assert (request.state, request.margin_minor) == (RequestState.ASKED, 188_000)


def test_units_that_come_sooner_are_dealt_goods_by_their_new_day(world: World) -> None:
    set_rule(world.session, 20_000, 2_500, by=world.manager, now=world.now)
    _order, part = a_part(world)
    request = asked_for(world, part)
    assert part.reservation is not None
    assert part.reservation.due_at == part.promise.due_at == request.due_after


def test_a_request_ends_when_a_substitute_stands_for_all_its_units(world: World) -> None:
    soap, bar = costing(world, stock=10), costing(world, "BAR-1")
    (part,) = world.parts(world.order({soap: 10}))
    request = asked_for(world, part)
    quarantine.hold(
        world.session, Place(soap.id, world.warehouse.id), 10, "PN-1", by=world.staff, now=world.now
    )
    world.session.flush()
    made = offer(world.session, part, stands_for(world, soap, bar), by=world.staff, now=world.now)
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    world.session.flush()
    assert request.state == RequestState.WITHDRAWN
    world.session.refresh(request.promise)
    assert request.promise.state == PromiseState.WITHDRAWN


def test_what_cannot_be_there_by_the_day_wanted_waits_for_staff(world: World) -> None:
    set_rule(world.session, 10**9, 10_000, by=world.manager, now=world.now)
    _order, part = a_part(world)
    request = asked_for(world, part, business_day(world.now))
    assert request.state == RequestState.ASKED
    assert request.extra_cost_minor == 51_000
