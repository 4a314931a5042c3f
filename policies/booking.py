"""A customer books a consultant's time with a question, cancels in time; what came of it is noted."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from policies.calendars import working_days
from policies.consultants import keeps_times_of
from policies.consultations import Slot, SlotState
from policies.consulting_lists import bookings_meanwhile
from policies.consulting_telling import tell_booked, tell_freed
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, day_text, moment_text
from portal.refusal import Refused

LONGEST_TEXT = 1000


class Verb(StrEnum):
    """Acts on a booking, for the audit trail."""

    BOOKED = "consulting.booked"
    CANCELLED = "consulting.cancelled"
    HELD = "consulting.held"


def book(session: Session, slot: Slot, question: str, *, by: User, now: datetime) -> Slot:
    """A free time for a person of a customer; they and the consultant are told.

    Refused without a question, when the time is taken, withdrawn or over, when its consultant gives no advice any more
    or its day was closed since, and when the person has booked another consultant at the same time.
    """
    question = question.strip()
    if not question:
        raise Refused(N_("Say what you would like advice on, so that we can prepare."), field="question")
    if len(question) > LONGEST_TEXT:
        raise Refused(N_("Please use at most %(most)s letters."), field="question", most=LONGEST_TEXT)
    (found,) = lock(session, Slot, [slot.id])
    if found.state == SlotState.BOOKED and found.customer_id == by.customer_id:
        raise Refused(N_("Your company has booked this time already."))
    if found.state != SlotState.FREE:
        raise Refused(N_("This time is not free any more. Please choose another one."))
    if found.starts_at <= now:
        raise Refused(N_("This time is over. Please choose another one."))
    if not found.consultant.advises:
        raise Refused(
            N_("%(name)s gives no advice any more. Please choose another consultant."),
            name=found.consultant.person.name,
        )
    day = business_day(found.starts_at)
    if not working_days(session, day).works(day):
        raise Refused(N_("We are closed on %(day)s. Please choose another time."), day=day_text(day))
    # One person's bookings wait for each other, lest two at the same time both pass.
    lock(session, User, [by.id])
    for other in bookings_meanwhile(session, by, found.starts_at, found.ends_at):
        raise Refused(
            N_("You have booked %(name)s at the same time, on %(moment)s."),
            name=other.consultant.person.name,
            moment=moment_text(other.starts_at),
        )
    found.customer, found.booked_by, found.booked_at = by.company, by, now
    found.state, found.question = SlotState.BOOKED, question
    session.flush()
    tell_booked(session, found, now=now)
    after = {"customer": by.company.code, "question": question}
    audit.record(session, Verb.BOOKED, "consulting", found.number, by=by, now=now, after=after)
    return found


def can_be_booked(session: Session, slot: Slot, *, now: datetime) -> bool:
    """Whether anybody can book a time still: it is free and to come, its consultant advises, and its day is open."""
    day = business_day(slot.starts_at)
    free = slot.state == SlotState.FREE and slot.starts_at > now and slot.consultant.advises
    return free and working_days(session, day).works(day)


def last_day_to_cancel(session: Session, slot: Slot) -> date:
    """The last day on which a customer may cancel: the working day before."""
    return working_days(session).before(business_day(slot.starts_at), 1)


def cancel_booking(session: Session, slot: Slot, *, by: User, now: datetime) -> None:
    """Give a booked time up again, until the end of the working day before; both are told, and it is free for others.

    Refused when it is not booked by the person's company, and when it is too late.
    """
    (found,) = lock(session, Slot, [slot.id])
    if found.state != SlotState.BOOKED or found.customer_id != by.customer_id:
        raise Refused(N_("This time is not booked by your company any more."))
    last = last_day_to_cancel(session, found)
    if business_day(now) > last:
        raise Refused(
            N_("It could be cancelled until %(day)s. Please call the consultant instead."), day=day_text(last)
        )
    tell_freed(session, found, now=now)
    before = {"customer": by.company.code, "question": found.question}
    found.customer = found.booked_by = found.booked_at = None
    found.state, found.question = SlotState.FREE, ""
    session.flush()
    audit.record(session, Verb.CANCELLED, "consulting", found.number, by=by, now=now, before=before)


def note_outcome(session: Session, slot: Slot, outcome: str, *, by: User, now: datetime) -> None:
    """Put on record what came of a booked time, which is then held; a note that was wrong is changed in the same way.

    Refused without a note, before the time begins, and for who is neither the consultant nor a manager.
    """
    outcome = outcome.strip()
    if not outcome:
        raise Refused(N_("Say what came of it, or that nobody came."), field="outcome")
    if len(outcome) > LONGEST_TEXT:
        raise Refused(N_("Please use at most %(most)s letters."), field="outcome", most=LONGEST_TEXT)
    (found,) = lock(session, Slot, [slot.id])
    if not keeps_times_of(by, found.consultant):
        raise Refused(N_("Only the consultant and managers keep these times."))
    if found.state not in (SlotState.BOOKED, SlotState.HELD):
        raise Refused(N_("Nobody has booked this time, so nothing came of it."))
    if found.starts_at > now:
        raise Refused(N_("This time has not begun yet."), field="outcome")
    before = {"state": found.state, "outcome": found.outcome}
    found.state, found.outcome = SlotState.HELD, outcome
    after = {"state": found.state, "outcome": outcome}
    audit.record(session, Verb.HELD, "consulting", found.number, by=by, now=now, before=before, after=after)
