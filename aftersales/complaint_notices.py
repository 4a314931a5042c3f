"""What people are told about complaints and compensation, each thing once, in the transaction that makes it true."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.complaints import Compensation, CompensationState, Complaint
from aftersales.missed import first_of
from portal import outbox
from portal.accounts.models import User
from portal.readers import people_of


def tell_answered(session: Session, found: Complaint, text: str, *, now: datetime) -> None:
    """Tell the customer that there is an answer, and ask whether it settles the complaint."""
    key = f"complaint_answered:{found.number}:{found.answer_promise_id or 0}:{now:%Y%m%d%H%M%S}"
    facts, path = {"number": found.number, "answer": text}, f"/my/complaints/{found.number}"
    people = _readers(session, found.customer_id, _customer_reader(found))
    notices = [(person, facts, f"{key}:{person}", path) for person in people]
    outbox.post_all(session, notices, "aftersales/notices/complaint_answered.txt", now=now)


def tell_reopened(session: Session, found: Complaint, times: int, *, now: datetime) -> None:
    """Tell whoever has a complaint that the answer did not settle it."""
    if found.owner_id is None:
        return
    facts = {"number": found.number, "customer_th": found.customer.name_th}
    facts["customer_en"] = found.customer.name_en
    notice = (found.owner_id, facts, f"complaint_reopened:{found.number}:{times}", _desk(found))
    outbox.post_all(session, [notice], "aftersales/notices/complaint_reopened.txt", now=now)


def tell_passed_on(session: Session, found: Complaint, people: Iterable[int], *, now: datetime) -> None:
    """Tell the people to whom a complaint is passed on, once for each answer that is asked for."""
    promise = found.answer_promise
    facts = {
        "number": found.number,
        "customer_th": found.customer.name_th,
        "customer_en": found.customer.name_en,
        "due_on": promise.due_at.isoformat() if promise else "",
    }
    key = f"complaint_escalated:{found.number}:{found.answer_promise_id or 0}"
    notices = [(id_, facts, f"{key}:{id_}", _desk(found)) for id_ in people]
    outbox.post_all(session, notices, "aftersales/notices/complaint_escalated.txt", now=now)


def tell_decided(session: Session, found: Compensation, reader: User | None, *, now: datetime) -> None:
    """Tell the customer what became of a compensation: credited, or rejected with the reason, and what it was for.

    Everybody of the company is told where nobody in particular complained or bought.
    """
    note, promise = found.credit_note, found.promise
    first = first_of(session, promise)
    facts = {
        "subject": promise.subject_no,
        "due_on": promise.due_at.isoformat(),
        "of_no": first.number if first else "",
        "of_subject": first.promise.subject_no if first else "",
        "of_waits": first is not None and first.state == CompensationState.PROPOSED,
        "amount_minor": found.amount_minor,
        "currency": found.currency,
        "credit_note": note.number if note else "",
        "reason": found.note,
        "complaint": found.complaint.number if found.complaint else "",
    }
    what = "credited" if note else "rejected"
    path = f"/my/credits/{note.number}" if note else None
    if found.complaint is not None:
        path = f"/my/complaints/{found.complaint.number}"
    key = f"compensation_{what}:{found.number}"
    people = _readers(session, found.customer_id, reader)
    notices = [(person, facts, f"{key}:{person}", path) for person in people]
    outbox.post_all(session, notices, f"aftersales/notices/compensation_{what}.txt", now=now)


def _readers(session: Session, customer_id: int, reader: User | None) -> list[int]:
    """Who is told: the one whom it concerns while they can sign in, else everybody who can for the company."""
    return [reader.id] if reader is not None and reader.active else people_of(session, [customer_id])


def _customer_reader(found: Complaint) -> User | None:
    """Who of the company reads about a complaint: whoever opened it, else the buyer of its order."""
    if found.opened_by.customer_id is not None:
        return found.opened_by
    return found.order.buyer if found.order is not None else None


def _desk(found: Complaint) -> str:
    return f"/desk/complaints/{found.number}"
