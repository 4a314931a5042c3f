"""What waits for our people after the order: the cases of each kind with their promises, for the desk's home page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Subquery, func, null, select
from sqlalchemy.orm import Session

from aftersales.complaints import (
    COMPLAINT_KIND_TITLES,
    Compensation,
    CompensationState,
    Complaint,
    ComplaintState,
)
from aftersales.lending import UNDER_WAY
from aftersales.models import Return, ReturnState
from aftersales.permissions import Aftersales, Complaints, Repairs, holds
from aftersales.repairs import Loan, Repair, RepairState
from inventory.identities import Identity
from inventory.models import Product
from orders.models import Order
from policies.casework import Endangered, case_of, count_endangered, endangered, piles, together
from policies.kinds import Kind as Standard
from policies.promises import CAUSE_TITLES, Cause, Promise
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Danger, Queue, Standing, Task
from portal.i18n import N_, gettext, name_of

MOST = 15
ABOUT: dict[str, str] = {str(kind): title for kind, title in COMPLAINT_KIND_TITLES.items()}


class Work(StrEnum):
    """Kinds of cases that wait for our people."""

    COMPLAINT = "complaint"
    RETURN = "return"
    INSPECT = "inspect"
    COMPENSATION = "compensation"
    LOANER = "loaner"
    UNIT = "unit"
    DIAGNOSE = "diagnose"
    REPAIR = "repair"
    SEND_BACK = "send_back"


@dataclass(frozen=True)
class Kind:
    """A kind of work: its name for one case and for many, the act that ends it, its page and its list."""

    one: str
    many: str
    act: str
    page: tuple[str, str]
    listed: tuple[str, Mapping[str, str]]
    permission: StrEnum
    today: bool = False


_RETURN = ("desk_returns.one", "return_no")
_REPAIR = ("desk_repairs.one", "repair_no")
_REPAIRS = "desk_repairs.repairs"

KINDS = {
    Work.COMPLAINT: Kind(
        N_("Complaint"),
        N_("Complaints to answer"),
        N_("Answer the complaint"),
        ("desk_complaints.one", "complaint_no"),
        ("desk_complaints.complaints", {}),
        Complaints.VIEW,
    ),
    Work.RETURN: Kind(
        N_("Return"),
        N_("Returns to decide"),
        N_("Authorise or refuse"),
        _RETURN,
        ("desk_returns.returns", {"state": ReturnState.REQUESTED}),
        Aftersales.VIEW,
    ),
    Work.COMPENSATION: Kind(
        N_("Compensation"),
        N_("Compensation to decide"),
        N_("Approve or reject"),
        ("desk_compensations.one", "compensation_no"),
        ("desk_compensations.compensations", {"state": CompensationState.PROPOSED}),
        Complaints.VIEW,
    ),
    Work.LOANER: Kind(
        N_("Loaner"),
        N_("Loaners to hand over"),
        N_("Hand a loaner over"),
        _REPAIR,
        (_REPAIRS, {}),
        Repairs.VIEW,
    ),
    Work.INSPECT: Kind(
        N_("Refund"),
        N_("Returns to inspect or settle"),
        N_("Inspect and settle"),
        _RETURN,
        ("desk_returns.returns", {"state": ReturnState.RECEIVED}),
        Aftersales.VIEW,
        today=True,
    ),
    Work.UNIT: Kind(
        N_("Repair"),
        N_("Repairs that wait for the unit"),
        N_("Book the unit in"),
        _REPAIR,
        (_REPAIRS, {"stage": "requested"}),
        Repairs.VIEW,
        today=True,
    ),
    Work.DIAGNOSE: Kind(
        N_("Diagnosis"),
        N_("Repairs to diagnose"),
        N_("Diagnose and quote"),
        _REPAIR,
        (_REPAIRS, {"stage": "received"}),
        Repairs.VIEW,
        today=True,
    ),
    Work.REPAIR: Kind(
        N_("Repair"),
        N_("Repairs to carry out"),
        N_("Repair and test"),
        _REPAIR,
        (_REPAIRS, {"stage": "approved"}),
        Repairs.VIEW,
        today=True,
    ),
    Work.SEND_BACK: Kind(
        N_("Repair"),
        N_("Units to send back"),
        N_("Send the unit back"),
        _REPAIR,
        (_REPAIRS, {"stage": "ready"}),
        Repairs.VIEW,
        today=True,
    ),
}


def dangers(session: Session, person: User, now: datetime, customer: Customer | None) -> list[Danger]:
    """The complaints, returns, repairs and loaners that are late or at risk, by kind. Two queries."""
    if person.audience is not Audience.STAFF:
        return []
    cases = _cases()
    counts = count_endangered(session, cases, customer=customer)
    rows = endangered(session, cases, customer=customer, limit=MOST) if counts else []
    found = []
    for work, kind in KINDS.items():
        if work in counts and holds(person, kind.permission):
            tasks = [_endangered(row, kind) for row in rows if row.kind == work]
            count = counts[work]
            found.append(Danger(kind.many, *kind.listed, count.late, count.at_risk, tasks))
    return found


def queues(session: Session, person: User, now: datetime) -> list[Queue]:
    """What waits for an answer after the order, and the work of the workshop. Two queries."""
    if person.audience is not Audience.STAFF:
        return []
    found = piles(session, _cases(), now=now)
    waiting = [
        Queue(
            kind.many,
            kind.act,
            *kind.listed,
            pile.count,
            pile.since,
            _day(pile.due_at),
            pile.late,
            kind.today,
            20 + n,
        )
        for n, (work, kind) in enumerate(KINDS.items())
        if (pile := found.get(work)) and holds(person, kind.permission)
    ]
    return [*waiting, *_overdue_loaners(session, person, now)]


def _overdue_loaners(session: Session, person: User, now: datetime) -> list[Queue]:
    if not holds(person, Repairs.VIEW):
        return []
    query = select(func.count(Loan.id), func.min(Loan.handed_out_at), func.min(Loan.due_at))
    count, since, due_at = session.execute(query.where(Loan.returned_at.is_(None), Loan.due_at < now)).one()
    title, act = N_("Loaners to get back"), N_("Ask for the loaner")
    return [Queue(title, act, "desk_loaners.pool", {}, count, since, _day(due_at), count, order=45)]


def _cases() -> Subquery:
    """Every case that waits for our people, with the promise that counts at its stage."""
    complaints = case_of(
        Work.COMPLAINT,
        Complaint.number,
        Complaint.kind,
        Complaint.kind,
        Complaint.customer_id,
        Complaint.opened_at,
        Complaint.answer_promise_id,
    ).where(Complaint.state == ComplaintState.OPEN)
    compensations = case_of(
        Work.COMPENSATION,
        Compensation.number,
        _compensated(),
        _compensated(),
        Compensation.customer_id,
        Compensation.proposed_at,
        _settlement(),
    ).where(Compensation.state == CompensationState.PROPOSED)
    returns = [
        case_of(work, Return.number, Order.number, Order.number, Order.customer_id, since, promise)
        .join(Order, Order.id == Return.order_id)
        .where(Return.state == state)
        for work, state, since, promise in (
            (Work.RETURN, ReturnState.REQUESTED, Return.requested_at, Return.decision_promise_id),
            (Work.INSPECT, ReturnState.RECEIVED, Return.received_at, Return.refund_promise_id),
        )
    ]
    lent = select(Loan.id).where(Loan.repair_id == Repair.id).exists()
    stages = (
        (Work.UNIT, (RepairState.REQUESTED,), Repair.opened_at, null()),
        (Work.DIAGNOSE, (RepairState.RECEIVED,), Repair.received_at, Repair.quote_promise_id),
        (Work.REPAIR, (RepairState.APPROVED,), Repair.received_at, Repair.repair_promise_id),
        (
            Work.SEND_BACK,
            (RepairState.REPAIRED, RepairState.DECLINED),
            Repair.received_at,
            Repair.repair_promise_id,
        ),
    )
    repairs = [
        _repair(work, since, promise).where(Repair.state.in_(states))
        for work, states, since, promise in stages
    ]
    loaners = _repair(Work.LOANER, Repair.opened_at, Repair.loaner_promise_id).where(
        Repair.state.in_(UNDER_WAY), Repair.loaner_wanted, ~lent
    )
    return together((complaints, compensations, *returns, *repairs, loaners))


def _compensated() -> Any:
    """What the missed promise was about that a compensation is for, such as a line of an order."""
    return select(Promise.subject_no).where(Promise.id == Compensation.promise_id).scalar_subquery()


def _settlement() -> Any:
    """The promise to credit a compensation in time, by its number."""
    promised = (Promise.kind == Standard.SETTLEMENT, Promise.subject_no == Compensation.number)
    return select(Promise.id).where(*promised).correlate(Compensation).scalar_subquery()


def _repair(work: Work, since: Any, promise: Any) -> Select[Any]:
    return (
        case_of(work, Repair.number, Product.name_th, Product.name_en, Repair.customer_id, since, promise)
        .join(Identity, Identity.id == Repair.identity_id)
        .join(Product, Product.id == Identity.product_id)
    )


def _endangered(row: Endangered, kind: Kind) -> Task:
    endpoint, argument = kind.page
    about = ABOUT.get(row.about_th)  # a complaint is about a kind of fault, the others about goods
    return Task(
        kind=gettext(kind.one),
        number=row.number,
        what=gettext(about) if about else name_of({"name_th": row.about_th, "name_en": row.about_en}),
        act=gettext(kind.act),
        endpoint=endpoint,
        args={argument: row.number},
        since=row.since,
        due_at=row.due_at,
        standing=Standing.LATE if row.late else Standing.AT_RISK,
        who=name_of({"name_th": row.customer_th, "name_en": row.customer_en}),
        why=gettext(CAUSE_TITLES[Cause(row.cause)]) if row.cause else "",
    )


def _day(moment: datetime | None) -> date | None:
    return business_day(moment) if moment else None
