"""The ground of the rule book's tests."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.policies.makers import House, make_house
from tests.policies.visiting import Visitor


@pytest.fixture
def house(session: Session, now: datetime) -> House:
    """A distributor without a policy, at noon of a working day."""
    return make_house(session, now)


@pytest.fixture
def manager(app: Flask, house: House) -> Visitor:
    house.session.commit()
    return Visitor(app, house.manager)


@pytest.fixture
def staff(app: Flask, house: House) -> Visitor:
    house.session.commit()
    return Visitor(app, house.staff)


@pytest.fixture
def buyer(app: Flask, house: House) -> Visitor:
    house.session.commit()
    return Visitor(app, house.buyer)
