"""The rule book and the promises: what we promise, to whom, by when, and whether it was kept.

Knows no order and no product: a promise names its subject by kind and number. Rooms above enter through
`book.in_force` (which standard holds) and `promising` (make, re-promise, keep, miss).
"""
