"""A clerk of the distributor at the pages of the desk."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.makers import World, make_world, sign_in


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now - timedelta(days=2))


@pytest.fixture
def desk(app: Flask, world: World) -> FlaskClient:
    """A clerk of the distributor, signed in."""
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.staff)
    return client
