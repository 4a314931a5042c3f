"""A disruption by hand: what it holds up with the days before and after, as it is counted and as it is written."""

TOUCHED = """
WITH counted AS MATERIALIZED (
  SELECT day, works, sum(works) OVER (ORDER BY day) AS no FROM (
    SELECT CAST(d AS date) AS day,
      CASE WHEN x.day IS NULL AND substr(c.week, CAST(extract(isodow FROM d) AS int), 1) = '1' THEN 1 ELSE 0
      END AS works
    FROM business_calendar c CROSS JOIN generate_series(
      CAST(:today AS date) - 400, CAST(:today AS date) + 400, interval '1 day') d
    LEFT JOIN calendar_closure x ON x.calendar_id = c.id AND x.day = CAST(d AS date) WHERE c.code = 'main') each),
again AS (SELECT min(day) AS day, min(no) AS no FROM counted WHERE day > :ends_on AND works = 1),
held_up AS MATERIALIZED (
  SELECT p.id AS promise_id, s.id AS part_id, s.reservation_id, s.ship_by, p.due_at AS due_before,
    s.quantity - s.cancelled - s.shipped AS units, l.sku, l.name_th, l.name_en, o.id AS order_id, o.number, o.buyer_id,
    o.customer_id
  FROM promise p JOIN schedule_line s ON s.promise_id = p.id JOIN order_line l ON l.id = s.line_id
  JOIN customer_order o ON o.id = l.order_id
  WHERE o.warehouse_id = :warehouse AND p.state IN ('open', 'at_risk') AND s.quantity > s.cancelled + s.shipped
    AND s.ship_by BETWEEN :starts_on AND :ends_on {locking}),
moved AS MATERIALIZED (
  SELECT h.*, greatest(due_before, CAST(later.day + 1 AS timestamp) AT TIME ZONE 'Asia/Bangkok' - interval '1 second')
    AS due_after
  FROM held_up h JOIN counted ships ON ships.day = h.ship_by CROSS JOIN again
  JOIN counted due ON due.day = CAST(h.due_before AT TIME ZONE 'Asia/Bangkok' AS date)
  JOIN counted later ON later.works = 1 AND later.no = due.no + again.no - ships.no)"""

PREVIEW = f"""{TOUCHED.format(locking="")},
first AS (
  SELECT number, sku, moved.name_th, moved.name_en, units, due_before, due_after, c.code, c.name_th AS company_th,
    c.name_en AS company_en
  FROM moved JOIN customer c ON c.id = customer_id ORDER BY due_before, part_id LIMIT 50)
SELECT (SELECT count(*) FROM moved), (SELECT count(DISTINCT order_id) FROM moved),
  (SELECT count(DISTINCT customer_id) FROM moved),
  (SELECT json_agg(days) FROM (SELECT ship_by, due_before, due_after, count(*) FROM moved GROUP BY 1, 2, 3) days),
  (SELECT json_agg(first) FROM first)"""

LOCKS = """
SELECT id FROM customer_order WHERE id IN (
  SELECT l.order_id FROM promise p JOIN schedule_line s ON s.promise_id = p.id JOIN order_line l ON l.id = s.line_id
  WHERE p.state IN ('open', 'at_risk') AND s.quantity > s.cancelled + s.shipped
    AND s.ship_by BETWEEN :starts_on AND :ends_on) AND warehouse_id = :warehouse
ORDER BY id FOR UPDATE"""

CONFIRM = f"""{TOUCHED.format(locking="ORDER BY p.id FOR UPDATE OF p")},
kept AS (
  INSERT INTO disruption_effect (disruption_id, part_id, promise_id, customer_id, due_before, due_after)
  SELECT CAST(:disruption AS int), part_id, promise_id, customer_id, due_before, due_after FROM moved),
goods AS (UPDATE reservation r SET due_at = due_after FROM moved WHERE r.id = reservation_id),
promises AS (
  UPDATE promise p SET due_at = due_after, state = 'open', cause = NULL, risk_since = NULL
  FROM moved WHERE p.id = promise_id),
parts AS (UPDATE schedule_line s SET ship_by = again.day FROM moved, again WHERE s.id = part_id),
events AS (
  INSERT INTO promise_event (promise_id, at, what, due_at, cause, by_id)
  SELECT promise_id, CAST(:now AS timestamptz), 'repromised', due_after, 'disruption', CAST(:by AS int) FROM moved),
told AS (
  INSERT INTO notice (key, user_id, template, facts, path, private, created_at, mail_state, attempts, next_try_at)
  SELECT 'disruption:' || CAST(:number AS text) || ':' || buyer_id, buyer_id, 'orders/notices/disruption.txt',
    json_build_object('disruption', CAST(:number AS text), 'kind', 'Flood', 'what_th', d.what_th, 'what_en', d.what_en,
      'warehouse_th', w.name_th, 'warehouse_en', w.name_en, 'starts_on', d.starts_on, 'ends_on', d.ends_on,
      'count', count, 'lines', lines),
    '/my/disruptions/' || CAST(:number AS text), false, CAST(:now AS timestamptz), 'due', 0, CAST(:now AS timestamptz)
  FROM (
    SELECT buyer_id, min(of_buyer) AS count, json_agg(json_build_object('order', number, 'sku', sku, 'name_th', name_th,
      'name_en', name_en, 'quantity', units,
      'due_before', CAST(due_before AT TIME ZONE 'Asia/Bangkok' AS date),
      'due_after', CAST(due_after AT TIME ZONE 'Asia/Bangkok' AS date)) ORDER BY place) AS lines
    FROM (SELECT *, row_number() OVER (PARTITION BY buyer_id ORDER BY due_before, part_id) AS place,
        count(*) OVER (PARTITION BY buyer_id) AS of_buyer FROM moved WHERE buyer_id IS NOT NULL) placed
    WHERE place <= 25 GROUP BY buyer_id) mine
  JOIN disruption d ON d.id = :disruption JOIN warehouse w ON w.id = d.warehouse_id
  ON CONFLICT (key) DO NOTHING),
stated AS (
  UPDATE disruption SET state = 'confirmed', confirmed_at = :now, confirmed_by_id = :by WHERE id = :disruption),
audited AS (
  INSERT INTO audit_entry (at, by_id, verb, subject_kind, subject_no, after)
  SELECT CAST(:now AS timestamptz), CAST(:by AS int), 'disruption.confirmed', 'disruption', CAST(:number AS text),
    json_build_object('parts', count(*), 'orders', count(DISTINCT order_id), 'customers', count(DISTINCT customer_id))
  FROM moved)
SELECT count(*) FROM moved"""
