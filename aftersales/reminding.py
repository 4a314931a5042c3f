"""Customers are reminded of loaners: two days before the due day, on it, and every third day after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.lending import UNDER_WAY, follow_repair, tell
from aftersales.repairs import Loan, LoanerUnit, Repair
from inventory.identities import Identity
from portal.clock import business_day, end_of
from portal.db import lock, transaction

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
            for loan in session.scalars(_LOANS.where(Loan.id.in_(ids))):
                sent += _remind(session, loan, now)
    return sent


def _remind(session: Session, loan: Loan, now: datetime) -> int:
    if loan.returned_at is not None:
        return 0
    today, under_way = business_day(now), loan.repair.state in UNDER_WAY
    if under_way and business_day(loan.due_at) <= today:
        follow_repair(session, loan.repair, now=now)
    promise = loan.repair.repair_promise
    if under_way and promise is not None and promise.due_at != loan.due_at:
        return 0  # the repair is late, and so is nobody else
    said = reminder(loan.number, business_day(loan.due_at), today, under_way=under_way)
    if said is None:
        return 0
    days_late = max(0, (today - business_day(loan.due_at)).days)
    told = tell(session, loan, said.what, said.key, now=now, days_late=days_late)
    if told:
        loan.reminded_at = now
    return told


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
