"""What a policy says, in plain sentences of the language being spoken; the page and the PDF read the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from policies.clause_wording import (
    further_points,
    joined,
    place_text,
    promise_sentence,
    share_text,
)
from policies.examples import Example
from policies.kinds import CONVENTION_TITLES, KINDS, RATE_KINDS, Convention, Kind
from policies.models import Policy, PolicyVersion, Scope
from policies.terms import Clause, terms_of
from policies.units import ServiceUnit
from portal.customers.models import TIER_TITLES, Tier
from portal.i18n import N_, _, day_text, moment_text, money_text, name_of, ngettext

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


@dataclass(frozen=True)
class Section:
    """One standard in words: what is promised, where, what that means in detail, examples, how it is measured."""

    kind: Kind
    title: str
    place: str
    promise: str
    points: tuple[str, ...]
    examples: tuple[str, ...]
    definition: str


def section(clause: Clause, week: str, examples: Iterable[Example] = (), *, carriers: str = "") -> Section:
    """A lead time or a rate in words; `week` is the working week of the calendar, empty while there is none.

    `carriers` is that of the carriers, where they have one of their own.
    """
    if clause.kind in RATE_KINDS:
        points = [_("What is missing from a line is promised a date of its own when you order.")]
        points = (points if clause.kind is Kind.LINE_FILL else []) + further_points(clause)
    else:
        points = [
            _("We aim to keep this for %(share)s of order lines.", share=share_text(clause.target_bp)),
            *counting_sentences(clause.convention, clause.cut_off, week),
            *_carried_too(clause.convention, week, carriers),
            compensation_sentence(clause),
            *further_points(clause),
        ]
    return Section(
        clause.kind,
        _(KINDS[clause.kind].title),
        place_text(clause),
        promise_sentence(clause),
        tuple(points),
        tuple(example_sentence(clause, example) for example in examples),
        _(KINDS[clause.kind].definition),
    )


def counting_sentences(convention: Convention, cut_off: time | None, week: str) -> list[str]:
    """How days are counted, from which day on."""
    match convention:
        case Convention.WORKING:
            sentences = [_("The first working day after the day of your order is day 1.")]
            if week:
                sentences.append(
                    _(
                        "Working days are %(days)s, without public holidays and days on which we are closed.",
                        days=week_text(week),
                    )
                )
            if cut_off:
                sentences.append(
                    _(
                        "An order placed after %(time)s, or on a day on which we are closed, "
                        "counts as placed on the next working day.",
                        time=f"{cut_off:%H:%M}",
                    )
                )
            else:
                sentences.append(
                    _(
                        "An order placed on a day on which we are closed counts as placed on the next working day."
                    )
                )
            return sentences
        case Convention.CALENDAR:
            return [
                _("The day after your order is day 1. Every day counts, also weekends and public holidays.")
            ]
        case Convention.CALENDAR_INCLUSIVE:
            return [_("The day of your order is day 1. Every day counts, also weekends and public holidays.")]


def _carried_too(convention: Convention, week: str, carriers: str) -> list[str]:
    """That goods may arrive on days on which we do not work, where carriers do."""
    more = "".join("1" if theirs > ours else "0" for ours, theirs in zip(week, carriers, strict=False))
    if convention is not Convention.WORKING or "1" not in more:
        return []
    days = week_text(more)
    return [_("Our carriers also work on %(days)s, so a delivery may be promised for such a day.", days=days)]


def compensation_sentence(lead_time: Clause) -> str:
    """What a line delivered late is worth."""
    if lead_time.compensation_minor_per_day:
        return _(
            "For each day that a line arrives late we credit you %(amount)s, at most %(cap)s.",
            amount=money_text(lead_time.compensation_minor_per_day),
            cap=money_text(lead_time.compensation_cap_minor),
        )
    if lead_time.compensation_bp_per_day == 0:
        return _("No compensation is promised for a late line.")
    return _(
        "For each day that a line arrives late we credit you %(share)s of its net amount, at most %(cap)s.",
        share=share_text(lead_time.compensation_bp_per_day),
        cap=share_text(lead_time.compensation_cap_bp),
    )


def example_sentence(lead_time: Clause, example: Example) -> str:
    """An imagined order, counted through to its last day in time."""
    ordered = moment_text(example.ordered_at)
    if example.late_for_the_day:
        first = _(
            "An order of %(ordered)s comes too late for that day and counts as placed on %(counted)s.",
            ordered=ordered,
            counted=day_text(example.counted_from),
        )
    else:
        first = _("An order of %(ordered)s counts as placed on that day.", ordered=ordered)
    parts = [first]
    if example.left_out:
        # A day with several names is told by its first.
        closed = ", ".join(f"{day_text(one.day)} ({name_of(one).split(';')[0]})" for one in example.left_out)
        parts.append(_("These days do not count: %(closed)s.", closed=closed))
    parts.append(
        _(
            "Day %(number)s is %(due)s: a delivery by the end of that day is in time.",
            number=lead_time.days,
            due=day_text(example.due),
        )
    )
    if example.judged_until is not None:
        parts.append(_("Until the end of %(day)s it is judged as kept.", day=day_text(example.judged_until)))
    return " ".join(parts)


def brief(version: PolicyVersion) -> list[str]:
    """What a version promises, one short line for each kind of promise."""
    terms, lines = terms_of(version), []
    for clause in terms.of(Kind.LEAD_TIME):
        lines.append(
            _(
                "%(days)s (%(counted)s), target %(share)s",
                days=ngettext("%(num)s day", "%(num)s days", clause.days or 0),
                counted=place_text(clause) or _(CONVENTION_TITLES[clause.convention]),
                share=share_text(clause.target_bp),
            )
        )
    for clause in terms.of(Kind.LINE_FILL)[:1]:
        lines.append(_("line fill rate %(share)s", share=share_text(clause.target_bp)))
    count = len([kind for kind in terms.kinds if kind not in (Kind.LEAD_TIME, Kind.LINE_FILL)])
    if count:
        lines.append(ngettext("%(num)s further standard", "%(num)s further standards", count))
    if terms.return_days is not None:
        lines.append(ngettext("returns within %(num)s day", "returns within %(num)s days", terms.return_days))
    return lines


def covers_text(policy: Policy) -> str:
    """For whom a policy is written."""
    return covered_sentence(policy.scope, policy.tier, policy.group or policy.customer)


def covered_sentence(scope: str, tier: str | None, named: object | None) -> str:
    """For whom a policy is written; `named` is the customer or the group, anything that carries both names."""
    match scope:
        case Scope.CUSTOMER:
            return _("For %(name)s alone", name=name_of(named))
        case Scope.GROUP:
            return _("For every customer of the group %(name)s", name=name_of(named))
        case Scope.TIER:
            return _("For every customer of the tier %(tier)s", tier=_(TIER_TITLES[Tier(tier or "")]))
        case _any:
            return _("For every customer without a closer policy")


def week_text(week: str) -> str:
    """The working days of a week: Monday to Friday, or each by its name."""
    working = [place for place, digit in enumerate(week) if digit == "1"]
    if len(working) > 2 and working == list(range(working[0], working[-1] + 1)):
        return _("%(first)s to %(last)s", first=_(WEEKDAYS[working[0]]), last=_(WEEKDAYS[working[-1]]))
    return joined([_(WEEKDAYS[place]) for place in working])


def hours_text(unit: ServiceUnit) -> str:
    """On which days and at what times a unit is on duty."""
    return _(
        "%(days)s, %(opens)s to %(closes)s",
        days=week_text(unit.week),
        opens=f"{unit.opens:%H:%M}",
        closes=f"{unit.closes:%H:%M}",
    )
