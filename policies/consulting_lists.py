"""Reading consulting for screens: the free times, what a company booked, and what a consultant has to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from policies.access_events import BOOKED, SLOT_PARTS
from policies.calendars import working_days
from policies.consultations import Consultant, Slot, SlotState
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES
from portal.clock import business_day
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset

AHEAD = timedelta(days=60)
ADVISING = (Consultant.active, User.active)
"""Which consultants joined with their person give advice at present."""
MOST_FREE = 300
"""Free times that one page shows at most."""


@dataclass(frozen=True)
class Offer:
    """The free times of one consultant, by day."""

    consultant: Consultant
    days: dict[date, list[Slot]] = field(default_factory=dict)


@dataclass(frozen=True)
class Advising:
    """A consultant with how many of their times to come are free and booked, and how many wait for their outcome."""

    consultant: Consultant
    free: int = 0
    booked: int = 0
    unnoted: int = 0


def free_times(session: Session, code: str = "", *, now: datetime) -> list[Offer]:
    """The times of the next two months that a customer can book, by consultant and day; of one consultant by code.

    Times of consultants who left, and on days that were closed since, are left out.
    """
    query = (
        select(Slot)
        .join(Slot.consultant)
        .join(Consultant.person)
        .where(
            Slot.state == SlotState.FREE,
            Slot.starts_at > now,
            Slot.starts_at < now + AHEAD,
            *ADVISING,
        )
        .options(joinedload(Slot.consultant).joinedload(Consultant.person))
        .order_by(Slot.starts_at, Slot.id)
        .limit(MOST_FREE)
    )
    if code:
        query = query.where(Consultant.code == code)
    offers: dict[int, Offer] = {}
    slots = session.scalars(query).all()
    closed = on_closed_days(session, slots, now=now)
    for slot in (slot for slot in slots if slot.id not in closed):
        days = offers.setdefault(slot.consultant_id, Offer(slot.consultant)).days
        days.setdefault(business_day(slot.starts_at), []).append(slot)
    return sorted(offers.values(), key=lambda offer: offer.consultant.code)


def consultants(session: Session, *, active_only: bool = False) -> list[Consultant]:
    """The consultants, by code; or those who give advice at present."""
    query = select(Consultant).options(joinedload(Consultant.person)).order_by(Consultant.code).limit(200)
    return list(session.scalars(query.join(Consultant.person).where(*ADVISING) if active_only else query))


def advising(session: Session, *, now: datetime) -> list[Advising]:
    """Every consultant with what they offer and have to do, by code."""
    found = consultants(session)
    ahead = Slot.starts_at > now
    counted = (
        select(
            Slot.consultant_id,
            func.count(Slot.id).filter(Slot.state == SlotState.FREE, ahead),
            func.count(Slot.id).filter(Slot.state == SlotState.BOOKED, ahead),
            func.count(Slot.id).filter(Slot.state == SlotState.BOOKED, ~ahead),
        )
        .where(
            Slot.consultant_id.in_([one.id for one in found]),
            Slot.state.in_((SlotState.FREE, SlotState.BOOKED)),
        )
        .group_by(Slot.consultant_id)
    )
    counts = {row[0]: tuple(row[1:]) for row in session.execute(counted)}
    return [Advising(one, *counts.get(one.id, ())) for one in found]


def find_consultant_of(session: Session, person: User) -> Consultant | None:
    """The consultant that a person is, or None."""
    query = select(Consultant).where(Consultant.user_id == person.id)
    return session.scalars(query.options(joinedload(Consultant.person))).one_or_none()


def could_advise(session: Session) -> list[User]:
    """The people of the distributor who may sign in and give no advice yet, by name."""
    query = select(User).where(
        User.role.in_(STAFF_ROLES),
        User.customer_id.is_(None),
        User.active,
        User.id.not_in(select(Consultant.user_id)),
    )
    return list(session.scalars(query.order_by(User.name, User.id).limit(500)))


def times_of(session: Session, consultant: Consultant, *, now: datetime) -> list[Slot]:
    """What a consultant offers or has to do from today on, soonest first."""
    query = select(Slot).where(
        Slot.consultant_id == consultant.id,
        Slot.state != SlotState.WITHDRAWN,
        Slot.starts_at > now - timedelta(days=1),
        Slot.ends_at > now,
    )
    return list(session.scalars(query.options(*SLOT_PARTS).order_by(Slot.starts_at).limit(MOST_FREE)))


def on_closed_days(session: Session, slots: Sequence[Slot], *, now: datetime) -> set[int]:
    """The ids of those of these times whose days were closed since they were offered."""
    open_days = working_days(session, business_day(now)) if slots else None
    return {slot.id for slot in slots if open_days and not open_days.works(business_day(slot.starts_at))}


def bookings_meanwhile(session: Session, person: User, starts_at: datetime, ends_at: datetime) -> list[Slot]:
    """What the person has booked with consultants at the same time."""
    query = select(Slot).where(
        Slot.customer_id == person.customer_id,
        Slot.booked_by_id == person.id,
        Slot.state == SlotState.BOOKED,
        Slot.starts_at < ends_at,
        Slot.ends_at > starts_at,
    )
    return list(session.scalars(query.order_by(Slot.starts_at).limit(5)))


def bookings_of(
    session: Session, customer: Customer, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Slot]:
    """What a company has booked or had, the latest first."""
    query = _booked().where(Slot.customer_id == customer.id)
    return keyset(session, query, Slot.id, by=Slot.starts_at, older_than=older_than, newer_than=newer_than)


def appointments(
    session: Session,
    consultant: Consultant | None = None,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Slot]:
    """What was booked with one consultant or all, the latest first."""
    query = _booked()
    if consultant is not None:
        query = query.where(Slot.consultant_id == consultant.id, Slot.state != SlotState.WITHDRAWN)
    return keyset(session, query, Slot.id, by=Slot.starts_at, older_than=older_than, newer_than=newer_than)


def _booked() -> Select[Slot]:
    return select(Slot).where(Slot.state.in_(BOOKED)).options(*SLOT_PARTS)
