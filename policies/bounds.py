"""The bounds that the terms of a version keep to, each refused beside its field."""

from collections.abc import Iterator
from contextlib import contextmanager

from policies.kinds import RATE_KINDS, Convention, Kind
from policies.terms import Clause, Terms
from portal.customers.provinces import find_province
from portal.i18n import N_
from portal.money import BASIS_POINTS
from portal.recording import excuses
from portal.refusal import Refused

MOST_DAYS = 365
MOST_MINUTES = 525_600
MOST_SETTLE_DAYS = 365
MOST_TOLERATED_DAYS = 30
MOST_TOLERATED_MINUTES = 30 * 8 * 60
LONGEST_WINDOW = 3650
MOST_A_DAY = 100_000_000
"""A million baht for one day late, in satang: more is a slip of the keyboard."""
MOST_ADDRESSES = 20
MOST_PROVINCES_TEXT = 500
DAYS_ONLY = (Kind.LEAD_TIME,)
"""Kinds that count whole days: a delivery is due on a day, not at a minute."""


def check(terms: Terms) -> None:
    """Refuse terms outside their bounds; the field of a clause is its kind, its place among its kind, and the fact."""
    for kind in terms.kinds:
        for place, clause in enumerate(terms.of(kind)):
            with _beside(f"{kind}_{place}_"):
                check_clause(clause)
    _check_places(terms)
    if terms.return_days is not None and not 0 <= terms.return_days <= LONGEST_WINDOW:
        raise Refused(
            N_("A return window is at most %(most)s days."), field="return_days", most=LONGEST_WINDOW
        )
    _check_reports(terms)


def check_clause(clause: Clause) -> None:
    """Refuse a clause outside its bounds; the field is the name of the fact that is out of them."""
    if not 1 <= clause.target_bp <= BASIS_POINTS:
        raise Refused(N_("A target is above 0 and at most 100 percent."), field="target")
    if clause.kind in RATE_KINDS:
        _check_rate(clause)
    else:
        _check_clock(clause)
        _check_compensation(clause)
    for code in clause.provinces:
        if find_province(code) is None:
            raise Refused(N_("There is no province %(province)s."), field="provinces", province=code)
    if len(",".join(clause.provinces)) > MOST_PROVINCES_TEXT:
        raise Refused(N_("These are nearly all provinces: leave it empty for everywhere."), field="provinces")
    for excuse in clause.exempt_kinds:
        if excuse not in excuses():
            raise Refused(N_("Nobody declares such a disruption."), field="exempt")


@contextmanager
def _beside(prefix: str) -> Iterator[None]:
    """Have what is refused inside name its field with a prefix."""
    try:
        yield
    except Refused as no:
        raise Refused(no.message, field=f"{prefix}{no.field}", **no.params) from None


def _check_rate(clause: Clause) -> None:
    if clause.days is not None or clause.minutes is not None or clause.cut_off:
        raise Refused(N_("This standard is a share and counts no time."), field="count")
    if clause.compensated or clause.settle_days is not None:
        raise Refused(N_("This standard is a share, so no day can be late."), field="per_day")
    if clause.provinces:
        raise Refused(N_("A share is measured over all provinces together."), field="provinces")
    if not 0 <= clause.fill_tolerance_bp < BASIS_POINTS:
        raise Refused(N_("A tolerance is at least 0 and below 100 percent."), field="tolerance")
    if clause.fill_tolerance_bp and clause.kind is not Kind.LINE_FILL:
        raise Refused(N_("Only the line fill rate has a tolerance in percent."), field="tolerance")
    if clause.tolerance:
        raise Refused(N_("This standard is a share and tolerates no time."), field="tolerance")


