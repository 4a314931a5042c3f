from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from policies import book, promising
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from portal.clock import end_of
from portal.refusal import Refused
from tests.policies.makers import House, days

DUE = end_of(date(2026, 4, 7))
LATER = end_of(date(2026, 4, 9))
MOMENT = timedelta(seconds=1)


@pytest.fixture
def promise(house: House) -> Promise:
    """An open promise, due at the end of a Tuesday."""
    return house.promise(house.published(), DUE)


def _settle(house: House, promise: Promise, done_at: datetime) -> None:
    promising.fulfil(house.session, [promise], done_at, by=house.staff, now=done_at)
    house.session.flush()


def _story(house: House) -> list[str]:
    return list(house.session.scalars(select(PromiseEvent.what).order_by(PromiseEvent.id)))


def test_a_promise_names_its_customer_its_version_and_when_it_was_made(
    house: House, promise: Promise
) -> None:
    version = book.version_in_force(house.session, house.customer, house.today)
    assert version is not None
    assert (promise.customer_id, promise.version_id) == (house.customer.id, version.id)
    assert (promise.made_at, promise.due_at, promise.original_due_at) == (house.now, DUE, DUE)
    assert promise.state == PromiseState.OPEN
    assert _story(house) == [Happening.MADE]


def test_several_promises_are_made_at_once_in_the_order_asked(house: House) -> None:
    level = book.in_force(
        house.session, house.customer, Kind.LEAD_TIME, house.published().valid_from or house.today
    )
    vows = [promising.Vow(f"SO-1/{n}", DUE + timedelta(days=n)) for n in range(5)]
    ids = promising.make(house.session, level, house.customer.id, vows, by=None, now=house.now)
    made = {promise.id: promise.subject_no for promise in house.session.scalars(select(Promise))}
    assert [made[one] for one in ids] == [vow.subject_no for vow in vows]


def test_done_in_the_last_second_is_kept(house: House, promise: Promise) -> None:
    _settle(house, promise, DUE)
    assert (promise.state, promise.fulfilled_at, promise.missed_at) == (PromiseState.KEPT, DUE, None)
    assert _story(house) == [Happening.MADE, Happening.KEPT]


def test_done_a_second_later_is_missed_for_good_and_on_record_as_done_late(
    house: House, promise: Promise
) -> None:
    _settle(house, promise, DUE + MOMENT)
    assert (promise.state, promise.fulfilled_at, promise.missed_at) == (
        PromiseState.MISSED,
        DUE + MOMENT,
        DUE,
    )
    assert _story(house) == [Happening.MADE, Happening.MISSED, Happening.FULFILLED_LATE]


def test_doing_it_twice_changes_nothing_the_second_time(house: House, promise: Promise) -> None:
    _settle(house, promise, DUE)
    _settle(house, promise, DUE + MOMENT)
    assert (promise.state, promise.fulfilled_at) == (PromiseState.KEPT, DUE)
    assert _story(house) == [Happening.MADE, Happening.KEPT]


def test_a_re_promise_moves_what_is_agreed_and_never_what_was_promised_first(
    house: House, promise: Promise
) -> None:
    promising.repromise(house.session, promise, LATER, Cause.SUPPLIER_LATE, by=house.staff, now=house.now)
    _settle(house, promise, LATER)
    assert (promise.original_due_at, promise.due_at, promise.state) == (DUE, LATER, PromiseState.KEPT)
    assert _story(house) == [Happening.MADE, Happening.REPROMISED, Happening.KEPT]


def test_a_settled_promise_cannot_be_promised_anew(house: House, promise: Promise) -> None:
    _settle(house, promise, DUE)
    with pytest.raises(Refused, match="already settled"):
        promising.repromise(house.session, promise, LATER, None, by=house.staff, now=house.now)
    house.session.flush()
    assert promise.due_at == DUE
    assert _story(house) == [Happening.MADE, Happening.KEPT]


def test_a_withdrawn_promise_is_neither_kept_nor_missed_by_a_later_delivery(
    house: House, promise: Promise
) -> None:
    promising.withdraw(house.session, [promise.id], by=house.buyer, now=house.now)
    house.session.expire_all()
    _settle(house, promise, DUE + MOMENT)
    assert (promise.state, promise.fulfilled_at) == (PromiseState.WITHDRAWN, None)
    assert _story(house) == [Happening.MADE, Happening.WITHDRAWN]


def test_what_is_settled_cannot_be_withdrawn(house: House, promise: Promise) -> None:
    _settle(house, promise, DUE)
    promising.withdraw(house.session, [promise.id], by=house.buyer, now=house.now)
    house.session.expire_all()
    assert promise.state == PromiseState.KEPT


def test_a_promise_is_judged_for_ever_by_the_version_it_was_made_under(house: House) -> None:
    first = house.published(days(3))
    promise = house.promise(first, DUE)
    second = house.revised(first.policy, days(1), valid_from=house.today + timedelta(days=1))
    house.session.expire_all()
    now_holds = book.in_force(house.session, house.customer, Kind.LEAD_TIME, house.today + timedelta(days=1))
    assert now_holds.version_id == second.id
    assert promise.service_level is not None
    assert (promise.version_id, promise.service_level.days) == (first.id, 3)
