"""What a policy says, in plain sentences of the language being spoken; the page and the PDF read the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from policies.examples import Example
from policies.kinds import CONVENTION_TITLES, KINDS, Convention, Kind
from policies.models import Policy, PolicyVersion, Scope
from policies.terms import LeadTime, LineFill, terms_of
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
    """One standard in words: what is promised, what that means in detail, examples, how it is measured."""

    kind: Kind
    title: str
    promise: str
    points: tuple[str, ...]
    examples: tuple[str, ...]
    definition: str


def share_text(basis_points: int) -> str:
    """A share written as short as it is exact: 95 %, 97.5 %."""
    number = f"{Decimal(basis_points) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{number} %"


def lead_time_section(lead_time: LeadTime, week: str, examples: Iterable[Example] = ()) -> Section:
    """A lead time in words; `week` is the working week of the business calendar, empty while there is none."""
    points = [
        _("We aim to keep this for %(share)s of order lines.", share=share_text(lead_time.target_bp)),
        *counting_sentences(lead_time.convention, lead_time.cut_off, week),
        compensation_sentence(lead_time),
    ]
    facts = KINDS[Kind.LEAD_TIME]
    shown = tuple(example_sentence(lead_time, example) for example in examples)
    return Section(
        Kind.LEAD_TIME,
        _(facts.title),
        lead_time_sentence(lead_time),
        tuple(points),
        shown,
        _(facts.definition),
    )


def line_fill_section(line_fill: LineFill) -> Section:
    """A line fill rate in words."""
    facts = KINDS[Kind.LINE_FILL]
    promise = _(
        "We aim to send %(share)s of order lines complete with their first shipment.",
        share=share_text(line_fill.target_bp),
    )
    points = (_("What is missing from a line is promised a date of its own when you order."),)
    return Section(Kind.LINE_FILL, _(facts.title), promise, points, (), _(facts.definition))


def lead_time_sentence(lead_time: LeadTime) -> str:
    """The promise of a lead time in one sentence."""
    days = lead_time.days
    match lead_time.convention:
        case Convention.WORKING:
            return ngettext(
                "We deliver within %(num)s working day of your order.",
                "We deliver within %(num)s working days of your order.",
                days,
            )
        case Convention.CALENDAR:
            return ngettext(
                "We deliver within %(num)s calendar day after the day of your order.",
                "We deliver within %(num)s calendar days after the day of your order.",
                days,
            )
        case Convention.CALENDAR_INCLUSIVE:
            return ngettext(
                "We deliver within %(num)s calendar day, the day of your order included.",
                "We deliver within %(num)s calendar days, the day of your order included.",
                days,
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


def compensation_sentence(lead_time: LeadTime) -> str:
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


def example_sentence(lead_time: LeadTime, example: Example) -> str:
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
    return " ".join(parts)


def brief(version: PolicyVersion) -> list[str]:
    """What a version promises, one short line for each standard."""
    terms, lines = terms_of(version), []
    if terms.lead_time:
        lead = terms.lead_time
        days = ngettext("%(num)s day", "%(num)s days", lead.days)
        lines.append(
            _(
                "%(days)s (%(counted)s), target %(share)s",
                days=days,
                counted=_(CONVENTION_TITLES[lead.convention]),
                share=share_text(lead.target_bp),
            )
        )
    if terms.line_fill:
        lines.append(_("line fill rate %(share)s", share=share_text(terms.line_fill.target_bp)))
    if terms.cases:
        count = len(terms.cases)
        lines.append(
            ngettext("%(num)s kind of case answered in time", "%(num)s kinds of case answered in time", count)
        )
    if terms.return_days is not None:
        lines.append(ngettext("returns within %(num)s day", "returns within %(num)s days", terms.return_days))
    return lines


def covers_text(policy: Policy) -> str:
    """For whom a policy is written."""
    return covered_sentence(policy.scope, policy.tier, policy.customer)


def covered_sentence(scope: str, tier: str | None, customer: object | None) -> str:
    """For whom a policy is written; `customer` is anything that carries both names."""
    match scope:
        case Scope.CUSTOMER:
            return _("For %(name)s alone", name=name_of(customer))
        case Scope.TIER:
            return _("For every customer of the tier %(tier)s", tier=_(TIER_TITLES[Tier(tier or "")]))
        case _any:
            return _("For every customer without a closer policy")


def week_text(week: str) -> str:
    """The working days of a week: Monday to Friday, or each by its name."""
    working = [place for place, digit in enumerate(week) if digit == "1"]
    if len(working) > 2 and working == list(range(working[0], working[-1] + 1)):
        return _("%(first)s to %(last)s", first=_(WEEKDAYS[working[0]]), last=_(WEEKDAYS[working[-1]]))
    return _joined([_(WEEKDAYS[place]) for place in working])


def hours_text(unit: ServiceUnit) -> str:
    """On which days and at what times a unit is on duty."""
    return _(
        "%(days)s, %(opens)s to %(closes)s",
        days=week_text(unit.week),
        opens=f"{unit.opens:%H:%M}",
        closes=f"{unit.closes:%H:%M}",
    )


def _joined(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(many)s and %(last)s", many=", ".join(words[:-1]), last=words[-1])
