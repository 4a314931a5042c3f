"""A report judges each target on the week, month or quarter on which its clause is judged, not on its own period."""

from dataclasses import replace
from datetime import date

import pytest

from config import Seller
from policies.kinds import Every, Kind
from policies.models import PolicyVersion
from policies.periods import Period, period_with
from policies.report_figures import figures_of, figures_of_all
from policies.report_papers import report_pdf
from policies.report_sheets import Line, lines_of, sheet_of
from portal.i18n import speaking
from tests.papers import text_of
from tests.policies.makers import LEAD_TIME, House, make_company, only
from tests.policies.report_makers import ANSWER, case_of, made

APRIL, JUNE = (period_with(Every.MONTH, date(2026, month, 1)) for month in (4, 6))
DECISION = replace(ANSWER, kind=Kind.RETURN_DECISION)


def _published(house: House, every: Every) -> PolicyVersion:
    terms = only(
        LEAD_TIME,
        replace(ANSWER, review_every=every),
        report_every=Every.MONTH,
        report_to=(house.manager.email,),
        report_to_customers=True,
    )
    version = house.published(terms)
    house.session.commit()
    return version


def _answers(house: House, version: PolicyVersion, period: Period) -> tuple[Line, ...]:
    """The lines about answers: of the customer, and over all."""
    own = figures_of(house.session, version, period, [house.customer])[house.customer.id]
    everybody = figures_of_all(house.session, version, period)
    return tuple(
        next(line for line in lines_of(figures, period.every) if line.clause.kind is Kind.COMPLAINT_ANSWER)
        for figures in (own, everybody)
    )


@pytest.mark.parametrize(
    ("period", "every", "judged"),
    [
        (APRIL, Every.MONTH, APRIL),
        (APRIL, Every.WEEK, period_with(Every.WEEK, date(2026, 4, 20))),
        (APRIL, Every.QUARTER, period_with(Every.QUARTER, date(2026, 1, 1))),
        (JUNE, Every.QUARTER, period_with(Every.QUARTER, date(2026, 6, 1))),
        (period_with(Every.WEEK, date(2026, 5, 25)), Every.MONTH, period_with(Every.MONTH, date(2026, 5, 1))),
        (period_with(Every.WEEK, date(2026, 5, 18)), Every.MONTH, APRIL),
    ],
    ids=[
        "itself",
        "its last week",
        "the quarter before",
        "its quarter",
        "a week that ends a month",
        "a week",
    ],
)
def test_a_target_is_judged_on_the_last_whole_period_that_was_over(
    period: Period, every: Every, judged: Period
) -> None:
    assert period.judges(every) == judged


def test_judged_every_week_a_months_report_tells_of_its_last_whole_week(house: House) -> None:
    version = _published(house, Every.WEEK)
    case_of(house, 1, late=True, on=date(2026, 4, 7))
    for no in (2, 3):
        case_of(house, no, late=False, on=date(2026, 4, 20))
    case_of(house, 4, late=True, on=date(2026, 4, 27))  # due on 29 April, in a week that is not over
    for line in _answers(house, version, APRIL):
        assert (line.kept, line.missed, line.of_one) == (2, 2, 0.5)
        assert line.judged_on is not None
        assert (line.judged_on.kept, line.judged_on.judged) == (2, 2)
        assert line.met, "the month missed the target, the week on which it is judged did not"


def test_judged_every_quarter_a_month_tells_of_the_quarter_that_it_ends(house: House) -> None:
    version = _published(house, Every.QUARTER)
    for no in range(9):
        case_of(house, no, late=False, on=date(2026, 4, 7))
    case_of(house, 9, late=True, on=date(2026, 6, 2))
    for line in _answers(house, version, JUNE):
        assert (line.kept, line.missed, line.met) == (0, 1, True)
        with speaking("en"):
            assert line.verdict == ("The target is judged on Apr 2026 – Jun 2026: 90.0 % of 10, reached.")


def test_where_nothing_fell_due_in_it_a_target_is_neither_reached_nor_not(house: House) -> None:
    version = _published(house, Every.QUARTER)
    case_of(house, 1, late=True)
    for line in _answers(house, version, APRIL):
        assert (line.of_one, line.met) == (0.0, None)
        with speaking("en"):
            assert line.verdict == ("The target is judged on Jan 2026 – Mar 2026: nothing fell due.")


def test_judged_as_often_as_reported_nothing_more_is_said(house: House) -> None:
    version = _published(house, Every.MONTH)
    case_of(house, 1, late=True)
    for line in _answers(house, version, APRIL):
        assert (line.judged_on, line.met, line.verdict) == (None, False, "")


def test_each_customer_is_judged_on_their_own_cases(house: House) -> None:
    version = _published(house, Every.WEEK)
    other = make_company(house.session, "C2", tier="gold", now=house.now)
    case_of(house, 1, late=True, on=date(2026, 4, 20), customer=other)
    case_of(house, 2, late=False, on=date(2026, 4, 20))
    found = figures_of(house.session, version, APRIL, [house.customer, other])
    met = {
        customer_id: [line.met for line in lines_of(figures, Every.MONTH) if line.cases]
        for customer_id, figures in found.items()
    }
    assert met == {house.customer.id: [True], other.id: [False]}


def test_the_paper_and_the_summary_go_by_that_verdict(house: House) -> None:
    _published(house, Every.WEEK)
    case_of(house, 1, late=True, on=date(2026, 4, 7))
    case_of(house, 2, late=False, on=date(2026, 4, 20))
    everybody, _own = made(house)
    sheet = sheet_of(everybody)
    with speaking("en"):
        assert sheet.summary == "1 of 1 standard reached its target."
    paper = " ".join(text_of(report_pdf(sheet, Seller(), "en")).split())
    assert "100.0 % of 1, reached." in paper
