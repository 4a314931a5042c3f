"""What we have and what is spoken for: products, prices, warehouses, the movement ledger, reservations.

Knows no order. Rooms above enter through `reserving` (claim, consume, release) and `availability`.
"""
