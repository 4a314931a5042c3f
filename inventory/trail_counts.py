"""What the audit trail says of counts, adjustments and bins, in words."""

from inventory import adjusting, counting, counting_terms, drawing_counts, shelving
from portal.i18n import N_

VERBS: dict[str, str] = {
    drawing_counts.Verb.DRAWN: N_("Count sheet drawn"),
    counting.Verb.HANDED_IN: N_("Count sheet handed in"),
    counting.Verb.CALLED_OFF: N_("Count sheet called off"),
    counting_terms.Verb.CHANGED: N_("Terms of counting changed"),
    adjusting.Verb.PROPOSED: N_("Adjustment proposed"),
    adjusting.Verb.AT_ONCE: N_("Adjustment booked at once"),
    adjusting.Verb.APPROVED: N_("Adjustment approved and booked"),
    adjusting.Verb.REFUSED: N_("Adjustment refused"),
    shelving.Verb.SET: N_("Bin changed"),
}
SUBJECTS = {
    "adjustment": N_("Adjustment"),
    "count_sheet": N_("Count sheet"),
    "counting_terms": N_("Terms of counting"),
}
FACTS = {
    "cause": N_("Why"),
    "note": N_("Note"),
    "class": N_("Class"),
    "lines": N_("Lines"),
    "within": N_("Within tolerance"),
    "state": N_("State"),
    "bins": N_("Bins"),
    "at_once_minor": N_("Booked at once up to"),
    "tolerance_a_bp": N_("Tolerance of class A"),
    "tolerance_b_bp": N_("Tolerance of class B"),
    "tolerance_c_bp": N_("Tolerance of class C"),
    "lines_a_sheet": N_("Lines on a sheet at most"),
}
