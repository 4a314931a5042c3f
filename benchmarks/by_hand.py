"""An order written by hand with psycopg: the rows, guards and answer of `orders.placing.place`, statement by statement.

With ten lines and the basket they come from it takes 34 statements.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Json

from portal.clock import BANGKOK, business_day, end_of

Connection = psycopg.Connection[DictRow]
DAY = timedelta(days=1)

PERSON = """
SELECT u.id, u.name AS buyer, u.customer_id, c.code, c.name_th, c.name_en, c.tax_id, c.branch, c.currency, c.tier,
       coalesce(a.line_th, '') AS line_th, coalesce(a.line_en, '') AS line_en, a.province
FROM user_account u JOIN customer c ON c.id = u.customer_id
LEFT JOIN LATERAL (SELECT * FROM customer_address WHERE customer_id = c.id ORDER BY id LIMIT 1) a ON true
WHERE u.id = %s"""
PRODUCTS = """
SELECT DISTINCT ON (p.id) p.id, p.sku, p.name_th, p.name_en, p.unit_th, p.unit_en, p.replenishment_days, r.unit_price
FROM product p JOIN price r ON r.product_id = p.id JOIN price_list l ON l.id = r.price_list_id
WHERE p.id = ANY(%s) AND p.active AND l.currency = %s AND l.tier IN (%s, 'standard')
ORDER BY p.id, l.tier = 'standard'"""
WAREHOUSE = """
SELECT w.id, w.code, coalesce(a.transit_days, 3) AS transit_days
FROM warehouse w LEFT JOIN service_area a ON a.warehouse_id = w.id AND a.province = %s
ORDER BY a.province IS NULL, w.main DESC, w.id LIMIT 1"""
LEVEL = """
SELECT l.id, l.version_id, l.days, l.cut_off, v.number, p.name_th, p.name_en
FROM service_level l JOIN policy_version v ON v.id = l.version_id JOIN policy p ON p.id = v.policy_id
WHERE l.kind = 'lead_time' AND (p.customer_id = %s OR p.tier = %s OR p.scope = 'default')
  AND v.state = 'published' AND v.valid_from <= %s AND NOT EXISTS (
    SELECT 1 FROM policy_version n WHERE n.policy_id = v.policy_id AND n.state = 'published'
    AND n.valid_from <= %s AND n.valid_from > v.valid_from)
ORDER BY array_position(ARRAY['customer', 'tier', 'default'], p.scope) LIMIT 1"""
CLOSED = "SELECT c.week, d.day FROM business_calendar c JOIN calendar_closure d ON d.calendar_id = c.id"
TAKE = """
UPDATE stock SET reserved = reserved + %s
WHERE product_id = %s AND warehouse_id = %s AND on_hand - reserved >= %s"""
NUMBER = """
INSERT INTO number_series VALUES (%s, 1)
ON CONFLICT (series) DO UPDATE SET value = number_series.value + 1 RETURNING value"""
ORDER = """
INSERT INTO customer_order (number, customer_id, buyer_id, warehouse_id, origin, idempotency_key, placed_at, ship_to_th,
  ship_to_en, transit_days, currency, net_minor, vat_minor, total_minor)
