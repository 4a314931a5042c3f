"""Customers are reminded of loaners: two days before the due day, on it, and every third day after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.lending import UNDER_WAY, follow, messages, template_of
from aftersales.repairs import Loan, LoanerUnit, Repair
from inventory.identities import Identity
from policies.calendars import working_days
from policies.clocks import WorkingDays
from portal import outbox
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.db import lock, transaction
from portal.outbox import Message, Notice

AHEAD = timedelta(days=2)
AGAIN_AFTER = 3
BATCH = 100


@dataclass(frozen=True)
class Reminder:
    """What is said of a loan on a day, and the key by which it is said once."""

    what: str
    key: str


def reminder(loan_no: str, due_on: date, today: date, *, under_way: bool) -> Reminder | None:
    """What a loan due on a day is reminded of today; nothing when it is not the time.

    Until the customer's own unit is ready they are only told ahead, never asked for the loaner.
    """
    late = (today - due_on).days
    if due_on - AHEAD <= today < due_on:
        return Reminder("soon", f"{loan_no}:{due_on}")
    if under_way or late < 0:
        return None
    if late < AGAIN_AFTER:
        return Reminder("due", f"{loan_no}:{due_on}")
    return Reminder("overdue", f"{loan_no}:{due_on}:{late // AGAIN_AFTER}")


def remind_loans(session: Session, now: datetime) -> int:
    """Job: move loans along with late repairs, then send the reminders of today, each once; says how many were new."""
    sent = 0
    for ids in _batches(session, now):
        with transaction(session):
            lock(session, Loan, ids)
            loans = session.scalars(_LOANS.where(Loan.id.in_(ids))).all()
            sent += _remind(session, loans, now)
    return sent


def _remind(session: Session, loans: Sequence[Loan], now: datetime) -> int:
    """Remind of those of these locked loans that it is time for, in a fixed number of statements."""
    days = working_days(session)
    said = {loan: one for loan in loans if (one := _due_reminder(loan, days, now)) is not None}
    people: dict[int, list[int]] = {}
    of_companies = select(User.customer_id, User.id).where(
        User.customer_id.in_({loan.customer_id for loan in said}), User.active
    )
    for customer_id, user_id in session.execute(of_companies.order_by(User.id)) if said else ():
        people.setdefault(customer_id or 0, []).append(user_id)
    today = business_day(now)
    worded = {
        loan: messages(
            loan,
            one.what,
            one.key,
            people.get(loan.customer_id, ()),
            days_late=max(0, (today - business_day(loan.due_at)).days),
        )
        for loan, one in said.items()
    }
    keys = [key for notices in worded.values() for _, _, key, _ in notices]
    known = set(session.scalars(select(Notice.key).where(Notice.key.in_(keys)))) if keys else set()
    sent, new = 0, dict[str, list[Message]]()
    for loan, notices in worded.items():
        fresh = [notice for notice in notices if notice[2] not in known]
        if fresh:
            loan.reminded_at = now
            new.setdefault(said[loan].what, []).extend(fresh)
    for what, notices in sorted(new.items()):
        sent += outbox.post_all(session, notices, template_of(what), now=now)
    return sent


def _due_reminder(loan: Loan, days: WorkingDays, now: datetime) -> Reminder | None:
    """Move a loan along with its repair where that is late, and say what is to be told of it now."""
    if loan.returned_at is not None:
        return None
    today, under_way = business_day(now), loan.repair.state in UNDER_WAY
    if under_way and business_day(loan.due_at) <= today:
        follow(loan, days, now=now)
    promise = loan.repair.repair_promise
    if under_way and promise is not None and promise.due_at != loan.due_at:
        return None  # the repair is late, and so is nobody else
    return reminder(loan.number, business_day(loan.due_at), today, under_way=under_way)


def _batches(session: Session, now: datetime) -> Iterator[list[int]]:
    """The ids of the loans that may be reminded of, in order."""
    until = end_of(business_day(now) + AHEAD)
    query = select(Loan.id).where(Loan.returned_at.is_(None), Loan.due_at <= until).order_by(Loan.id)
    ids = list(session.scalars(query))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


_LOANS = (
    select(Loan)
    .order_by(Loan.id)
    .options(
        joinedload(Loan.unit).joinedload(LoanerUnit.identity).joinedload(Identity.product),
        joinedload(Loan.repair).joinedload(Repair.repair_promise),
    )
)
