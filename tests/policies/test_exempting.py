"""A missed promise does not count because of a declared disruption, and only then."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from policies import exempting, promising, settling, sweeping
from policies.attaining import Asked, by_clause
from policies.exempting import Answer, exempt, exempt_all
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseExemption, PromiseState
from portal.audit import AuditEntry
from portal.clock import at, end_of
from portal.feature import Excuse
from portal.refusal import Refused
from tests.policies.makers import CASES, TERMS, House

REPAIR = Kind.REPAIR
FLOOD = Excuse("DI-2026-1", "flood", at(date(2026, 4, 2)), end_of(date(2026, 4, 8)))
STEPS = "Sand bags, and a second workshop"


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {
        one.number: one
        for one in (
            FLOOD,
            replace(FLOOD, number="DI-2026-2", kind="strike"),
            replace(FLOOD, number="DI-2026-3", since=at(date(2026, 6, 1)), until=end_of(date(2026, 6, 3))),
        )
    }
    monkeypatch.setattr(exempting, "excuse_of", lambda _session, number, _now: declared.get(number))


def _excused(house: House) -> None:
    clauses = [replace(one, exempt_kinds=("flood",)) if one.kind is REPAIR else one for one in CASES]
    house.published(replace(TERMS.but(*clauses), return_days=30))


def _repaired(house: House, no: int = 1, *, late: bool = True) -> Promise:
    """A repair of ten working days, done a day too late or in time."""
    promise = house.case(REPAIR, f"RP-{no}")
    done = promise.due_at + timedelta(days=1 if late else 0)
    promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    return promise


def _state(house: House) -> tuple[Any, ...]:
    house.session.flush()
    house.session.expire_all()
    counts = [
        house.session.scalar(select(func.count()).select_from(table))
        for table in (PromiseExemption, PromiseEvent, AuditEntry)
    ]
    query = select(Promise.id, Promise.state, Promise.cause, Promise.owed_minor).order_by(Promise.id)
    return (*counts, house.session.execute(query).all())


def _exempt(house: House, promise: Promise, cause_no: str = FLOOD.number, steps: str = STEPS) -> None:
    exempt(house.session, promise, cause_no, steps, by=house.manager, now=house.now + timedelta(days=40))


def test_a_miss_by_a_flood_that_the_version_excuses_is_exempt_with_the_steps_taken(house: House) -> None:
    _excused(house)
    promise = _repaired(house)
    _exempt(house, promise)
    assert (promise.state, promise.cause) == (PromiseState.WAIVED, Cause.DISRUPTION)
    exemption = house.session.get_one(PromiseExemption, promise.id)
    assert (exemption.cause_no, exemption.steps, exemption.by_id) == (FLOOD.number, STEPS, house.manager.id)
    assert promise.events[-1].what == Happening.WAIVED
    (clause,) = by_clause(house.session, Asked(house.now, house.now + timedelta(days=60)))
    assert (clause.row.cases, clause.row.exempt, clause.row.missed) == (1, 1, 0)


def test_exempting_it_twice_changes_nothing(house: House) -> None:
    _excused(house)
    promise = _repaired(house)
    _exempt(house, promise)
    before = _state(house)
    _exempt(house, promise, steps="Other words")
    assert _state(house) == before


@pytest.mark.parametrize(
    ("cause_no", "steps", "told"),
    [
        ("DI-2026-9", STEPS, "No disruption with this number"),
        ("DI-2026-2", STEPS, "does not excuse a disruption of this kind"),
        ("DI-2026-3", STEPS, "not in the time of this promise"),
        (FLOOD.number, "  ", "which steps were taken"),
        (FLOOD.number, "x" * 20_001, "At most"),
    ],
)
def test_a_disruption_that_excuses_nothing_is_refused(
    house: House, cause_no: str, steps: str, told: str
) -> None:
    _excused(house)
    promise = _repaired(house)
    before = _state(house)
    with pytest.raises(Refused, match=told):
        _exempt(house, promise, cause_no, steps)
    assert _state(house) == before


def test_a_promise_that_was_kept_is_never_exempt(house: House) -> None:
    _excused(house)
    promise = _repaired(house, late=False)
    before = _state(house)
    with pytest.raises(Refused, match="was not missed"):
        _exempt(house, promise)
    assert _state(house) == before


def test_what_is_late_and_still_owed_is_exempt_only_once_it_is_done(house: House) -> None:
    _excused(house)
    promise = house.case(REPAIR, "RP-1")
    later = house.now + timedelta(days=30)
    sweeping.mark(house.session, later)
    with pytest.raises(Refused, match="still owed"):
        _exempt(house, promise)
    promising.fulfil(house.session, [promise], later, by=house.staff, now=later)
    _exempt(house, promise)
    assert promise.state == PromiseState.WAIVED


def test_a_promise_whose_version_excuses_nothing_stays_missed_when_a_later_one_does(house: House) -> None:
    first = house.published(replace(TERMS.but(*CASES), return_days=30))
    promise = _repaired(house)
    excusing = [replace(one, exempt_kinds=("flood",)) for one in CASES]
    house.revised(first.policy, TERMS.but(*excusing), valid_from=house.today + timedelta(days=1))
    with pytest.raises(Refused, match="does not excuse"):
        _exempt(house, promise)


def test_what_was_owed_for_it_is_owed_no_more_but_what_is_credited_keeps_it_missed(house: House) -> None:
    _excused(house)
    owed, credited = _repaired(house, 1), _repaired(house, 2)
    for promise in (owed, credited):
        settling.owe(house.session, promise, 100_00, "THB", now=house.now)
    settling.pay(house.session, credited, 50_00, now=house.now)
    _exempt(house, owed)
    assert (owed.owed_minor, owed.owed_currency) == (0, None)
    with pytest.raises(Refused, match="credited already"):
        _exempt(house, credited)


def test_all_of_a_disruption_are_exempt_by_the_same_few_statements_and_the_others_stay(
    house: House, counting: Any
) -> None:
    _excused(house)
    for no in range(6):
        _repaired(house, no, late=no < 4)

    def act(now: datetime) -> int:
        return exempt_all(house.session, Promise.kind == REPAIR, FLOOD, STEPS, by=house.manager, now=now)

    house.session.flush()
    done: list[int] = []
    assert counting(lambda: done.append(act(house.now))) <= 6
    assert done == [4]
    before = _state(house)
    assert act(house.now + timedelta(days=1)) == 0
    assert _state(house) == before
    states = house.session.scalars(select(Promise.state).order_by(Promise.id)).all()
    assert states == [PromiseState.WAIVED] * 4 + [PromiseState.KEPT] * 2


def test_each_answer_but_yes_says_why_not() -> None:
    assert set(exempting.WHY_NOT) == set(Answer) - {Answer.YES}
