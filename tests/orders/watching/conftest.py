"""A distributor whose promises are watched."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.makers import World, make_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)
