from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from policies.promises import MOVES, Promise, PromiseState
from tests.policies.makers import House

MOVE = text(
    """UPDATE promise SET state = CAST(:state AS VARCHAR), cause = 'not_answered', missed_at = due_at,
    fulfilled_at = CASE WHEN CAST(:state AS VARCHAR) = 'kept' THEN made_at END"""
)


@contextmanager
def _allowed(old: PromiseState, new: PromiseState) -> Iterator[None]:
    if old == new or new in MOVES[old]:
        yield
        return
    with pytest.raises(IntegrityError, match="cannot move so"):
        yield


def test_the_database_lets_a_promise_move_only_as_the_table_says(house: House) -> None:
    version = house.published()
    for n, (old, new) in enumerate(product(PromiseState, PromiseState)):
        due_at = house.now + timedelta(days=1)
        house.session.add(
            Promise(
                kind="lead_time",
                service_level_id=version.levels[0].id,
                version_id=version.id,
                customer_id=house.customer.id,
                subject_no=f"SO-{n}",
                made_at=house.now,
                original_due_at=due_at,
                due_at=due_at,
                state=old,
                cause="not_answered",
                missed_at=due_at,
                fulfilled_at=house.now if old == PromiseState.KEPT else None,
            )
        )
        house.session.flush()
        with _allowed(old, new), house.session.begin_nested():
            house.session.execute(MOVE, {"state": new})
        house.session.execute(text("DELETE FROM promise"))


def test_every_state_says_where_it_goes_and_what_is_for_good_stays() -> None:
    assert set(MOVES) == set(PromiseState)
    assert [state for state in PromiseState if not MOVES[state]] == [
        PromiseState.KEPT,
        PromiseState.WAIVED,
        PromiseState.WITHDRAWN,
    ]


def test_no_settlement_is_promised_without_the_version_that_promises_it(house: House) -> None:
    house.published()
    due_at = house.now + timedelta(days=1)
    facts = {"made_at": house.now, "original_due_at": due_at, "due_at": due_at}
    house.session.add(Promise(kind="settlement", customer_id=house.customer.id, subject_no="CO-1", **facts))
    with pytest.raises(IntegrityError):
        house.session.flush()
