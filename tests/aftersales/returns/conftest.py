"""A distributor whose goods come back."""

import pytest

from inventory.models import Tracking
from portal.db import transaction
from tests.makers import make_world


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def order(session, world):
    """Five units of soap, delivered."""
    with transaction(session):
        order = world.order({world.product("SOAP", price="12.3450", stock=9): 5})
        world.delivered(order)
    return order


@pytest.fixture
def pumps(session, world):
    """Three pumps by serial, delivered."""
    with transaction(session):
        order = world.order({world.product("PUMP", price="100.00", stock=5, tracking=Tracking.SERIAL): 3})
        world.delivered(order)
    return order
