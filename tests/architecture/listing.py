"""The whole portal on a database of a handful of rows, then of thousands, and what each page asks of it."""

import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session

from inventory import quarantine, receiving
from inventory.alerts import AlertKind, StockAlert
from inventory.ledger import Place
from inventory.plans import Proposal
from inventory.stock import Stock
from inventory.stockouts import Follow, StockOut
from portal.accounts.models import User
from portal.db import make_engine, make_sessions, transaction
from portal.jobs import JobRun, Outcome
from tests.aftersales.owners import printer, repair_of, sold
from tests.architecture.multiplying import multiply
from tests.conftest import NOON, settings_for
from tests.makers import make_world
from tests.people import sign_in
from tests.subjects import subjects_of

Asked = tuple[str, str]
"""Who asks, and for which address."""
HOME = "/"
UNREADY = {"/readyz"}
"""Not ready without the migrations, which these tables do not come from."""
TODAY = NOON + timedelta(days=15)
MOST_LINKS = 20
FOLLOWED = 400
"""Products that the buyer follows, close to as many as one may."""

WIDER = (
    "UPDATE stock SET on_hand = on_hand + 1, quarantined = 1 WHERE quarantined = 0",
    """INSERT INTO stock_out (product_id, warehouse_id, started_at)
    SELECT product.id, stock_out.warehouse_id, stock_out.started_at FROM product, stock_out
    WHERE product.id <> stock_out.product_id""",
    f"""INSERT INTO product_follow (user_id, product_id, told, since)
    SELECT product_follow.user_id, product.id, 'in', product_follow.since FROM product, product_follow
    WHERE product.id > 100000 ORDER BY product.id LIMIT {FOLLOWED}""",
    """INSERT INTO basket_line (basket_id, product_id, quantity)
    SELECT basket.id, product.id, 1 FROM product, basket
    WHERE product.id > 100000 ORDER BY product.id LIMIT 200""",
    """INSERT INTO replenishment_proposal
        (product_id, warehouse_id, position, reorder_point, wanted, need_by, made_at, state, reason)
    SELECT product.id, one.warehouse_id, 0, 10, 12, one.need_by, one.made_at, 'open', ''
    FROM product, (SELECT * FROM replenishment_proposal ORDER BY product_id LIMIT 1) one
    WHERE product.id NOT IN (SELECT product_id FROM replenishment_proposal)""",
    """INSERT INTO catalogue_rule (customer_id, product_id, shown, made_at)
    SELECT one.customer_id, product.id, one.shown, one.made_at
    FROM product, (SELECT customer_id, shown, made_at FROM catalogue_rule WHERE customer_id IS NOT NULL LIMIT 1) one
    WHERE product.id NOT IN (SELECT product_id FROM catalogue_rule WHERE product_id IS NOT NULL)""",
    """INSERT INTO stock_alert (product_id, warehouse_id, kind, units, since)
    SELECT product.id, one.warehouse_id, one.kind, one.units, one.since
    FROM product, (SELECT * FROM stock_alert WHERE ended_at IS NULL ORDER BY id LIMIT 1) one
    WHERE product.id NOT IN (SELECT product_id FROM stock_alert)""",
    """INSERT INTO customer_item (customer_id, product_id, code, name)
    SELECT one.customer_id, product.id, 'OURS-' || product.id, one.name
    FROM product, (SELECT customer_id, name FROM customer_item ORDER BY product_id LIMIT 1) one
    WHERE product.id NOT IN (SELECT product_id FROM customer_item)""",
)
"""What one product has once, for all of them."""


@dataclass
class Sent:
    """A statement, and how many rows were fetched by it."""

    statement: str
    parameters: Any
    cursor: Any
    seconds: float = 0.0
    given: int = 0

    @property
    def rows(self) -> int:
        """On SQLite as they were fetched; the driver of PostgreSQL fetches all that there are."""
        return getattr(self.cursor, "fetched", self.given)


@dataclass
class Shown:
    """An answer and what it took."""

    status: int
    text: str
    sent: list[Sent]


@dataclass
class Scene:
    """A portal, people who are signed in, by role, and what each sees."""

    app: Flask
    engine: Engine
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    few: dict[Asked, Shown] = field(default_factory=dict)
    many: dict[Asked, Shown] = field(default_factory=dict)

    @property
    def pages(self) -> dict[str, str]:
        """Every page that can be asked for without naming anything: its path, and the endpoint behind it."""
        return {
            rule.rule: rule.endpoint
            for rule in self.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static"
        }

    def endpoint(self, path: str) -> str:
        """The endpoint behind a path."""
        return self.pages[path.split("?", maxsplit=1)[0]]

    def show(self, role: str, path: str) -> Shown:
        """A page as this person gets it, once nothing has to be made ready for it any more."""
        self.clients[role].get(path)
        with _sent(self.engine) as sent:
            answer = self.clients[role].get(path)
        return Shown(answer.status_code, answer.get_data(as_text=True), sent)


