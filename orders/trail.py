"""What the audit trail says of orders, in words."""

from orders import cancelling, crediting, fulfilling, placing
from portal.i18n import N_

VERBS: dict[str, str] = {
    placing.Verb.PLACED: N_("Order placed"),
    cancelling.Verb.CANCELLED: N_("Order cancelled"),
    fulfilling.Verb.PICKED: N_("Goods picked"),
    fulfilling.Verb.PUT_BACK: N_("Pick undone"),
    fulfilling.Verb.SHIPPED: N_("Goods shipped"),
    fulfilling.Verb.DELIVERED: N_("Delivery recorded"),
    crediting.Verb.ISSUED: N_("Credit note issued"),
}
SUBJECTS = {"order": N_("Order"), "credit_note": N_("Credit note")}
