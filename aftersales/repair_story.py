"""Where a repair stands and what happened to it, in words of the language being spoken."""

from collections.abc import Iterable, Iterator
from typing import Any

from aftersales.repairs import GRADE_TITLES, REPAIR_TITLES, Grade, Loan, Repair, RepairEvent, RepairState
from policies.promises import WATCHED, Cause, Promise, PromiseState
from portal.accounts.models import User
from portal.i18n import N_, _, day_text, due_text, moment_text, money_text, ngettext, quantity_text
from portal.story import Entry, who_acted

DESK_TITLES = REPAIR_TITLES | {RepairState.QUOTED: N_("Waiting for the customer’s answer to the quote")}
"""The stages as the distributor's people call them."""

TONES = {
    RepairState.REQUESTED: "info",
    RepairState.RECEIVED: "info",
    RepairState.QUOTED: "risk",
    RepairState.APPROVED: "info",
    RepairState.DECLINED: "neutral",
    RepairState.REPAIRED: "ok",
    RepairState.RETURNED: "ok",
    RepairState.CANCELLED: "neutral",
}

STEPS = (
    (RepairState.REQUESTED, N_("Repair asked for")),
    (RepairState.RECEIVED, N_("Unit received")),
    (RepairState.QUOTED, N_("Diagnosed and quoted")),
    (RepairState.APPROVED, N_("Approved")),
    (RepairState.REPAIRED, N_("Repaired and tested")),
    (RepairState.RETURNED, N_("Sent back")),
)

WHAT = {
    RepairState.REQUESTED: N_("Repair asked for"),
    RepairState.RECEIVED: N_("Unit received in our workshop"),
    RepairState.QUOTED: N_("Diagnosed and quoted"),
    RepairState.APPROVED: N_("Approved"),
    RepairState.DECLINED: N_("Quote declined"),
    RepairState.REPAIRED: N_("Repaired and tested"),
    RepairState.RETURNED: N_("Sent back"),
    RepairState.CANCELLED: N_("Cancelled"),
}

HOUR = 60

WHY_MOVED: dict[str | None, str] = {
    Cause.CUSTOMER_ANSWER: N_("The wait for the answer does not count."),
    Cause.CALENDAR: N_("Our working days or hours changed."),
}


def headline(repair: Repair) -> str:
    """The one sentence that matters now: what the repair waits for, or how it ended."""
    match repair.state:
        case RepairState.REQUESTED:
            return _("Waiting for the unit to arrive in our workshop.")
        case RepairState.RECEIVED:
            due = _due(repair.quote_promise)
            return _("Diagnosed and quoted by %(day)s.", day=due) if due else _("Being diagnosed.")
        case RepairState.QUOTED:
            amount = money_text(repair.charge_minor, repair.currency)
            return _("The repair costs %(amount)s before VAT and waits for an answer.", amount=amount)
        case RepairState.APPROVED:
            due = _due(repair.repair_promise)
            return _("Repaired and sent back by %(day)s.", day=due) if due else _("Being repaired.")
        case RepairState.DECLINED:
            return _("The quote was declined; the unit goes back as it came.")
        case RepairState.REPAIRED:
            return _("Repaired and tested; on its way out of our workshop.")
        case RepairState.RETURNED:
            day, carrier = day_text(repair.returned_at), repair.carrier
            return _("Sent back on %(day)s with %(carrier)s.", day=day, carrier=carrier)
        case _other:
            return _("Called off before the unit came to us.")


def missed_promise(repair: Repair) -> Promise | None:
    """The promise of the repair that was missed, the return before the diagnosis; None when none was."""
    promises = (repair.repair_promise, repair.quote_promise, repair.loaner_promise)
    return next((one for one in promises if one is not None and one.state == PromiseState.MISSED), None)


