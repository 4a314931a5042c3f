"""What a company has on order is served by its allocation class: with that changes the turn of what is open."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.reserving import lock_behind
from inventory.stock import OWED, Reservation
from portal.customers.models import Customer


def reclass(session: Session, customer: Customer) -> None:
    """The open reservations of a company bear its allocation class from now on; two statements, however many."""
    theirs = Reservation.customer_id == customer.id, OWED
    lock_behind(session, select(Reservation.id).where(*theirs))
    session.execute(
        update(Reservation)
        .where(*theirs, Reservation.allocation_class != customer.allocation_class)
        .values(allocation_class=customer.allocation_class)
        .execution_options(synchronize_session=False)
    )
    for row in session.identity_map.values():
        if isinstance(row, Reservation):
            session.expire(row, ["allocation_class"])
