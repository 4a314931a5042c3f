"""What a missed promise is worth to its customer, and how much of that is credited, kept on the promise itself."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.calendars import working_days
from policies.due_times import settled_by
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from policies.promising import Vow, promise_case, put
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Role
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_, money_text
from portal.refusal import Refused


class Verb(StrEnum):
    """What is put on record of compensation, for the audit trail."""

    OWED = "promise.owed"
    PAID = "promise.paid"


def owe(
    session: Session,
    promise: Promise,
    amount_minor: int,
    currency: str,
    *,
    by: User | None = None,
    now: datetime,
) -> None:
    """A missed promise is worth this much in all, in minor units of a currency; 0 when nothing is owed any more.

    Refused for a promise that was not missed, such as one that is waived, unless it is for nothing; for less than is
    credited already; and in another currency than that of what is credited.
    """
    if amount_minor < 0:
        raise ValueError("nobody owes less than nothing")
    (promise,) = lock(session, Promise, [promise.id])
    if amount_minor and promise.state != PromiseState.MISSED:
        raise Refused(N_("This promise was not missed, so nothing is owed for it."))
    if amount_minor < promise.paid_minor or (promise.paid_minor and promise.owed_currency != currency):
        paid = money_text(promise.paid_minor, promise.owed_currency or currency)
        raise Refused(N_("%(paid)s is credited for this promise already."), paid=paid)
    if amount_minor == promise.owed_minor and (not amount_minor or promise.owed_currency == currency):
        return
    before = {"amount_minor": promise.owed_minor, "currency": promise.owed_currency or currency}
    promise.owed_minor = amount_minor
    promise.owed_currency = currency if amount_minor or promise.paid_minor else None
    after = {"amount_minor": amount_minor, "currency": currency}
    audit.record(
        session, Verb.OWED, "promise", promise.subject_no, by=by, now=now, before=before, after=after
    )
    session.flush()  # whoever locks it next reads what is owed


def pay(
    session: Session,
    promise: Promise,
    amount_minor: int,
    *,
    by: User | None = None,
    reason: str = "",
    now: datetime,
) -> None:
    """So much more of what is owed for a promise is credited, in minor units of the currency it is owed in.

    Refused beyond what is owed, unless a manager says why; what is owed then rises to it. Refused when nothing was ever
    owed.
    """
    if amount_minor <= 0:
        raise ValueError("a credit is more than nothing")
    (promise,) = lock(session, Promise, [promise.id])
    if promise.owed_currency is None:
        raise Refused(N_("Nothing is owed for this promise."))
    paid = promise.paid_minor + amount_minor
    if paid > promise.owed_minor:
        manager = by is not None and Role(by.role) in MANAGING_ROLES
        if not (manager and reason.strip()):
            raise Refused(
                N_("Only %(owed)s is owed for this promise. A manager who says why may credit more."),
                owed=money_text(promise.owed_minor - promise.paid_minor, promise.owed_currency),
            )
        owe(session, promise, paid, promise.owed_currency, by=by, now=now)
    before = {"amount_minor": promise.paid_minor, "currency": promise.owed_currency}
    promise.paid_minor, promise.paid_at = paid, now
    after: dict[str, object] = {"amount_minor": paid, "currency": promise.owed_currency}
    if reason.strip():
        after["reason"] = reason.strip()
    audit.record(
        session, Verb.PAID, "promise", promise.subject_no, by=by, now=now, before=before, after=after
    )
    session.flush()  # whoever locks it next reads what is credited


def promise_settlement(
    session: Session, promise: Promise, subject_no: str, *, start: datetime, by: User | None, now: datetime
) -> Promise | None:
    """Promise to credit what a missed promise is worth, and to do so in time, counted from `start`.

    That is within the working days which the standard of the missed promise gives for it, else by the standard for
    settlements that holds for the customer; None where neither does.
    """
    level = promise.service_level
    if level is None or level.settle_days is None:
        customer = session.get_one(Customer, promise.customer_id)
        return promise_case(session, customer, Kind.SETTLEMENT, subject_no, start=start, by=by, now=now)
    due_at = settled_by(level.settle_days, start, working_days(session, business_day(start)))
    vow = Vow(subject_no, due_at, start)
    return put(session, Kind.SETTLEMENT, promise.customer_id, vow, settles=level, by=by, now=now)


def settlement_of(session: Session, subject_no: str) -> Promise | None:
    """The promise to credit a compensation in time, by the compensation's number, if one was made."""
    query = select(Promise).where(Promise.kind == Kind.SETTLEMENT, Promise.subject_no == subject_no)
    return session.scalars(query).one_or_none()
