"""Tables of the rule book: policies, their versions and service levels, and the business calendar."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from policies.kinds import Convention, Kind
from portal import guards
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_


class Scope(StrEnum):
    """Whom a policy covers, the closest first: one customer, a tier, everybody."""

    CUSTOMER = "customer"
    TIER = "tier"
    DEFAULT = "default"


class VersionState(StrEnum):
    """Where a version stands; whether a published one is in force or superseded follows from its date."""

    DRAFT = "draft"
    PUBLISHED = "published"


SCOPE_TITLES = {
    Scope.CUSTOMER: N_("One customer"),
    Scope.TIER: N_("A service tier"),
    Scope.DEFAULT: N_("Every customer without a closer policy"),
}


class Policy(Base):
    """A service policy for one scope; what it says stands in its versions."""

    __tablename__ = "policy"
    __table_args__ = (
        CheckConstraint("scope IN ('customer', 'tier', 'default')", name="scope"),
        CheckConstraint("(scope = 'tier') = (tier IS NOT NULL)", name="tier_scope"),
        CheckConstraint("(scope = 'customer') = (customer_id IS NOT NULL)", name="customer_scope"),
        Index("uq_policy_tier", "tier", unique=True),
        Index("uq_policy_customer", "customer_id", unique=True),
        Index(
            "uq_policy_default",
            "scope",
            unique=True,
            postgresql_where=text("scope = 'default'"),
            sqlite_where=text("scope = 'default'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str | None] = mapped_column(String(12))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))

    customer: Mapped[Customer | None] = relationship()
    versions: Mapped[list["PolicyVersion"]] = relationship(
        back_populates="policy", order_by="PolicyVersion.number.desc()"
    )


class PolicyVersion(Base):
    """One edition of a policy; once published it never changes.

    Delivered goods may be sent back within `return_days` calendar days; without it each return is decided on its own.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published')", name="state"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("return_days BETWEEN 0 AND 3650", name="return_days"),
        CheckConstraint(
            "state = 'draft' OR (valid_from IS NOT NULL AND published_at IS NOT NULL AND publisher_id IS NOT NULL)",
            name="published_complete",
        ),
        Index("uq_policy_version_number", "policy_id", "number", unique=True),
        Index(
            "uq_policy_version_valid_from",
            "policy_id",
            "valid_from",
            unique=True,
            postgresql_where=text("state = 'published'"),
            sqlite_where=text("state = 'published'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=VersionState.DRAFT)
    valid_from: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    intro_th: Mapped[str] = mapped_column(Text, default="")
    intro_en: Mapped[str] = mapped_column(Text, default="")
    return_days: Mapped[int | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None]

    policy: Mapped[Policy] = relationship(back_populates="versions")
    author: Mapped[User] = relationship(foreign_keys=author_id)
    publisher: Mapped[User | None] = relationship(foreign_keys=publisher_id)
    levels: Mapped[list["ServiceLevel"]] = relationship(back_populates="version", order_by="ServiceLevel.id")

    def level(self, kind: Kind) -> "ServiceLevel | None":
        """The service level of a kind, if this version promises one."""
        return next((level for level in self.levels if level.kind == kind), None)


class ServiceLevel(Base):
    """One measurable standard of a version: what is measured, its target, how days count, what a miss is worth.

    Rates are basis points (9500 = 95 %). Compensation per day late, up to a cap, is a share of the line's net amount,
    or a fixed amount in minor units of THB.
    """

    __tablename__ = "service_level"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', "
            "'return_decision', 'refund', 'repair_quote', 'repair', 'loaner')",
            name="kind",
        ),
        CheckConstraint("convention IN ('calendar_inclusive', 'calendar', 'working')", name="convention"),
        CheckConstraint("target_bp BETWEEN 1 AND 10000", name="target"),
        CheckConstraint(
            "(kind <> 'line_fill') = (days IS NOT NULL AND convention IS NOT NULL)", name="days_counted"
        ),
        CheckConstraint("days IS NULL OR days BETWEEN 1 AND 365", name="days"),
        CheckConstraint("compensation_bp_per_day BETWEEN 0 AND 10000", name="compensation"),
        CheckConstraint(
            "compensation_cap_bp BETWEEN compensation_bp_per_day AND 10000", name="compensation_cap"
        ),
        CheckConstraint(
            "compensation_minor_per_day >= 0 AND compensation_cap_minor >= compensation_minor_per_day",
            name="compensation_amount",
        ),
        CheckConstraint(
            "compensation_bp_per_day = 0 OR compensation_minor_per_day = 0", name="compensation_one_basis"
        ),
        Index("uq_service_level_kind", "version_id", "kind", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    kind: Mapped[str] = mapped_column(String(20))
    days: Mapped[int | None]
    convention: Mapped[str | None] = mapped_column(String(20))
    cut_off: Mapped[time | None]
    target_bp: Mapped[int]
    compensation_bp_per_day: Mapped[int] = mapped_column(default=0)
    compensation_cap_bp: Mapped[int] = mapped_column(default=0)
    compensation_minor_per_day: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    compensation_cap_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    version: Mapped[PolicyVersion] = relationship(back_populates="levels")

    @property
    def counting(self) -> Convention:
        """The counting convention of a standard that counts days."""
        if self.convention is None:
            raise LookupError(f"service level {self.id} counts no days")
        return Convention(self.convention)


class BusinessCalendar(Base):
    """The working week of the distributor; `week` has one digit a day from Monday, 1 for a working day."""

    __tablename__ = "business_calendar"
    __table_args__ = (CheckConstraint("length(week) = 7 AND week <> '0000000'", name="week"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    week: Mapped[str] = mapped_column(String(7), default="1111100")

    closures: Mapped[list["Closure"]] = relationship(back_populates="calendar", order_by="Closure.day")


class Closure(Base):
    """A day on which nobody works although the week says so: a public holiday or a closure of our own."""

    __tablename__ = "calendar_closure"
    __table_args__ = (Index("uq_calendar_closure_day", "calendar_id", "day", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("business_calendar.id"))
    day: Mapped[date]
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    public_holiday: Mapped[bool] = mapped_column(default=True)
    declared_on: Mapped[date]

    calendar: Mapped[BusinessCalendar] = relationship(back_populates="closures")


guards.attach(
    Policy, guards.frozen_columns("policy", ("code", "name_th", "name_en", "scope", "tier", "customer_id"))
)
guards.attach(PolicyVersion, guards.frozen_when("policy_version", "OLD.state = 'published'"))
guards.attach(ServiceLevel, guards.frozen_with("service_level", "policy_version", "version_id", "published"))
