"""A bare Flask page of the same 25 orders: one query by hand, one small template, no session, no layout."""

import os
import threading

import psycopg
from flask import Flask, render_template
from psycopg.rows import dict_row

from benchmarks.orders_sql import PAGE

TEMPLATE = """<!doctype html><title>Orders</title><h1>Orders</h1>
<table><tr><th>Order</th><th>Placed</th><th>Lines</th><th>State</th><th>Next</th><th>Total</th></tr>
{% for row in rows %}<tr><td><a href="/my/orders/{{ row.number }}">{{ row.number }}</a></td>
<td>{{ row.placed_at.strftime('%d %b %Y') }}</td><td>{{ row.lines }}</td><td>{{ row.state }}</td>
<td>{{ row.next_due_at.strftime('%d %b %Y') if row.next_due_at }}</td>
<td>{{ '{:,.2f}'.format(row.total_minor / 100) }} {{ row.currency }}</td></tr>{% endfor %}
</table>"""

app = Flask(__name__)
_template = app.jinja_env.from_string(TEMPLATE)  # compiled once, as a template in a file is
_local = threading.local()


@app.get("/orders/<int:customer_id>")
def orders(customer_id: int) -> str:
    """The latest orders of a customer."""
    return render_template(_template, rows=_connection().execute(PAGE, (customer_id,)).fetchall())


def _connection() -> psycopg.Connection[psycopg.rows.DictRow]:
    if not hasattr(_local, "connection"):
        dsn = os.environ["DATABASE_URL"].replace("postgresql+psycopg:", "postgresql:", 1)
        _local.connection = psycopg.connect(dsn, row_factory=dict_row, autocommit=True)
    connection: psycopg.Connection[psycopg.rows.DictRow] = _local.connection
    return connection
