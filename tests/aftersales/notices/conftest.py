"""A distributor with two companies and paint in two lots."""

import pytest

from portal.accounts.roles import Role
from portal.db import transaction
from tests.aftersales.owners import paint
from tests.makers import make_world
from tests.people import make_customer, make_user


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def other(session, world, now):
    """A second company with two buyers, one of whom has left."""
    with transaction(session):
        company = make_customer(session, "OTHER", now=now)
        make_user(session, Role.BUYER, customer=company, now=now)
        gone = make_user(session, Role.BUYER, customer=company, now=now, email="gone@example.com")
        gone.active = False
    return company


@pytest.fixture
def product(session, world):
    with transaction(session):
        return paint(world, lots=(("LOT-A", 20), ("LOT-B", 5)))
