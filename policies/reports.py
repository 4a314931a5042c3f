"""Tables of service reports: what became of the promises of a period, as it was known when each report was made."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from policies.models import PolicyVersion
from portal import guards
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base


class ServiceReport(Base):
    """One statement of a policy's figures over a period, to one customer or over all; kept as it was made.

    When late claims change the figures the period is stated again: statement 2 stands beside statement 1, with why.
    """

    __tablename__ = "service_report"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="period"),
        CheckConstraint("statement > 0", name="statement"),
        CheckConstraint("statement = 1 OR why <> ''", name="restated_for_a_reason"),
        CheckConstraint("every IN ('weekly', 'monthly', 'quarterly')", name="every"),
        Index(
            "uq_service_report_period",
            "policy_code",
            "reader",
            "every",
            "first_day",
            "statement",
            unique=True,
        ),
        Index("ix_service_report_customer", "customer_id", "first_day", "id"),
        Index("ix_service_report_made", "made_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    policy_code: Mapped[str] = mapped_column(String(40))
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    reader: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    every: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date]
    last_day: Mapped[date]
    statement: Mapped[int] = mapped_column(default=1)
    why: Mapped[str] = mapped_column(String(500), default="")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    version: Mapped[PolicyVersion] = relationship()
    customer: Mapped[Customer | None] = relationship()
    made_by: Mapped[User | None] = relationship()


guards.attach(ServiceReport, guards.append_only("service_report"))


def restated() -> ColumnElement[bool]:
    """Whether a later statement stands beside a report, as the database is asked it."""
    later = aliased(ServiceReport)
    return (
        select(later.id)
        .where(
            later.policy_code == ServiceReport.policy_code,
            later.reader == ServiceReport.reader,
            later.every == ServiceReport.every,
            later.first_day == ServiceReport.first_day,
            later.statement > ServiceReport.statement,
        )
        .exists()
    )
