"""The pages of replenishment, orders to suppliers and suppliers' records."""

from inventory.views import purchase_drafts, purchases, replenishment, suppliers

BLUEPRINTS = (purchases.bp, purchase_drafts.bp, suppliers.bp, replenishment.bp)
