"""What the audit trail says of price lists, of what customers see, and of their own codes, in words."""

from inventory import assorting, own_codes, price_lists, pricing
from portal.i18n import N_

VERBS: dict[str, str] = {
    pricing.Verb.REMOVED: N_("Price taken out"),
    price_lists.Verb.CHANGED: N_("Price list changed"),
    price_lists.Verb.COPIED: N_("Price list copied"),
    assorting.Verb.RULED: N_("Shown or hidden"),
    assorting.Verb.LIFTED: N_("Rule of what is seen lifted"),
    own_codes.Verb.SET: N_("Own code set"),
    own_codes.Verb.REMOVED: N_("Own code taken away"),
    own_codes.Verb.MANY_SET: N_("Many own codes set"),
}
FACTS: dict[str, str] = {
    "for": N_("For"),
    "shown": N_("Shown"),
    "code": N_("Code"),
    "name": N_("Name"),
    "name_th": N_("Name in Thai"),
    "name_en": N_("Name in English"),
    "currency": N_("Currency"),
    "tier": N_("Tier"),
    "customer": N_("Customer"),
    "group": N_("Group"),
    "customer_id": N_("Customer"),
    "group_id": N_("Group"),
    "valid_from": N_("From"),
    "valid_until": N_("Until"),
    "new": N_("New"),
    "changed": N_("Changed"),
}
