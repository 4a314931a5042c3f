from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from policies import book, promising
from policies.kinds import CASE_KINDS, Convention, Kind
from policies.promises import Happening, Promise, PromiseEvent, PromiseState
from policies.terms import Clause
from portal.batches import together
from portal.clock import at, end_of
from tests.policies.makers import CASES, TERMS, House, only

ANSWER = Kind.COMPLAINT_ANSWER
SATURDAY = at(date(2026, 4, 4), time(10, 0))


def test_a_complaint_of_wednesday_is_answered_by_the_end_of_friday(house: House) -> None:
    version = house.cases()
    promise = house.case(ANSWER, "CP-1")
    level = version.level(ANSWER)
    assert level is not None
    assert (promise.kind, promise.subject_no, promise.customer_id) == (ANSWER, "CP-1", house.customer.id)
    assert (promise.service_level_id, promise.version_id) == (level.id, version.id)
    assert promise.due_at == promise.original_due_at == end_of(date(2026, 4, 3))
    assert promise.state == PromiseState.OPEN
    made = house.session.execute(select(PromiseEvent.what, PromiseEvent.due_at, PromiseEvent.by_id)).one()
    assert made == (Happening.MADE, promise.due_at, house.buyer.id)


@pytest.mark.parametrize(
    ("convention", "due"),
    [
        (Convention.WORKING, date(2026, 4, 9)),  # Monday 6 is Chakri Day, so Saturday counts as Tuesday 7
        (Convention.CALENDAR, date(2026, 4, 6)),
        (Convention.CALENDAR_INCLUSIVE, date(2026, 4, 5)),
    ],
)
def test_two_days_from_a_saturday_are_counted_by_the_convention_of_the_standard(
    house: House, convention: Convention, due: date
) -> None:
    house.cases(Clause(ANSWER, 2, convention))
    assert house.case(start=SATURDAY).due_at == end_of(due)


def test_every_kind_of_case_can_be_promised(house: House) -> None:
    house.cases()
    made = [house.case(kind, f"X-{kind}") for kind in CASE_KINDS]
    assert [promise.kind for promise in made] == list(CASE_KINDS)


def test_nothing_is_promised_where_no_policy_in_force_promises_it(house: House) -> None:
    house.cases(Clause(Kind.REFUND, 3))
    promise = promising.promise_case(
        house.session, house.customer, ANSWER, "CP-1", start=house.now, by=None, now=house.now
    )
    assert promise is None
    assert house.session.scalar(select(func.count()).select_from(Promise)) == 0


def test_the_closest_policy_that_promises_a_case_decides_on_its_first_day(house: House) -> None:
    house.cases()
    house.published(TERMS.but(Clause(ANSWER, 1)), tier="gold")
    house.published(
        only(Clause(ANSWER, 5)),
        customer=house.customer,
        valid_from=house.today + timedelta(days=1),
    )
    assert house.case(ANSWER, "CP-1").due_at == end_of(date(2026, 4, 2))
    assert house.case(ANSWER, "CP-2", start=house.now + timedelta(days=1)).due_at == end_of(date(2026, 4, 10))
    assert house.case(Kind.REFUND, "R-1").due_at == end_of(date(2026, 4, 3))


def test_a_case_is_promised_once_for_each_subject(house: House) -> None:
    house.cases()
    house.case(ANSWER, "CP-1")
    with pytest.raises(IntegrityError):
        house.case(ANSWER, "CP-1")


def test_a_promise_made_among_rows_that_are_written_together_is_known_at_once(house: House) -> None:
    house.cases()
    with together(house.session, {Promise: 1, PromiseEvent: 1}):
        promise = house.case(Kind.SUBSTITUTION_OFFER, "SO-1/1.1")
        assert (promise.due_at, promise.state) == (end_of(date(2026, 4, 3)), PromiseState.OPEN)
    house.session.expire_all()
    assert promise.subject_no == "SO-1/1.1"


def test_an_answer_recorded_late_but_given_in_time_is_kept(house: House) -> None:
    house.cases()
    promise = house.case()
    promising.fulfil(
        house.session, [promise], promise.due_at, by=house.staff, now=house.now + timedelta(days=5)
    )
    assert promise.state == PromiseState.KEPT


def test_the_return_window_is_that_of_the_closest_policy_that_sets_one(house: House) -> None:
    assert book.return_window(house.session, house.customer, house.today) is None
    house.cases()
    house.published(TERMS, customer=house.customer)
    assert book.return_window(house.session, house.customer, house.today) == 30
    house.published(only(return_days=45), tier="gold")
    assert book.return_window(house.session, house.customer, house.today) == 45


def test_the_standards_for_everybody_are_read_by_kind(house: House) -> None:
    house.cases()
    house.published(only(Clause(ANSWER, 1)), tier="gold")
    levels = book.levels_for_everybody(house.session, house.today)
    assert set(levels) == {Kind.LEAD_TIME, Kind.LINE_FILL, *CASE_KINDS}
    assert levels[ANSWER].days == CASES[0].days
