"""Pages of long lists: on to the end and back again, every row once, whatever the order."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.jobs import JobRun
from portal.keyset import Keyset, keyset

ROWS = 11
PER_PAGE = 4


@pytest.fixture
def runs(session: Session, now: datetime) -> list[JobRun]:
    """Runs of which some began at the same moment, and of which the last recorded began first."""
    made = [
        JobRun(job="j", started_at=now - timedelta(minutes=n // 3), outcome="ok", changed=n)
        for n in range(ROWS)
    ]
    with transaction(session):
        session.add_all(made)
    return made


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize("by", [None, JobRun.started_at])
def test_every_row_is_shown_once_going_on_and_once_going_back(session, runs, rising, by):
    def page(**place: int | None) -> Keyset[JobRun]:
        return keyset(session, select(JobRun), JobRun.id, by=by, rising=rising, most=PER_PAGE, **place)

    in_order = sorted(runs, key=lambda run: (run.started_at if by else 0, run.id), reverse=not rising)
    onward = [page()]
    while onward[-1].older is not None:
        onward.append(page(older_than=onward[-1].older))
    assert [run for one in onward for run in one.rows] == in_order
    assert [len(one.rows) for one in onward] == [4, 4, 3]
    back = [onward[-1]]
    while back[-1].newer is not None:
        back.append(page(newer_than=back[-1].newer))
    assert [one.rows for one in reversed(back)] == [one.rows for one in onward]
    assert (onward[0].newer, back[-1].newer) == (None, None)


def test_a_page_of_several_columns_is_made_into_what_is_shown_of_it(session, runs):
    found = keyset(session, select(JobRun.job, JobRun.changed), JobRun.id, most=2)
    assert found.made(lambda row: f"{row.job}{row.changed}").rows == ["j10", "j9"]


def test_a_page_beyond_the_end_is_empty(session, runs):
    found = keyset(session, select(JobRun), JobRun.id, older_than=runs[0].id)
    assert (found.rows, found.older, found.newer) == ([], None, None)
