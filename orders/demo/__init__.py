"""The demo trade: two years of orders, receipts and deliveries, planned the same way on every machine."""
