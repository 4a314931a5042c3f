"""Bare Flask pages of the same 25 orders: one query by hand, one template, and no more.

No session, no person, no layout, one language; served by the same server as the portal, with as many workers. The plain
page is what one writes with the portal's stack: a connection out of SQLAlchemy's pool, as it comes. Its transaction is
rolled back when the connection goes home, upon which the driver forgets its prepared statements: the query is planned
anew for each page, which the portal avoids by reading without a transaction. The lean page does without all that can be
spared: the driver alone, a connection kept by each thread, no transaction.
"""

import os
import threading

import psycopg
from flask import Flask, render_template
from psycopg.rows import namedtuple_row
from sqlalchemy import create_engine, text

from benchmarks.orders_sql import PAGE

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])
page = text(PAGE)
LEAN = PAGE.replace(":customer_id", "%s")
kept = threading.local()


@app.get("/plain/<int:customer_id>")
def plain(customer_id: int) -> str:
    """The latest orders of a customer."""
    with engine.connect() as connection:
        rows = connection.execute(page, {"customer_id": customer_id}).all()
    return render_template("orders.html", rows=rows)


@app.get("/lean/<int:customer_id>")
def lean(customer_id: int) -> str:
    """The same with nothing between the driver and the template."""
    if not hasattr(kept, "connection"):
        dsn = os.environ["DATABASE_URL"].replace("postgresql+psycopg:", "postgresql:", 1)
        kept.connection = psycopg.connect(dsn, row_factory=namedtuple_row, autocommit=True)
    rows = kept.connection.execute(LEAN, (customer_id,)).fetchall()
    return render_template("orders.html", rows=rows)
