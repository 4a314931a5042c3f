"""A distributor whose lines run short."""

import pytest

from tests.makers import World, make_world


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)
