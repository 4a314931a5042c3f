"""What happened to a return and what it waits for, in words of the language being spoken."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy.orm import Session

from aftersales import calling_off
from aftersales.models import DISPOSITION_TITLES, Disposition, Return, ReturnState
from aftersales.return_steps import inspected
from policies.promises import WATCHED, Promise, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.i18n import _, day_text, due_text, money_text, ngettext, quantity_text
from portal.story import Entry, who_acted


def headline(found: Return) -> str:
    """The one sentence that matters now: what the return waits for, or how it ended."""
    match found.state:
        case ReturnState.REQUESTED:
            due = _due(found.decision_promise)
            return _("You have our decision by %(day)s.", day=due) if due else _("Waiting for our decision.")
        case ReturnState.AUTHORISED:
            return _("The goods are expected by %(day)s.", day=day_text(found.return_by))
        case ReturnState.RECEIVED:
            due = _due(found.refund_promise)
            if due:
                return _("The goods are here; settled by %(day)s.", day=due)
            return _("The goods are here and will be settled.")
        case ReturnState.SETTLED:
            return _settled(found)
        case ReturnState.REFUSED:
            return _("Not authorised: %(reason)s", reason=found.decision_note)
        case _other:
            return _("Called off; nothing is sent back.")


def desk_headline(found: Return) -> str:
    """The same sentence as our own people read it."""
    if found.state == ReturnState.REQUESTED and (due := _due(found.decision_promise)):
        return _("The buyer has our decision by %(day)s.", day=due)
    if found.state == ReturnState.SETTLED and found.credit_note is None and found.replacement is None:
        return _("Sent back to the customer, nothing was credited")
    return headline(found)


def late(promise: Promise | None) -> bool:
    """Whether what was promised of a return was not done in time."""
    return promise is not None and promise.state == PromiseState.MISSED


def story(session: Session, found: Return, reader: User) -> list[Entry]:
    """Everything that happened to a return, newest first; buyers do not read who acted for the distributor."""
    told = list(_steps(found, reader))
    for act in audit.history_of(session, "return", found.number):
        if act.verb == calling_off.Verb.CANCELLED:
            told.append(Entry(act.at, _("Called off"), who_acted(act.by, reader)))
        elif act.verb == calling_off.Verb.EXPIRED:
            told.append(
                Entry(act.at, _("Closed, because the goods did not come by the day agreed"), tone="risk")
            )
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def _steps(found: Return, reader: User) -> Iterator[Entry]:
    """What the return itself keeps of its way, the last step first."""
    if found.settled_at:
        why = _("Later than promised") if late(found.refund_promise) else ""
        yield Entry(found.settled_at, _settled(found), "", why, "bad" if why else "ok")
    yield from _inspections(found, reader)
    if found.received_at:
        units = sum(line.received for line in found.lines)
        what = ngettext(
            "%(units)s unit received", "%(units)s units received", units, units=quantity_text(units)
        )
        yield Entry(found.received_at, what, who_acted(found.received_by, reader), "", "info")
    if found.decided_at and (found.requested_at < found.decided_at or found.return_by):
        refused = found.state == ReturnState.REFUSED
        what = _("Refused") if refused else _("Authorised")
        if late(found.decision_promise):
            what = _("%(what)s, later than promised", what=what)
        yield Entry(
            found.decided_at,
            what,
            who_acted(found.decided_by, reader),
            found.decision_note,
            "bad" if refused else "ok",
        )
    yield Entry(
        found.requested_at, _("Return asked for"), who_acted(found.requested_by, reader), found.note, "info"
    )


def _inspections(found: Return, reader: User) -> Iterator[Entry]:
    """Each act of inspecting, the last one first."""
    outcomes = sorted(
        (one for line in found.lines for one in line.outcomes), key=lambda one: one.inspected_at, reverse=True
    )
    whole = inspected(found)
    for at, act in groupby(outcomes, key=lambda one: one.inspected_at):
        told = list(act)
        found_out = [
            f"{quantity_text(one.quantity)} × {_(DISPOSITION_TITLES[Disposition(one.disposition)])}"
            for one in told
        ]
        what = _("Inspected") if whole else _("Partly inspected")
        whole = False  # only the last act has made it whole
        yield Entry(at, what, who_acted(told[-1].inspected_by, reader), ", ".join(found_out), "info")


def _settled(found: Return) -> str:
    if found.credit_note is not None:
        note = found.credit_note
        return _("%(amount)s credited", amount=money_text(note.total_minor, note.currency))
    if found.replacement is not None:
        return _("Replaced with order %(number)s", number=found.replacement.number)
    return _("Sent back to you, nothing was credited")


def _due(promise: Promise | None) -> str:
    return due_text(promise.due_at) if promise is not None and promise.state in WATCHED else ""