def stages_told(repair: Repair) -> list[dict[str, Any]]:
    """The stages of a repair with their days, as `stages` of the macros shows them."""
    reached = {event.state: event.at for event in repair.events}
    if repair.state == RepairState.CANCELLED:
        return []
    steps = list(STEPS)
    if RepairState.DECLINED in reached:
        steps[3:5] = [(RepairState.DECLINED, N_("Quote declined"))]
    told: list[dict[str, Any]] = []
    now_taken = False
    for state, title in steps:
        if state in reached:
            told.append({"title": _(title), "when": day_text(reached[state]), "state": "done"})
            continue
        due = {
            RepairState.QUOTED: _due(repair.quote_promise),
            RepairState.RETURNED: _due(repair.repair_promise),
        }.get(state, "")
        when = _("by %(day)s", day=due) if due else None
        told.append({"title": _(title), "when": when, "state": "next" if now_taken else "now"})
        now_taken = True
    return told


def stands_still(repair: Repair, minutes_left: int | None) -> tuple[str, str] | None:
    """Since when the clock of a repair stands still, and the working time that is left on it; None while it runs."""
    promise = repair.repair_promise
    if minutes_left is None or promise is None or promise.paused_since is None:
        return None
    since = _("Paused since %(moment)s", moment=moment_text(promise.paused_since))
    if minutes_left < HOUR:
        left = ngettext(
            "%(count)s working minute of the clock left",
            "%(count)s working minutes of the clock left",
            minutes_left,
            count=minutes_left,
        )
    else:
        hours = minutes_left // HOUR
        left = ngettext(
            "%(count)s working hour of the clock left",
            "%(count)s working hours of the clock left",
            hours,
            count=quantity_text(hours),
        )
    return since, left


def story(repair: Repair, loans: Iterable[Loan], reader: User) -> list[Entry]:
    """Everything that happened in a repair and to its loaners, newest first."""
    told = [*_stages(repair, reader), *_moved(repair), *_lent(loans, reader)]
    return sorted(told, key=lambda entry: entry.at)[::-1]


def _stages(repair: Repair, reader: User) -> Iterator[Entry]:
    for event in repair.events:
        yield Entry(
            event.at,
            _(WHAT[RepairState(event.state)]) + _lateness(repair, event),
            who_acted(event.by, reader),
            event.note,
            "bad" if _lateness(repair, event) else TONES[RepairState(event.state)],
        )


def _lateness(repair: Repair, event: RepairEvent) -> str:
    promise = {RepairState.QUOTED: repair.quote_promise, RepairState.RETURNED: repair.repair_promise}.get(
        RepairState(event.state)
    )
    missed = promise is not None and promise.state == PromiseState.MISSED
    return _(", later than promised") if missed else ""


def _moved(repair: Repair) -> Iterator[Entry]:
    """The day of the repair as it was promised, and promised anew."""
    due_at = None
    for event in repair.repair_promise.events if repair.repair_promise else ():
        moved, due_at = due_at is not None and event.due_at != due_at, event.due_at
        if not moved:
            continue
        what = _("Now promised for %(day)s", day=due_text(event.due_at))
        yield Entry(event.at, what, "", _(why) if (why := WHY_MOVED.get(event.cause)) else "", "neutral")


def _lent(loans: Iterable[Loan], reader: User) -> Iterator[Entry]:
    for loan in loans:
        serial = loan.unit.identity.number
        what = _("Loaner %(serial)s handed over", serial=serial)
        due = _("Due back on %(day)s", day=day_text(loan.due_at))
        yield Entry(loan.handed_out_at, what, who_acted(loan.handed_out_by, reader), due, "info")
        if loan.returned_at is not None and loan.grade_back is not None:
            grade = _(GRADE_TITLES[Grade(loan.grade_back)])
            charged = money_text(loan.charge_minor, loan.currency) if loan.charge_minor else ""
            why = " · ".join(part for part in (grade, loan.note_back, charged) if part)
            yield Entry(loan.returned_at, _("Loaner %(serial)s came back", serial=serial), "", why, "info")


def _due(promise: Promise | None) -> str:
    if promise is None or promise.state not in WATCHED or promise.paused_since is not None:
        return ""
    return due_text(promise.due_at)
