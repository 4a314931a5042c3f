from dataclasses import replace
from datetime import date, time

import pypdfium2
import pytest

from config import Seller
from policies import calendars
from policies.clause_wording import share_text
from policies.documents import policy_pdf
from policies.examples import examples_for
from policies.kinds import Convention, Every, Kind
from policies.sheets import PolicySheet, sheet_of
from policies.terms import Clause, Terms
from policies.wording import section, week_text
from portal.clock import at
from portal.i18n import speaking
from tests.policies.makers import LEAD_TIME, House

BEFORE_SONGKRAN = date(2026, 4, 10)


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.split())


@pytest.fixture
def sheet(house: House) -> PolicySheet:
    """The sheet of a gold policy that holds from today."""
    version = house.published(
        Terms((LEAD_TIME, Clause(Kind.LINE_FILL, target_bp=9750)), "คำนำภาษาไทย", "An introduction"),
        tier="gold",
    )
    return sheet_of(version, calendars.find_calendar(house.session), on=BEFORE_SONGKRAN)


def test_the_example_of_a_policy_is_counted_across_songkran_before_and_after_the_cut_off(
    house: House,
) -> None:
    calendar = calendars.main_calendar(house.session)
    before, after = examples_for(LEAD_TIME, calendar, BEFORE_SONGKRAN)
    assert (before.counted_from, before.due, before.late_for_the_day) == (
        date(2026, 4, 10),
        date(2026, 4, 20),
        False,
    )
    assert (after.ordered_at, after.late_for_the_day) == (at(BEFORE_SONGKRAN, time(16, 30)), True)
    assert (after.counted_from, after.due) == (date(2026, 4, 16), date(2026, 4, 21))
    assert [closed.day.day for closed in after.left_out] == [13, 14, 15]


def test_the_example_of_calendar_days_leaves_nothing_out(house: House) -> None:
    lead_time = Clause(Kind.LEAD_TIME, 30, Convention.CALENDAR_INCLUSIVE)
    (example,) = examples_for(lead_time, calendars.main_calendar(house.session), date(2026, 4, 10))
    assert (example.due, example.left_out) == (date(2026, 5, 9), ())


@pytest.mark.parametrize(
    ("lead_time", "promise", "counting"),
    [
        (
            LEAD_TIME,
            "within 3 working days of your order",
            "The first working day after the day of your order is day 1.",
        ),
        (
            Clause(Kind.LEAD_TIME, 1, Convention.CALENDAR),
            "within 1 calendar day after the day of your order",
            "The day after your order is day 1. Every day counts, also weekends and public holidays.",
        ),
        (
            Clause(Kind.LEAD_TIME, 4, Convention.CALENDAR_INCLUSIVE),
            "within 4 calendar days, the day of your order included",
            "The day of your order is day 1. Every day counts, also weekends and public holidays.",
        ),
    ],
)
def test_a_lead_time_reads_as_plain_sentences(lead_time: Clause, promise: str, counting: str) -> None:
    with speaking("en"):
        said = section(lead_time, "1111100")
    assert promise in said.promise
    assert counting in said.points


def test_where_carriers_work_on_more_days_the_lead_time_says_so() -> None:
    with speaking("en"):
        told, same = (section(LEAD_TIME, "1111100", carriers=week).points for week in ("1111110", "1111100"))
        every_day = section(Clause(Kind.LEAD_TIME, 1, Convention.CALENDAR), "1111100", carriers="1111110")
    words = "Our carriers also work on Saturday, so a delivery may be promised for such a day."
    assert words in told
    assert words not in (*same, *every_day.points)


def test_compensation_is_told_with_its_cap_and_its_absence_too() -> None:
    with speaking("en"):
        told = section(LEAD_TIME, "").points
        silent = section(replace(LEAD_TIME, compensation_bp_per_day=0, compensation_cap_bp=0), "").points
    assert "For each day that a line arrives late we credit you 1 % of its net amount, at most 10 %." in told
    assert "No compensation is promised for a late line." in silent


def test_shares_are_written_as_short_as_they_are_exact() -> None:
    assert [share_text(bp) for bp in (10_000, 9500, 9750, 9755, 5)] == [
        "100 %",
        "95 %",
        "97.5 %",
        "97.55 %",
        "0.05 %",
    ]


def test_a_working_week_is_a_span_where_it_is_one() -> None:
    with speaking("en"):
        assert [week_text(week) for week in ("1111100", "1111110", "1010100", "1100000")] == [
            "Monday to Friday",
            "Monday to Saturday",
            "Monday, Wednesday and Friday",
            "Monday and Tuesday",
        ]


def test_the_english_pdf_says_what_is_promised_and_shows_the_worked_example(sheet: PolicySheet) -> None:
    text = _text(policy_pdf(sheet, Seller(), "en"))
    for words in (
        "Sanya Distribution Co., Ltd.",
        f"{sheet.code}/1",
        "For every customer of the tier Gold",
        "An introduction",
        "We deliver within 3 working days of your order.",
        "counts as placed on Thu 16 Apr 2026",
        "Day 3 is Tue 21 Apr 2026",
        "We aim to send 97.5 % of order lines complete",
        "Agreed in spring",
    ):
        assert words in text


def test_the_thai_pdf_has_the_thai_introduction_and_years_of_the_buddhist_era(sheet: PolicySheet) -> None:
    text = _text(policy_pdf(sheet, Seller(), "th"))
    assert "คำนำภาษาไทย" in text
    assert "2569" in text
    assert "An introduction" not in text


def test_the_paper_says_where_a_clause_holds_what_excuses_it_and_when_it_is_paid(house: House) -> None:
    lead_time = replace(
        LEAD_TIME,
        exempt_kinds=("flood",),
        settle_days=10,
        late_settlement_minor=100_00,
        review_every=Every.WEEK,
    )
    north = replace(lead_time, days=6, provinces=("TH-50", "TH-51"))
    terms = Terms(
        (
            lead_time,
            north,
            Clause(Kind.LINE_FILL, target_bp=9700, fill_tolerance_bp=150),
            Clause(Kind.COMPLAINT_ANSWER, minutes=90),
            Clause(Kind.DELAY_NOTICE, 1),
        ),
        report_every=Every.QUARTER,
        report_to_customers=True,
    )
    version = house.submit(house.draft(terms))
    sheet = sheet_of(version, calendars.find_calendar(house.session), on=BEFORE_SONGKRAN)
    english = _text(policy_pdf(sheet, Seller(), "en"))
    for words in (
        "In review",
        "Lead time in Chiang Mai and Lamphun",
        "We deliver within 6 working days of your order.",
        "credited within 10 working days; if that is late, we credit another ฿100.00.",
        "declared flood does not count",
        "We judge this target every week.",
        "at most 1.5 % of its units are missing",
        "We answer a complaint within 90 minutes of business time.",
        "We tell you of a late delivery at least 1 working day before",
        "You get a report of how we kept these promises every quarter.",
    ):
        assert words in english, words
    assert "เชียงใหม่" in _text(policy_pdf(sheet, Seller(), "th"))


def test_the_same_sheet_gives_the_same_bytes(sheet: PolicySheet) -> None:
    assert policy_pdf(sheet, Seller(), "th") == policy_pdf(sheet, Seller(), "th")


def test_a_draft_is_marked_as_one_and_a_policy_without_a_calendar_shows_no_example(house: House) -> None:
    sheet = sheet_of(house.draft(), None, on=BEFORE_SONGKRAN)
    text = _text(policy_pdf(sheet, Seller(), "en"))
    assert "Draft" in text
    assert "For example" not in text
