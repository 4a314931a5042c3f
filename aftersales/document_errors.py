"""Mistakes found on documents that we issued: on which one, what is wrong, and what came of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aftersales.complaints import Complaint
from orders.models import Order
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base, BigId
from portal.i18n import N_
from portal.moves import Moves


class PaperKind(StrEnum):
    """A document that customers get about an order."""

    ACKNOWLEDGEMENT = "acknowledgement"
    DELIVERY_NOTE = "delivery_note"
    CREDIT_NOTE = "credit_note"


class Mistake(StrEnum):
    """What is wrong on a document."""

    COMPANY = "company"
    ADDRESS = "address"
    ITEM = "item"
    QUANTITY = "quantity"
    PRICE = "price"
    DATE = "date"
    OTHER = "other"


class ErrorState(StrEnum):
    """Where a mistake stands; one that turned out to be none does not count."""

    OPEN = "open"
    CORRECTED = "corrected"
    UNFOUNDED = "unfounded"


ERROR_MOVES = Moves(
    {
        ErrorState.OPEN: {ErrorState.CORRECTED, ErrorState.UNFOUNDED},
        ErrorState.CORRECTED: (),
        ErrorState.UNFOUNDED: (),
    }
)

PAPER_TITLES = {
    PaperKind.ACKNOWLEDGEMENT: N_("Order acknowledgement"),
    PaperKind.DELIVERY_NOTE: N_("Delivery note"),
    PaperKind.CREDIT_NOTE: N_("Credit note"),
}
MISTAKE_TITLES = {
    Mistake.COMPANY: N_("Name, branch or tax ID of the company"),
    Mistake.ADDRESS: N_("Address"),
    Mistake.ITEM: N_("Product or number"),
    Mistake.QUANTITY: N_("Quantity"),
    Mistake.PRICE: N_("Price, VAT or sum"),
    Mistake.DATE: N_("Date"),
    Mistake.OTHER: N_("Something else"),
}
ERROR_TITLES = {
    ErrorState.OPEN: N_("To be looked into"),
    ErrorState.CORRECTED: N_("Put right"),
    ErrorState.UNFOUNDED: N_("The document was right"),
}


class DocumentError(Base):
    """A mistake on one document, named by its kind and number, and issued at `issued_at`.

    What a customer reports is a complaint too, whose owner answers it; what staff find themselves is theirs. Whoever
    resolves it says what was done in `resolution`.
    """

    __tablename__ = "document_error"
    __table_args__ = (
        CheckConstraint("paper IN ('acknowledgement', 'delivery_note', 'credit_note')", name="paper"),
        CheckConstraint(
            "mistake IN ('company', 'address', 'item', 'quantity', 'price', 'date', 'other')", name="mistake"
        ),
        CheckConstraint("state IN ('open', 'corrected', 'unfounded')", name="state"),
        CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by_id IS NULL)", name="resolved_by"),
        CheckConstraint("state = 'open' OR resolution <> ''", name="resolution"),
        Index(
            "uq_document_error_open",
            "paper",
            "paper_no",
            "mistake",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_document_error_paper", "paper", "paper_no"),
        Index("ix_document_error_order", "order_id"),
        Index("ix_document_error_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    paper: Mapped[str] = mapped_column(String(16))
    paper_no: Mapped[str] = mapped_column(String(40))
    issued_at: Mapped[datetime]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    mistake: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=ErrorState.OPEN)
    reported_at: Mapped[datetime]
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), unique=True)
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    resolution: Mapped[str] = mapped_column(Text, default="")

    customer: Mapped[Customer] = relationship()
    order: Mapped[Order | None] = relationship()
    reported_by: Mapped[User] = relationship(foreign_keys=reported_by_id)
    complaint: Mapped[Complaint | None] = relationship()
    resolved_by: Mapped[User | None] = relationship(foreign_keys=resolved_by_id)

    @property
    def owner(self) -> User | None:
        """Who looks into it: whoever has the complaint, or found it; None while nobody has."""
        return self.complaint.owner if self.complaint else self.reported_by
