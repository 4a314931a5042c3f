"""The buyer of a company, at the pages of the shop."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from tests.makers import World, make_customer, make_user, make_world, sign_in


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now - timedelta(days=30))


@pytest.fixture
def shop(app: Flask, world: World) -> FlaskClient:
    """The buyer of the world's customer, signed in."""
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.buyer)
    return client


@pytest.fixture
def stranger(app: Flask, world: World) -> FlaskClient:
    """The buyer of another company, signed in."""
    other = make_customer(world.session, "C2", now=world.now)
    person = make_user(world.session, Role.BUYER, customer=other, now=world.now)
    world.session.commit()
    client = app.test_client()
    sign_in(client, person)
    return client
