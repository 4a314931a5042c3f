"""A distributor with two fast services."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.makers import World
from tests.orders.expediting.asking import fast_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """A distributor whose lead time is eight working days, with two fast services."""
    return fast_world(session, now)
