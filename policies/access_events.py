"""The only doors from an address to a seminar, a consultant or a consultant's time; they prove the right to see it."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from policies.consultations import Consultant, Slot, SlotState
from policies.seminars import Seminar, SeminarState
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.refusal import Unknown

BOOKED = (SlotState.BOOKED, SlotState.HELD)
SLOT_PARTS: tuple[Any, ...] = (
    joinedload(Slot.consultant).joinedload(Consultant.person),
    joinedload(Slot.customer),
    joinedload(Slot.booked_by),
)


def seminar_for(session: Session, person: User, number: str) -> Seminar:
    """The seminar with this number; drafts are known to people of the distributor only, else Unknown."""
    query = select(Seminar).where(Seminar.number == number).options(joinedload(Seminar.owner))
    found = session.scalars(query).one_or_none()
    if found is None or (found.state == SeminarState.DRAFT and person.audience is not Audience.STAFF):
        raise Unknown(f"seminar {number}")
    return found


def consultant_for(session: Session, person: User, code: str) -> Consultant:
    """The consultant with this code, for people of the distributor; else Unknown."""
    query = select(Consultant).where(Consultant.code == code).options(joinedload(Consultant.person))
    found = session.scalars(query).one_or_none()
    if found is None or person.audience is not Audience.STAFF:
        raise Unknown(f"consultant {code}")
    return found


def time_for(session: Session, person: User, number: str) -> Slot:
    """A time that is or was offered to everybody; who may have booked it is not told with it. Else Unknown.

    A time that was taken meanwhile is found all the same, so that its next reader is told so.
    """
    found = session.scalars(_slot(number)).one_or_none()
    if found is None or found.state == SlotState.WITHDRAWN:
        raise Unknown(f"time {number}")
    return found


def booking_for(session: Session, person: User, number: str) -> Slot:
    """A time that the person's own company has booked, or that any has for people of the distributor; else Unknown."""
    query = _slot(number).where(Slot.state.in_(BOOKED))
    if person.audience is not Audience.STAFF:
        query = query.where(Slot.customer_id == person.customer_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"booking {number}")
    return found


def slot_for(session: Session, person: User, number: str) -> Slot:
    """Any time of any consultant, for people of the distributor; else Unknown."""
    found = session.scalars(_slot(number)).one_or_none()
    if found is None or person.audience is not Audience.STAFF:
        raise Unknown(f"time {number}")
    return found


def _slot(number: str) -> Select[Slot]:
    return select(Slot).where(Slot.number == number).options(*SLOT_PARTS)
