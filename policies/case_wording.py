"""What is promised on requests and cases, in plain words of the language being spoken; page and paper read the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from policies.kinds import KINDS, Convention, Kind
from policies.terms import CaseTerm
from policies.wording import share_text, week_text
from portal.i18n import N_, _, money_text, ngettext

_CASE_SENTENCES = {
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
}


@dataclass(frozen=True)
class CaseLine:
    """What is promised for one kind of request or case, in the words of a table's row."""

    kind: Kind
    title: str
    promise: str
    target: str
    compensation: str
    definition: str


def case_line(case: CaseTerm) -> CaseLine:
    """What is promised for a kind of case, in words."""
    facts = KINDS[case.kind]
    if case.compensation_minor_per_day:
        compensation = _(
            "%(amount)s for each day late, at most %(cap)s",
            amount=money_text(case.compensation_minor_per_day),
            cap=money_text(case.cap_minor),
        )
    else:
        compensation = ""
    return CaseLine(
        case.kind,
        _(facts.title),
        _(_CASE_SENTENCES[case.kind], days=counted_days(case.days, case.convention)),
        share_text(case.target_bp),
        compensation,
        _(facts.definition),
    )


def counted_days(days: int, convention: Convention) -> str:
    """A number of days, named as they are counted."""
    if convention is Convention.WORKING:
        return ngettext("%(num)s working day", "%(num)s working days", days)
    return ngettext("%(num)s calendar day", "%(num)s calendar days", days)


def case_counting_sentences(conventions: Iterable[Convention], week: str) -> list[str]:
    """How the days of requests and cases are counted, for each convention among these."""
    used, sentences = set(conventions), []
    if Convention.WORKING in used:
        sentences.append(
            _("Working days: the first working day after the one on which a case begins is day 1.")
        )
        if week:
            sentences.append(
                _(
                    "Working days are %(days)s, without public holidays and days on which we are closed.",
                    days=week_text(week),
                )
            )
        sentences.append(
            _("A case that begins on a day on which we are closed counts from the next working day.")
        )
    if Convention.CALENDAR in used:
        sentences.append(
            _("Calendar days: the day after the one on which a case begins is day 1; every day counts.")
        )
    if Convention.CALENDAR_INCLUSIVE in used:
        sentences.append(_("Calendar days, the first included: the day on which a case begins is day 1."))
    return sentences


def return_sentence(return_days: int) -> str:
    """Within which time delivered goods may be sent back."""
    if return_days == 0:
        return _("Goods are taken back by agreement only.")
    return ngettext(
        "You may ask to send goods back within %(num)s day of delivery.",
        "You may ask to send goods back within %(num)s days of delivery.",
        return_days,
    )
