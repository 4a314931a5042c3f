"""A small demo, served to a real browser."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from config import FEATURES
from orders.demo import loading as trade
from portal import clock
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import Base, make_engine, make_sessions, transaction
from portal.demo.cast import PASSWORD, gather
from portal.feature import load
from portal.installation import mark_demo
from tests.browser import browser_context_args, browser_type_launch_args, serving  # noqa: F401 - fixtures
from tests.journeys.house import House, settle

ORDERS = 1500 if "TOUR" in os.environ else 150
"""Enough to look at; the README's pictures are taken of the whole demo."""


@dataclass
class Site:
    """The portal with a small demo, at an address."""

    url: str
    app: Flask
    session: Session

    def person(self, role: Role) -> User:
        """Somebody of this role."""
        query = select(User).where(User.role == role, User.active).order_by(User.id)
        found = self.session.scalars(query).first()
        assert found is not None
        return found

    def enter(self, page: Page, person: User, language: str = "en") -> None:
        """Sign a person in through the page, and speak a language."""
        page.goto(f"{self.url}/sign-in")
        page.fill("#email", person.email)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{self.url}/")
        if page.get_attribute("html", "lang") != language:
            page.locator(f"button[name=language][value={language}]").first.click()
            page.wait_for_selector(f"html[lang={language}]")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The portal in demo mode, with a few months of trade, on SQLite."""
    from portal.app import create_app  # noqa: PLC0415 - the root is needed by few tests
    from tests.conftest import settings_for  # noqa: PLC0415 - a fixture may ask the suite's own

    var: Path = tmp_path_factory.mktemp("site")
    engine = make_engine(f"sqlite:///{var / 'demo.db'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    rooms = load(FEATURES)
    Base.metadata.create_all(engine)
    settings = settings_for(str(engine.url), var, demo=True)
    sessions = make_sessions(engine)
    with sessions() as session, transaction(session):
        now = clock.now()
        cast = gather(session, clock.business_day(now), now, settings.vat_rate_bp)
        for room in rooms:
            if room.name == "orders":
                trade.load(session, cast, orders=ORDERS)
            elif room.demo is not None:
                room.demo(session, cast)
            session.flush()
        mark_demo(session, now=now)
    app = create_app(settings, engine)
    app.config.update(RATELIMIT_ENABLED=False)
    with sessions() as session, serving(app) as url:
        yield Site(url, app, session)
    engine.dispose()


@pytest.fixture
def house(sqlite_url: str, browser: Browser, working_noon: datetime, tmp_path: Path) -> Iterator[House]:
    """The portal of a small distributor with one company, on SQLite; what a test adds to it is seen at once."""
    from portal.app import create_app  # noqa: PLC0415 - the root is needed by few tests
    from portal.web.limits import limiter  # noqa: PLC0415 - of that root
    from tests.conftest import settings_for  # noqa: PLC0415 - a fixture may ask the suite's own

    engine = make_engine(sqlite_url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    app = create_app(settings_for(sqlite_url, tmp_path), engine)
    limiter.enabled = False
    # The browser's clock is not the portal's: for it the sign-in would have run out long ago.
    app.config.update(PERMANENT_SESSION_LIFETIME=timedelta(days=36500))
    with make_sessions(engine)() as session, serving(app) as url:
        with transaction(session):
            world = settle(session, working_noon)
        house = House(url, app, world, browser)
        yield house
        house.leave()
    engine.dispose()
