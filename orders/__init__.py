"""What was asked, promised, delivered: baskets, orders, shipments, past credits and the lead-time watch.

Knows no return and no repair. Rooms above enter through `access.order_for` and `queries`.
"""
