"""A request for faster delivery is decided or taken back once, as its table says; nothing moves it afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from orders import expedite_charges, expediting
from orders.cancelling import cancel
from orders.expedite_terms import ServiceFacts, put_service
from orders.expedites import REQUEST_MOVES, RequestState
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_world


@pytest.fixture
def world(session, now) -> World:
    with transaction(session):
        return make_world(session, now, days=8)


@pytest.fixture
def service(session, world):
    with transaction(session):
        facts = ServiceFacts("NEXT", "ส่งวันถัดไป", "Next day", 1, 50_000, 100)
        return put_service(session, facts, by=world.manager, now=world.now)


@pytest.fixture
def request_(session, world, service):
    """A request for ten units that lie in stock."""
    with transaction(session):
        order = world.order({world.product("SOAP-1", price="100.00", stock=50): 10})
        (part,) = world.parts(order)
        wanted_on = business_day(world.now) + timedelta(days=6)
        return expediting.ask(session, part, wanted_on, "Shop opens", by=world.buyer, now=world.now)


def act(world, request, service, to):
    """The act that brings a request into a state."""
    session, now = world.session, world.now
    match to:
        case RequestState.APPROVED if request.state == RequestState.OFFERED:
            expedite_charges.accept(session, request, by=world.buyer, now=now)
        case RequestState.APPROVED:
            expediting.approve(session, request, service, by=world.staff, now=now)
        case RequestState.OFFERED:
            expediting.approve(session, request, service, charge_minor=10_000, by=world.staff, now=now)
        case RequestState.DECLINED:
            expedite_charges.decline(session, request, by=world.buyer, now=now)
        case RequestState.REFUSED:
            expediting.refuse(session, request, "No lorry goes.", by=world.staff, now=now)
        case RequestState.WITHDRAWN if request.state == RequestState.APPROVED:
            cancel(session, request.part.line.order, "No need", by=world.buyer, now=now)
        case RequestState.WITHDRAWN:
            expediting.withdraw(session, request, by=world.buyer, now=now)


def test_the_table_names_every_state():
    assert set(REQUEST_MOVES.table) == set(RequestState)


@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("to", [state for state in RequestState if state is not RequestState.ASKED])
def test_a_move_of_the_table_is_made_and_any_other_is_refused(session, world, request_, service, state, to):
    if state is not RequestState.ASKED:
        with transaction(session):
            if state is RequestState.DECLINED:
                act(world, request_, service, RequestState.OFFERED)
            act(world, request_, service, state)
    if REQUEST_MOVES.allow(state, to):
        with transaction(session):
            act(world, request_, service, to)
        session.refresh(request_)
        assert request_.state == to
        return
    before = session.scalar(select(func.count(AuditEntry.id)))
    with pytest.raises(Refused), transaction(session):
        act(world, request_, service, to)
    session.refresh(request_)
    assert request_.state == state
    assert session.scalar(select(func.count(AuditEntry.id))) == before
