"""What was said and done about a complaint, and what it waits for, in words of the language being spoken."""

from aftersales.complaints import ENTRY_TITLES, Complaint, ComplaintEntry, ComplaintState, EntryKind
from aftersales.return_story import late
from policies.promises import WATCHED
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.i18n import _, day_text, due_text
from portal.story import Entry

TONES = {
    EntryKind.OPENED: "info",
    EntryKind.ANSWERED: "ok",
    EntryKind.ESCALATED: "risk",
    EntryKind.REOPENED: "risk",
    EntryKind.SETTLED: "ok",
}


def headline(found: Complaint) -> str:
    """The one sentence that matters now."""
    promise = found.answer_promise
    if found.state == ComplaintState.SETTLED:
        return _("Settled on %(day)s.", day=day_text(found.settled_at))
    if found.state == ComplaintState.ANSWERED:
        return _("Answered on %(day)s, not settled yet.", day=day_text(found.answered_at))
    if promise is None:
        return _("Waiting for our answer.")
    if late(promise):
        return _("The answer was promised by %(day)s and is late.", day=due_text(promise.due_at))
    if promise.state in WATCHED:
        return _("The answer is promised by %(day)s.", day=due_text(promise.due_at))
    return _("Waiting for our answer.")


def story(found: Complaint, reader: User) -> list[Entry]:
    """What happened, newest first; the customer reads neither notes nor who acted for the distributor."""
    ours = reader.audience is Audience.STAFF
    shown = [one for one in found.entries if ours or one.what not in (EntryKind.NOTE, EntryKind.ASSIGNED)]
    return [_told(one, ours=ours) for one in reversed(shown)]


def answers(found: Complaint) -> list[ComplaintEntry]:
    """The answers given so far, the latest first."""
    return [one for one in reversed(found.entries) if one.what == EntryKind.ANSWERED]


def _told(one: ComplaintEntry, *, ours: bool) -> Entry:
    kind = EntryKind(one.what)
    who = ""
    if one.by is not None:
        who = one.by.name if ours or one.by.audience is not Audience.STAFF else _("Our staff")
    text = "" if kind is EntryKind.OPENED else one.text  # the page shows it as what the complaint says
    return Entry(one.at, _(ENTRY_TITLES[kind]), who, text, TONES.get(kind, "neutral"))
