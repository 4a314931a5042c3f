"""Tables of warranties, repairs and the units lent meanwhile."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.identities import Identity
from inventory.models import Product, Warehouse
from orders.models import OrderLine
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_
from portal.moves import Moves

MOST_MINOR = 10**12
"""No amount of a repair or loan is larger, in minor units: more is a slip of the keyboard."""


class RepairState(StrEnum):
    """How far a repair has come."""

    REQUESTED = "requested"
    RECEIVED = "received"
    QUOTED = "quoted"
    APPROVED = "approved"
    DECLINED = "declined"
    REPAIRED = "repaired"
    RETURNED = "returned"
    CANCELLED = "cancelled"


REPAIR_MOVES = Moves(
    {
        RepairState.REQUESTED: {RepairState.RECEIVED, RepairState.CANCELLED},
        RepairState.RECEIVED: {RepairState.QUOTED},
        RepairState.QUOTED: {RepairState.APPROVED, RepairState.DECLINED},
        RepairState.APPROVED: {RepairState.REPAIRED},
        RepairState.DECLINED: {RepairState.RETURNED},
        RepairState.REPAIRED: {RepairState.RETURNED},
        RepairState.RETURNED: (),
        RepairState.CANCELLED: (),
    }
)


class Grade(StrEnum):
    """The condition of a unit that comes back."""

    GOOD = "good"
    WORN = "worn"
    DAMAGED = "damaged"
    MISSING_PARTS = "missing_parts"


REPAIR_TITLES = {
    RepairState.REQUESTED: N_("Waiting for the unit"),
    RepairState.RECEIVED: N_("Being diagnosed"),
    RepairState.QUOTED: N_("Waiting for your answer to the quote"),
    RepairState.APPROVED: N_("Being repaired"),
    RepairState.DECLINED: N_("Quote declined, to be sent back"),
    RepairState.REPAIRED: N_("Repaired and tested"),
    RepairState.RETURNED: N_("Sent back"),
    RepairState.CANCELLED: N_("Cancelled"),
}
GRADE_TITLES = {
    Grade.GOOD: N_("Good"),
    Grade.WORN: N_("Worn by normal use"),
    Grade.DAMAGED: N_("Damaged"),
    Grade.MISSING_PARTS: N_("Parts are missing"),
}


class Warranty(Base):
    """The warranty of one serial for the company it was delivered to; it covers the days before `ends_on`."""

    __tablename__ = "warranty"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="term"),
        Index(
            "uq_warranty_running",
            "identity_id",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
            sqlite_where=text("voided_at IS NULL"),
        ),
        Index("ix_warranty_identity", "identity_id"),
        Index("ix_warranty_customer", "customer_id", "ends_on"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    registered_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str] = mapped_column(String(300), default="")

    identity: Mapped[Identity] = relationship()
    customer: Mapped[Customer] = relationship()
    product: Mapped[Product] = relationship()
    order_line: Mapped[OrderLine | None] = relationship()


class Repair(Base):
    """A unit of a customer's that we repair. `covered` says whether the warranty pays, found when it was opened.

    Amounts are minor units before tax; `charge_minor` is what the customer pays of parts and labour.
    """

    __tablename__ = "repair"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'received', 'quoted', 'approved', 'declined', 'repaired', 'returned', 'cancelled')",
            name="state",
        ),
        CheckConstraint("state IN ('requested', 'cancelled') OR received_at IS NOT NULL", name="received"),
        CheckConstraint("state <> 'returned' OR returned_at IS NOT NULL", name="returned"),
        CheckConstraint("parts_minor >= 0 AND labour_minor >= 0", name="amounts"),
        CheckConstraint("charge_minor BETWEEN 0 AND parts_minor + labour_minor", name="charge"),
        Index(
            "uq_repair_open",
            "identity_id",
            unique=True,
            postgresql_where=text("state NOT IN ('returned', 'cancelled')"),
            sqlite_where=text("state NOT IN ('returned', 'cancelled')"),
        ),
        Index("ix_repair_identity", "identity_id"),
        Index("ix_repair_customer", "customer_id", "id"),
        Index("ix_repair_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    warranty_id: Mapped[int | None] = mapped_column(ForeignKey("warranty.id"))
    covered: Mapped[bool] = mapped_column(default=False)
    cover_reason: Mapped[str] = mapped_column(String(30))
    fault: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=RepairState.REQUESTED)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    received_at: Mapped[datetime | None]
    diagnosis: Mapped[str] = mapped_column(Text, default="")
    currency: Mapped[str] = mapped_column(String(3))
    parts_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    labour_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    charge_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    quoted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    work_done: Mapped[str] = mapped_column(Text, default="")
    repaired_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking_no: Mapped[str] = mapped_column(String(80), default="")
    loaner_wanted: Mapped[bool] = mapped_column(default=False)
    quote_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    repair_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    loaner_promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))

    customer: Mapped[Customer] = relationship()
    identity: Mapped[Identity] = relationship()
    warranty: Mapped[Warranty | None] = relationship()
    warehouse: Mapped[Warehouse | None] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=opened_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    quote_promise: Mapped[Promise | None] = relationship(foreign_keys=quote_promise_id)
    repair_promise: Mapped[Promise | None] = relationship(foreign_keys=repair_promise_id)
    loaner_promise: Mapped[Promise | None] = relationship(foreign_keys=loaner_promise_id)
    events: Mapped[list["RepairEvent"]] = relationship(order_by="RepairEvent.id")


class RepairEvent(Base):
    """A stage that a repair has reached, with who brought it there."""

    __tablename__ = "repair_event"
    __table_args__ = (Index("ix_repair_event_repair", "repair_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    repair_id: Mapped[int] = mapped_column(ForeignKey("repair.id"))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(500), default="")

    by: Mapped[User | None] = relationship()


class LoanerUnit(Base):
    """A serial kept to be lent while a customer's own unit is in repair."""

    __tablename__ = "loaner_unit"
    id: Mapped[int] = mapped_column(primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), unique=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    condition: Mapped[str] = mapped_column(String(300), default="")
    added_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    identity: Mapped[Identity] = relationship()
    warehouse: Mapped[Warehouse] = relationship()


