"""Tables of counting: sheets of what is to be counted, what was found, and the adjustments that follow."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.identities import Identity
from inventory.models import Product, Warehouse
from portal.accounts.models import User
from portal.db import Base, BigId
from portal.i18n import N_


class SheetState(StrEnum):
    """How far a count has come."""

    COUNTING = "counting"
    RECOUNT = "recount"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELLED = "cancelled"


OPEN_SHEETS = (SheetState.COUNTING, SheetState.RECOUNT, SheetState.REVIEW)
TAKES_COUNTS = (SheetState.COUNTING, SheetState.RECOUNT)
CLASSES = ("A", "B", "C")


class AdjustmentState(StrEnum):
    """Whether a difference in stock is accepted."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class AdjustmentReason(StrEnum):
    """Why stock is not what the books say."""

    COUNTED = "counted"
    DAMAGED = "damaged"
    LOST = "lost"
    FOUND = "found"
    MISTAKEN = "mistaken"


SHEET_TITLES = {
    SheetState.COUNTING: N_("Being counted"),
    SheetState.RECOUNT: N_("To be counted again"),
    SheetState.REVIEW: N_("Differences to decide"),
    SheetState.CLOSED: N_("Closed"),
    SheetState.CANCELLED: N_("Called off"),
}
ADJUSTMENT_STATE_TITLES = {
    AdjustmentState.PROPOSED: N_("Waiting for approval"),
    AdjustmentState.APPROVED: N_("Approved"),
    AdjustmentState.REFUSED: N_("Refused"),
}
ADJUSTMENT_REASON_TITLES = {
    AdjustmentReason.COUNTED: N_("Counted"),
    AdjustmentReason.DAMAGED: N_("Damaged"),
    AdjustmentReason.LOST: N_("Lost"),
    AdjustmentReason.FOUND: N_("Found"),
    AdjustmentReason.MISTAKEN: N_("Booked by mistake"),
}


class CountingTerms(Base):
    """How stock is counted; there is one row at most.

    Differences worth up to `at_once_minor` (satang) are booked without approval. A line of a class is within tolerance
    when it differs by at most so many basis points of the books.
    """

    __tablename__ = "counting_terms"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("at_once_minor >= 0", name="at_once"),
        CheckConstraint(
            "tolerance_a_bp BETWEEN 0 AND 10000 AND tolerance_b_bp BETWEEN 0 AND 10000 "
            "AND tolerance_c_bp BETWEEN 0 AND 10000",
            name="tolerance",
        ),
        CheckConstraint("lines_a_sheet BETWEEN 1 AND 200", name="lines_a_sheet"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at_once_minor: Mapped[int] = mapped_column(BigInteger)
    tolerance_a_bp: Mapped[int]
    tolerance_b_bp: Mapped[int]
    tolerance_c_bp: Mapped[int]
    lines_a_sheet: Mapped[int]


class CountSheet(Base):
    """What one person is to count in one warehouse, without seeing what the books say."""

    __tablename__ = "count_sheet"
    __table_args__ = (
        CheckConstraint("state IN ('counting', 'recount', 'review', 'closed', 'cancelled')", name="state"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_count_sheet_state", "state", "id"),
        Index("ix_count_sheet_closed", "closed_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    abc: Mapped[str | None] = mapped_column(String(1))
    state: Mapped[str] = mapped_column(String(10), default=SheetState.COUNTING)
    drawn_at: Mapped[datetime]
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    counter_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    warehouse: Mapped[Warehouse] = relationship()
    drawn_by: Mapped[User | None] = relationship(foreign_keys=drawn_by_id)
    counter: Mapped[User | None] = relationship(foreign_keys=counter_id)
    lines: Mapped[list["CountLine"]] = relationship(back_populates="sheet", order_by="CountLine.n")


class CountLine(Base):
    """A product, or one lot of it, to be counted. `expected` is what the books said when its last count was entered.

    Of a serial-numbered product `serials` are those found, and `numbers` how they differed from the books then: 1 for
    one that the books did not have there, -1 for one that was not found. `accurate` is whether the first count was
    within tolerance, once its sheet was handed in: differing by at most `tolerance_bp` of the books (basis points).
    """

    __tablename__ = "count_line"
    __table_args__ = (
        CheckConstraint("counted IS NULL OR counted >= 0", name="counted"),
        CheckConstraint("recounted IS NULL OR recounted >= 0", name="recounted"),
        CheckConstraint("(counted IS NULL) = (expected IS NULL)", name="expected"),
        CheckConstraint("recounted IS NULL OR counted IS NOT NULL", name="recount_after_count"),
        CheckConstraint("accurate IS NULL OR counted IS NOT NULL", name="accurate_once_counted"),
        CheckConstraint("tolerance_bp BETWEEN 0 AND 10000", name="tolerance"),
        Index("uq_count_line_n", "sheet_id", "n", unique=True),
        Index("ix_count_line_product", "product_id", "sheet_id"),
        Index("ix_count_line_counted", "counted_at"),
        Index("ix_count_line_adjustment", "adjustment_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("count_sheet.id"))
    n: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    bin: Mapped[str] = mapped_column(String(20), default="")
    tolerance_bp: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int | None]
    recounted: Mapped[int | None]
    expected: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recounted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    serials: Mapped[list[str]] = mapped_column(JSON, default=list)
    numbers: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    accurate: Mapped[bool | None]
    adjustment_id: Mapped[int | None] = mapped_column(ForeignKey("stock_adjustment.id"))

    sheet: Mapped[CountSheet] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    identity: Mapped[Identity | None] = relationship()
    counted_by: Mapped[User | None] = relationship(foreign_keys=counted_by_id)
    recounted_by: Mapped[User | None] = relationship(foreign_keys=recounted_by_id)
    adjustment: Mapped["StockAdjustment | None"] = relationship()


class StockAdjustment(Base):
    """Units that are to be added to the books or taken off them, with the reason; another person approves it.

    `numbers` are the lots and serials among them with their units, signed as the quantity is. A count that found other
    serials than the books say may leave the quantity as it is.
    """

    __tablename__ = "stock_adjustment"
    __table_args__ = (
        CheckConstraint("quantity <> 0 OR reason = 'counted'", name="quantity"),
        CheckConstraint("state IN ('proposed', 'approved', 'refused')", name="state"),
        CheckConstraint("reason IN ('counted', 'damaged', 'lost', 'found', 'mistaken')", name="reason"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="another_person"),
        Index("ix_stock_adjustment_state", "state", "id"),
        Index("ix_stock_adjustment_place", "product_id", "warehouse_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int]
    numbers: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    reason: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default=AdjustmentState.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    warehouse: Mapped[Warehouse] = relationship()
    product: Mapped[Product] = relationship()
    proposed_by: Mapped[User | None] = relationship(foreign_keys=proposed_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
