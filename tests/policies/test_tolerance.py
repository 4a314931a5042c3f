"""What comes a little late is judged as kept where its standard tolerates it, and the time that is promised stays."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from config import Seller
from policies import pausing, promising, sweeping
from policies.attained_cases import Outcome, cases
from policies.attained_wording import level_text
from policies.attaining import Asked, attainment, by_clause
from policies.bounds import check_clause
from policies.calendars import main_calendar
from policies.clocks import WorkingDays, WorkingHours
from policies.comparing import compare
from policies.documents import policy_pdf
from policies.kinds import Convention, Kind
from policies.outcomes import Outcome as Known
from policies.outcomes import record_outcomes
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from policies.sheets import sheet_of
from policies.terms import Clause, Terms, terms_of
from policies.tolerating import Tolerance, judged_until, late_before
from portal.clock import at, end_of
from portal.i18n import speaking
from portal.refusal import Refused
from tests.papers import text_of
from tests.policies.makers import LEAD_TIME, House, only

USUAL = ((time(9), time(17)),)
OFFICE = WorkingHours.of(
    WorkingDays.of("1111100", [date(2026, 4, day) for day in (6, 13, 14, 15)]), (), USUAL
)
HALF_HOUR = Tolerance(30, None)
A_DAY = Tolerance(1, Convention.WORKING)
ANSWER = Clause(Kind.COMPLAINT_ANSWER, minutes=480, tolerance=30)
IN_DAYS = Clause(Kind.COMPLAINT_ANSWER, 2, tolerance=1)
A_SECOND = timedelta(seconds=1)

MOMENTS = st.builds(at, st.dates(date(2026, 1, 1), date(2026, 12, 30)), st.times())
TOLERANCES = st.builds(Tolerance, st.integers(1, 30), st.sampled_from([*Convention])) | st.builds(
    Tolerance, st.integers(1, 3000), st.none()
)


@st.composite
def places(draw: st.DrawFn) -> WorkingHours:
    week = draw(st.text("01", min_size=7, max_size=7).filter(lambda one: "1" in one))
    closed = draw(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20))
    hours = st.tuples(st.integers(0, 6), st.integers(0, 22)).map(
        lambda one: (one[0], time(one[1]), time(one[1] + 1))
    )
    return WorkingHours.of(WorkingDays.of(week, closed), draw(st.lists(hours, max_size=8)), USUAL)


@pytest.mark.parametrize(
    ("due", "tolerance", "until"),
    [
        (at(date(2026, 4, 3), time(16, 45)), HALF_HOUR, at(date(2026, 4, 7), time(9, 15))),
        (at(date(2026, 4, 1), time(10)), HALF_HOUR, at(date(2026, 4, 1), time(10, 30))),
        (end_of(date(2026, 4, 3)), A_DAY, end_of(date(2026, 4, 7))),
        (end_of(date(2026, 4, 3)), Tolerance(1, Convention.CALENDAR), end_of(date(2026, 4, 4))),
        (end_of(date(2026, 4, 3)), Tolerance(1, Convention.CALENDAR_INCLUSIVE), end_of(date(2026, 4, 4))),
        (at(date(2026, 4, 3), time(16, 45)), None, at(date(2026, 4, 3), time(16, 45))),
    ],
    ids=["over a holiday", "within a day", "a working day", "a calendar day", "the first counted", "none"],
)
def test_a_tolerance_is_counted_as_its_standard_counts(
    due: datetime, tolerance: Tolerance | None, until: datetime
) -> None:
    assert judged_until(due, tolerance, OFFICE) == until


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), TOLERANCES, places())
def test_the_later_something_is_due_the_later_it_is_judged(
    due: datetime, more: timedelta, tolerance: Tolerance, hours: WorkingHours
) -> None:
    until = judged_until(due, tolerance, hours)
    assert due <= until <= judged_until(due + more, tolerance, hours)


@given(MOMENTS, st.timedeltas(timedelta(days=-60), timedelta(days=1)), TOLERANCES, places())
def test_the_check_and_the_judgement_never_disagree(
    now: datetime, away: timedelta, tolerance: Tolerance, hours: WorkingHours
) -> None:
    bound = late_before(now, tolerance, hours)
    for due in (now + away, bound, bound - timedelta(microseconds=1), bound + A_SECOND):
        assert (due < bound) == (judged_until(due, tolerance, hours) < now)


def _story(house: House, promise: Promise) -> list[str]:
    query = select(PromiseEvent.what).where(PromiseEvent.promise_id == promise.id)
    return list(house.session.scalars(query.order_by(PromiseEvent.id)))


def _sweep(house: House, now: datetime) -> int:
    house.session.commit()
    changed = sweeping.sweep(house.session, now)
    house.session.expire_all()
    return changed


def _done(house: House, promise: Promise, done_at: datetime) -> None:
    promising.fulfil(house.session, [promise], done_at, by=house.staff, now=done_at)
    house.session.flush()


@pytest.mark.parametrize("clause", [ANSWER, IN_DAYS], ids=["minutes", "days"])
def test_what_is_done_within_the_tolerance_is_kept_and_its_due_time_stays(
    house: House, clause: Clause
) -> None:
    house.cases(clause)
    promise = house.case()
    due_at = promise.due_at
    until = judged_until(due_at, HALF_HOUR if clause.minutes else A_DAY, OFFICE)
    _done(house, promise, until)
    assert (promise.state, promise.missed_at) == (PromiseState.KEPT, None)
    assert promise.original_due_at == promise.due_at == due_at < promise.fulfilled_at
    assert promise.tolerated_until == until
    assert _story(house, promise) == [Happening.MADE, Happening.KEPT]


def test_a_second_after_the_tolerance_it_is_missed_from_its_due_time_on(house: House) -> None:
    house.cases(IN_DAYS)
    promise = house.case()
    _done(house, promise, judged_until(promise.due_at, A_DAY, OFFICE) + A_SECOND)
    assert (promise.state, promise.missed_at) == (PromiseState.MISSED, promise.due_at)
    assert promise.tolerated_until is None


def test_what_is_done_in_time_needs_no_tolerance(house: House) -> None:
    house.cases(IN_DAYS)
    promise = house.case()
    _done(house, promise, promise.due_at)
    assert (promise.state, promise.tolerated_until) == (PromiseState.KEPT, None)


def test_another_version_without_tolerance_judges_its_own_promises(house: House) -> None:
    version = house.cases(IN_DAYS)
    first = house.case(subject="CP-1")
    house.revised(
        version.policy, terms_of(version).but(replace(IN_DAYS, tolerance=0)), valid_from=date(2026, 4, 2)
    )
    second = house.case(subject="CP-2", start=at(date(2026, 4, 2), time(12)))
    for promise in (first, second):
        _done(house, promise, promise.due_at + A_SECOND)
    assert (first.state, second.state) == (PromiseState.KEPT, PromiseState.MISSED)


@pytest.mark.parametrize("clause", [ANSWER, IN_DAYS], ids=["minutes", "days"])
def test_the_check_holds_a_tolerated_case_at_risk_and_marks_it_missed_after(
    house: House, clause: Clause
) -> None:
    house.cases(clause, Clause(Kind.RETURN_DECISION, 2))
    promise = house.case()
    until = judged_until(promise.due_at, HALF_HOUR if clause.minutes else A_DAY, OFFICE)
    assert _sweep(house, promise.due_at + A_SECOND) == 1
    assert (promise.state, promise.missed_at) == (PromiseState.AT_RISK, None)
    assert _sweep(house, until) == 0
    assert promise.state == PromiseState.AT_RISK
    assert _sweep(house, until + A_SECOND) == 1
    assert (promise.state, promise.missed_at) == (PromiseState.MISSED, promise.due_at)
    assert _story(house, promise) == [Happening.MADE, Happening.AT_RISK, Happening.MISSED]
    _done(house, promise, until)
    assert promise.state == PromiseState.KEPT, "recorded late, it was done while it was tolerated"


def test_beside_a_standard_with_tolerance_one_without_is_missed_at_once(house: House) -> None:
    house.cases(IN_DAYS, Clause(Kind.RETURN_DECISION, 2))
    tolerated, strict = house.case(), house.case(Kind.RETURN_DECISION, "RT-1")
    assert _sweep(house, tolerated.due_at + A_SECOND) == 2
    assert (tolerated.state, strict.state) == (PromiseState.AT_RISK, PromiseState.MISSED)


def test_after_a_pause_the_tolerance_counts_from_the_later_due_time(house: House) -> None:
    house.cases(IN_DAYS)
    promise = house.case()
    pausing.pause(house.session, promise, Cause.CUSTOMER_ANSWER, by=None, now=at(date(2026, 4, 2), time(9)))
    pausing.resume(house.session, promise, Cause.CUSTOMER_ANSWER, by=None, now=at(date(2026, 4, 3), time(9)))
    assert promise.due_at == end_of(date(2026, 4, 7))
    _done(house, promise, end_of(date(2026, 4, 8)))
    assert promise.state == PromiseState.KEPT


def test_what_is_judged_as_it_is_made_has_the_same_tolerance(house: House) -> None:
    version = house.cases(Clause(Kind.DELAY_NOTICE, 1, Convention.CALENDAR, tolerance=1))
    level = version.level(Kind.DELAY_NOTICE)
    assert level is not None
    due = end_of(date(2026, 4, 1))
    known = [
        Known(f"SO-{n}", house.now, due, done)
        for n, done in enumerate([due, due + A_SECOND, end_of(date(2026, 4, 2)) + A_SECOND], 1)
    ]
    record_outcomes(house.session, level, house.customer.id, known, by=None, now=house.now)
    made = house.session.scalars(select(Promise).order_by(Promise.id)).all()
    assert [one.state for one in made] == [PromiseState.KEPT, PromiseState.KEPT, PromiseState.MISSED]
    assert [one.tolerated_until for one in made] == [None, end_of(date(2026, 4, 2)), None]
    assert _story(house, made[1]) == [Happening.MADE, Happening.KEPT]


def test_attainment_counts_it_as_kept_by_the_date_first_promised_too(house: House) -> None:
    house.cases(IN_DAYS)
    tolerated, moved = house.case(subject="CP-1"), house.case(subject="CP-2")
    later = end_of(date(2026, 4, 8))
    promising.repromise(house.session, moved, later, None, by=house.staff, now=house.now)
    for promise in (tolerated, moved):
        _done(house, promise, promise.due_at + A_SECOND)
    asked = Asked(at(date(2026, 4, 1)), at(date(2026, 5, 1)), kind=Kind.COMPLAINT_ANSWER)
    (row,) = attainment(house.session, since=asked.since, until=asked.until)
    assert (row.cases, row.kept, row.missed, row.moved) == (2, 2, 0, 1)
    assert row.kept_first == 1, "the first date of what was moved is told without tolerance"
    (case,) = cases(house.session, asked, Outcome.KEPT_FIRST).rows
    assert case.promise is tolerated
    (clause,) = by_clause(house.session, asked)
    with speaking("en"):
        assert level_text(clause).endswith("Tolerance: 1 working day.")


@pytest.mark.parametrize("state", [PromiseState.OPEN, PromiseState.MISSED, PromiseState.KEPT])
def test_no_promise_is_tolerated_that_was_not_kept_late(house: House, state: PromiseState) -> None:
    house.cases(IN_DAYS)
    promise = house.case()
    if state != PromiseState.OPEN:
        _done(house, promise, promise.due_at if state == PromiseState.KEPT else end_of(date(2026, 4, 20)))
    house.session.flush()
    with pytest.raises(IntegrityError):
        house.session.execute(update(Promise).values(tolerated_until=end_of(date(2026, 4, 7))))


@pytest.mark.parametrize(
    "clause",
    [
        replace(IN_DAYS, tolerance=-1),
        replace(IN_DAYS, tolerance=31),
        replace(ANSWER, tolerance=14_401),
        Clause(Kind.LINE_FILL, tolerance=1),
        replace(IN_DAYS, fill_tolerance_bp=100),
    ],
    ids=["negative", "too many days", "too many minutes", "a share", "percent"],
)
def test_a_tolerance_outside_its_bounds_is_refused_beside_its_field(clause: Clause) -> None:
    with pytest.raises(Refused) as no:
        check_clause(clause)
    assert no.value.field == "tolerance"


def test_page_and_paper_say_it_with_the_last_day_judged_as_kept(house: House) -> None:
    terms = only(
        replace(LEAD_TIME, tolerance=1),
        replace(IN_DAYS, tolerance=2),
        Clause(Kind.REFUND, minutes=60, tolerance=30),
    )
    version = house.published(terms)
    sheet = sheet_of(version, main_calendar(house.session), on=date(2026, 4, 1))
    with speaking("en"):
        said = sheet.sections()[0]
        lines = {line.kind: line for line in sheet.case_lines()}
    late = "What comes at most 1 working day later is judged as kept; "
    assert late + "what comes after that is late from the promised time on." in said.points
    assert "is judged as kept" in said.examples[0]
    assert (
        "What is due on Fri 3 Apr 2026 is judged as kept until Wed 8 Apr 2026."
        in lines[Kind.COMPLAINT_ANSWER].points
    )
    assert "at most 30 minutes of business time later" in lines[Kind.REFUND].points[0]
    paper = " ".join(text_of(policy_pdf(sheet, Seller(), "en")).split())
    for words in ("at most 1 working day later", "judged as kept until Wed 8 Apr 2026"):
        assert words in paper


def test_two_versions_differ_in_it() -> None:
    old, new = Terms((IN_DAYS,)), Terms((replace(IN_DAYS, tolerance=3),))
    with speaking("en"):
        (difference,) = compare(old, new)
        (figure,) = [one for one in difference.figures if one.changed]
    assert (figure.title, figure.before, figure.after) == (
        "Judged as kept when later by",
        "1 working day",
        "3 working days",
    )
