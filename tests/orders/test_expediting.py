"""A buyer asks for goods sooner; the rule or staff decide on the sums; the promise moves and the original stays."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.ledger import Place
from inventory.models import Product
from orders import delivering, disrupting, expediting, substituting
from orders.cancelling import cancel
from orders.disrupting import Declared
from orders.disruptions import DisruptionKind
from orders.expedite_sheets import sheet_of
from orders.expedite_terms import ServiceFacts, put_service, set_rule
from orders.expedites import ExpediteRequest, FastService, RequestState
from orders.models import Order, ScheduleLine
from orders.offering import offer
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseState
from policies.promising import withdraw
from portal.clock import business_day, end_of
from portal.outbox import Notice
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.orders.promising_answers import promise_answers
from tests.orders.short_lines import stands_for


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """A distributor whose lead time is eight working days, with two fast services."""
    return _world(session, now)


def _world(session: Session, now: datetime, **lead_time: Any) -> World:
    world = make_world(session, now, days=8, **lead_time)
    promise_answers(world, Kind.EXPEDITE_ANSWER)
    for code, days, base, unit in (("NEXT", 1, 50_000, 100), ("EXPRESS", 3, 20_000, 0)):
        facts = ServiceFacts(code, f"ด่วน {code}", f"Fast {code}", days, base, unit)
        put_service(session, facts, by=world.manager, now=now)
    return world


def _product(world: World, sku: str = "SOAP-1", *, stock: int = 50, cost: str | None = "6.00") -> Product:
    product = world.product(sku, price="100.00", stock=stock)
    product.unit_cost = Decimal(cost) if cost else None
    return product


def _part(world: World, quantity: int = 10, **facts: Any) -> tuple[Order, ScheduleLine]:
    order = world.order({_product(world, **facts): quantity})
    return order, world.parts(order)[0]


def _ask(world: World, part: ScheduleLine, wanted_on: date | None = None) -> ExpediteRequest:
    wanted_on = wanted_on or business_day(world.now) + timedelta(days=6)
    request = expediting.ask(world.session, part, wanted_on, "Shop opens", by=world.buyer, now=world.now)
    world.session.flush()
    return request


def _service(world: World, code: str) -> FastService:
    return world.session.scalars(select(FastService).where(FastService.code == code)).one()


def _notices(session: Session) -> list[str]:
    query = select(Notice.template).where(Notice.template.contains("expedite")).order_by(Notice.id)
    return list(session.scalars(query))


def test_a_request_promises_an_answer_and_keeps_the_figures_it_is_decided_on(world: World) -> None:
    _order, part = _part(world)
    request = _ask(world, part)
    assert request.state == RequestState.ASKED
    assert request.number == "EX-2026-00001"
    # 3 working days from Wednesday 1 April: Monday is Chakri Day, so Tuesday 7 April is the third.
    assert (request.extra_cost_minor, request.margin_minor) == (20_000, 100_000 - 6_000)
    promise = request.promise
    assert promise is not None
    assert (promise.kind, promise.subject_no, promise.state) == ("expedite_answer", request.number, "open")
    assert business_day(promise.due_at) == date(2026, 4, 3)


def test_the_sheet_counts_options_from_today_in_working_days(world: World) -> None:
    order, part = _part(world)
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
    past, _ = _part(world, sku="OLD-1")
    for part in world.parts(past):
        part.promise.due_at = world.now - timedelta(days=3)
        part.promise.state, part.promise.missed_at = PromiseState.MISSED, world.now - timedelta(days=3)
    order, part = _part(world)
    world.session.flush()
    with statements(world.session) as sent:
        sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert len(sent) <= 8
    assert (sheet.story.due, sheet.story.missed, sheet.story.missed_bp) == (1, 1, 10_000)
    assert (sheet.story.orders, sheet.story.ordered_minor) == (2, 200_000)


def test_nothing_leaves_any_faster_after_the_cut_off_or_while_nothing_can_leave(
    session: Session, now: datetime
) -> None:
    world = _world(session, now, cut_off=time(11))
    order, part = _part(world)
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
    order, part = _part(world, cost=None)
    sheet = sheet_of(world.session, part, order, date(2026, 4, 7), now=world.now)
    assert (sheet.margin.minor, sheet.margin.unknown) == (None, 1)
    set_rule(world.session, 10**9, 10_000, by=world.manager, now=world.now)
    assert _ask(world, part).state == RequestState.ASKED


def test_a_small_one_is_approved_at_once_by_the_rule(world: World) -> None:
    set_rule(world.session, 20_000, 2_500, by=world.manager, now=world.now)
    _order, part = _part(world)
    original = part.promise.due_at
    request = _ask(world, part)
    assert (request.state, request.by_rule, request.decided_by) == (RequestState.APPROVED, True, None)
    assert request.charge_minor == 0
    assert part.promise.due_at == end_of(date(2026, 4, 7)) == request.due_after
    assert part.promise.original_due_at == original == request.due_before
    assert part.ship_by == date(2026, 4, 1)
    event = part.promise.events[-1]
    assert (event.what, event.cause) == (Happening.REPROMISED, Cause.EXPEDITED)
    assert request.promise.state == PromiseState.KEPT
    assert _notices(world.session) == ["orders/notices/expedite_approved.txt"]


@pytest.mark.parametrize(("cost", "share"), [(19_999, 10_000), (20_000, 2_127), (0, 0)])
def test_what_is_not_small_enough_waits_for_staff(world: World, cost: int, share: int) -> None:
    set_rule(world.session, cost, share, by=world.manager, now=world.now)
    _order, part = _part(world)
    assert _ask(world, part).state == RequestState.ASKED
    assert _notices(world.session) == []


def test_the_rule_counts_what_was_spent_on_the_order_before(world: World) -> None:
    set_rule(world.session, 20_000, 1_100, by=world.manager, now=world.now)
    order = world.order({_product(world): 10, _product(world, "SOAP-2"): 10})
    first, second = world.parts(order)
    assert _ask(world, first).state == RequestState.APPROVED
    # 11 % of the margin of 1,880 baht would do; of the 1,680 that are left it does not.
    request = _ask(world, second)
    assert (request.state, request.margin_minor) == (RequestState.ASKED, 188_000)


def test_units_that_come_sooner_are_dealt_goods_by_their_new_day(world: World) -> None:
    set_rule(world.session, 20_000, 2_500, by=world.manager, now=world.now)
    _order, part = _part(world)
    request = _ask(world, part)
    assert part.reservation is not None
    assert part.reservation.due_at == part.promise.due_at == request.due_after


def test_a_request_ends_when_a_substitute_stands_for_all_its_units(world: World) -> None:
    soap, bar = _product(world, stock=10), _product(world, "BAR-1")
    (part,) = world.parts(world.order({soap: 10}))
    request = _ask(world, part)
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
    _order, part = _part(world)
    request = _ask(world, part, business_day(world.now))
    assert request.state == RequestState.ASKED
    assert request.extra_cost_minor == 51_000


def test_staff_approve_with_another_service_and_let_the_customer_pay_a_part(world: World) -> None:
    _order, part = _part(world)
    request = _ask(world, part)
    later = world.now + timedelta(hours=2)
    service = _service(world, "NEXT")
    expediting.approve(
        world.session, request, service, charge_minor=30_000, note="By air", by=world.staff, now=later
    )
    world.session.flush()
    assert (request.state, request.by_rule, request.decided_by) == (RequestState.APPROVED, False, world.staff)
    assert (request.extra_cost_minor, request.charge_minor, request.days_gained) == (51_000, 30_000, 15)
    assert part.promise.due_at == end_of(date(2026, 4, 2))
    assert request.promise.state == PromiseState.KEPT
    notice = world.session.scalars(select(Notice).where(Notice.template.contains("expedite"))).one()
    assert notice.user_id == world.buyer.id
    assert notice.facts["charge_minor"] == 30_000


def test_staff_refuse_with_a_reason_and_the_promise_stays(world: World) -> None:
    _order, part = _part(world)
    request, due = _ask(world, part), part.promise.due_at
    with pytest.raises(Refused) as no:
        expediting.refuse(world.session, request, " ", by=world.staff, now=world.now)
    assert no.value.field == "note"
    assert request.state == RequestState.ASKED
    expediting.refuse(world.session, request, "No lorry today", by=world.staff, now=world.now)
    assert (request.state, part.promise.due_at) == (RequestState.REFUSED, due)
    assert request.promise.state == PromiseState.KEPT
    assert _notices(world.session) == ["orders/notices/expedite_refused.txt"]


def test_a_buyer_takes_a_request_back_and_may_ask_again(world: World) -> None:
    _order, part = _part(world)
    request = _ask(world, part)
    expediting.withdraw(world.session, request, by=world.buyer, now=world.now)
    assert request.state == RequestState.WITHDRAWN
    world.session.refresh(request.promise)
    assert request.promise.state == PromiseState.WITHDRAWN
    assert _ask(world, part).state == RequestState.ASKED


def test_a_request_is_decided_once(world: World) -> None:
    _order, part = _part(world)
    request, service = _ask(world, part), _service(world, "EXPRESS")
    expediting.approve(world.session, request, service, by=world.staff, now=world.now)
    world.session.flush()
    due = part.promise.due_at
    for again in (
        lambda: expediting.approve(world.session, request, service, by=world.staff, now=world.now),
        lambda: expediting.refuse(world.session, request, "No", by=world.staff, now=world.now),
        lambda: expediting.withdraw(world.session, request, by=world.buyer, now=world.now),
    ):
        with pytest.raises(Refused, match="decided already"):
            again()
    assert (request.state, part.promise.due_at) == (RequestState.APPROVED, due)
    assert _notices(world.session) == ["orders/notices/expedite_approved.txt"]


def _waiting(world: World) -> ScheduleLine:
    return _part(world, stock=0)[1]


def _gone(world: World) -> ScheduleLine:
    order, part = _part(world)
    world.shipped(order)
    return part


def _cancelled(world: World) -> ScheduleLine:
    order, part = _part(world)
    cancel(world.session, order, "No need", by=world.buyer, now=world.now)
    return part


def _settled(world: World) -> ScheduleLine:
    _order, part = _part(world)
    withdraw(world.session, [part.promise_id or 0], by=world.staff, now=world.now)
    return part


def _asked_already(world: World) -> ScheduleLine:
    part = _part(world)[1]
    _ask(world, part)
    return part


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_waiting, "wait for stock"),
        (_gone, "have left already"),
        (_cancelled, "cancelled"),
        (_settled, "has passed"),
        (_asked_already, "asked for already"),
    ],
)
def test_what_cannot_come_sooner_is_refused_and_nothing_changes(world: World, make: Any, said: str) -> None:
    part = make(world)
    before = _counts(world.session)
    with pytest.raises(Refused, match=said):
        _ask(world, part)
    assert _counts(world.session) == before


@pytest.mark.parametrize("wanted_in", [-1, 16, 30])
def test_a_day_that_is_past_or_not_sooner_is_refused_at_its_field(world: World, wanted_in: int) -> None:
    _order, part = _part(world)
    before = _counts(world.session)
    with pytest.raises(Refused) as no:
        _ask(world, part, business_day(world.now) + timedelta(days=wanted_in))
    assert no.value.field == "wanted_on"
    assert _counts(world.session) == before


def test_nothing_is_asked_for_that_no_service_can_do(world: World) -> None:
    for service in world.session.scalars(select(FastService)):
        service.active = False
    _order, part = _part(world)
    with pytest.raises(Refused, match="faster services"):
        _ask(world, part)


@pytest.mark.parametrize(("charge", "field"), [(-1, "charge"), (20_001, "charge")])
def test_a_charge_that_cannot_be_is_refused(world: World, charge: int, field: str) -> None:
    _order, part = _part(world)
    request, due = _ask(world, part), part.promise.due_at
    with pytest.raises(Refused) as no:
        expediting.approve(
            world.session,
            request,
            _service(world, "EXPRESS"),
            charge_minor=charge,
            by=world.staff,
            now=world.now,
        )
    assert no.value.field == field
    assert (request.state, part.promise.due_at) == (RequestState.ASKED, due)


def test_goods_that_left_meanwhile_are_not_approved(world: World) -> None:
    order, part = _part(world)
    request, due = _ask(world, part), part.promise.due_at
    world.shipped(order)
    with pytest.raises(Refused, match="have left already"):
        expediting.approve(world.session, request, _service(world, "EXPRESS"), by=world.staff, now=world.now)
    assert (request.state, part.promise.due_at) == (RequestState.ASKED, due)
    expediting.refuse(world.session, request, "It has left already", by=world.staff, now=world.now)


def test_goods_sent_sooner_keep_the_new_promise(world: World) -> None:
    set_rule(world.session, 10**6, 10_000, by=world.manager, now=world.now)
    order, part = _part(world)
    _ask(world, part)
    shipment = world.shipped(order)
    when = world.now + timedelta(days=2)
    delivering.deliver(world.session, shipment, when, "Somchai", by=world.staff, now=when)
    assert (part.promise.state, part.promise.fulfilled_at) == (PromiseState.KEPT, when)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": " "}, "code"),
        ({"name_th": "", "name_en": " "}, "name_th"),
        ({"days": 61}, "days"),
        ({"base_minor": -1}, "base"),
        ({"per_unit_minor": 10**13}, "per_unit"),
    ],
)
def test_a_service_that_cannot_be_is_refused(world: World, facts: dict[str, Any], field: str) -> None:
    known: dict[str, Any] = {"code": "X", "name_th": "ก", "name_en": "X", "days": 1, "base_minor": 0}
    with pytest.raises(Refused) as no:
        put_service(world.session, ServiceFacts(**(known | facts)), by=world.manager, now=world.now)
    assert no.value.field == field
    assert world.session.scalar(select(func.count()).select_from(FastService)) == 2


@pytest.mark.parametrize(("cost", "share", "field"), [(-1, 0, "most_cost"), (0, 10_001, "most_share")])
def test_a_rule_that_cannot_be_is_refused(world: World, cost: int, share: int, field: str) -> None:
    with pytest.raises(Refused) as no:
        set_rule(world.session, cost, share, by=world.manager, now=world.now)
    assert no.value.field == field


def _counts(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (ExpediteRequest, Promise, Notice)
    )


def test_cancelling_a_part_closes_its_open_request(session: Session, world: World) -> None:
    order, part = _part(world)
    request = _ask(world, part)
    cancel(session, order, "No longer needed", by=world.buyer, now=world.now)
    session.flush()
    assert request.state == RequestState.WITHDRAWN
    assert request.promise is not None
    session.refresh(request.promise)
    assert request.promise.state == PromiseState.WITHDRAWN
