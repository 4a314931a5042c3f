"""What happens to promises is put on record, many at once."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from policies.promises import Cause, Happening, PromiseEvent
from portal.accounts.models import User
from portal.batches import append


def note(
    session: Session,
    promises: Iterable[tuple[int, datetime]],
    what: Happening,
    *,
    by: User | None,
    now: datetime,
    cause: Cause | None = None,
) -> None:
    """One event for each promise (id, due time as it is then)."""
    rows = [
        {
            "promise_id": id_,
            "due_at": due_at,
            "what": what,
            "at": now,
            "cause": cause,
            "by_id": by.id if by else None,
        }
        for id_, due_at in promises
    ]
    append(session, PromiseEvent, rows)
