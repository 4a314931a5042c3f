"""What the audit trail says of repairs, loaners and product notices, in words."""

from aftersales import drafting_notices, lending, pooling, repairing, settling_recalls
from portal.i18n import N_

VERBS: dict[str, str] = {
    repairing.Verb.OPENED: N_("Repair opened"),
    repairing.Verb.CANCELLED: N_("Repair cancelled"),
    repairing.Verb.RECEIVED: N_("Unit received for repair"),
    repairing.Verb.QUOTED: N_("Repair quoted"),
    repairing.Verb.APPROVED: N_("Repair approved"),
    repairing.Verb.DECLINED: N_("Quote declined"),
    repairing.Verb.REPAIRED: N_("Unit repaired"),
    repairing.Verb.RETURNED: N_("Unit sent back"),
    repairing.Verb.LOANER_ASKED: N_("Loaner asked for"),
    lending.Verb.HANDED_OUT: N_("Loaner handed over"),
    lending.Verb.TAKEN_BACK: N_("Loaner taken back"),
    pooling.Verb.ADDED: N_("Unit put into the loaner pool"),
    pooling.Verb.RETIRED: N_("Unit retired from the loaner pool"),
    drafting_notices.Verb.DRAFTED: N_("Product notice drafted"),
    drafting_notices.Verb.CHANGED: N_("Product notice changed"),
    drafting_notices.Verb.DISCARDED: N_("Product notice thrown away"),
    drafting_notices.Verb.ISSUED: N_("Product notice issued"),
    drafting_notices.Verb.ACKNOWLEDGED: N_("Product notice acknowledged"),
    drafting_notices.Verb.CLOSED: N_("Product notice closed"),
    drafting_notices.Verb.HELD: N_("Recalled stock held"),
    drafting_notices.Verb.REACHED: N_("Companies that got affected units later told"),
    settling_recalls.Verb.RELEASED: N_("Stock held by a recall released"),
    settling_recalls.Verb.SCRAPPED: N_("Stock held by a recall scrapped"),
}
SUBJECTS = {
    "repair": N_("Repair"),
    "loan": N_("Loan"),
    "loaner": N_("Loaner"),
    "product_notice": N_("Product notice"),
}
