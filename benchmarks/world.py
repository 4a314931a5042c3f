"""The ground that is measured on: a server of our own, databases with a small distributor in them, and the proof."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from benchmarks.harness import WrongAnswer
from config import FEATURES
from inventory.proving import differences
from portal import clock
from portal.accounts.roles import Role
from portal.db import Base, make_engine, make_sessions, transaction
from portal.feature import load
from tests import makers, postgres

PRODUCTS = 400
LINES = 10
PLENTY = 100_000_000


@dataclass(frozen=True)
class World:
    """A database with a distributor in it: one customer, its buyers, and products with plenty of stock."""

    url: str
    customer_id: int
    buyer_ids: list[int]
    product_ids: list[int]

    @property
    def dsn(self) -> str:
        """The address as psycopg takes it."""
        return self.url.replace("postgresql+psycopg:", "postgresql:", 1)

    def wish(self, rng: Random) -> list[tuple[int, int]]:
        """Ten products in some order, each with a quantity."""
        return [(product, rng.randrange(1, 20)) for product in rng.sample(self.product_ids, LINES)]


@contextmanager
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL whose every commit reaches the disk; nothing of it is left afterwards."""
    running = postgres.start(*postgres.DURABLE)
    try:
        yield running
    finally:
        running.stop()


def new_database(running: postgres.Server, name: str, *, template: str | None = None) -> str:
    """The address of a fresh database."""
    postgres.drop_database(running.admin_url, name)
    return postgres.create_database(running.admin_url, name, template)


def people(url: str, *, buyers: int = 4, products: int = PRODUCTS, stock: int = PLENTY) -> World:
    """Make the tables and the distributor in an empty database, through the use-cases."""
    load(FEATURES)
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    now = clock.now()
    with make_sessions(engine)() as session:
        with transaction(session):
            world = makers.make_world(session, now)
            goods = [world.product(f"SKU-{n:04}", price=f"{5 + n}.25", stock=stock) for n in range(products)]
            users = [
                makers.make_user(
                    session, Role.BUYER, customer=world.customer, now=now, email=f"buyer{n}@example.com"
                )
                for n in range(buyers)
            ]
        made = World(url, world.customer.id, [user.id for user in users], [product.id for product in goods])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Not the tables that are empty: a plan made for nothing would be kept when they fill, as no real one is.
            filled = [name for name in Base.metadata.tables if count(engine, f"SELECT count(*) FROM {name}")]
            connection.execute(text(f"VACUUM ANALYZE {', '.join(filled)}"))
    engine.dispose()
    return made


class _Undone(Exception):
    """A lap is over."""


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """A transaction like any other, whose work is rolled back at its end so that the next lap finds the same."""
    with suppress(_Undone), transaction(session):
        yield
        raise _Undone


def sweep(bind: Any, *tables: str) -> None:
    """Sweep away what was undone in these tables, so that no lap pays for the one before it."""
    with bind.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {', '.join(tables)}"))


_PROOFS = {
    "orders whose lines do not add up": """
        SELECT count(*) FROM customer_order o LEFT JOIN
        (SELECT order_id, sum(net_minor) AS net, sum(vat_minor) AS vat FROM order_line GROUP BY order_id) l
        ON l.order_id = o.id WHERE l.net IS DISTINCT FROM o.net_minor OR l.vat IS DISTINCT FROM o.vat_minor""",
    "lines whose parts do not add up": """
        SELECT count(*) FROM order_line l WHERE l.ordered IS DISTINCT FROM
        (SELECT sum(quantity) FROM schedule_line s WHERE s.line_id = l.id)""",
    "parts without an equal reservation": """
        SELECT count(*) FROM schedule_line s LEFT JOIN reservation r ON r.id = s.reservation_id
        WHERE s.shipped = 0 AND r.quantity IS DISTINCT FROM s.quantity""",
    "promises without the event that made them": """
        SELECT count(*) FROM schedule_line s LEFT JOIN promise_event e
        ON e.promise_id = s.promise_id AND e.what = 'made' WHERE e.id IS NULL""",
    "orders without acknowledgement, notice or audit entry": """
        SELECT count(*) FROM customer_order o WHERE NOT EXISTS
          (SELECT 1 FROM stored_document d WHERE d.subject_no = o.number AND d.kind = 'order_acknowledgement')
        OR NOT EXISTS (SELECT 1 FROM notice n WHERE n.key = 'placed:' || o.number)
        OR NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject_kind = 'order' AND a.subject_no = o.number)""",
    "numbers with gaps": """
        SELECT count(*) - (SELECT value FROM number_series WHERE series LIKE 'SO-%') FROM customer_order""",
}


MADE_DIRECTLY = ("orders without acknowledgement, notice or audit entry", "numbers with gaps")
"""What does not hold for orders that were written straight into the database."""


def prove(url: str, *, skip: tuple[str, ...] = ()) -> None:
    """Raise WrongAnswer unless stock, money and promises are what their records add up to."""
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        wrong = [str(difference) for difference in differences(session)]
        for what, question in _PROOFS.items():
            if what not in skip and (found := session.execute(text(question)).scalar()):
                wrong.append(f"{found} {what}")
    engine.dispose()
    if wrong:
        raise WrongAnswer("; ".join(wrong[:5]))


def count(engine: Engine, question: str) -> int:
    """The number that a question of SQL gives."""
    with engine.connect() as connection:
        return int(connection.execute(text(question)).scalar_one())
