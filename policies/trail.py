"""What the audit trail says of policies and the calendar, in words."""

from policies import acknowledging, calendars, directory, escalating, exempting, reporting, revising, rota
from portal.i18n import N_

VERBS: dict[str, str] = {
    revising.Verb.OPENED: N_("Policy opened"),
    revising.Verb.DRAFTED: N_("Draft begun"),
    revising.Verb.CHANGED: N_("Draft changed"),
    revising.Verb.DISCARDED: N_("Draft discarded"),
    revising.Verb.SUBMITTED: N_("Submitted for review"),
    revising.Verb.TAKEN_BACK: N_("Taken back from review"),
    revising.Verb.SENT_BACK: N_("Sent back to its author"),
    revising.Verb.PUBLISHED: N_("Version published"),
    acknowledging.Verb.ACKNOWLEDGED: N_("Service policy acknowledged"),
    reporting.Verb.MADE: N_("Service report made"),
    reporting.Verb.RESTATED: N_("Reported period stated again"),
    calendars.Verb.HOLIDAYS_ADDED: N_("Public holidays added"),
    calendars.Verb.CLOSED: N_("Day closed"),
    calendars.Verb.REOPENED: N_("Day reopened"),
    calendars.Verb.OPENED: N_("Calendar of a place opened"),
    calendars.Verb.HOURS_CHANGED: N_("Working hours changed"),
    calendars.Verb.REMOVED: N_("Calendar of a place taken away"),
    exempting.Verb.EXEMPTED: N_("Missed promise made exempt"),
    directory.Verb.OPENED: N_("Unit opened"),
    directory.Verb.CHANGED: N_("Unit changed"),
    directory.Verb.CLOSED: N_("Unit closed"),
    directory.Verb.ASSIGNED: N_("Unit given its matters"),
    rota.Verb.ADDED: N_("Put on duty"),
    rota.Verb.CHANGED: N_("Duty changed"),
    rota.Verb.REMOVED: N_("Taken off duty"),
    rota.Verb.COPIED: N_("Week of the rota copied"),
    rota.Verb.FILLED: N_("Put on duty for several weeks"),
    escalating.Verb.PASSED_ON: N_("Case passed on"),
}
SUBJECTS = {
    "policy": N_("Policy"),
    "calendar": N_("Calendar"),
    "service_unit": N_("Service unit"),
    "service_report": N_("Service report"),
}
