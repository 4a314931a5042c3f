"""A loaner is handed out for a repair, is due when the repair is, and comes back with its condition noted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aftersales.recalls import NoticeIdentity, ProductNotice
from aftersales.repairs import MOST_MINOR, Grade, Loan, LoanerUnit, Repair, RepairState
from aftersales.windows import binding
from inventory.identities import Keeping
from inventory.models import Product
from inventory.tracing import Shift, Spot, shift
from policies.calendars import working_days
from policies.clocks import WorkingDays
from policies.promising import fulfil
from portal import audit, outbox
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.outbox import Message, day_fact
from portal.readers import people_of
from portal.refusal import Refused
from portal.typed import at_most

UNDER_WAY = (RepairState.REQUESTED, RepairState.RECEIVED, RepairState.QUOTED, RepairState.APPROVED)
"""The stages of a repair during which its customer does without the unit and none is ready."""

UNPROMISED_DAYS = 10
"""Working days that a loaner is lent for when nobody promised the repair."""

DAYS_TO_BRING_BACK = 2
"""Working days to bring a loaner back once a repair ended otherwise than expected."""


class Verb(StrEnum):
    """Acts of lending, for the audit trail."""

    HANDED_OUT = "loan.handed_out"
    TAKEN_BACK = "loan.taken_back"


@dataclass(frozen=True)
class ComeBack:
    """How a loaner came back: its condition, what was seen, and what the customer is charged, in minor units."""

    grade: Grade
    note: str = ""
    charge_minor: int = 0


def loan_out(session: Session, repair: Repair) -> Loan | None:
    """The loan of a repair whose unit is still with the customer."""
    query = (
        select(Loan)
        .where(Loan.repair_id == repair.id, Loan.returned_at.is_(None))
        .options(joinedload(Loan.unit).joinedload(LoanerUnit.identity))
    )
    return session.scalars(query).one_or_none()


def stands_in(loaner: Product, broken: Product) -> bool:
    """Whether a unit of one product helps out while one of another is repaired: the same product, or its category."""
    return loaner.id == broken.id or (
        loaner.category_id is not None and loaner.category_id == broken.category_id
    )


def path_of(loan_no: str) -> str:
    """Where a customer looks at a loan."""
    return f"/my/loans/{loan_no}"


def hand_out(session: Session, repair: Repair, unit: LoanerUnit, *, by: User, now: datetime) -> Loan:
    """Lend a unit of the pool for a repair, due when the repair is promised; a loaner that was promised is now kept.

    Refused when the unit is out already, retired, under recall or of another category; when the repair has a loaner
    already; and once the repair is done.
    """
    (fresh,) = lock(session, Repair, [repair.id])
    (free,) = lock(session, LoanerUnit, [unit.id])  # two people may want the same unit
    if fresh.state not in UNDER_WAY:
        raise Refused(N_("A loaner is lent only while the customer’s own unit is being repaired."))
    if (lent := loan_out(session, fresh)) is not None:
        raise Refused(
            N_("Loaner %(serial)s is already out for this repair."), serial=lent.unit.identity.number
        )
    if not stands_in(free.identity.product, fresh.identity.product):
        raise Refused(
            N_("A loaner is of the same product as the unit in repair, or of its category."), field="unit"
        )
    _refuse_unless_free(session, free)
    loan = Loan(
        number=next_number(session, "LN", business_day(now)),
        unit=free,
        repair=fresh,
        customer_id=fresh.customer_id,
        handed_out_at=now,
        handed_out_by_id=by.id,
        condition_out=free.condition,
        due_at=_due(fresh, working_days(session), now),
        currency=fresh.currency,
    )
    session.add(loan)
    pool = Spot(Keeping.POOL, warehouse_id=free.warehouse_id)
    lent_to = Spot(Keeping.LENT, customer_id=fresh.customer_id)
    shift(session, [Shift(free.identity_id, 1, pool, lent_to)], "lend", loan.number, by=by, now=now)
    if fresh.loaner_promise is not None:
        fulfil(session, [fresh.loaner_promise], now, by=by, now=now)
    facts = {
        "repair": fresh.number,
        "serial": free.identity.number,
        "due_on": day_fact(business_day(loan.due_at)),
    }
    audit.record(session, Verb.HANDED_OUT, "loan", loan.number, by=by, now=now, after=facts)
    tell(session, loan, "handed_out", loan.number, now=now)
    return loan


def take_back(session: Session, loan: Loan, back: ComeBack, *, by: User, now: datetime) -> None:
    """A loaner is back in the pool, with its condition and the charge for damage on record; the customer is told.

    Refused when it came back before, and when a unit in good condition is to be charged for.
    """
    (fresh,) = lock(session, Loan, [loan.id])
    if fresh.returned_at is not None:
        raise Refused(N_("This loaner has already been taken back."))
    if not 0 <= back.charge_minor <= MOST_MINOR:
        raise Refused(N_("This amount cannot be charged."), field="charge")
    note = at_most(back.note, "note", 300)
    if back.charge_minor and back.grade not in (Grade.DAMAGED, Grade.MISSING_PARTS):
        raise Refused(N_("Only damage or missing parts can be charged for."), field="charge")
    if back.grade in (Grade.DAMAGED, Grade.MISSING_PARTS) and not note:
        raise Refused(N_("Say what is damaged or missing."), field="note")
    unit = fresh.unit
    fresh.returned_at, fresh.received_by_id = now, by.id
    fresh.grade_back, fresh.note_back, fresh.charge_minor = back.grade, note, back.charge_minor
    if note:
        unit.condition = note
    lent_to = Spot(Keeping.LENT, customer_id=fresh.customer_id)
    pool = Spot(Keeping.POOL, warehouse_id=unit.warehouse_id)
    shift(session, [Shift(unit.identity_id, 1, lent_to, pool)], "lend_back", fresh.number, by=by, now=now)
    facts = {"grade": back.grade, "charge_minor": back.charge_minor, "note": note}
    audit.record(session, Verb.TAKEN_BACK, "loan", fresh.number, by=by, now=now, after=facts)
    tell(
        session,
        fresh,
        "taken_back",
        fresh.number,
        now=now,
        grade=back.grade,
        note=note,
        charge_minor=back.charge_minor,
        currency=fresh.currency,
    )


def follow_repair(session: Session, repair: Repair, *, now: datetime) -> bool:
    """Have the loaner of a repair due when the repair now is; says whether its day moved.

    A loaner is not asked back before the customer's own unit is ready to go: while a repair is late, its loaner is due
    on the next working day, and so on.
    """
    loan = loan_out(session, repair)
    return loan is not None and follow(loan, working_days(session), now=now)


def follow(loan: Loan, days: WorkingDays, *, now: datetime) -> bool:
    """Have a loaner that is out due when its repair now is, as `follow_repair` does; says whether its day moved."""
    under_way = loan.repair.state in UNDER_WAY
    due_at = _due(loan.repair, days, now) if under_way else _end_after(days, now)
    if due_at == loan.due_at:
        return False
    loan.due_at = due_at
    return True


def tell(session: Session, loan: Loan, what: str, key: str, *, now: datetime, **facts: object) -> int:
    """Tell the people of the company something about a loan, once per `key`; says how many were told anew."""
    people = people_of(session, [loan.customer_id])
    return outbox.post_all(session, messages(loan, what, key, people, **facts), template_of(what), now=now)


def template_of(what: str) -> str:
    """The notice that says something about a loan."""
    return f"aftersales/notices/loan_{what}.txt"


def messages(loan: Loan, what: str, key: str, people: Iterable[int], **facts: object) -> list[Message]:
    """What is said about a loan to each of these people (by id), once per `key`, for the outbox."""
    identity = loan.unit.identity
    told = {
        "loan": loan.number,
        "repair": loan.repair.number,
        "serial": identity.number,
        "name_th": identity.product.name_th,
        "name_en": identity.product.name_en,
        "due_on": day_fact(business_day(loan.due_at)),
        **facts,
    }
    return [(person, told, f"loan:{what}:{key}:{person}", path_of(loan.number)) for person in people]


def _refuse_unless_free(session: Session, unit: LoanerUnit) -> None:
    serial = unit.identity.number
    if unit.retired_at is not None:
        raise Refused(N_("Unit %(serial)s has left the loaner pool."), field="unit", serial=serial)
    if session.scalar(select(Loan.id).where(Loan.unit_id == unit.id, Loan.returned_at.is_(None))):
        raise Refused(
            N_("Unit %(serial)s is already lent to somebody. Choose another one."),
            field="unit",
            serial=serial,
        )
    if notice_no := recall_of(session, unit.identity_id):
        raise Refused(
            N_("Unit %(serial)s is under recall %(notice)s and cannot be lent."),
            field="unit",
            serial=serial,
            notice=notice_no,
        )


def recall_of(session: Session, identity_id: int) -> str | None:
    """The number of an issued recall that names a lot or serial."""
    query = (
        select(ProductNotice.number)
        .join(NoticeIdentity, NoticeIdentity.notice_id == ProductNotice.id)
        .where(
            NoticeIdentity.identity_id == identity_id,
            binding(),
        )
        .order_by(ProductNotice.id)
        .limit(1)
    )
    return session.scalar(query)


def _due(repair: Repair, days: WorkingDays, now: datetime) -> datetime:
    """When a loaner is due while the repair is under way: with the repair, or tomorrow once that is late."""
    today = business_day(now)
    if repair.repair_promise is None:
        return end_of(days.after(today, UNPROMISED_DAYS))
    promised = repair.repair_promise.due_at
    return promised if business_day(promised) > today else end_of(days.after(today, 1))


def _end_after(days: WorkingDays, now: datetime) -> datetime:
    return end_of(days.after(business_day(now), DAYS_TO_BRING_BACK))
