"""What the audit trail says of policies and the calendar, in words."""

from policies import calendars, directory, revising
from portal.i18n import N_

VERBS: dict[str, str] = {
    revising.Verb.OPENED: N_("Policy opened"),
    revising.Verb.DRAFTED: N_("Draft begun"),
    revising.Verb.CHANGED: N_("Draft changed"),
    revising.Verb.DISCARDED: N_("Draft discarded"),
    revising.Verb.PUBLISHED: N_("Version published"),
    calendars.Verb.HOLIDAYS_ADDED: N_("Public holidays added"),
    calendars.Verb.CLOSED: N_("Day closed"),
    calendars.Verb.REOPENED: N_("Day reopened"),
    directory.Verb.OPENED: N_("Unit opened"),
    directory.Verb.CHANGED: N_("Unit changed"),
    directory.Verb.CLOSED: N_("Unit closed"),
    directory.Verb.ASSIGNED: N_("Unit given its matters"),
}
SUBJECTS = {"policy": N_("Policy"), "calendar": N_("Calendar"), "service_unit": N_("Service unit")}
