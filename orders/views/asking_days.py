"""How many units a buyer asks of on the page of a product, and when they would come."""

from typing import Any

from flask import request

from inventory.in_baskets import holds_of
from inventory.models import Product
from inventory.ordering import terms_of
from orders.fitting import misfits
from orders.previewing import preview
from orders.promised_words import in_words
from orders.wishes import MOST_UNITS
from portal import clock
from portal.i18n import N_, gettext, quantity_text
from portal.refusal import Refused
from portal.web.session import db, me

MOST_DIGITS = len(str(MOST_UNITS))


def asked_of(product: Product) -> dict[str, Any]:
    """The quantity asked for, the parts it would be promised in now, the same in words, and why it cannot be ordered.

    Without a quantity the least that is sold; `need_wrong` says when that, or the most, stands for one that cannot be
    asked for. What the buyer's own basket holds is free for the buyer.
    """
    typed = request.args.get("need", "").strip()
    whole = typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS
    need = min(int(typed), MOST_UNITS) if whole and int(typed) else terms_of(product).lowest
    need_wrong = ""
    if typed and not (whole and 0 < int(typed) <= MOST_UNITS):
        need_wrong = gettext(
            N_("Ask for a whole number from 1 to %(most)s. What follows is for %(count)s."),
            most=quantity_text(MOST_UNITS),
            count=quantity_text(need),
        )
    now, company, wanted = clock.now(), me().company, (product, need)
    own = holds_of(db(), me().id, [product.id], now=now)
    try:
        parts = preview(db(), company, [wanted], own=own, now=now)[product.id]
        unfit = misfits(db(), company, [wanted], own).get(product.id)
    except Refused:
        return {
            "need": need,
            "need_wrong": need_wrong,
            "promise": [],
            "promise_words": "",
            "unfit": None,
            "unfit_words": "",
        }
    return {
        "need": need,
        "need_wrong": need_wrong,
        "promise": parts,
        "promise_words": in_words(parts),
        "unfit": unfit,
        "unfit_words": gettext(unfit.message, **unfit.params) if unfit else "",
    }
