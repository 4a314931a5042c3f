"""The ground of the rule book's tests."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, event
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


@pytest.fixture
def counting(engine: Engine) -> Callable[[Callable[[], object]], int]:
    """Counts the statements that an act asks of the database."""

    def count(act: Callable[[], object]) -> int:
        seen: list[object] = []
        event.listen(engine, "before_cursor_execute", lambda *about: seen.append(about[2]))
        act()
        return len(seen)

    return count
