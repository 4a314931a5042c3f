"""Tables of goods that came back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.models import Order, OrderLine
from orders.shipments import CreditNote
from portal.accounts.models import User
from portal.db import Base
from portal.i18n import N_


class Disposition(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    SCRAP = "scrap"


class ReturnReason(StrEnum):
    """Why goods came back."""

    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_NEEDED = "not_needed"
    QUALITY = "quality"


DISPOSITION_TITLES = {Disposition.RESTOCK: N_("Back into stock"), Disposition.SCRAP: N_("Scrap")}
REASON_TITLES = {
    ReturnReason.DAMAGED: N_("Arrived damaged"),
    ReturnReason.WRONG_ITEM: N_("Wrong item"),
    ReturnReason.NOT_NEEDED: N_("No longer needed"),
    ReturnReason.QUALITY: N_("Quality not as expected"),
}


class Return(Base):
    """Goods of one order that came back on one day, and the credit note given for them."""

    __tablename__ = "goods_return"
    __table_args__ = (Index("ix_goods_return_order", "order_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    credit_note_id: Mapped[int] = mapped_column(ForeignKey("credit_note.id"), unique=True)
    received_at: Mapped[datetime]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    order: Mapped[Order] = relationship()
    credit_note: Mapped[CreditNote] = relationship()
    received_by: Mapped[User | None] = relationship()
    lines: Mapped[list["ReturnLine"]] = relationship(back_populates="goods_return", order_by="ReturnLine.id")


class ReturnLine(Base):
    """Units of one order line that came back, why, and what becomes of them."""

    __tablename__ = "goods_return_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("disposition IN ('restock', 'scrap')", name="disposition"),
        CheckConstraint("reason IN ('damaged', 'wrong_item', 'not_needed', 'quality')", name="reason"),
        Index("ix_goods_return_line_order_line", "order_line_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("goods_return.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(String(12))
    disposition: Mapped[str] = mapped_column(String(8))

    goods_return: Mapped[Return] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()
