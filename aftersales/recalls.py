"""Tables of product notices: what is affected, whom it reached, and who acknowledged it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.identities import Identity
from inventory.models import Product
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_
from portal.moves import Moves


class NoticeKind(StrEnum):
    """An advisory tells; a recall also calls the goods back and stops them from leaving."""

    ADVISORY = "advisory"
    RECALL = "recall"


class NoticeState(StrEnum):
    """A draft shows whom it would reach; once issued the customers are told."""

    DRAFT = "draft"
    ISSUED = "issued"
    CLOSED = "closed"


NOTICE_MOVES = Moves(
    {
        NoticeState.DRAFT: {NoticeState.ISSUED},
        NoticeState.ISSUED: {NoticeState.CLOSED},
        NoticeState.CLOSED: (),
    }
)


NOTICE_KIND_TITLES = {
    NoticeKind.ADVISORY: N_("Product advisory"),
    NoticeKind.RECALL: N_("Product safety recall"),
}
NOTICE_TITLES = {
    NoticeState.DRAFT: N_("Draft"),
    NoticeState.ISSUED: N_("Announced"),
    NoticeState.CLOSED: N_("Closed"),
}


class ProductNotice(Base):
    """A notice about some lots or serials of a product: the risk, and what the customer is to do."""

    __tablename__ = "product_notice"
    __table_args__ = (
        CheckConstraint("kind IN ('advisory', 'recall')", name="kind"),
        CheckConstraint("state IN ('draft', 'issued', 'closed')", name="state"),
        CheckConstraint("state = 'draft' OR issued_at IS NOT NULL", name="issued"),
        CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name="closed"),
        Index("ix_product_notice_product", "product_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    state: Mapped[str] = mapped_column(String(8), default=NoticeState.DRAFT)
    title_th: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    risk_th: Mapped[str] = mapped_column(Text)
    risk_en: Mapped[str] = mapped_column(Text)
    action_th: Mapped[str] = mapped_column(Text)
    action_en: Mapped[str] = mapped_column(Text)
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    issued_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship()
    drafted_by: Mapped[User] = relationship(foreign_keys=drafted_by_id)
    issued_by: Mapped[User | None] = relationship(foreign_keys=issued_by_id)
    affected: Mapped[list["NoticeIdentity"]] = relationship(order_by="NoticeIdentity.identity_id")
    recipients: Mapped[list["NoticeRecipient"]] = relationship(order_by="NoticeRecipient.id")


class NoticeIdentity(Base):
    """A lot or serial that a notice is about."""

    __tablename__ = "product_notice_identity"
    __table_args__ = (Index("ix_product_notice_identity_identity", "identity_id"),)
    notice_id: Mapped[int] = mapped_column(ForeignKey("product_notice.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"), primary_key=True)

    identity: Mapped[Identity] = relationship()


class NoticeRecipient(Base):
    """A company that held affected units when the notice was issued or came to later, how many, and its answer."""

    __tablename__ = "product_notice_recipient"
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="acknowledged"),
        Index("uq_product_notice_recipient_customer", "notice_id", "customer_id", unique=True),
        Index("ix_product_notice_recipient_customer", "customer_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("product_notice.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    units: Mapped[int]
    told_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(String(500), default="")

    notice: Mapped[ProductNotice] = relationship(back_populates="recipients")
    customer: Mapped[Customer] = relationship()
    acknowledged_by: Mapped[User | None] = relationship()