class Loan(Base):
    """A loaner handed out for a repair, due back by `due_at`; no unit is lent twice at once.

    `charge_minor` is what the customer is charged for damage, in minor units of `currency`.
    """

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("returned_at IS NULL OR returned_at >= handed_out_at", name="returned_after"),
        CheckConstraint("(returned_at IS NULL) = (grade_back IS NULL)", name="graded"),
        CheckConstraint("grade_back IN ('good', 'worn', 'damaged', 'missing_parts')", name="grade"),
        CheckConstraint("charge_minor >= 0", name="charge"),
        Index(
            "uq_loan_unit_out",
            "unit_id",
            unique=True,
            postgresql_where=text("returned_at IS NULL"),
            sqlite_where=text("returned_at IS NULL"),
        ),
        Index(
            "uq_loan_repair_out",
            "repair_id",
            unique=True,
            postgresql_where=text("returned_at IS NULL"),
            sqlite_where=text("returned_at IS NULL"),
        ),
        Index("ix_loan_unit", "unit_id"),
        Index("ix_loan_repair", "repair_id"),
        Index("ix_loan_customer", "customer_id", "id"),
        Index(
            "ix_loan_out",
            "due_at",
            postgresql_where=text("returned_at IS NULL"),
            sqlite_where=text("returned_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("loaner_unit.id"))
    repair_id: Mapped[int] = mapped_column(ForeignKey("repair.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    handed_out_at: Mapped[datetime]
    handed_out_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    condition_out: Mapped[str] = mapped_column(String(300), default="")
    due_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    grade_back: Mapped[str | None] = mapped_column(String(14))
    note_back: Mapped[str] = mapped_column(String(300), default="")
    currency: Mapped[str] = mapped_column(String(3))
    charge_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    unit: Mapped[LoanerUnit] = relationship()
    repair: Mapped[Repair] = relationship()
    customer: Mapped[Customer] = relationship()
    handed_out_by: Mapped[User] = relationship(foreign_keys=handed_out_by_id)
    received_by: Mapped[User | None] = relationship(foreign_keys=received_by_id)
