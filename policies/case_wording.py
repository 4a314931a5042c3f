"""What is promised on requests and cases, in plain words of the language being spoken; page and paper read the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from policies.clause_wording import further_points, place_text, promise_sentence, share_text, worth_text
from policies.kinds import KINDS, Convention, Kind
from policies.terms import Clause
from policies.wording import week_text
from portal.i18n import _, day_text, ngettext


@dataclass(frozen=True)
class CaseLine:
    """What is promised for one kind of request or case, in the words of a table's row.

    A case that began on the day of the sheet would be `due`, where days are counted.
    """

    kind: Kind
    title: str
    place: str
    promise: str
    target: str
    compensation: str
    points: tuple[str, ...]
    definition: str
    due: date | None


def case_line(clause: Clause, due: date | None = None, judged_until: date | None = None) -> CaseLine:
    """What is promised for a kind of case, in words."""
    facts = KINDS[clause.kind]
    cut_off = (
        [_("What comes after %(time)s counts from the next working day.", time=f"{clause.cut_off:%H:%M}")]
        if clause.cut_off
        else []
    )
    until = (
        [
            _(
                "What is due on %(due)s is judged as kept until %(day)s.",
                due=day_text(due),
                day=day_text(judged_until),
            )
        ]
        if due and judged_until
        else []
    )
    return CaseLine(
        clause.kind,
        _(facts.title),
        place_text(clause),
        promise_sentence(clause),
        share_text(clause.target_bp),
        worth_text(clause),
        (*cut_off, *further_points(clause), *until),
        _(facts.definition),
        due,
    )


def case_counting_sentences(clauses: Iterable[Clause], week: str) -> list[str]:
    """How the time of requests and cases is counted, for each way of counting among these."""
    clauses = list(clauses)
    used = {clause.convention for clause in clauses if clause.days is not None}
    sentences = []
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
    if any(clause.minutes is not None for clause in clauses):
        sentences.append(
            _("Business time runs only while we work; nights, holidays and breaks do not count.")
        )
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
