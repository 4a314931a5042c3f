"""What attainment asks is answered by an index of the promises, not by reading all of them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from policies import attained_cases, exempting, most_missed
from policies.attained_cases import Outcome
from policies.attaining import Asked, by_clause, trend_of
from policies.kinds import Kind
from policies.promises import Promise
from portal.clock import at
from portal.feature import Excuse
from tests.inventory.makers import statements
from tests.inventory.test_indexes import _plan
from tests.policies.makers import House

SINCE, UNTIL = at(date(2026, 1, 1)), at(date(2026, 7, 1))
OF_CUSTOMER, BY_DUE_TIME = "ix_promise_customer", "ix_promise_due"
SOME = r"(ix|uq)_promise_(customer|due|owed|subject|done_late)"
"""Of a handful of cases each of these is as good as the others; with thousands the test of lists looks again."""


def _own(house: House) -> Asked:
    return Asked(SINCE, UNTIL, house.customer)


def _page(house: House, asked: Asked) -> object:
    of_kind = Asked(asked.since, asked.until, asked.customer, Kind.COMPLAINT_ANSWER)
    return attained_cases.cases(house.session, of_kind, Outcome.MISSED)


QUESTIONS: dict[str, tuple[str, Callable[[House], object]]] = {
    "clauses of a customer": (OF_CUSTOMER, lambda house: by_clause(house.session, _own(house))),
    "months of a customer": (OF_CUSTOMER, lambda house: trend_of(house.session, _own(house))),
    "cases of a customer": (SOME, lambda house: _page(house, _own(house))),
    "clauses of all": (BY_DUE_TIME, lambda house: by_clause(house.session, Asked(SINCE, UNTIL))),
    "cases of all": (SOME, lambda house: _page(house, Asked(SINCE, UNTIL))),
    "most missed": (
        BY_DUE_TIME,
        lambda house: most_missed.worst_customers(house.session, Asked(SINCE, UNTIL)),
    ),
}


@pytest.mark.parametrize(("index", "question"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_of_attainment_uses_its_index(
    house: House, index: str, question: Callable[[House], object]
) -> None:
    house.cases()
    house.case()
    house.session.flush()
    with statements(house.session) as sent:
        question(house)
    assert any(re.search(index, _plan(house.session, *one)) for one in sent)


def test_exempting_one_promise_does_not_read_the_others(house: House) -> None:
    house.cases()
    promise = house.case()
    house.session.flush()
    flood = Excuse("DI-1", "flood", SINCE, UNTIL)
    with statements(house.session) as sent:
        exempting.exempt_all(house.session, Promise.id == promise.id, flood, "-", by=None, now=house.now)
    plans: list[Any] = [_plan(house.session, *one) for one in sent]
    assert plans
    assert not any("SCAN promise" in plan or "Seq Scan on promise " in plan for plan in plans)