def open_scene(url: str, var: Path) -> Scene:
    """A portal with a world of a handful of things, at least one for every list."""
    from portal.app import create_app  # noqa: PLC0415 - the root is needed by few tests
    from portal.web.limits import limiter  # noqa: PLC0415 - of that root

    sqlite = url.startswith("sqlite")
    engine = make_engine(url, connect_args={"factory": _Connection} if sqlite else {})
    if sqlite:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    app = create_app(settings_for(url, var), engine)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    limiter.enabled = False
    scene = Scene(app, engine)
    with make_sessions(engine)() as session:
        with transaction(session):
            people = _fill(session, NOON)
        for role, person in people.items():
            scene.clients[role] = app.test_client()
            sign_in(scene.clients[role], person)
    return scene


def fill(scene: Scene) -> None:
    """Ten thousand of everything; every product is out of stock somewhere, and the buyer follows many."""
    multiply(scene.engine)
    with scene.engine.begin() as connection:
        for statement in WIDER:
            connection.exec_driver_sql(statement)


def visit(scene: Scene, asked: Collection[Asked] = ()) -> dict[Asked, Shown]:
    """Every page as the first person sees it who may enter, home as everybody does, and what it links to of itself.

    What was `asked` for before is asked for again.
    """
    seen: dict[Asked, Shown] = {}
    for role in scene.clients:
        known = {path for by, path in seen if by != "buyer" and path != HOME}
        for path in sorted(scene.pages.keys() - known - UNREADY):
            seen |= _with_links(scene, role, path)
    return seen | {place: scene.show(*place) for place in asked if place not in seen}


def _with_links(scene: Scene, role: str, path: str) -> dict[Asked, Shown]:
    shown = scene.show(role, path)
    if shown.status != 200:
        return {}
    seen = {(role, path): shown}
    return seen | {(role, way): scene.show(role, way) for way in linked(path, shown.text)[:MOST_LINKS]}


def linked(path: str, page: str) -> list[str]:
    """The same list narrowed otherwise, or paged on, as the page itself links to it."""
    found = (unescape(address) for address in re.findall(r'href="([^"#]*)"', page))
    return sorted({address for address in found if address.startswith(f"{path}?")})


def _fill(session: Session, now: datetime) -> dict[str, User]:
    world = make_world(session, now)
    printers = printer(world, stock=3)
    repair_of(world, sold(world, printers)[0])
    subjects_of(world)  # among them a disruption, in which nothing leaves
    session.add(Follow(user_id=world.buyer.id, product_id=printers.id, since=now))
    session.add(StockOut(product_id=printers.id, warehouse_id=world.warehouse.id, started_at=now))
    session.add(
        Proposal(
            product_id=printers.id,
            warehouse_id=world.warehouse.id,
            position=0,
            reorder_point=5,
            wanted=6,
            need_by=now.date(),
            made_at=now,
        )
    )
    low = StockAlert(product_id=printers.id, warehouse_id=world.warehouse.id, kind=AlertKind.LOW, since=now)
    session.add(low)
    cable = world.product("CABLE-1", stock=5)
    session.flush()
    quarantine.hold(session, Place(cable.id, world.warehouse.id), 2, "Q-1", by=world.staff, now=now)
    landed = world.receipt(cable, 3, now.date())
    receiving.book_in(session, landed, 3, last=True, by=world.staff, now=now)
    session.flush()
    session.execute(update(Stock).values(by_lot=True))  # every page has to look which lots may be sold
    session.add(JobRun(job="orders.check_lead_times", started_at=now, ended_at=now, outcome=Outcome.OK))
    return {"buyer": world.buyer, "staff": world.staff, "manager": world.manager, "admin": world.admin}


@contextmanager
def _sent(engine: Engine) -> Iterator[list[Sent]]:
    sent: list[Sent] = []

    def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(Sent(statement, parameters, cursor, given=max(cursor.rowcount, 0)))

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "after_cursor_execute", note)


class _Cursor(sqlite3.Cursor):
    """A cursor that counts what is fetched from it."""

    fetched = 0

    def fetchone(self) -> Any:
        row = super().fetchone()
        self.fetched += row is not None
        return row

    def fetchmany(self, size: int | None = None) -> list[Any]:
        rows = super().fetchmany(self.arraysize if size is None else size)
        self.fetched += len(rows)
        return rows

    def fetchall(self) -> list[Any]:
        rows = super().fetchall()
        self.fetched += len(rows)
        return rows


class _Connection(sqlite3.Connection):
    """A connection whose cursors count."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)
