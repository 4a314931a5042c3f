"""Reading the mistakes on documents for the desk."""

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from aftersales.complaints import Complaint, ComplaintKind
from aftersales.document_errors import DocumentError, ErrorState
from portal.accounts.models import User
from portal.accounts.seeing import the_one_for
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset

_WITH = (
    joinedload(DocumentError.customer),
    joinedload(DocumentError.order),
    joinedload(DocumentError.reported_by),
    joinedload(DocumentError.resolved_by),
    joinedload(DocumentError.complaint).joinedload(Complaint.owner),
)


def error_page(
    session: Session,
    *,
    state: ErrorState | None = None,
    text: str = "",
    customer_id: int | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[DocumentError]:
    """A page of mistakes, newest first, in one state or in any; found by number, document or company."""
    query: Select[Any] = select(DocumentError)
    if state is not None:
        query = query.where(DocumentError.state == state)
    if customer_id is not None:
        query = query.where(DocumentError.customer_id == customer_id)
    if wanted := text.strip():
        columns = (
            DocumentError.number,
            DocumentError.paper_no,
            Customer.code,
            Customer.name_th,
            Customer.name_en,
        )
        query = query.join(Customer, Customer.id == DocumentError.customer_id).where(
            or_(*(column.icontains(wanted, autoescape=True) for column in columns))
        )
    return keyset(
        session, query.options(*_WITH), DocumentError.id, older_than=older_than, newer_than=newer_than
    )


def open_errors(session: Session) -> int:
    """How many mistakes are to be looked into."""
    query = select(func.count(DocumentError.id)).where(DocumentError.state == ErrorState.OPEN)
    return session.scalar(query) or 0


def document_error_for(session: Session, person: User, number: str) -> DocumentError:
    """The mistake with its complaint, if the person may see it; else Unknown."""
    query = select(DocumentError).where(DocumentError.number == number).options(*_WITH)
    return the_one_for(session, person, query, lambda found: found.customer_id, f"document error {number}")


def error_of(session: Session, complaint: Complaint) -> DocumentError | None:
    """The mistake that a complaint reported, if it was about one on a document."""
    if complaint.kind != ComplaintKind.DOCUMENT:
        return None
    query = select(DocumentError).where(DocumentError.complaint_id == complaint.id)
    return session.scalars(query).one_or_none()
