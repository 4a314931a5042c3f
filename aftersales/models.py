"""Tables of goods that come back: asked for, authorised, received, inspected and settled."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.identities import Identity
from orders.models import Order, OrderLine
from orders.shipments import CreditNote
from policies.promises import Promise
from portal.accounts.models import User
from portal.db import Base
from portal.i18n import N_
from portal.moves import Moves


class ReturnState(StrEnum):
    """How far a return has come."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    RECEIVED = "received"
    SETTLED = "settled"


OPEN_RETURNS = (ReturnState.REQUESTED, ReturnState.AUTHORISED)
"""The states in which units are asked for and not here yet."""


RETURN_MOVES = Moves(
    {
        ReturnState.REQUESTED: {ReturnState.AUTHORISED, ReturnState.REFUSED, ReturnState.CANCELLED},
        ReturnState.AUTHORISED: {ReturnState.RECEIVED, ReturnState.CANCELLED},
        ReturnState.RECEIVED: {ReturnState.SETTLED},
        ReturnState.REFUSED: (),
        ReturnState.CANCELLED: (),
        ReturnState.SETTLED: (),
    }
)


class Remedy(StrEnum):
    """What the customer wants for goods sent back."""

    CREDIT = "credit"
    REPLACEMENT = "replacement"


class Disposition(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    REFURBISH = "refurbish"
    SCRAP = "scrap"
    RETURN_TO_SUPPLIER = "return_to_supplier"
    RETURN_TO_CUSTOMER = "return_to_customer"


class ReturnReason(StrEnum):
    """Why goods came back."""

    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_NEEDED = "not_needed"
    QUALITY = "quality"
    RECALLED = "recalled"


RETURN_TITLES = {
    ReturnState.REQUESTED: N_("Waiting for a decision"),
    ReturnState.AUTHORISED: N_("Authorised"),
    ReturnState.REFUSED: N_("Refused"),
    ReturnState.CANCELLED: N_("Cancelled"),
    ReturnState.RECEIVED: N_("Received, being inspected"),
    ReturnState.SETTLED: N_("Settled"),
}
REMEDY_TITLES = {Remedy.CREDIT: N_("Credit note"), Remedy.REPLACEMENT: N_("Replacement")}
DISPOSITION_TITLES = {
    Disposition.RESTOCK: N_("Back into stock"),
    Disposition.REFURBISH: N_("To be refurbished"),
    Disposition.SCRAP: N_("Scrap"),
    Disposition.RETURN_TO_SUPPLIER: N_("Back to the supplier"),
    Disposition.RETURN_TO_CUSTOMER: N_("Back to the customer, not credited"),
}
REASON_TITLES = {
    ReturnReason.DAMAGED: N_("Arrived damaged"),
    ReturnReason.WRONG_ITEM: N_("Wrong item"),
    ReturnReason.NOT_NEEDED: N_("No longer needed"),
    ReturnReason.QUALITY: N_("Quality not as expected"),
    ReturnReason.RECALLED: N_("Called back"),
}


class Return(Base):
    """Goods of one order that a customer sends back, the decision on it, and how it was settled.

    Authorised goods are expected until `return_by`. It is settled by a credit note, by a replacement order, or by
    sending the goods back uncredited.
    """

    __tablename__ = "goods_return"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'authorised', 'refused', 'cancelled', 'received', 'settled')",
            name="state",
        ),
        CheckConstraint("remedy IN ('credit', 'replacement')", name="remedy"),
        CheckConstraint("state NOT IN ('received', 'settled') OR received_at IS NOT NULL", name="received"),
        CheckConstraint("state <> 'settled' OR settled_at IS NOT NULL", name="settled"),
        CheckConstraint("credit_note_id IS NULL OR replacement_id IS NULL", name="one_remedy"),
        Index("ix_goods_return_order", "order_id"),
        Index("ix_goods_return_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    state: Mapped[str] = mapped_column(String(10), default=ReturnState.REQUESTED)
    remedy: Mapped[str] = mapped_column(String(12), default=Remedy.CREDIT)
    note: Mapped[str] = mapped_column(String(500), default="")
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    return_by: Mapped[date | None]
    received_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decision_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    refund_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    credit_note_id: Mapped[int | None] = mapped_column(ForeignKey("credit_note.id"), unique=True)
    replacement_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"), unique=True)

    order: Mapped[Order] = relationship(foreign_keys=order_id)
    replacement: Mapped[Order | None] = relationship(foreign_keys=replacement_id)
    credit_note: Mapped[CreditNote | None] = relationship()
    requested_by: Mapped[User | None] = relationship(foreign_keys=requested_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    received_by: Mapped[User | None] = relationship(foreign_keys=received_by_id)
    decision_promise: Mapped[Promise | None] = relationship(foreign_keys=decision_promise_id)
    refund_promise: Mapped[Promise | None] = relationship(foreign_keys=refund_promise_id)
    lines: Mapped[list["ReturnLine"]] = relationship(back_populates="goods_return", order_by="ReturnLine.id")


class ReturnLine(Base):
    """Units of one order line to be sent back and why; `received` of them have arrived."""

    __tablename__ = "goods_return_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received"),
        CheckConstraint(
            "reason IN ('damaged', 'wrong_item', 'not_needed', 'quality', 'recalled')", name="reason"
        ),
        Index("ix_goods_return_line_order_line", "order_line_id"),
        Index("ix_goods_return_line_return", "return_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(300), default="")

    goods_return: Mapped[Return] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()
    outcomes: Mapped[list["ReturnOutcome"]] = relationship(back_populates="line", order_by="ReturnOutcome.id")
    identities: Mapped[list["ReturnIdentity"]] = relationship(
        order_by="ReturnIdentity.identity_id", cascade="all, delete-orphan"
    )


class ReturnOutcome(Base):
    """What the inspection of some units of a return line found; all outcomes add up to what was received."""

    __tablename__ = "goods_return_outcome"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "disposition IN ('restock', 'refurbish', 'scrap', 'return_to_supplier', 'return_to_customer')",
            name="disposition",
        ),
        CheckConstraint("grade IN ('a', 'b', 'c', 'd')", name="grade"),
        Index("ix_goods_return_outcome_line", "line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("goods_return_line.id"))
    disposition: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    grade: Mapped[str | None] = mapped_column(String(1))
    note: Mapped[str] = mapped_column(String(300), default="")
    inspected_at: Mapped[datetime]
    inspected_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    line: Mapped[ReturnLine] = relationship(back_populates="outcomes")
    inspected_by: Mapped[User | None] = relationship()
    identities: Mapped[list["OutcomeIdentity"]] = relationship(
        order_by="OutcomeIdentity.identity_id", cascade="all, delete-orphan"
    )


class OutcomeIdentity(Base):
    """Units of a lot, or the unit of a serial, that an outcome of the inspection is about."""

    __tablename__ = "goods_return_outcome_identity"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_goods_return_outcome_identity_identity", "identity_id"),
    )
    outcome_id: Mapped[int] = mapped_column(ForeignKey("goods_return_outcome.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    quantity: Mapped[int]

    identity: Mapped[Identity] = relationship()


class ReturnIdentity(Base):
    """Units of a lot, or the unit of a serial, that a return line names."""

    __tablename__ = "goods_return_identity"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    line_id: Mapped[int] = mapped_column(ForeignKey("goods_return_line.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    quantity: Mapped[int]

    identity: Mapped[Identity] = relationship()
