"""Staff decide, the buyer answers to a charge, and the promise moves or stays."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import expedite_charges, expediting, fulfilling
from orders.cancelling import cancel
from orders.expedite_sheets import spent_on
from orders.expedites import ExpediteRequest, RequestState
from orders.models import ScheduleLine
from policies.promises import PromiseState
from portal.clock import end_of
from portal.db import transaction
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World
from tests.orders.expediting.asking import a_part, asked_for, fast_world, notices_sent, service_named


def charged(world: World, part: ScheduleLine, charge_minor: int = 30_000) -> ExpediteRequest:
    """A request that staff answered with a service of which the customer is to pay a part."""
    request = asked_for(world, part)
    expediting.approve(
        world.session,
        request,
        service_named(world, "NEXT"),
        charge_minor=charge_minor,
        note="By air",
        by=world.staff,
        now=world.now + timedelta(hours=2),
    )
    world.session.flush()
    return request


def test_a_charge_is_offered_to_the_buyer_first_and_nothing_moves(world: World) -> None:
    _order, part = a_part(world)
    due = part.promise.due_at
    request = charged(world, part)
    assert (request.state, request.by_rule, request.decided_by) == (RequestState.OFFERED, False, world.staff)
    assert (request.extra_cost_minor, request.charge_minor, request.days_gained) == (51_000, 30_000, 15)
    assert (part.promise.due_at, request.promise.state) == (due, PromiseState.KEPT)
    assert request.answer_by is not None
    assert request.answer_by <= world.now + timedelta(hours=26)
    notice = world.session.scalars(select(Notice).where(Notice.template.contains("expedite_offered"))).one()
    assert (notice.user_id, notice.facts["charge_minor"]) == (world.buyer.id, 30_000)
    assert "300.00" in "".join(written(notice))
    with pytest.raises(Refused):
        asked_for(world, part)


def test_the_buyer_accepts_the_charge_and_the_promise_moves_once(world: World) -> None:
    _order, part = a_part(world)
    request = charged(world, part)
    later = world.now + timedelta(hours=3)
    expedite_charges.accept(world.session, request, by=world.buyer, now=later)
    assert (request.state, request.answered_by, request.charge_minor) == (
        RequestState.APPROVED,
        world.buyer,
        30_000,
    )
    assert part.promise.due_at == end_of(date(2026, 4, 2))
    for act in (expedite_charges.accept, expedite_charges.decline):
        with pytest.raises(Refused):
            act(world.session, request, by=world.buyer, now=later)
    assert notices_sent(world.session)[-1] == "orders/notices/expedite_approved.txt"


def test_nobody_pays_for_a_faster_delivery_of_goods_that_were_cancelled(world: World) -> None:
    order, part = a_part(world)
    request, later = charged(world, part), world.now + timedelta(hours=3)
    expedite_charges.accept(world.session, request, by=world.buyer, now=later)
    with pytest.raises(Refused):  # but not by taking the request back
        expediting.withdraw(world.session, request, by=world.buyer, now=later)
    cancel(world.session, order, "No need", by=world.buyer, now=later)
    assert (request.state, request.decided_by) == (RequestState.WITHDRAWN, world.staff)
    assert spent_on(world.session, order) == 0


def test_a_faster_delivery_of_what_stays_is_paid_for_though_the_rest_is_cancelled(world: World) -> None:
    order, part = a_part(world)
    request, later = charged(world, part), world.now + timedelta(hours=3)
    expedite_charges.accept(world.session, request, by=world.buyer, now=later)
    fulfilling.pick(world.session, order, {part.id: 4}, by=world.staff, now=later)
    cancel(world.session, order, "No need", by=world.buyer, now=later)
    assert (request.state, request.charge_minor) == (RequestState.APPROVED, 30_000)


def test_the_buyer_declines_the_charge_and_the_dates_stay(world: World) -> None:
    _order, part = a_part(world)
    request, due = charged(world, part), part.promise.due_at
    expedite_charges.decline(world.session, request, by=world.buyer, now=world.now + timedelta(hours=3))
    assert (request.state, part.promise.due_at) == (RequestState.DECLINED, due)
    with pytest.raises(Refused):
        expedite_charges.accept(world.session, request, by=world.buyer, now=world.now + timedelta(hours=3))
    assert asked_for(world, part).state == RequestState.ASKED


def test_a_charge_that_is_not_answered_in_time_lapses_once(session: Session, now: datetime) -> None:
    with transaction(session):
        world = fast_world(session, now)
        _order, part = a_part(world)
        request, due = charged(world, part), part.promise.due_at
    late = now + timedelta(hours=30)
    with pytest.raises(Refused), transaction(session):
        expedite_charges.accept(session, request, by=world.buyer, now=late)
    assert expedite_charges.lapse_charges(session, late) == 1
    assert expedite_charges.lapse_charges(session, late) == 0
    session.refresh(request)
    assert (request.state, request.answered_by, part.promise.due_at) == (RequestState.DECLINED, None, due)
    assert notices_sent(session).count("orders/notices/expedite_lapsed.txt") == 1


def test_what_can_no_longer_arrive_on_the_day_offered_is_not_accepted(world: World) -> None:
    _order, part = a_part(world)
    request, due = charged(world, part), part.promise.due_at
    next_day = world.now + timedelta(hours=25)
    if request.answer_by is not None and next_day > request.answer_by:
        request.answer_by = next_day
    with pytest.raises(Refused) as no:
        expedite_charges.accept(world.session, request, by=world.buyer, now=next_day)
    assert "Ask anew" in str(no.value)
    assert (request.state, part.promise.due_at) == (RequestState.OFFERED, due)


def test_an_offer_ends_with_the_cancellation_of_its_line(world: World) -> None:
    order, part = a_part(world)
    request = charged(world, part)
    cancel(world.session, order, "Not needed", by=world.staff, now=world.now + timedelta(hours=3))
    assert (request.state, request.promise.state) == (RequestState.WITHDRAWN, PromiseState.KEPT)


def test_staff_refuse_with_a_reason_and_the_promise_stays(world: World) -> None:
    _order, part = a_part(world)
    request, due = asked_for(world, part), part.promise.due_at
    with pytest.raises(Refused) as no:
        expediting.refuse(world.session, request, " ", by=world.staff, now=world.now)
    assert no.value.field == "note"
    assert request.state == RequestState.ASKED
    expediting.refuse(world.session, request, "No lorry today", by=world.staff, now=world.now)
    assert (request.state, part.promise.due_at) == (RequestState.REFUSED, due)
    assert request.promise.state == PromiseState.KEPT
    assert notices_sent(world.session) == ["orders/notices/expedite_refused.txt"]


def test_a_buyer_takes_a_request_back_and_may_ask_again(world: World) -> None:
    _order, part = a_part(world)
    request = asked_for(world, part)
    expediting.withdraw(world.session, request, by=world.buyer, now=world.now)
    assert request.state == RequestState.WITHDRAWN
    world.session.refresh(request.promise)
    assert request.promise.state == PromiseState.WITHDRAWN
    assert asked_for(world, part).state == RequestState.ASKED


def test_a_request_is_decided_once(world: World) -> None:
    _order, part = a_part(world)
    request, service = asked_for(world, part), service_named(world, "EXPRESS")
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
    assert notices_sent(world.session) == ["orders/notices/expedite_approved.txt"]
