"""How stock is counted: what is booked without approval, how much a count may differ, how long a sheet is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from inventory.counts import CLASSES, CountingTerms
from portal import audit
from portal.accounts.models import User
from portal.db import lock, upsert
from portal.i18n import N_, money_text
from portal.money import BASIS_POINTS
from portal.refusal import Refused

CURRENCY = "THB"
"""Costs are in baht, and so is what is booked at once."""
MOST_MINOR = 1_000_000_000
"""Ten million baht, in satang: more is a slip of the keyboard."""
MOST_LINES = 200


class Verb(StrEnum):
    """Acts on these terms, for the audit trail."""

    CHANGED = "counting_terms.changed"


@dataclass(frozen=True)
class Terms:
    """What is booked at once (satang), the tolerance of each class (basis points), lines on a sheet at most."""

    at_once_minor: int = 50_000
    tolerance_a_bp: int = 0
    tolerance_b_bp: int = 100
    tolerance_c_bp: int = 200
    lines_a_sheet: int = 25

    def tolerance_bp(self, abc: str | None) -> int:
        """The tolerance of a class; what has none yet is judged as C."""
        by_class = {"A": self.tolerance_a_bp, "B": self.tolerance_b_bp}
        return by_class.get(abc or "", self.tolerance_c_bp)


def terms(session: Session) -> Terms:
    """The terms in force; those of the house until a manager sets others."""
    row = session.get(CountingTerms, 1)
    if row is None:
        return Terms()
    return Terms(**{name: getattr(row, name) for name in Terms.__dataclass_fields__})


def set_terms(session: Session, facts: Terms, *, by: User, now: datetime) -> None:
    """Change the terms for what is counted from now on. Refused for figures that cannot be."""
    if not 0 <= facts.at_once_minor <= MOST_MINOR:
        most = money_text(MOST_MINOR, CURRENCY)
        raise Refused(N_("A limit is between 0 and %(most)s."), field="at_once", most=most)
    for abc in CLASSES:
        if not 0 <= facts.tolerance_bp(abc) <= BASIS_POINTS:
            raise Refused(
                N_("A tolerance lies between 0 and 100 per cent."), field=f"tolerance_{abc.lower()}"
            )
    if not 1 <= facts.lines_a_sheet <= MOST_LINES:
        raise Refused(N_("A sheet has between 1 and %(most)s lines."), field="lines_a_sheet", most=MOST_LINES)
    usual = upsert(session, CountingTerms).values(id=1, **_said(Terms()))
    session.execute(usual.on_conflict_do_nothing())  # there is a row to lock, whoever is first
    (row,) = lock(session, CountingTerms, [1])
    before, after = _said(terms(session)), _said(facts)
    for name, figure in after.items():
        setattr(row, name, figure)
    if after != before:
        audit.record(session, Verb.CHANGED, "counting_terms", "1", by=by, now=now, before=before, after=after)


def _said(facts: Terms) -> dict[str, int]:
    return {name: getattr(facts, name) for name in Terms.__dataclass_fields__}
