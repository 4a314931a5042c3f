"""The same order written by hand with sqlite3, on the same file."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from benchmarks.by_hand import Days, dated, digest, placed, sheet, sums
from portal.clock import business_day

PERSON = """
SELECT u.id, u.name AS buyer, u.customer_id, c.code, c.name_th, c.name_en, c.tax_id, c.branch, c.currency, c.tier,
       coalesce(a.line_th, '') AS line_th, coalesce(a.line_en, '') AS line_en, a.province
FROM user_account u JOIN customer c ON c.id = u.customer_id LEFT JOIN customer_address a ON a.customer_id = c.id
WHERE u.id = ? ORDER BY a.id LIMIT 1"""
PRODUCTS = """
SELECT p.id, p.sku, p.name_th, p.name_en, p.unit_th, p.unit_en, p.replenishment_days, r.unit_price
FROM product p JOIN price r ON r.product_id = p.id JOIN price_list l ON l.id = r.price_list_id
WHERE p.id IN ({}) AND p.active AND l.currency = ? AND l.tier IN (?, 'standard') ORDER BY l.tier <> 'standard'"""
WAREHOUSE = """
SELECT w.id, w.code, coalesce(a.transit_days, 3) AS transit_days
FROM warehouse w LEFT JOIN service_area a ON a.warehouse_id = w.id AND a.province = ?
ORDER BY a.province IS NULL, w.main DESC, w.id LIMIT 1"""
LEVEL = """
SELECT l.id, l.version_id, l.days, l.cut_off, v.number, p.name_th, p.name_en
FROM service_level l JOIN policy_version v ON v.id = l.version_id JOIN policy p ON p.id = v.policy_id
WHERE l.kind = 'lead_time' AND (p.customer_id = :customer OR p.tier = :tier OR p.scope = 'default')
  AND v.state = 'published' AND v.valid_from <= :today AND NOT EXISTS (
    SELECT 1 FROM policy_version n WHERE n.policy_id = v.policy_id AND n.state = 'published'
    AND n.valid_from <= :today AND n.valid_from > v.valid_from)
ORDER BY CASE p.scope WHEN 'customer' THEN 0 WHEN 'tier' THEN 1 ELSE 2 END LIMIT 1"""
CLOSED = "SELECT c.week, d.day FROM business_calendar c JOIN calendar_closure d ON d.calendar_id = c.id"
TAKE = """
UPDATE stock SET reserved = reserved + :quantity
WHERE product_id = :id AND warehouse_id = :warehouse AND on_hand - reserved >= :quantity"""
NUMBER = """
INSERT INTO number_series VALUES (?, 1) ON CONFLICT (series) DO UPDATE SET value = value + 1 RETURNING value"""
LAST = """
SELECT (SELECT coalesce(max(id), 0) FROM order_line), (SELECT coalesce(max(id), 0) FROM promise),
  (SELECT coalesce(max(id), 0) FROM reservation)"""
ORDER = """
INSERT INTO customer_order (number, customer_id, buyer_id, warehouse_id, origin, idempotency_key, placed_at, ship_to_th,
  ship_to_en, transit_days, currency, net_minor, vat_minor, total_minor)
