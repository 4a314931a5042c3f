"""What a standard says in plain sentences: its promise, where it holds, what a miss is worth, what is excused."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from policies.kinds import EVERY_TITLES, RATE_KINDS, Convention, Every, Kind
from policies.terms import Clause
from portal.customers.provinces import province_text
from portal.i18n import N_, _, money_text, ngettext
from portal.recording import excuses

MINUTES_AN_HOUR = 60


def share_text(basis_points: int) -> str:
    """A share written as short as it is exact: 95 %, 97.5 %."""
    number = f"{Decimal(basis_points) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{number} %"


def joined(words: Sequence[str]) -> str:
    """Words in a row, with an and before the last."""
    if len(words) < 2:
        return "".join(words)
    return _("%(many)s and %(last)s", many=", ".join(words[:-1]), last=words[-1])


def either(words: Sequence[str]) -> str:
    """Words in a row, with an or before the last."""
    if len(words) < 2:
        return "".join(words)
    return _("%(many)s or %(last)s", many=", ".join(words[:-1]), last=words[-1])


def place_text(clause: Clause) -> str:
    """The provinces in which a clause holds; empty for everywhere."""
    return joined([province_text(code) for code in clause.provinces])


def counted_time(clause: Clause) -> str:
    """How long something may take, named as it is counted; empty for a standard that counts no time."""
    if clause.minutes is not None:
        hours, rest = divmod(clause.minutes, MINUTES_AN_HOUR)
        if rest:
            return ngettext(
                "%(num)s minute of business time", "%(num)s minutes of business time", clause.minutes
            )
        return ngettext("%(num)s hour of business time", "%(num)s hours of business time", hours)
    if clause.days is None:
        return ""
    return counted_days(clause.days, clause.convention)


def counted_days(days: int, convention: Convention) -> str:
    """A number of days, named as they are counted."""
    if convention is Convention.WORKING:
        return ngettext("%(num)s working day", "%(num)s working days", days)
    return ngettext("%(num)s calendar day", "%(num)s calendar days", days)


def worth_text(clause: Clause) -> str:
    """What each day late is worth, and the most; empty where nothing is."""
    if clause.compensation_minor_per_day:
        return _(
            "%(amount)s for each day late, at most %(cap)s",
            amount=money_text(clause.compensation_minor_per_day),
            cap=money_text(clause.compensation_cap_minor),
        )
    if clause.compensation_bp_per_day:
        return _(
            "%(amount)s for each day late, at most %(cap)s",
            amount=share_text(clause.compensation_bp_per_day),
            cap=share_text(clause.compensation_cap_bp),
        )
    return ""


def settlement_sentence(clause: Clause) -> str:
    """When compensation is credited, and what is owed when that is late; empty where the clause does not say."""
    if clause.settle_days is None:
        return ""
    days = counted_days(clause.settle_days, Convention.WORKING)
    if not clause.late_settlement_minor:
        return _("What we owe you for a delay is credited within %(days)s.", days=days)
    return _(
        "What we owe you for a delay is credited within %(days)s; if that is late, we credit another %(amount)s.",
        days=days,
        amount=money_text(clause.late_settlement_minor),
    )


def exemption_sentence(clause: Clause) -> str:
    """By which disruptions a miss is excused; empty for none."""
    if not clause.exempt_kinds:
        return ""
    titles = excuses()
    named = either([_(titles.get(one, one)).lower() for one in clause.exempt_kinds])
    return _("What is missed because of a declared %(disruptions)s does not count.", disruptions=named)


def tolerated_time(clause: Clause) -> str:
    """How much later than due something still counts as kept, named as it is counted; empty for not at all."""
    if not clause.tolerance:
        return ""
    in_minutes = clause.minutes is not None
    return counted_time(
        replace(
            clause,
            days=None if in_minutes else clause.tolerance,
            minutes=clause.tolerance if in_minutes else None,
        )
    )


def tolerance_sentence(clause: Clause) -> str:
    """How much may be missing from a full shipment, or how much later counts as kept; empty for nothing."""
    if clause.tolerance:
        return _(
            "What comes at most %(time)s later is judged as kept; what comes after that is late from the "
            "promised time on.",
            time=tolerated_time(clause),
        )
    if not clause.fill_tolerance_bp:
        return ""
    return _(
        "A line counts as complete when at most %(share)s of its units are missing.",
        share=share_text(clause.fill_tolerance_bp),
    )


def review_sentence(clause: Clause) -> str:
    """How often the target is judged; empty for every month, which is usual."""
    if clause.review_every is Every.MONTH:
        return ""
    return _("We judge this target %(every)s.", every=_(EVERY_TITLES[clause.review_every]))


def further_points(clause: Clause) -> list[str]:
    """What a clause says besides its promise, its counting and its compensation."""
    said = [
        tolerance_sentence(clause),
        settlement_sentence(clause),
        exemption_sentence(clause),
        review_sentence(clause),
    ]
    return [sentence for sentence in said if sentence]


_RATE_SENTENCES = {
    Kind.LINE_FILL: N_("We aim to send %(share)s of order lines complete with their first shipment."),
    Kind.DOCUMENT_ACCURACY: N_("We aim for %(share)s of our documents to be without a mistake."),
    Kind.STOCK_ACCURACY: N_("We aim for %(share)s of the bins we count to hold what our records say."),
}
_TIME_SENTENCES = {
    Kind.SUBSTITUTION_OFFER: N_(
        "When a line is short and there is a substitute, we offer it within %(days)s."
    ),
    Kind.EXPEDITE_ANSWER: N_("We decide on a request for faster delivery within %(days)s."),
    Kind.COMPLAINT_ANSWER: N_("We answer a complaint within %(days)s."),
    Kind.RETURN_DECISION: N_("We decide on a request to return goods within %(days)s."),
    Kind.REFUND: N_("We credit or replace returned goods within %(days)s of receiving them."),
    Kind.REPAIR_QUOTE: N_("We say what a repair needs and costs within %(days)s of receiving the unit."),
    Kind.REPAIR: N_("We send a unit back repaired within %(days)s of receiving it."),
    Kind.LOANER: N_("We hand over a loaner within %(days)s of your request."),
    Kind.ORDER_CONFIRMATION: N_("We send the acknowledgement of an order within %(days)s."),
    Kind.DELAY_NOTICE: N_("We tell you of a late delivery at least %(days)s before the promised date."),
    Kind.SETTLEMENT: N_("We credit what we owe you for a missed promise within %(days)s."),
}


def promise_sentence(clause: Clause) -> str:
    """The promise of a clause in one sentence."""
    if clause.kind in RATE_KINDS:
        return _(_RATE_SENTENCES[clause.kind], share=share_text(clause.target_bp))
    if clause.kind is Kind.LEAD_TIME:
        return lead_time_sentence(clause)
    return _(_TIME_SENTENCES[clause.kind], days=counted_time(clause))


def lead_time_sentence(clause: Clause) -> str:
    """The promise of a lead time in one sentence."""
    days = clause.days or 0
    match clause.convention:
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
