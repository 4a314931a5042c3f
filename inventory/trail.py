"""What the audit trail says of products and stock, in words."""

from inventory import (
    cataloguing,
    expired,
    pricing,
    receiving,
    setting_aside,
    siting,
    stopping,
    substitutes,
    transferring,
)
from portal.i18n import N_

VERBS: dict[str, str] = {
    cataloguing.Verb.ADDED: N_("Product added"),
    cataloguing.Verb.CHANGED: N_("Product changed"),
    cataloguing.Verb.CATEGORY_ADDED: N_("Category added"),
    cataloguing.Verb.CATEGORY_RENAMED: N_("Category renamed"),
    pricing.Verb.LIST_MADE: N_("Price list made"),
    pricing.Verb.SET: N_("Price set"),
    pricing.Verb.MANY_SET: N_("Many prices set"),
    receiving.Verb.EXPECTED: N_("Receipt expected"),
    receiving.Verb.MOVED: N_("Expected day moved"),
    receiving.Verb.BOOKED: N_("Goods booked in"),
    receiving.Verb.CLOSED: N_("Receipt closed"),
    setting_aside.Verb.HELD: N_("Units set aside"),
    setting_aside.Verb.RELEASED: N_("Units released from quarantine"),
    expired.Verb.EXPIRED: N_("Expired units put into quarantine"),
    stopping.Verb.STOPPED: N_("Recalled units that came in put into quarantine"),
    setting_aside.Verb.SCRAPPED: N_("Units in quarantine scrapped"),
    substitutes.Verb.NAMED: N_("Substitute named"),
    substitutes.Verb.CHANGED: N_("Substitute changed"),
    substitutes.Verb.TAKEN_BACK: N_("Substitute taken back"),
    siting.Verb.WAREHOUSE_PUT: N_("Warehouse brought up to date"),
    siting.Verb.AREA_SET: N_("Service area set"),
    siting.Verb.AREA_ENDED: N_("Service area ended"),
    siting.Verb.SUPPLIER_PUT: N_("Supplier brought up to date"),
    transferring.Verb.SENT: N_("Stock moved"),
    transferring.Verb.REPLANNED: N_("Expected day moved"),
    transferring.Verb.ARRIVED: N_("Transfer arrived"),
}
SUBJECTS = {
    "product": N_("Product"),
    "category": N_("Category"),
    "price_list": N_("Price list"),
    "receipt": N_("Receipt"),
    "warehouse": N_("Warehouse"),
    "service_area": N_("Service area"),
    "supplier": N_("Supplier"),
    "transfer": N_("Transfer"),
    "stock": N_("Stock"),
}