VALUES (?, ?, ?, ?, 'portal', ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
LINES = (
    """INSERT INTO order_line (id, order_id, n, product_id, sku, name_th, name_en, unit_th, unit_en, ordered, cancelled,
    returned, short, unit_price, discount_bp, vat_rate_bp, net_minor, vat_minor)
    VALUES (:line, :order, :n, :id, :sku, :name_th, :name_en, :unit_th, :unit_en, :quantity, 0, 0, 0, :unit_price,
      0, 700,
    :net, :vat)""",
    """INSERT INTO promise (id, kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at,
    due_at, state) VALUES (:vow, 'lead_time', :level, :version, :customer, :purpose, :now, :due, :due, 'open')""",
    "INSERT INTO promise_event (promise_id, at, what, due_at, by_id) VALUES (:vow, :now, 'made', :due, :by)",
    """INSERT INTO reservation (id, purpose, warehouse_id, product_id, quantity, held, due_at, created_at)
    VALUES (:held, :purpose, :warehouse, :id, :quantity, :quantity, :due, :now)""",
    """INSERT INTO schedule_line (line_id, n, quantity, cancelled, picked, shipped, delivered, backorder, ship_by,
    shipped_late, reservation_id, promise_id, found)
    VALUES (:line, 1, :quantity, 0, 0, 0, 0, 0, :leave, 0, :held, :vow, :steps)""",
)
DOCUMENT = """
INSERT INTO stored_document (kind, subject_no, edition, customer_id, issued_at, sheet, digest)
VALUES ('order_acknowledgement', ?, 1, ?, ?, ?, ?)"""
NOTICE = """
INSERT INTO notice (key, user_id, template, facts, path, private, created_at, mail_state, attempts, next_try_at)
VALUES (?, ?, 'orders/notices/placed.txt', ?, ?, 0, ?, 'due', 0, ?) ON CONFLICT (key) DO NOTHING"""
AUDIT = """
INSERT INTO audit_entry (at, by_id, verb, subject_kind, subject_no, after)
VALUES (?, ?, 'order.placed', 'order', ?, ?)"""


def connect(file: str) -> sqlite3.Connection:
    """A connection with the house's guarantees: WAL, every commit on the disk, foreign keys."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=20000", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def place(connection: sqlite3.Connection, user_id: int, key: str, wish: Sequence[tuple[int, int]]) -> str:
    """Order what is wished when all of it is in stock; gives the order's number."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        number = _place(connection, user_id, key, wish)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return number


def _place(connection: sqlite3.Connection, user_id: int, key: str, wish: Sequence[tuple[int, int]]) -> str:
    ask, now = connection.execute, datetime.now(UTC)
    today, written = business_day(now), _written(now)
    person = dict(ask(PERSON, (user_id,)).fetchone())
    known = "SELECT number FROM customer_order WHERE customer_id = ? AND idempotency_key = ?"
    if (before := ask(known, (person["customer_id"], key)).fetchone()) is not None:
        return str(before["number"])
    products = {
        row["id"]: dict(row)
        for row in ask(
            PRODUCTS.format(", ".join("?" * len(wish))),
            (*(id_ for id_, _ in wish), person["currency"], person["tier"]),
        )
    }
    warehouse = dict(ask(WAREHOUSE, (person["province"],)).fetchone())
    scope = {"customer": person["customer_id"], "tier": person["tier"], "today": today.isoformat()}
    level = dict(ask(LEVEL, scope).fetchone())
    level["cut_off"] = time.fromisoformat(level["cut_off"]) if level["cut_off"] else None
    closed = ask(CLOSED).fetchall()
    days = Days(closed[0]["week"], {date.fromisoformat(row["day"]) for row in closed})
    lines: list[dict[str, Any]] = []
    for n, (product_id, quantity) in enumerate(wish, 1):
        line = {
            **products[product_id],
            "n": n,
            "quantity": quantity,
            "backorder": False,
            "warehouse": warehouse["id"],
        }
        if ask(TAKE, line).rowcount != 1:
            raise LookupError("not all of it is in stock")
        lines.append(line | dated(line, level, warehouse, days, now) | sums(line))
    net, vat = sum(line["net"] for line in lines), sum(line["vat"] for line in lines)
    number = f"SO-{today.year}-{ask(NUMBER, (f'SO-{today.year}',)).fetchone()['value']:05d}"
    facts: tuple[Any, ...] = (
        number,
        person["customer_id"],
        user_id,
        warehouse["id"],
        key,
        written,
        person["line_th"],
        person["line_en"],
    )
    facts += (warehouse["transit_days"], person["currency"], net, vat, net + vat)
    common = {
        "order": ask(ORDER, facts).lastrowid,
        "level": level["id"],
        "version": level["version_id"],
        "now": written,
    }
    common |= {"by": user_id, "customer": person["customer_id"]}
    last_line, last_vow, last_held = ask(LAST).fetchone()
    rows = [
        common
        | {name: value for name, value in line.items() if not isinstance(value, list | datetime | date)}
        | {"line": last_line + line["n"], "vow": last_vow + line["n"], "held": last_held + line["n"]}
        | {
            "purpose": f"{number}/{line['n']}.1",
            "due": _written(line["due_at"]),
            "leave": line["ship_by"].isoformat(),
        }
        | {"steps": json.dumps(line["found"])}
        for line in lines
    ]
    for statement in LINES:
        connection.executemany(statement, rows)
    paper = sheet(number, now, person, lines, net, vat)
    ask(DOCUMENT, (number, person["customer_id"], written, json.dumps(paper), digest(paper)))
    told = json.dumps(placed(number, lines))
    ask(NOTICE, (f"placed:{number}", user_id, told, f"/my/orders/{number}", written, written))
    after = {"total_minor": net + vat, "currency": person["currency"], "lines": len(lines)}
    ask(AUDIT, (written, user_id, number, json.dumps(after)))
    return number


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
