"""A return goes from state to state as its table says; every other move is refused and changes nothing."""

import pytest
from sqlalchemy import func, select

from aftersales import calling_off, deciding, inspecting, receiving, requesting, settling
from aftersales.inspecting import Finding
from aftersales.models import RETURN_MOVES, Disposition, Remedy, ReturnReason, ReturnState
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import make_world

WAYS = {
    ReturnState.REQUESTED: (),
    ReturnState.AUTHORISED: (ReturnState.AUTHORISED,),
    ReturnState.REFUSED: (ReturnState.REFUSED,),
    ReturnState.CANCELLED: (ReturnState.CANCELLED,),
    ReturnState.RECEIVED: (ReturnState.AUTHORISED, ReturnState.RECEIVED),
    ReturnState.SETTLED: (ReturnState.AUTHORISED, ReturnState.RECEIVED, ReturnState.SETTLED),
}
"""The acts that bring a return into each state."""


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def found(session, world):
    """A return of one of two units of soap that were delivered."""
    with transaction(session):
        order = world.order({world.product("SOAP", stock=9): 2})
        world.delivered(order)
    with transaction(session):
        asked = [Asked(1, 1, ReturnReason.NOT_NEEDED)]
        return requesting.ask(session, order, asked, Remedy.CREDIT, by=world.buyer, now=world.now)


def act(world, found, to):
    """The act that brings a return into a state."""
    session, by = world.session, {"by": world.staff, "now": world.now}
    (line,) = found.lines
    match to:
        case ReturnState.AUTHORISED:
            deciding.authorise(session, found, **by)
        case ReturnState.REFUSED:
            deciding.refuse(session, found, "Too late.", **by)
        case ReturnState.CANCELLED:
            calling_off.cancel(session, found, by=world.buyer, now=world.now)
        case ReturnState.RECEIVED:
            receiving.receive(session, found, [Arrived(line.id, 1)], **by)
        case ReturnState.SETTLED:
            if not line.outcomes:
                inspecting.inspect(session, found, [Finding(line.id, Disposition.RESTOCK, 1)], **by)
            settling.settle(session, found, **by)


def brought_to(world, found, state):
    """The return, brought into a state by the acts that lead there."""
    for to in WAYS[state]:
        with transaction(world.session):
            act(world, found, to)
    assert found.state == state
    return found


def test_the_table_names_every_state():
    assert set(RETURN_MOVES.table) == set(ReturnState)


@pytest.mark.parametrize("state", list(ReturnState))
@pytest.mark.parametrize("to", [state for state in ReturnState if state is not ReturnState.REQUESTED])
def test_a_move_of_the_table_is_made_and_any_other_is_refused(session, world, found, state, to):
    found = brought_to(world, found, state)
    if RETURN_MOVES.allow(state, to):
        with transaction(session):
            act(world, found, to)
        assert found.state == to
        return
    before = [session.scalar(select(func.count(table.id))) for table in (AuditEntry, Notice)]
    with pytest.raises(Refused), transaction(session):
        act(world, found, to)
    session.refresh(found)
    assert found.state == state
    assert [session.scalar(select(func.count(table.id))) for table in (AuditEntry, Notice)] == before


@pytest.mark.parametrize("state", [state for state in ReturnState if state is not ReturnState.RECEIVED])
def test_goods_are_inspected_only_between_their_coming_and_the_settlement(session, world, found, state):
    found = brought_to(world, found, state)
    with pytest.raises(Refused), transaction(session):
        findings = [Finding(found.lines[0].id, Disposition.RESTOCK, 1)]
        inspecting.inspect(session, found, findings, by=world.staff, now=world.now)
