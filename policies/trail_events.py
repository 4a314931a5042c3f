"""What the audit trail says of seminars and advice, in words."""

from policies import booking, consultants, offering_times, seminar_ending, seminar_planning, signing_up
from portal.i18n import N_

VERBS: dict[str, str] = {
    seminar_planning.Verb.PLANNED: N_("Seminar planned"),
    seminar_planning.Verb.CHANGED: N_("Seminar changed"),
    seminar_planning.Verb.ANNOUNCED: N_("Seminar announced"),
    seminar_planning.Verb.DISCARDED: N_("Draft of a seminar thrown away"),
    signing_up.Verb.SIGNED_UP: N_("Signed up for a seminar"),
    signing_up.Verb.SIGNED_OFF: N_("Signed off from a seminar"),
    signing_up.Verb.MOVED_UP: N_("Moved up from the waiting list"),
    seminar_ending.Verb.CANCELLED: N_("Seminar cancelled"),
    seminar_ending.Verb.HELD: N_("Attendance recorded"),
    consultants.Verb.NAMED: N_("Consultant named"),
    consultants.Verb.CHANGED: N_("Consultant changed"),
    offering_times.Verb.OFFERED: N_("Times offered"),
    offering_times.Verb.WITHDRAWN: N_("Time withdrawn"),
    booking.Verb.BOOKED: N_("Advice booked"),
    booking.Verb.CANCELLED: N_("Booking cancelled"),
    booking.Verb.HELD: N_("Outcome of an appointment noted"),
}
SUBJECTS = {"seminar": N_("Seminar"), "consultant": N_("Consultant"), "consulting": N_("Appointment")}
