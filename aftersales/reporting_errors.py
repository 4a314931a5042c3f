"""A customer, or staff, report a mistake on a document that we issued; from then on it counts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.complaining import Grievance, complain
from aftersales.complaints import ComplaintKind
from aftersales.document_errors import MISTAKE_TITLES, DocumentError, ErrorState, Mistake, PaperKind
from aftersales.papers import Paper, paper_text
from orders.models import Order
from orders.shipments import CreditNote, Shipment
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_, gettext
from portal.numbering import next_number
from portal.refusal import Refused

LONGEST = 2000
_TABLES: dict[PaperKind, type[Order] | type[Shipment] | type[CreditNote]] = {
    PaperKind.ACKNOWLEDGEMENT: Order,
    PaperKind.DELIVERY_NOTE: Shipment,
    PaperKind.CREDIT_NOTE: CreditNote,
}


class Verb(StrEnum):
    """Acts of reporting, for the audit trail."""

    REPORTED = "document_error.reported"


def report_error(
    session: Session, paper: Paper, mistake: Mistake, note: str, *, by: User, now: datetime
) -> DocumentError:
    """An open mistake on a document; reported by the customer it is a complaint too, with an answer promised.

    Refused, changing nothing, without words, and while the same mistake on it is open already.
    """
    said = note.strip()
    if not said:
        raise Refused(N_("Say what is wrong and what it should say."), field="note")
    if len(said) > LONGEST:
        raise Refused(N_("Say it in at most %(most)s characters."), field="note", most=LONGEST)
    _lock_paper(session, paper)
    known = select(DocumentError).where(
        DocumentError.paper == paper.kind,
        DocumentError.paper_no == paper.number,
        DocumentError.mistake == mistake,
        DocumentError.state == ErrorState.OPEN,
    )
    if (earlier := session.scalar(known)) is not None:
        # A customer knows the complaint only; there is none where our own people found the mistake.
        inside = by.audience is not Audience.CUSTOMER
        number = earlier.number if inside else earlier.complaint.number if earlier.complaint else ""
        if not number:
            raise Refused(N_("This is known to us already and being looked into."), field="mistake")
        raise Refused(
            N_("This is reported already and being looked into: %(number)s."), field="mistake", number=number
        )
    complaint = None
    if by.audience is Audience.CUSTOMER:
        words = f"{paper_text(paper.kind, paper.number)}, {gettext(MISTAKE_TITLES[mistake])}: {said}"
        grievance = Grievance(ComplaintKind.DOCUMENT, words, paper.order)
        complaint = complain(session, paper.customer, grievance, by=by, now=now)
    found = DocumentError(
        number=next_number(session, "DE", business_day(now)),
        paper=paper.kind,
        paper_no=paper.number,
        issued_at=paper.issued_at,
        customer_id=paper.customer.id,
        order_id=paper.order.id if paper.order else None,
        mistake=mistake,
        note=said,
        state=ErrorState.OPEN,
        reported_at=now,
        reported_by_id=by.id,
        complaint_id=complaint.id if complaint else None,
    )
    session.add(found)
    after = {
        "paper": paper.kind,
        "paper_no": paper.number,
        "mistake": mistake,
        "complaint": complaint.number if complaint else None,
    }
    audit.record(session, Verb.REPORTED, "document_error", found.number, by=by, now=now, after=after)
    session.flush()
    return found


def _lock_paper(session: Session, paper: Paper) -> None:
    """Two reports of one document take turns."""
    table = _TABLES[paper.kind]
    ids = session.scalars(select(table.id).where(table.number == paper.number)).all()
    lock(session, table, ids)
