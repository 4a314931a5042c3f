"""What cannot come sooner, or cannot be decided so, is refused and changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import delivering, expediting, fulfilling
from orders.cancelling import cancel
from orders.expedite_terms import ServiceFacts, put_service, set_rule
from orders.expedites import ExpediteRequest, FastService, RequestState
from orders.models import ScheduleLine
from policies.promises import Promise, PromiseState
from policies.promising import withdraw
from portal.clock import business_day
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World
from tests.orders.expediting.asking import a_part, asked_for, service_named


def _waiting(world: World) -> ScheduleLine:
    return a_part(world, stock=0)[1]


def _gone(world: World) -> ScheduleLine:
    order, part = a_part(world)
    world.shipped(order)
    return part


def _cancelled(world: World) -> ScheduleLine:
    order, part = a_part(world)
    cancel(world.session, order, "No need", by=world.buyer, now=world.now)
    return part


def _settled(world: World) -> ScheduleLine:
    _order, part = a_part(world)
    withdraw(world.session, [part.promise_id or 0], by=world.staff, now=world.now)
    return part


def _asked_already(world: World) -> ScheduleLine:
    part = a_part(world)[1]
    asked_for(world, part)
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
    before = counted(world.session)
    with pytest.raises(Refused, match=said):
        asked_for(world, part)
    assert counted(world.session) == before


@pytest.mark.parametrize("wanted_in", [-1, 16, 30])
def test_a_day_that_is_past_or_not_sooner_is_refused_at_its_field(world: World, wanted_in: int) -> None:
    _order, part = a_part(world)
    before = counted(world.session)
    with pytest.raises(Refused) as no:
        asked_for(world, part, business_day(world.now) + timedelta(days=wanted_in))
    assert no.value.field == "wanted_on"
    assert counted(world.session) == before


def test_nothing_is_asked_for_that_no_service_can_do(world: World) -> None:
    for service in world.session.scalars(select(FastService)):
        service.active = False
    _order, part = a_part(world)
    with pytest.raises(Refused, match="faster services"):
        asked_for(world, part)


@pytest.mark.parametrize(("charge", "field"), [(-1, "charge"), (20_001, "charge")])
def test_a_charge_that_cannot_be_is_refused(world: World, charge: int, field: str) -> None:
    _order, part = a_part(world)
    request, due = asked_for(world, part), part.promise.due_at
    with pytest.raises(Refused) as no:
        expediting.approve(
            world.session,
            request,
            service_named(world, "EXPRESS"),
            charge_minor=charge,
            by=world.staff,
            now=world.now,
        )
    assert no.value.field == field
    assert (request.state, part.promise.due_at) == (RequestState.ASKED, due)


def test_goods_that_left_meanwhile_are_not_approved(world: World) -> None:
    order, part = a_part(world)
    request, due = asked_for(world, part), part.promise.due_at
    world.shipped(order)
    with pytest.raises(Refused, match="have left already"):
        expediting.approve(
            world.session, request, service_named(world, "EXPRESS"), by=world.staff, now=world.now
        )
    assert (request.state, part.promise.due_at) == (RequestState.ASKED, due)
    expediting.refuse(world.session, request, "It has left already", by=world.staff, now=world.now)


def test_goods_sent_sooner_keep_the_new_promise(world: World) -> None:
    set_rule(world.session, 10**6, 10_000, by=world.manager, now=world.now)
    order, part = a_part(world)
    request = asked_for(world, part)
    shipment = world.picked(order)
    carrier = request.service.name_en
    fulfilling.ship(world.session, shipment, carrier, "T1", by=world.staff, now=world.now)
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


def counted(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (ExpediteRequest, Promise, Notice)
    )


def test_cancelling_a_part_closes_its_open_request(session: Session, world: World) -> None:
    order, part = a_part(world)
    request = asked_for(world, part)
    cancel(session, order, "No longer needed", by=world.buyer, now=world.now)
    session.flush()
    assert request.state == RequestState.WITHDRAWN
    assert request.promise is not None
    session.refresh(request.promise)
    assert request.promise.state == PromiseState.WITHDRAWN
