"""A repair, a loan, a product notice and the unit they are about, as the addresses name them."""

from typing import Any

from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.issuing_notices import issue
from aftersales.lending import hand_out
from aftersales.recalls import NoticeKind
from tests.aftersales.owners import pooled, printer, quoted, received, repair_of, sold
from tests.makers import World

TEXTS = NoticeTexts("เรื่อง", "Title", "ความเสี่ยง", "The risk", "สิ่งที่ต้องทำ", "What to do")


def repairs_of(world: World) -> dict[str, str]:
    """A unit in repair with its quote unanswered and its loaner out, an advisory about it, and a recall in draft."""
    product = printer(world, "SCANNER", stock=4, months=None)
    (unit,) = sold(world, product)
    repair = received(world, repair_of(world, unit))
    loaner = pooled(world, product, "SCANNER-0004")
    loan = hand_out(world.session, repair, loaner, by=world.staff, now=world.now)
    quoted(world, repair)
    by: dict[str, Any] = {"by": world.manager, "now": world.now}
    notice = draft(world.session, NoticeKind.ADVISORY, product, unit.number, TEXTS, **by)
    issue(world.session, notice, **by)
    recall = draft(world.session, NoticeKind.RECALL, product, "SCANNER-0002", TEXTS, **by)
    return {
        "repair_no": repair.number,
        "loan_no": loan.number,
        "product_notice_no": notice.number,
        "desk_notices.edit:product_notice_no": recall.number,
        "serial": unit.number,
        "my_units.one:sku": product.sku,
        "desk_serials.one:sku": product.sku,
        "desk_loaners.retire:sku": product.sku,
        "desk_loaners.retire:serial": "SCANNER-0004",
    }
