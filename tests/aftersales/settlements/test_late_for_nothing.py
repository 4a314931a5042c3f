"""Where the policy fixes nothing for compensation that is credited late, nobody works it out again and again."""

from datetime import timedelta

import pytest

from aftersales import answering_offers, settling_late
from aftersales.compensation_steps import compensation_of
from aftersales.offering import offer_settlements
from policies import sweeping
from policies.settling import settlement_of
from portal.db import transaction
from tests.makers import make_world


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now - timedelta(days=14), settle_days=5)


def test_a_missed_settlement_that_is_worth_nothing_is_not_looked_at(session, world, late, now, monkeypatch):
    promise = late(quantity=20, price="1000.00")
    offer_settlements(session, now)
    with transaction(session):
        found = compensation_of(session, promise)
        assert found is not None
        answering_offers.accept(session, found, by=world.buyer, now=now)
    after = now + timedelta(days=9)
    with transaction(session):
        sweeping.mark(session, after)
    assert settlement_of(session, found.number).state == "missed"
    looked_at = []
    monkeypatch.setattr(settling_late, "settle", lambda *_args, **_facts: looked_at.append(1))
    assert settling_late.settle_late(session, after) == 0
    assert looked_at == []
