"""The same order as one set-based statement: PostgreSQL works out everything, down to the dates and papers."""

from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.by_hand import Connection
from portal.clock import BANGKOK

PLACE = """
WITH person AS (
  SELECT u.id AS by_id, u.name AS buyer, c.id AS customer_id, c.code, c.name_th, c.name_en, c.tax_id, c.branch,
    c.currency,
    c.tier, coalesce(a.line_th, '') AS line_th, coalesce(a.line_en, '') AS line_en, a.province
  FROM user_account u JOIN customer c ON c.id = u.customer_id
  LEFT JOIN LATERAL (SELECT * FROM customer_address WHERE customer_id = c.id ORDER BY id LIMIT 1) a ON true
  WHERE u.id = %(by)s),
place AS (
  SELECT w.id, w.code, coalesce(a.transit_days, 3) AS transit
  FROM person CROSS JOIN warehouse w
  LEFT JOIN service_area a ON a.warehouse_id = w.id AND a.province = person.province
  ORDER BY a.province IS NULL, w.main DESC, w.id LIMIT 1),
level AS (
  SELECT l.id, l.version_id, l.days, l.cut_off, v.number, p.name_th, p.name_en
  FROM person CROSS JOIN service_level l JOIN policy_version v ON v.id = l.version_id JOIN policy p ON p.id =
    v.policy_id
  WHERE l.kind = 'lead_time'
    AND (p.customer_id = person.customer_id OR p.tier = person.tier OR p.scope = 'default')
    AND v.state = 'published' AND v.valid_from <= %(today)s AND NOT EXISTS (
      SELECT 1 FROM policy_version n WHERE n.policy_id = v.policy_id AND n.state = 'published'
      AND n.valid_from <= %(today)s AND n.valid_from > v.valid_from)
  ORDER BY array_position(ARRAY['customer', 'tier', 'default'], p.scope) LIMIT 1),
span AS (
  SELECT d::date AS day, substr(c.week, extract(isodow FROM d)::int, 1) = '1' AS usual,
    EXISTS (SELECT 1 FROM calendar_closure x WHERE x.calendar_id = c.id AND x.day = d::date) AS closed
  FROM business_calendar c, generate_series(%(today)s::date, %(today)s::date + 40, interval '1 day') d),
worked AS (
  SELECT day, row_number() OVER (ORDER BY day) - 1 AS n FROM span, level
  WHERE usual AND NOT closed AND (day > %(today)s OR level.cut_off IS NULL OR %(wall)s <= level.cut_off)),
terms AS (
  SELECT first.day AS start, due.day AS due, leave.day AS leave, (due.day + 1)::timestamp AT TIME ZONE 'Asia/Bangkok'
    - interval '1 second' AS due_at,
    (SELECT coalesce(json_agg(day ORDER BY day), '[]') FROM span WHERE usual AND closed AND day <= due.day) AS closures
  FROM level, place, worked first, worked due, worked leave
  WHERE first.n = 0 AND due.n = level.days AND leave.n = greatest(0, level.days - place.transit)),
wish AS (
  SELECT * FROM unnest(%(products)s::int[], %(quantities)s::int[]) WITH ORDINALITY AS w(product_id, quantity, n)),
priced AS (
  SELECT DISTINCT ON (wish.n) wish.*, p.sku, p.name_th, p.name_en, p.unit_th, p.unit_en, r.unit_price,
    (r.unit_price * wish.quantity + 50) / 100 AS net,
    ((r.unit_price * wish.quantity + 50) / 100 * 700 + 5000) / 10000 AS vat
  FROM person CROSS JOIN wish JOIN product p ON p.id = wish.product_id AND p.active
  JOIN price r ON r.product_id = p.id
  JOIN price_list l ON l.id = r.price_list_id AND l.currency = person.currency AND l.tier IN (person.tier, 'standard')
  ORDER BY wish.n, l.tier = 'standard'),
locked AS (
  SELECT s.id, wish.quantity FROM stock s JOIN wish ON wish.product_id = s.product_id JOIN place ON place.id =
    s.warehouse_id
  ORDER BY s.id FOR UPDATE OF s),
taken AS (
  UPDATE stock SET reserved = reserved + locked.quantity FROM locked
  WHERE stock.id = locked.id AND stock.on_hand - stock.reserved >= locked.quantity RETURNING 1),
counted AS (
  INSERT INTO number_series VALUES (%(series)s, 1)
  ON CONFLICT (series) DO UPDATE SET value = number_series.value + 1 RETURNING value),
ordered AS (
  INSERT INTO customer_order (number, customer_id, buyer_id, warehouse_id, origin, idempotency_key, placed_at,
    ship_to_th,
    ship_to_en, transit_days, currency, net_minor, vat_minor, total_minor)
  SELECT %(series)s || '-' || lpad(counted.value::text, 5, '0'), person.customer_id, by_id, place.id, 'portal', %(key)s,
    %(now)s, line_th, line_en, transit, currency, sum(net), sum(vat), sum(net) + sum(vat)
  FROM counted, person, place, priced WHERE (SELECT count(*) FROM taken) = %(lines)s
  GROUP BY counted.value, person.customer_id, by_id, place.id, line_th, line_en, transit, currency RETURNING *),
lined AS (
  INSERT INTO order_line (order_id, n, product_id, sku, name_th, name_en, unit_th, unit_en, ordered, cancelled,
    returned, short, unit_price, discount_bp, vat_rate_bp, net_minor, vat_minor)
  SELECT ordered.id, n, product_id, sku, name_th, name_en, unit_th, unit_en, quantity, 0, 0, 0, unit_price, 0, 700,
    net, vat
  FROM ordered, priced ORDER BY n RETURNING id, n, product_id, ordered),
named AS (
  SELECT lined.*, ordered.number || '/' || n || '.1' AS purpose FROM lined, ordered),
vowed AS (
  INSERT INTO promise (kind, service_level_id, version_id, customer_id, subject_no, made_at, original_due_at,
    due_at, state)
  SELECT 'lead_time', level.id, level.version_id, person.customer_id, purpose, %(now)s, due_at, due_at, 'open'
  FROM named, level, person, terms RETURNING id, subject_no),
noted AS (
  INSERT INTO promise_event (promise_id, at, what, due_at, by_id)
  SELECT vowed.id, %(now)s, 'made', due_at, %(by)s FROM vowed, terms),
kept AS (
  INSERT INTO reservation (purpose, warehouse_id, product_id, quantity, held, due_at, created_at)
  SELECT purpose, place.id, product_id, ordered, ordered, due_at, %(now)s FROM named, place, terms RETURNING id,
    purpose),
told AS (
  SELECT n, json_build_array(
      json_build_array('in_stock', json_build_object('quantity', quantity, 'warehouse', place.code)),
      json_build_array('ordered', json_build_object('ordered_on', %(today)s::date, 'counted_on', start)),
      json_build_array('lead_time', json_build_object('days', level.days, 'convention', 'working days after the
        order day',
        'policy_th', level.name_th, 'policy_en', level.name_en, 'version', level.number)),
      json_build_array('closures', json_build_object('closures', closures))) AS found
  FROM priced, place, level, terms),
parted AS (
  INSERT INTO schedule_line (line_id, n, quantity, cancelled, picked, shipped, delivered, backorder, ship_by,
    shipped_late,
    reservation_id, promise_id, found)
  SELECT named.id, 1, named.ordered, 0, 0, 0, 0, false, leave, false, kept.id, vowed.id, told.found
  FROM terms, named JOIN kept USING (purpose) JOIN vowed ON vowed.subject_no = purpose JOIN told ON told.n = named.n),
papers AS (
  SELECT json_build_object('number', o.number, 'placed_at', o.placed_at, 'code', code, 'name_th', person.name_th,
    'name_en', person.name_en, 'tax_id', tax_id, 'branch', branch, 'line_th', line_th, 'line_en', line_en, 'buyer',
      buyer,
    'currency', o.currency, 'net_minor', net_minor, 'vat_minor', vat_minor, 'total_minor', total_minor,
    'lines', (SELECT json_agg(json_build_object('n', n, 'sku', sku, 'name_th', priced.name_th, 'name_en',
      priced.name_en,
      'unit_th', unit_th, 'unit_en', unit_en, 'quantity', quantity, 'unit_price', unit_price, 'net_minor', net,
      'vat_rate_bp', 700, 'promised_on', due, 'backorder', false, 'found', found) ORDER BY n)
      FROM priced JOIN told USING (n))) AS sheet
  FROM ordered o, person, terms),
filed AS (
  INSERT INTO stored_document (kind, subject_no, edition, customer_id, issued_at, sheet, digest)
  SELECT 'order_acknowledgement', number, 1, customer_id, %(now)s, sheet,
    encode(sha256(convert_to(sheet::text, 'UTF8')), 'hex') FROM ordered, papers),
posted AS (
  INSERT INTO notice (key, user_id, template, facts, path, private, created_at, mail_state, attempts, next_try_at)
  SELECT 'placed:' || number, %(by)s, 'orders/notices/placed.txt',
    json_build_object('order', number, 'lines', %(lines)s::int, 'first', due, 'last', due), '/my/orders/' ||
      number, false,
    %(now)s, 'due', 0, %(now)s FROM ordered, terms ON CONFLICT (key) DO NOTHING)
INSERT INTO audit_entry (at, by_id, verb, subject_kind, subject_no, after)
SELECT %(now)s, %(by)s, 'order.placed', 'order', number,
  json_build_object('total_minor', total_minor, 'currency', currency, 'lines', %(lines)s::int) FROM ordered
RETURNING subject_no"""


def place(connection: Connection, user_id: int, key: str, wish: Sequence[tuple[int, int]]) -> str:
    """Order what is wished when all of it is in stock; raises LookupError when it is not."""
    now = datetime.now(UTC)
    moment = now.astimezone(BANGKOK)
    facts = {
        "by": user_id,
        "key": key,
        "now": now,
        "today": moment.date(),
        "wall": moment.time(),
        "series": f"SO-{moment.year}",
        "products": [product_id for product_id, _ in wish],
        "quantities": [quantity for _, quantity in wish],
        "lines": len(wish),
    }
    with connection.transaction():
        row = connection.execute(PLACE, facts).fetchone()
        if row is None:
            raise LookupError("not all of it is in stock")
    return str(row["subject_no"])
