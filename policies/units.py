"""Tables of the service directory: which unit answers for what, who is on duty, how it is reached."""

from datetime import date, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.models import User
from portal.db import Base
from portal.i18n import N_


class Matter(StrEnum):
    """What a customer may have a question about; each has one unit that answers for it."""

    ORDER = "order"
    DELIVERY = "delivery"
    SUBSTITUTION = "substitution"
    EXPEDITE = "expedite"
    RETURN = "return"
    COMPLAINT = "complaint"
    REPAIR = "repair"
    LOANER = "loaner"
    PRODUCT_NOTICE = "product_notice"
    INVOICE = "invoice"


MATTER_TITLES = {
    Matter.ORDER: N_("Orders"),
    Matter.DELIVERY: N_("Deliveries"),
    Matter.SUBSTITUTION: N_("Substitutes"),
    Matter.EXPEDITE: N_("Faster delivery"),
    Matter.RETURN: N_("Returns"),
    Matter.COMPLAINT: N_("Complaints"),
    Matter.REPAIR: N_("Repairs and warranty"),
    Matter.LOANER: N_("Loaners"),
    Matter.PRODUCT_NOTICE: N_("Product notices"),
    Matter.INVOICE: N_("Invoices and credit notes"),
}


class ServiceUnit(Base):
    """A team that customers can reach; `week` has one digit a day from Monday, 1 for a day on duty.

    A case that it has not answered within `escalate_after_days` working days goes to the people of the role
    `escalate_to`. One that is `closed` is kept for the duties that people had, and is in the directory no more.
    """

    __tablename__ = "service_unit"
    __table_args__ = (
        CheckConstraint("length(week) = 7 AND week <> '0000000'", name="week"),
        CheckConstraint("opens < closes", name="hours"),
        CheckConstraint("escalate_after_days BETWEEN 0 AND 60", name="escalate_after_days"),
        CheckConstraint("escalate_to IN ('staff', 'manager', 'admin')", name="escalate_to"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    line_id: Mapped[str] = mapped_column(String(60), default="")
    week: Mapped[str] = mapped_column(String(7), default="1111100")
    opens: Mapped[time]
    closes: Mapped[time]
    escalate_after_days: Mapped[int] = mapped_column(default=2)
    escalate_to: Mapped[str] = mapped_column(String(10), default="manager", server_default="manager")
    closed: Mapped[bool] = mapped_column(default=False, server_default=false())

    matters: Mapped[list["ServiceMatter"]] = relationship(
        back_populates="unit", order_by="ServiceMatter.matter"
    )


class ServiceMatter(Base):
    """One matter and the unit that answers for it."""

    __tablename__ = "service_matter"
    __table_args__ = (
        CheckConstraint(
            "matter IN ('order', 'delivery', 'substitution', 'expedite', 'return', 'complaint', 'repair', 'loaner', "
            "'product_notice', 'invoice')",
            name="matter",
        ),
        Index("ix_service_matter_unit", "unit_id"),
    )
    matter: Mapped[str] = mapped_column(String(16), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("service_unit.id"))

    unit: Mapped[ServiceUnit] = relationship(back_populates="matters")


class DutyShift(Base):
    """Hours on one day in which a person is on duty for a unit; a person's shifts do not overlap."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        CheckConstraint("opens < closes", name="hours"),
        Index("uq_duty_shift_start", "user_id", "day", "opens", unique=True),
        Index("ix_duty_shift_unit", "unit_id", "day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("service_unit.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    day: Mapped[date]
    opens: Mapped[time]
    closes: Mapped[time]

    unit: Mapped[ServiceUnit] = relationship()
    person: Mapped[User] = relationship()
