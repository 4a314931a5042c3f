"""What is held or awaited for a part falls due with its promise, so that goods are dealt in the promised order."""

from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from inventory.reserving import lock_behind
from inventory.stock import Reservation
from orders.models import ScheduleLine


def redate(session: Session, moved: Select[int, datetime]) -> None:
    """The reservations of parts of locked orders fall due anew; `moved` selects each part's id and its new due time.

    Two statements for any number of parts. The stock rows are locked first: whoever deals goods out holds them, and
    locks reservations in the order in which they are served.
    """
    days = moved.subquery()
    part_id, due_at = days.c
    lock_behind(session, select(ScheduleLine.reservation_id).join(days, ScheduleLine.id == part_id))
    session.execute(
        update(Reservation)
        .where(Reservation.id == ScheduleLine.reservation_id, ScheduleLine.id == part_id)
        .values(due_at=due_at)
        .execution_options(synchronize_session=False)
    )
    for row in session.identity_map.values():
        if isinstance(row, Reservation):
            session.expire(row, ["due_at"])
