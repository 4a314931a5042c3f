"""An offer of a substitute is answered, lapses or is taken back once, as its table says; nothing moves it again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from orders import lapsing, substituting
from orders.substitutions import OFFER_MOVES, OfferState
from portal.audit import AuditEntry
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.orders.short_lines import offered

NEXT_WEEK = timedelta(days=7)


@pytest.fixture
def world(session, now) -> World:
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def offer(session, world):
    with transaction(session):
        return offered(world)


def act(world, offer, to):
    """The act that brings an offer into a state; what runs by itself leaves what it may not move as it is."""
    session, now = world.session, world.now
    match to:
        case OfferState.ACCEPTED:
            substituting.accept(session, offer, by=world.buyer, now=now)
        case OfferState.REFUSED:
            substituting.refuse(session, offer, by=world.buyer, now=now)
        case OfferState.WITHDRAWN:
            lapsing.withdraw_offer(session, offer, by=world.staff, now=now)
        case OfferState.EXPIRED:
            if not lapsing.end_if(session, offer.id, OfferState.EXPIRED, now=now + NEXT_WEEK):
                raise Refused("Left as it is.")


def test_the_table_names_every_state():
    assert set(OFFER_MOVES.table) == set(OfferState)


@pytest.mark.parametrize("state", list(OfferState))
@pytest.mark.parametrize("to", [state for state in OfferState if state is not OfferState.OFFERED])
def test_a_move_of_the_table_is_made_and_any_other_is_refused(session, world, offer, state, to):
    if state is not OfferState.OFFERED:
        with transaction(session):
            act(world, offer, state)
    if OFFER_MOVES.allow(state, to):
        with transaction(session):
            act(world, offer, to)
        session.refresh(offer)
        assert offer.state == to
        return
    before = session.scalar(select(func.count(AuditEntry.id)))
    with pytest.raises(Refused), transaction(session):
        act(world, offer, to)
    session.refresh(offer)
    assert offer.state == state
    assert session.scalar(select(func.count(AuditEntry.id))) == before