def _check_clock(clause: Clause) -> None:
    if (clause.days is None) == (clause.minutes is None):
        raise Refused(N_("Say how long it may take, in days or in business time."), field="count")
    if clause.days is not None and not 1 <= clause.days <= MOST_DAYS:
        raise Refused(N_("Days are between 1 and %(most)s."), field="count", most=MOST_DAYS)
    if clause.minutes is not None:
        if clause.kind in DAYS_ONLY:
            raise Refused(N_("A lead time is counted in days."), field="clock")
        if not 1 <= clause.minutes <= MOST_MINUTES:
            raise Refused(N_("Business time is between a minute and a year."), field="count")
    if clause.cut_off and (clause.days is None or clause.convention is not Convention.WORKING):
        raise Refused(
            N_("A cut-off time belongs to working days; calendar days begin at midnight."), field="cut_off"
        )
    if clause.fill_tolerance_bp:
        raise Refused(N_("Only the line fill rate has a tolerance in percent."), field="tolerance")
    most = MOST_TOLERATED_DAYS if clause.minutes is None else MOST_TOLERATED_MINUTES
    if not 0 <= clause.tolerance <= most:
        raise Refused(
            N_("A tolerance is at most %(days)s days, or %(minutes)s minutes of business time."),
            field="tolerance",
            days=MOST_TOLERATED_DAYS,
            minutes=MOST_TOLERATED_MINUTES,
        )


def _check_compensation(clause: Clause) -> None:
    share, share_cap = clause.compensation_bp_per_day, clause.compensation_cap_bp
    amount, amount_cap = clause.compensation_minor_per_day, clause.compensation_cap_minor
    if (share or share_cap) and (amount or amount_cap):
        raise Refused(
            N_("Compensation is either a share of the line or a fixed amount, not both."), field="per_day"
        )
    if (share or share_cap) and clause.kind is not Kind.LEAD_TIME:
        raise Refused(N_("Only a late line has an amount of which a share could be paid."), field="per_day")
    if not 0 <= share <= BASIS_POINTS:
        raise Refused(
            N_("Compensation for one day is at most the whole amount of the line."), field="per_day"
        )
    if not 0 <= amount <= MOST_A_DAY:
        raise Refused(N_("Compensation for one day is between 0 and a million baht."), field="per_day")
    if (share_cap and not share) or (amount_cap and not amount):
        raise Refused(
            N_("Say what each day late is worth, or leave the highest compensation at 0."), field="per_day"
        )
    if not share <= share_cap <= BASIS_POINTS:
        raise Refused(
            N_(
                "The highest compensation is at least that of one day and at most the whole amount of the line."
            ),
            field="cap",
        )
    if not amount <= amount_cap <= MOST_A_DAY:
        raise Refused(
            N_("The highest compensation is at least that of one day and at most a million baht."),
            field="cap",
        )
    _check_settlement(clause)


def _check_settlement(clause: Clause) -> None:
    if clause.settle_days is None:
        if clause.late_settlement_minor:
            raise Refused(
                N_("Say within how many working days compensation is credited."), field="settle_days"
            )
        return
    if not clause.compensated:
        raise Refused(N_("Without compensation there is nothing to credit in time."), field="settle_days")
    if not 1 <= clause.settle_days <= MOST_SETTLE_DAYS:
        raise Refused(N_("Days are between 1 and %(most)s."), field="settle_days", most=MOST_SETTLE_DAYS)
    if not 0 <= clause.late_settlement_minor <= MOST_A_DAY:
        raise Refused(N_("An amount is between 0 and a million baht."), field="late_settlement")


def _check_places(terms: Terms) -> None:
    """A province is named by one clause of a kind, and at most one holds everywhere: else nobody could tell."""
    for kind in terms.kinds:
        named: set[str] = set()
        for place, clause in enumerate(terms.of(kind)):
            here = set(clause.provinces) or {""}
            if here & named:
                raise Refused(
                    N_("Two clauses of this standard hold in the same place: name each province once."),
                    field=f"{kind}_{place}_provinces",
                )
            named |= here


def _check_reports(terms: Terms) -> None:
    if terms.report_every is None and (terms.report_to or terms.report_to_customers):
        raise Refused(N_("Say how often a report is made."), field="report_every")
    if terms.report_every and not (terms.report_to or terms.report_to_customers):
        raise Refused(N_("Say who gets the report."), field="report_to")
    if len(terms.report_to) > MOST_ADDRESSES:
        raise Refused(N_("At most %(most)s addresses."), field="report_to", most=MOST_ADDRESSES)
    for address in terms.report_to:
        name, _at, place = address.partition("@")
        if not name or "." not in place or " " in address or len(address) > 254:
            raise Refused(
                N_("%(address)s is not an e-mail address."), field="report_to", address=address[:80]
            )