VALUES (%s, %s, %s, %s, 'portal', %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
LINE = """
WITH line AS (
  INSERT INTO order_line (order_id, n, product_id, sku, name_th, name_en, unit_th, unit_en, ordered, cancelled,
    returned, short, unit_price, discount_bp, vat_rate_bp, net_minor, vat_minor)
  VALUES (%(order)s, %(n)s, %(id)s, %(sku)s, %(name_th)s, %(name_en)s, %(unit_th)s, %(unit_en)s, %(quantity)s, 0, 0,
    %(short)s, %(unit_price)s, 0, 700, %(net)s, %(vat)s) RETURNING id),
vow AS (
  INSERT INTO promise (kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at,
    due_at, state)
  VALUES ('lead_time', %(level)s, %(version)s, %(customer)s, %(purpose)s, %(now)s, %(due_at)s, %(due_at)s, 'open')
  RETURNING id),
event AS (
  INSERT INTO promise_event (promise_id, at, what, due_at, by_id) SELECT id, %(now)s, 'made', %(due_at)s, %(by)s
    FROM vow),
kept AS (
  INSERT INTO reservation (purpose, warehouse_id, product_id, quantity, held, due_at, created_at)
  VALUES (%(purpose)s, %(warehouse)s, %(id)s, %(quantity)s, %(held)s, %(due_at)s, %(now)s) RETURNING id)
INSERT INTO schedule_line (line_id, n, quantity, cancelled, picked, shipped, delivered, backorder, ship_by,
  shipped_late,
  reservation_id, promise_id, found)
SELECT line.id, 1, %(quantity)s, 0, 0, 0, 0, %(backorder)s, %(ship_by)s, false, kept.id, vow.id, %(found)s
FROM line, vow, kept"""
DOCUMENT = """
INSERT INTO stored_document (kind, subject_no, edition, customer_id, issued_at, sheet, digest)
VALUES ('order_acknowledgement', %s, 1, %s, %s, %s, %s)"""
NOTICE = """
INSERT INTO notice (key, user_id, template, facts, path, private, created_at, mail_state, attempts, next_try_at)
VALUES (%s, %s, 'orders/notices/placed.txt', %s, %s, false, %s, 'due', 0, %s) ON CONFLICT (key) DO NOTHING"""
AUDIT = """
INSERT INTO audit_entry (at, by_id, verb, subject_kind, subject_no, after)
VALUES (%s, %s, 'order.placed', 'order', %s, %s)"""


def connect(dsn: str) -> Connection:
    """A connection that gives rows by name."""
    return psycopg.connect(dsn, row_factory=psycopg.rows.dict_row)


def place_basket(connection: Connection, user_id: int, key: str) -> str:
    """Order what lies in a person's basket and empty it; gives the order's number."""
    with connection.transaction():
        basket = connection.execute(
            "UPDATE basket SET key = %s WHERE user_id = %s AND key = %s RETURNING id",
            (str(uuid.uuid4()), user_id, key),
        ).fetchone()
        if basket is None:
            raise LookupError("this basket was ordered already")
        there = connection.execute(
            "SELECT product_id, quantity FROM basket_line WHERE basket_id = %s ORDER BY id", (basket["id"],)
        ).fetchall()
        number = _place(connection, user_id, key, [(row["product_id"], row["quantity"]) for row in there])
        connection.execute("DELETE FROM basket_line WHERE basket_id = %s", (basket["id"],))
    return number


def place(connection: Connection, user_id: int, key: str, wish: Sequence[tuple[int, int]]) -> str:
    """Order what is wished; gives the order's number. What is not in stock is promised as a backorder."""
    with connection.transaction():
        return _place(connection, user_id, key, wish)


def _place(connection: Connection, user_id: int, key: str, wish: Sequence[tuple[int, int]]) -> str:
    ask, now = connection.execute, datetime.now(UTC)
    today = business_day(now)
    person = _one(ask(PERSON, (user_id,)))
    known = "SELECT number FROM customer_order WHERE customer_id = %s AND idempotency_key = %s"
    if (before := ask(known, (person["customer_id"], key)).fetchone()) is not None:
        return str(before["number"])
    ids = [product_id for product_id, _ in wish]
    products = {row["id"]: row for row in ask(PRODUCTS, (ids, person["currency"], person["tier"]))}
    warehouse = _one(ask(WAREHOUSE, (person["province"],)))
    level = _one(ask(LEVEL, (person["customer_id"], person["tier"], today, today)))
    closed = ask(CLOSED).fetchall()
    days = Days(closed[0]["week"], {row["day"] for row in closed})
    short = set()
    for product_id, quantity in sorted(wish):
        if ask(TAKE, (quantity, product_id, warehouse["id"], quantity)).rowcount != 1:
            short.add(product_id)
    lines = []
    for n, (product_id, quantity) in enumerate(wish, 1):
        line = {**products[product_id], "n": n, "quantity": quantity, "backorder": product_id in short}
        line |= dated(line, level, warehouse, days, now) | sums(line)
        lines.append(line)
    net, vat = sum(line["net"] for line in lines), sum(line["vat"] for line in lines)
    series = f"SO-{today.year}"
    number = f"{series}-{_one(ask(NUMBER, (series,)))['value']:05d}"
    facts: tuple[Any, ...] = (
        number,
        person["customer_id"],
        user_id,
        warehouse["id"],
        key,
        now,
        person["line_th"],
        person["line_en"],
    )
    facts += (warehouse["transit_days"], person["currency"], net, vat, net + vat)
    order_id = _one(ask(ORDER, facts))["id"]
    common = {
        "order": order_id,
        "level": level["id"],
        "version": level["version_id"],
        "now": now,
        "by": user_id,
    }
    common |= {"customer": person["customer_id"], "warehouse": warehouse["id"]}
    for line in lines:
        held = 0 if line["backorder"] else line["quantity"]
        own = {"purpose": f"{number}/{line['n']}.1", "held": held, "short": line["quantity"] - held}
        ask(LINE, {**common, **line, **own, "found": Json(line["found"])})
    paper = sheet(number, now, person, lines, net, vat)
    ask(DOCUMENT, (number, person["customer_id"], now, Json(paper), digest(paper)))
    told, path = placed(number, lines), f"/my/orders/{number}"
    ask(NOTICE, (f"placed:{number}", user_id, Json(told), path, now, now))
    after = {"total_minor": net + vat, "currency": person["currency"], "lines": len(lines)}
    ask(AUDIT, (now, user_id, number, Json(after)))
    return number


class Days:
    """The working days of the calendar."""

    def __init__(self, week: str, closed: set[date]) -> None:
        self.week, self.closed = week, closed

    def works(self, day: date) -> bool:
        """Whether anybody works that day."""
        return self.week[day.weekday()] == "1" and day not in self.closed

    def step(self, day: date, count: int, by: timedelta = DAY) -> date:
        """The `count`-th working day after (or before) a day; zero gives the day or the next one worked."""
        while not self.works(day):
            day += by
        for _ in range(count):
            day += by
            while not self.works(day):
                day += by
        return day


def dated(
    line: dict[str, Any], level: dict[str, Any], warehouse: dict[str, Any], days: Days, now: datetime
) -> dict[str, Any]:
    """The day a line is promised for, the day it must leave, and how they were found."""
    moment = now.astimezone(BANGKOK)
    start = moment.date()
    cut_off: time | None = level["cut_off"]
    late = days.works(start) and cut_off is not None and moment.time() > cut_off
    start = days.step(start, 1 if late else 0)
    if line["backorder"]:
        start = max(start, days.step(moment.date() + timedelta(days=line["replenishment_days"]), 0))
    due = days.step(start, level["days"])
    closed = [
        day.isoformat()
        for day in sorted(days.closed)
        if start <= day <= due and days.week[day.weekday()] == "1"
    ]
    where = {"quantity": line["quantity"], "warehouse": warehouse["code"]}
    policy = {"policy_th": level["name_th"], "policy_en": level["name_en"], "version": level["number"]}
    found: list[tuple[str, dict[str, Any]]] = [
        ("no_receipt" if line["backorder"] else "in_stock", where),
        ("ordered", {"ordered_on": moment.date().isoformat(), "counted_on": start.isoformat()}),
        ("lead_time", {"days": level["days"], "convention": "working days after the order day", **policy}),
    ]
    if closed:
        found.append(("closures", {"closures": closed}))
    leave = max(days.step(due, warehouse["transit_days"], -DAY), min(start, due))
    return {"due_on": due, "due_at": end_of(due), "ship_by": leave, "found": found}


def sums(line: dict[str, Any]) -> dict[str, int]:
    """Net and tax of a line in minor units, each rounded half-up; prices are ten-thousandths."""
    net = (line["unit_price"] * line["quantity"] + 50) // 100
    return {"net": net, "vat": (net * 700 + 5000) // 10000}


def sheet(
    number: str, now: datetime, person: dict[str, Any], lines: list[dict[str, Any]], net: int, vat: int
) -> dict[str, Any]:
    """The acknowledgement's facts."""
    names = ("n", "sku", "name_th", "name_en", "unit_th", "unit_en", "quantity", "backorder", "found")
    return {
        "number": number,
        "placed_at": now.isoformat(),
        **{
            key: person[key]
            for key in ("code", "name_th", "name_en", "tax_id", "branch", "line_th", "line_en", "buyer")
        },
        "currency": person["currency"],
        "net_minor": net,
        "vat_minor": vat,
        "total_minor": net + vat,
        "lines": [
            {name: line[name] for name in names}
            | {
                "unit_price": f"{line['unit_price'] / 10000:.4f}",
                "net_minor": line["net"],
                "vat_rate_bp": 700,
            }
            | {"promised_on": line["due_on"].isoformat()}
            for line in lines
        ],
    }


def placed(number: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What the buyer is told."""
    dues = [line["due_on"].isoformat() for line in lines]
    return {"order": number, "lines": len(lines), "first": min(dues), "last": max(dues)}


def digest(paper: dict[str, Any]) -> str:
    """The digest of a sheet's facts."""
    return hashlib.sha256(json.dumps(paper, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _one(cursor: psycopg.Cursor[DictRow]) -> DictRow:
    row = cursor.fetchone()
    if row is None:
        raise LookupError("no such row")
    return row
