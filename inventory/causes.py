"""What units in quarantine wait for: the stock desk decides on what its own notes put aside, a case on what is its own.

A cause holds what came into quarantine under its number less what left under it, for stock as for lots and serials.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from inventory.identities import IdentityMove, Keeping
from inventory.ledger import Move, Place, write_movements
from inventory.lifeline import Step
from inventory.stock import Condition, Movement, MovementKind
from inventory.tracing import Shift, Spot, chunks, shift
from portal.accounts.models import User
from portal.clock import business_day
from portal.numbering import next_number

SERIES = "QN"
"""The series of the notes under which staff move units into quarantine and out of it."""


def of_the_desk(cause_no: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """That a cause is a note of the stock desk."""
    return cause_no.startswith(f"{SERIES}-")


def units_of_the_desk(session: Session, place: Place) -> int:
    """Units in quarantine at a place that the stock desk decides on; the rest waits for its return or recall."""
    query = select(func.coalesce(func.sum(Movement.quantity), 0)).where(
        Movement.product_id == place.product_id,
        Movement.warehouse_id == place.warehouse_id,
        Movement.condition == Condition.QUARANTINE,
        of_the_desk(Movement.cause_no),
    )
    return max(0, int(session.scalar(query) or 0))


def numbered_of_the_desk(session: Session, identity_ids: Iterable[int], warehouse_id: int) -> dict[int, int]:
    """Units of lots and serials in quarantine that the stock desk decides on, by identity id."""
    found: dict[int, int] = {}
    for some in chunks(sorted(set(identity_ids))):
        query = (
            select(IdentityMove.identity_id, func.sum(IdentityMove.quantity))
            .where(
                IdentityMove.identity_id.in_(some),
                IdentityMove.warehouse_id == warehouse_id,
                IdentityMove.keeping == Keeping.QUARANTINE,
                of_the_desk(IdentityMove.cause_no),
            )
            .group_by(IdentityMove.identity_id)
        )
        found |= {id_: int(units) for id_, units in session.execute(query)}
    return found


def leave_to_desk(
    session: Session,
    place: Place,
    quantity: int,
    named: Sequence[tuple[int, int]],
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> str:
    """A case leaves units it holds in quarantine to the stock desk, which decides on them; gives the desk's note.

    `named` are the identities among them with their units. The caller has locked the stock row.
    """
    note = next_number(session, SERIES, business_day(now))
    _pass_on(session, place, quantity, named, cause_no, note, by=by, now=now)
    return note


def take_from_desk(
    session: Session,
    place: Place,
    quantity: int,
    named: Sequence[tuple[int, int]],
    cause_no: str,
    *,
    by: User | None,
    now: datetime,
) -> str:
    """A case takes over units in quarantine that the stock desk would decide on; gives the desk's note of it.

    `named` are the identities among them with their units. The caller has locked the stock row.
    """
    note = next_number(session, SERIES, business_day(now))
    _pass_on(session, place, quantity, named, note, cause_no, by=by, now=now)
    return note


def _pass_on(
    session: Session,
    place: Place,
    quantity: int,
    named: Sequence[tuple[int, int]],
    from_no: str,
    to_no: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    """Units stay where they lie, and are held under another cause from now on."""
    for cause_no, units in ((from_no, -quantity), (to_no, quantity)):
        write_movements(
            session,
            [Move(place, units)],
            MovementKind.HOLD,
            cause_no,
            condition=Condition.QUARANTINE,
            by=by,
            now=now,
        )
    here = Spot(Keeping.QUARANTINE, warehouse_id=place.warehouse_id)
    shifts = [Shift(id_, units, here, None, from_no) for id_, units in named]
    shifts += [Shift(id_, units, None, here, to_no) for id_, units in named]
    if shifts:
        shift(session, shifts, Step.HOLD, to_no, by=by, now=now)
