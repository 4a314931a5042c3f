"""Tables of complaints, what was said about them, and the compensation that a missed promise is worth."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.models import Order
from orders.shipments import CreditNote
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_
from portal.moves import Moves


class ComplaintKind(StrEnum):
    """What a complaint is about."""

    LATE = "late"
    SHORT = "short"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    QUALITY = "quality"
    DOCUMENT = "document"
    SERVICE = "service"


class ComplaintState(StrEnum):
    """Where a complaint stands; the customer settles it or opens it again.

    One that is settled is opened again only when the compensation that settled it is not given after all.
    """

    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"


COMPLAINT_MOVES = Moves(
    {
        ComplaintState.OPEN: {ComplaintState.ANSWERED},
        ComplaintState.ANSWERED: {ComplaintState.OPEN, ComplaintState.SETTLED},
        ComplaintState.SETTLED: {ComplaintState.OPEN},
    }
)


class EntryKind(StrEnum):
    """What happened to a complaint."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    NOTE = "note"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    SETTLED = "settled"


class CompensationState(StrEnum):
    """Where a compensation stands.

    What is worked out unasked is offered, and the customer takes it up or dismisses it. What the customer asked for or
    took up is proposed, then credited or rejected by somebody who may. An offer for a promise that turns out to be
    excused is withdrawn.
    """

    OFFERED = "offered"
    PROPOSED = "proposed"
    CREDITED = "credited"
    REJECTED = "rejected"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


COMPENSATION_MOVES = Moves(
    {
        CompensationState.OFFERED: {
            CompensationState.PROPOSED,
            CompensationState.DISMISSED,
            CompensationState.WITHDRAWN,
        },
        CompensationState.PROPOSED: {CompensationState.CREDITED, CompensationState.REJECTED},
        CompensationState.CREDITED: (),
        CompensationState.REJECTED: (),
        CompensationState.DISMISSED: {CompensationState.OFFERED},
        CompensationState.WITHDRAWN: (),
    }
)
OWED_STATES = (CompensationState.OFFERED, CompensationState.PROPOSED)
"""Worked out, and not credited yet."""


COMPLAINT_KIND_TITLES = {
    ComplaintKind.LATE: N_("Arrived late"),
    ComplaintKind.SHORT: N_("Something is missing"),
    ComplaintKind.DAMAGED: N_("Arrived damaged"),
    ComplaintKind.WRONG_ITEM: N_("Wrong item"),
    ComplaintKind.QUALITY: N_("Quality not as expected"),
    ComplaintKind.DOCUMENT: N_("Mistake on a document"),
    ComplaintKind.SERVICE: N_("How we were served"),
}
COMPLAINT_TITLES = {
    ComplaintState.OPEN: N_("Waiting for our answer"),
    ComplaintState.ANSWERED: N_("Answered"),
    ComplaintState.SETTLED: N_("Settled"),
}
ENTRY_TITLES = {
    EntryKind.OPENED: N_("Opened"),
    EntryKind.ASSIGNED: N_("Taken on"),
    EntryKind.NOTE: N_("Note"),
    EntryKind.ANSWERED: N_("Answered"),
    EntryKind.ESCALATED: N_("Passed on to a manager"),
    EntryKind.REOPENED: N_("Not settled for the customer"),
    EntryKind.SETTLED: N_("Settled for the customer"),
}
COMPENSATION_TITLES = {
    CompensationState.OFFERED: N_("Offered to the customer"),
    CompensationState.PROPOSED: N_("Waiting for approval"),
    CompensationState.CREDITED: N_("Credited"),
    CompensationState.REJECTED: N_("Rejected"),
    CompensationState.DISMISSED: N_("Dismissed by the customer"),
    CompensationState.WITHDRAWN: N_("Withdrawn"),
}
OWN_COMPENSATION_TITLES = {
    **COMPENSATION_TITLES,
    CompensationState.OFFERED: N_("Waiting for your answer"),
    CompensationState.DISMISSED: N_("Dismissed"),
}
"""The same as the customer reads them."""


class Complaint(Base):
    """A customer complains, about an order, about a missed promise, or in general; one owner answers in time."""

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('late', 'short', 'damaged', 'wrong_item', 'quality', 'document', 'service')",
            name="kind",
        ),
        CheckConstraint("state IN ('open', 'answered', 'settled')", name="state"),
        CheckConstraint("state = 'open' OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint("state <> 'settled' OR settled_at IS NOT NULL", name="settled"),
        Index(
            "uq_complaint_promise",
            "promise_id",
            unique=True,
            postgresql_where=text("promise_id IS NOT NULL"),
            sqlite_where=text("promise_id IS NOT NULL"),
        ),
        Index("ix_complaint_customer", "customer_id", "id"),
        Index("ix_complaint_state", "state", "id"),
        Index("ix_complaint_order", "order_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    answer_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    kind: Mapped[str] = mapped_column(String(12))
    what: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=ComplaintState.OPEN)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship()
    order: Mapped[Order | None] = relationship()
    promise: Mapped[Promise | None] = relationship(foreign_keys=promise_id)
    answer_promise: Mapped[Promise | None] = relationship(foreign_keys=answer_promise_id)
    owner: Mapped[User | None] = relationship(foreign_keys=owner_id)
    opened_by: Mapped[User] = relationship(foreign_keys=opened_by_id)
    entries: Mapped[list["ComplaintEntry"]] = relationship(order_by="ComplaintEntry.id")
    compensation: Mapped["Compensation | None"] = relationship(back_populates="complaint")


class ComplaintEntry(Base):
    """One thing said or done about a complaint; notes are seen by staff only."""

    __tablename__ = "complaint_entry"
    __table_args__ = (
        CheckConstraint(
            "what IN ('opened', 'assigned', 'note', 'answered', 'escalated', 'reopened', 'settled')",
            name="what",
        ),
        Index("ix_complaint_entry_complaint", "complaint_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    what: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")

    by: Mapped[User | None] = relationship()


class Compensation(Base):
    """What a missed promise is worth to its customer by the policy it was made under; at most once for each promise.

    `worked_out` keeps the figures it was worked out from. Amounts are minor units. Nobody proposed what was worked out
    unasked; its customer was told of it at `told_at`.
    """

    __tablename__ = "compensation"
    __table_args__ = (
        CheckConstraint(
            "state IN ('offered', 'proposed', 'credited', 'rejected', 'dismissed', 'withdrawn')", name="state"
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(state = 'credited') = (credit_note_id IS NOT NULL)", name="credited"),
        CheckConstraint("state IN ('offered', 'proposed') OR decided_at IS NOT NULL", name="decided"),
        Index("ix_compensation_customer", "customer_id", "id"),
        Index("ix_compensation_state", "state", "id"),
        Index("ix_compensation_decided", "decided_at"),
        Index(
            "ix_compensation_untold",
            "customer_id",
            postgresql_where=text("state = 'offered' AND told_at IS NULL"),
            sqlite_where=text("state = 'offered' AND told_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    worked_out: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=CompensationState.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    told_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    credit_note_id: Mapped[int | None] = mapped_column(ForeignKey("credit_note.id"), unique=True)

    customer: Mapped[Customer] = relationship()
    promise: Mapped[Promise] = relationship()
    complaint: Mapped[Complaint | None] = relationship(back_populates="compensation")
    proposed_by: Mapped[User | None] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    credit_note: Mapped[CreditNote | None] = relationship()
