"""What is still owed, one condition for each meaning, for every list and figure that asks it of promises.

    owed       open or at risk, or late
    late       missed, and neither done nor withdrawn since
    in danger  at risk, or late

Kept, waived and withdrawn promises are none of these, nor is a missed one that was done late or whose case ended
without it.
"""

from sqlalchemy import ColumnElement, String, and_, literal_column, or_, select

from policies.promises import Happening, Promise, PromiseEvent, PromiseState


def word(word: Happening | PromiseState) -> ColumnElement[str]:
    """A word of our own as it stands in a statement, for it never differs between two runs of it."""
    return literal_column(f"'{word}'", String)


MISSED_UNDONE = and_(Promise.state == word(PromiseState.MISSED), Promise.fulfilled_at.is_(None))
"""Missed and not done; what it was about may have ended since."""
LATE = and_(
    MISSED_UNDONE,
    ~select(PromiseEvent.id)
    .where(PromiseEvent.promise_id == Promise.id, PromiseEvent.what == word(Happening.WITHDRAWN))
    .correlate(Promise)
    .exists(),
)
"""Missed, and still owed."""
AT_RISK = Promise.state == word(PromiseState.AT_RISK)
"""Not due yet, and something threatens it."""
WAITING = Promise.state.in_((word(PromiseState.OPEN), word(PromiseState.AT_RISK)))
"""Not due yet."""
IN_DANGER = or_(AT_RISK, LATE)
"""At risk, or late."""
OWED = or_(WAITING, LATE)
"""Still owed, whether its time has passed or not."""
