"""In which parts and on which days so many units would come, and why not all at once: in plain words, for buyers."""

from collections.abc import Sequence

from orders.dating import Dated
from portal.i18n import N_, day_text, gettext, quantity_text


def in_words(parts: Sequence[Dated]) -> str:
    """One sentence of the reader's language, with no word of other customers or of suppliers.

    "7 on 7 April, from stock; 3 on 17 April, when our next delivery comes." Empty without parts. The parts are told in
    the order of their days, and of one day as an order takes them.
    """
    parts = sorted(parts, key=lambda one: one.due_on)
    if not parts:
        return ""
    if len(parts) == 1 and parts[0].part.held:
        return gettext(N_("All %(units)s on %(day)s, from stock."), **_facts(parts[0]))
    deliveries = [
        one for one in parts if one.part.receipt is not None and one.part.receipt.transfer_id is None
    ]
    said = [gettext(_why(one, deliveries[:1]), **_facts(one)) for one in parts]
    return gettext(N_("%(parts)s."), parts="; ".join(said))


def _why(one: Dated, next_delivery: Sequence[Dated]) -> str:
    if one.part.held:
        return N_("%(units)s on %(day)s, from stock")
    receipt = one.part.receipt
    if receipt is None:
        return N_("%(units)s about %(day)s, once we have ordered more")
    if receipt.transfer_id is not None:
        return N_("%(units)s on %(day)s, when they come from another of our warehouses")
    if one in next_delivery:
        return N_("%(units)s on %(day)s, when our next delivery comes")
    return N_("%(units)s on %(day)s, when a later delivery comes")


def _facts(one: Dated) -> dict[str, str]:
    return {"units": quantity_text(one.part.quantity), "day": day_text(one.due_on)}
