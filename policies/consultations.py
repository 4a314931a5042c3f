"""Tables of consulting: who gives advice on what, the times they offer, and who booked them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_


class SlotState(StrEnum):
    """Where a time that a consultant offers stands."""

    FREE = "free"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    HELD = "held"


SLOT_TITLES = {
    SlotState.FREE: N_("Free"),
    SlotState.BOOKED: N_("Time booked"),
    SlotState.WITHDRAWN: N_("Withdrawn"),
    SlotState.HELD: N_("Held"),
}


class Consultant(Base):
    """A person of the distributor who gives customers advice, and on what."""

    __tablename__ = "consultant"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    subject_th: Mapped[str] = mapped_column(String(200))
    subject_en: Mapped[str] = mapped_column(String(200))
    place_th: Mapped[str] = mapped_column(String(300), default="")
    place_en: Mapped[str] = mapped_column(String(300), default="")
    active: Mapped[bool] = mapped_column(default=True)

    person: Mapped[User] = relationship()

    @property
    def advises(self) -> bool:
        """Whether they give advice at present: they are active, and may still sign in."""
        return self.active and self.person.active

    @property
    def subject(self) -> dict[str, str]:
        """What they advise on, in both languages, as the filter `loc` reads it."""
        return {"name_th": self.subject_th, "name_en": self.subject_en}

    @property
    def place(self) -> dict[str, str]:
        """Where they meet customers, in both languages."""
        return {"name_th": self.place_th, "name_en": self.place_en}


class Slot(Base):
    """A time that a consultant offers; one company may book it. A consultant's times do not overlap.

    `outcome` says what came of it, once it is held. A time that was withdrawn may be offered again as a new one.
    """

    __tablename__ = "consulting_slot"
    __table_args__ = (
        CheckConstraint("state IN ('free', 'booked', 'withdrawn', 'held')", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(
            "(state IN ('booked', 'held')) = "
            "(customer_id IS NOT NULL AND booked_by_id IS NOT NULL AND booked_at IS NOT NULL)",
            name="booked",
        ),
        Index(
            "uq_consulting_slot_start",
            "consultant_id",
            "starts_at",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
            sqlite_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_consulting_slot_starts", "starts_at", "id"),
        Index("ix_consulting_slot_customer", "customer_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    consultant_id: Mapped[int] = mapped_column(ForeignKey("consultant.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=SlotState.FREE)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    booked_at: Mapped[datetime | None]
    question: Mapped[str] = mapped_column(String(1000), default="")
    outcome: Mapped[str] = mapped_column(String(1000), default="")

    consultant: Mapped[Consultant] = relationship()
    customer: Mapped[Customer | None] = relationship()
    booked_by: Mapped[User | None] = relationship()
