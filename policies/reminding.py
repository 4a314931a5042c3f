"""People are reminded of seminars and appointments on the working day before, once."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies import consulting_telling, seminar_telling
from policies.access_events import SLOT_PARTS
from policies.calendars import find_calendar, working_days
from policies.clocks import WorkingDays
from policies.consultations import Slot, SlotState
from policies.seminars import Seminar, SeminarState, SignUp, SignUpState
from portal.clock import at, business_day
from portal.db import lock, transaction

AHEAD = timedelta(days=21)
"""No run of closed days is longer, so nothing further ahead is reminded of today."""
FROM = time(8)
"""The time of day from which reminders are sent, for nobody wants them at midnight."""
BATCH = 100


def remind(session: Session, now: datetime) -> int:
    """Job: remind of what is on the next working day, each person once; says how many reminders were new."""
    if find_calendar(session) is None:
        return 0
    days = working_days(session, business_day(now) - AHEAD)
    return _remind_seminars(session, days, now) + _remind_bookings(session, days, now)


def reminder_at(starts_at: datetime, days: WorkingDays) -> datetime:
    """When people are reminded of what begins then: on the morning of the working day before."""
    return at(days.before(business_day(starts_at), 1), FROM)


def _remind_seminars(session: Session, days: WorkingDays, now: datetime) -> int:
    query = select(Seminar.id).where(
        Seminar.state == SeminarState.ANNOUNCED, Seminar.starts_at > now, Seminar.starts_at < now + AHEAD
    )
    reminded = 0
    for seminar_id in session.scalars(query.order_by(Seminar.id)).all():
        with transaction(session):
            (seminar,) = lock(session, Seminar, [seminar_id])
            due_at = reminder_at(seminar.starts_at, days)
            if seminar.takes_sign_ups(now) and due_at <= now:
                # Who got a place only after that has just been told the day.
                people = select(SignUp.user_id).where(
                    SignUp.seminar_id == seminar.id,
                    SignUp.state == SignUpState.PLACE,
                    SignUp.changed_at < due_at,
                )
                ids = session.scalars(people.order_by(SignUp.queue_no))
                reminded += seminar_telling.tell_reminded(session, seminar, ids, now=now)
    return reminded


def _remind_bookings(session: Session, days: WorkingDays, now: datetime) -> int:
    reminded = 0
    for ids in _batches(session, now):
        with transaction(session):
            lock(session, Slot, ids)
            for slot in session.scalars(select(Slot).where(Slot.id.in_(ids)).options(*SLOT_PARTS)):
                due_at = reminder_at(slot.starts_at, days)
                booked = slot.booked_at if slot.state == SlotState.BOOKED else None
                if booked is not None and booked < due_at <= now < slot.starts_at:
                    reminded += consulting_telling.tell_reminded(session, slot, now=now)
    return reminded


def _batches(session: Session, now: datetime) -> Iterator[list[int]]:
    query = select(Slot.id).where(
        Slot.state == SlotState.BOOKED, Slot.starts_at > now, Slot.starts_at < now + AHEAD
    )
    ids = list(session.scalars(query.order_by(Slot.id)))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
