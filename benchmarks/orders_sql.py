"""The list of orders as one query by hand: each with its lines, its state and the promise that is due next."""

PAGE = """
WITH page AS (
  SELECT id, number, placed_at, po_number, currency, total_minor FROM customer_order
  WHERE customer_id = :customer_id ORDER BY placed_at DESC, id DESC LIMIT 25),
lines AS (
  SELECT l.id, l.order_id, l.ordered - l.cancelled AS wanted, sum(coalesce(r.held, 0)) AS held, sum(s.picked) AS picked,
    sum(s.shipped) AS shipped, sum(s.delivered) AS delivered,
    min(p.due_at) FILTER (WHERE p.fulfilled_at IS NULL AND p.state IN ('open', 'at_risk', 'missed')) AS due,
    count(*) FILTER (WHERE p.fulfilled_at IS NULL AND p.state = 'missed') AS missed,
    count(*) FILTER (WHERE p.fulfilled_at IS NULL AND p.state = 'at_risk') AS at_risk
  FROM page JOIN order_line l ON l.order_id = page.id JOIN schedule_line s ON s.line_id = l.id
  LEFT JOIN reservation r ON r.id = s.reservation_id LEFT JOIN promise p ON p.id = s.promise_id
  GROUP BY l.id, l.order_id, l.ordered, l.cancelled)
SELECT page.number, page.placed_at, page.po_number, page.currency, page.total_minor, count(*) AS lines,
  min(due) AS next_due_at,
  CASE WHEN sum(missed) > 0 THEN 'missed' WHEN sum(at_risk) > 0 THEN 'at risk' END AS worst,
  CASE WHEN bool_and(wanted = 0) THEN 'cancelled' WHEN bool_and(delivered >= wanted) THEN 'delivered'
    WHEN bool_or(delivered > 0) THEN 'partly delivered' WHEN bool_and(shipped >= wanted) THEN 'shipped'
    WHEN bool_or(shipped > 0) THEN 'partly shipped' WHEN bool_and(picked >= wanted) THEN 'picked'
    WHEN bool_and(held >= wanted) THEN 'in stock' WHEN bool_or(held > 0) THEN 'partly in stock'
    ELSE 'waiting' END AS state
FROM page JOIN lines ON lines.order_id = page.id
GROUP BY page.id, page.number, page.placed_at, page.po_number, page.currency, page.total_minor
ORDER BY page.placed_at DESC, page.id DESC"""
