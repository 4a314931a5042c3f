"""A distributor whose policy gives compensation for late goods, to be credited within five working days."""

from datetime import timedelta

import pytest

from portal.db import transaction
from tests.makers import make_world

TERMS = {"settle_days": 5, "late_settlement_minor": 100_00}


@pytest.fixture
def world(session, now):
    """Everything was promised a fortnight before `now`."""
    with transaction(session):
        return make_world(session, now - timedelta(days=14), **TERMS)


@pytest.fixture
def late(session, world, now):
    """Makes orders that were promised for 23 March and came on 1 April, seven working days late."""

    def make(quantity=5, price="100.00", sku="SOAP"):
        with transaction(session):
            order = world.order({world.product(sku, price=price, stock=quantity): quantity})
            world.delivered(order, at=now)
        return world.parts(order)[0].promise

    return make
