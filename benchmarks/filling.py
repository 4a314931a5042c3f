"""Years of orders written by a few set-based statements, for measurements that need many rows rather than true ones.

Foreign keys are not checked while they are written; everything that is measured afterwards is as the house keeps it.
"""

from sqlalchemy import Engine, text

_FILL = (
    # One order every 97 seconds; `done` of a hundred are delivered, the rest is under way.
    """
INSERT INTO customer_order (id, number, customer_id, buyer_id, warehouse_id, origin, idempotency_key, placed_at,
  ship_to_th,
  ship_to_en, transit_days, currency, net_minor, vat_minor, total_minor, closed_at)
SELECT n, 'SO-2020-' || lpad(n::text, 7, '0'), (:customers)[1 + n % cardinality(:customers)],
  u.id, w.id, 'portal', 'filled-' || n, now() - n * interval '97 seconds', '', '', 1, 'THB', 1000 * :lines, 70 * :lines,
  1070 * :lines, CASE WHEN n % 100 < :done THEN now() END
FROM generate_series(:first, :last) n JOIN LATERAL (SELECT id FROM warehouse ORDER BY id LIMIT 1) w ON true
LEFT JOIN LATERAL (SELECT min(id) AS id FROM user_account
  WHERE customer_id = (:customers)[1 + n % cardinality(:customers)]) u ON true""",
    """
INSERT INTO order_line (id, order_id, n, product_id, sku, name_th, name_en, unit_th, unit_en, ordered, cancelled,
  returned,
  short, unit_price, discount_bp, vat_rate_bp, net_minor, vat_minor)
SELECT (o.id - 1) * :lines + k, o.id, k, p.id, p.sku, p.name_th, p.name_en, p.unit_th, p.unit_en, 4, 0, 0, 0,
  25000, 0, 700,
  1000, 70
FROM customer_order o CROSS JOIN generate_series(1, :lines) k
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS there FROM product) p
  ON p.place = (o.id * 7 + k) % p.there
WHERE o.id BETWEEN :first AND :last""",
    """
INSERT INTO promise (id, kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at,
  due_at, state,
  fulfilled_at)
SELECT l.id, 'lead_time', v.id, v.version_id, o.customer_id, o.number || '/' || l.n || '.1', o.placed_at,
  now() + interval '9 days', now() + interval '9 days', CASE WHEN o.closed_at IS NULL THEN 'open' ELSE 'kept' END,
    o.closed_at
FROM order_line l JOIN customer_order o ON o.id = l.order_id
JOIN LATERAL (SELECT id, version_id FROM service_level WHERE kind = 'lead_time' LIMIT 1) v ON true
WHERE o.id BETWEEN :first AND :last""",
    "INSERT INTO promise_event (promise_id, at, what, due_at) SELECT id, made_at, 'made', due_at FROM promise",
    """
INSERT INTO reservation (id, purpose, warehouse_id, product_id, quantity, held, due_at, created_at)
SELECT l.id, o.number || '/' || l.n || '.1', o.warehouse_id, l.product_id, u.left_, u.left_, now() + interval '9 days',
  o.placed_at
FROM order_line l JOIN customer_order o ON o.id = l.order_id
CROSS JOIN LATERAL (SELECT CASE WHEN o.closed_at IS NULL THEN 4 ELSE 0 END AS left_) u
WHERE o.id BETWEEN :first AND :last""",
    """
INSERT INTO schedule_line (id, line_id, n, quantity, cancelled, picked, shipped, delivered, backorder, ship_by,
  shipped_late,
  reservation_id, promise_id, found)
SELECT l.id, l.id, 1, 4, 0, u.gone, u.gone, u.gone, false, CAST(now() AS date) + 8, false, l.id, l.id, '[]'
FROM order_line l JOIN customer_order o ON o.id = l.order_id
CROSS JOIN LATERAL (SELECT CASE WHEN o.closed_at IS NULL THEN 0 ELSE 4 END AS gone) u
WHERE o.id BETWEEN :first AND :last""",
    """
UPDATE stock SET reserved = h.held FROM
  (SELECT product_id, warehouse_id, sum(held) AS held FROM reservation GROUP BY product_id, warehouse_id) h
WHERE h.product_id = stock.product_id AND h.warehouse_id = stock.warehouse_id""",
)
_NUMBERED = ("customer_order", "order_line", "promise", "reservation", "schedule_line")


def fill(engine: Engine, customer_ids: list[int], *, orders: int, lines: int, done: int) -> None:
    """Write so many orders of so many lines, shared by these customers; `done` of a hundred are delivered."""
    facts = {
        ":customers": f"ARRAY{customer_ids}",
        ":lines": lines,
        ":done": done,
        ":first": 1,
        ":last": orders,
    }
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        for statement in _FILL:
            for name, value in facts.items():
                statement = statement.replace(name, str(value))  # noqa: PLW2901 - numbers of our own
            connection.execute(text(statement))
        for table in _NUMBERED:
            connection.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
