"""Tables of disruptions that a manager declares, and of each promise they move."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.models import Warehouse
from orders.models import ScheduleLine
from policies.promises import Promise
from portal.accounts.models import User
from portal.db import Base, BigId
from portal.i18n import N_


class DisruptionKind(StrEnum):
    """What disrupts."""

    STRIKE = "strike"
    SHORTAGE = "shortage"
    FLOOD = "flood"
    PORT_CLOSURE = "port_closure"
    BREAKDOWN = "breakdown"


class DisruptionState(StrEnum):
    """A draft shows its effect; once confirmed its promises have moved and the customers are told."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Choice(StrEnum):
    """What a customer wants done with a part that a disruption delays."""

    WAIT = "wait"
    CANCEL = "cancel"
    SUBSTITUTE = "substitute"


DISRUPTION_TITLES = {
    DisruptionKind.STRIKE: N_("Strike"),
    DisruptionKind.SHORTAGE: N_("Shortage"),
    DisruptionKind.FLOOD: N_("Flood"),
    DisruptionKind.PORT_CLOSURE: N_("Port closure"),
    DisruptionKind.BREAKDOWN: N_("Breakdown"),
}
DISRUPTION_STATE_TITLES = {
    DisruptionState.DRAFT: N_("Draft"),
    DisruptionState.CONFIRMED: N_("Confirmed"),
    DisruptionState.CANCELLED: N_("Called off"),
}
CHOICE_TITLES = {
    Choice.WAIT: N_("Wait"),
    Choice.CANCEL: N_("Cancel"),
    Choice.SUBSTITUTE: N_("Take a substitute"),
}


class Disruption(Base):
    """A time, both days included, in which nothing can leave a warehouse, and why."""

    __tablename__ = "disruption"
    __table_args__ = (
        CheckConstraint("kind IN ('strike', 'shortage', 'flood', 'port_closure', 'breakdown')", name="kind"),
        CheckConstraint("state IN ('draft', 'confirmed', 'cancelled')", name="state"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("state <> 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed"),
        Index("ix_disruption_window", "warehouse_id", "ends_on"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(14))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    what_th: Mapped[str] = mapped_column(String(500))
    what_en: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10), default=DisruptionState.DRAFT)
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    warehouse: Mapped[Warehouse] = relationship()
    declared_by: Mapped[User] = relationship(foreign_keys=declared_by_id)
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=confirmed_by_id)


class DisruptionEffect(Base):
    """A part of a line that a confirmed disruption delays: its date before and after, and what the customer chose."""

    __tablename__ = "disruption_effect"
    __table_args__ = (
        CheckConstraint("choice IN ('wait', 'cancel', 'substitute')", name="choice"),
        CheckConstraint("due_after > due_before", name="later"),
        CheckConstraint("(choice IS NULL) = (chosen_at IS NULL)", name="chosen"),
        Index("uq_disruption_effect_part", "disruption_id", "part_id", unique=True),
        Index("ix_disruption_effect_part", "part_id"),
        Index("ix_disruption_effect_customer", "customer_id", "disruption_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    disruption_id: Mapped[int] = mapped_column(ForeignKey("disruption.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("schedule_line.id"))
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    due_before: Mapped[datetime]
    due_after: Mapped[datetime]
    choice: Mapped[str | None] = mapped_column(String(10))
    chosen_at: Mapped[datetime | None]
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    disruption: Mapped[Disruption] = relationship()
    part: Mapped[ScheduleLine] = relationship()
    promise: Mapped[Promise] = relationship()

    @property
    def delays(self) -> bool:
        """Whether the part is still promised for a later day because of it."""
        return self.disruption.state == DisruptionState.CONFIRMED and self.promise.due_at > self.due_before
