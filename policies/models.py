"""Tables of the rule book: policies, their versions and service levels, and who was told of them."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from policies.kinds import Convention, Kind
from portal import guards
from portal.accounts.models import User
from portal.customers.models import Customer, CustomerGroup
from portal.db import Base
from portal.i18n import N_


class Scope(StrEnum):
    """Whom a policy covers, the closest first: one customer, a customer group, a tier, everybody."""

    CUSTOMER = "customer"
    GROUP = "group"
    TIER = "tier"
    DEFAULT = "default"


class VersionState(StrEnum):
    """Where a version stands; whether a published one is in force or superseded follows from its date."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"


SCOPE_TITLES = {
    Scope.CUSTOMER: N_("One customer"),
    Scope.GROUP: N_("A customer group"),
    Scope.TIER: N_("A service tier"),
    Scope.DEFAULT: N_("Every customer without a closer policy"),
}


class Policy(Base):
    """A service policy for one scope; what it says stands in its versions."""

    __tablename__ = "policy"
    __table_args__ = (
        CheckConstraint("scope IN ('customer', 'group', 'tier', 'default')", name="scope"),
        CheckConstraint("(scope = 'group') = (group_id IS NOT NULL)", name="group_scope"),
        CheckConstraint("(scope = 'tier') = (tier IS NOT NULL)", name="tier_scope"),
        CheckConstraint("(scope = 'customer') = (customer_id IS NOT NULL)", name="customer_scope"),
        Index("uq_policy_tier", "tier", unique=True),
        Index("uq_policy_customer", "customer_id", unique=True),
        Index("uq_policy_group", "group_id", unique=True),
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
    group_id: Mapped[int | None] = mapped_column(ForeignKey("customer_group.id"))

    customer: Mapped[Customer | None] = relationship()
    group: Mapped[CustomerGroup | None] = relationship()
    versions: Mapped[list["PolicyVersion"]] = relationship(
        back_populates="policy", order_by="PolicyVersion.number.desc()"
    )


class PolicyVersion(Base):
    """One edition of a policy; written by one person, reviewed by another, and once published it never changes.

    Delivered goods may be sent back within `return_days` calendar days; without it each return is decided on its own.
    A report of what became of its promises is made each `report_every` and sent to the addresses in `report_to`, one a
    line, and, with `report_to_customers`, to each customer about their own.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'in_review', 'published')", name="state"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("state <> 'in_review' OR submitted_at IS NOT NULL", name="submitted"),
        CheckConstraint("reviewer_id IS NULL OR reviewer_id <> author_id", name="reviewer_is_another"),
        CheckConstraint("report_every IN ('', 'weekly', 'monthly', 'quarterly')", name="report_every"),
        CheckConstraint("return_days BETWEEN 0 AND 3650", name="return_days"),
        CheckConstraint(
            "state <> 'published' OR (valid_from IS NOT NULL AND published_at IS NOT NULL "
            "AND publisher_id IS NOT NULL)",
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
    report_every: Mapped[str] = mapped_column(String(10), default="", server_default="")
    report_to: Mapped[str] = mapped_column(Text, default="", server_default="")
    report_to_customers: Mapped[bool] = mapped_column(default=False, server_default=false())
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    review_note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None]

    policy: Mapped[Policy] = relationship(back_populates="versions")
    author: Mapped[User] = relationship(foreign_keys=author_id)
    reviewer: Mapped[User | None] = relationship(foreign_keys=reviewer_id)
    publisher: Mapped[User | None] = relationship(foreign_keys=publisher_id)
    levels: Mapped[list["ServiceLevel"]] = relationship(back_populates="version", order_by="ServiceLevel.id")

    def level(self, kind: Kind) -> "ServiceLevel | None":
        """The service level of a kind, if this version promises one."""
        return next((level for level in self.levels if level.kind == kind), None)


class ServiceLevel(Base):
    """One measurable standard of a version: what is measured, its target, its clock, what a miss is worth.

    A time counts `days` by a convention, or `minutes` of business time. Rates are basis points (9500 = 95 %).
    `provinces` (ISO codes joined by commas, empty for everywhere) is where it holds; a level that names the province
    comes before one for everywhere. Misses caused by a disruption of a kind in `exempt_kinds` do not count. A shipment
    is full when it lacks at most `fill_tolerance_bp` of its units. What counts time is judged as kept up to `tolerance`
    later, in the unit of its clock. The target is judged each `review_every`.

    Compensation per day late, up to a cap, is a share of the line's net amount, or a fixed amount in minor units of
    THB; when it is not credited within `settle_days` working days, `late_settlement_minor` are owed besides.
    """

    __tablename__ = "service_level"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', "
            "'return_decision', 'refund', 'repair_quote', 'repair', 'loaner', 'order_confirmation', "
            "'delay_notice', 'settlement', 'document_accuracy', 'stock_accuracy')",
            name="kind",
        ),
        CheckConstraint("convention IN ('calendar_inclusive', 'calendar', 'working')", name="convention"),
        CheckConstraint("target_bp BETWEEN 1 AND 10000", name="target"),
        CheckConstraint(
            "(kind NOT IN ('line_fill', 'document_accuracy', 'stock_accuracy')) = "
            "((days IS NOT NULL AND convention IS NOT NULL) OR minutes IS NOT NULL)",
            name="time_counted",
        ),
        CheckConstraint("days IS NULL OR minutes IS NULL", name="one_clock"),
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 525600", name="minutes"),
        CheckConstraint("review_every IN ('weekly', 'monthly', 'quarterly')", name="review_every"),
        CheckConstraint("fill_tolerance_bp BETWEEN 0 AND 9999", name="fill_tolerance"),
        CheckConstraint(
            "tolerance >= 0 AND (tolerance = 0 OR days IS NOT NULL OR minutes IS NOT NULL)", name="tolerance"
        ),
        CheckConstraint("settle_days IS NULL OR settle_days BETWEEN 1 AND 365", name="settle_days"),
        CheckConstraint(
            "late_settlement_minor >= 0 AND (late_settlement_minor = 0 OR settle_days IS NOT NULL)",
            name="late_settlement",
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
        Index("uq_service_level_kind", "version_id", "kind", "provinces", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    kind: Mapped[str] = mapped_column(String(20))
    days: Mapped[int | None]
    convention: Mapped[str | None] = mapped_column(String(20))
    minutes: Mapped[int | None]
    cut_off: Mapped[time | None]
    provinces: Mapped[str] = mapped_column(String(500), default="", server_default="")
    exempt_kinds: Mapped[str] = mapped_column(String(120), default="", server_default="")
    review_every: Mapped[str] = mapped_column(String(10), default="monthly", server_default="monthly")
    fill_tolerance_bp: Mapped[int] = mapped_column(default=0, server_default="0")
    tolerance: Mapped[int] = mapped_column(default=0, server_default="0")
    target_bp: Mapped[int]
    compensation_bp_per_day: Mapped[int] = mapped_column(default=0)
    compensation_cap_bp: Mapped[int] = mapped_column(default=0)
    compensation_minor_per_day: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    compensation_cap_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    settle_days: Mapped[int | None]
    late_settlement_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    version: Mapped[PolicyVersion] = relationship(back_populates="levels")

    @property
    def counting(self) -> Convention:
        """The counting convention of a standard that counts days."""
        if self.convention is None:
            raise LookupError(f"service level {self.id} counts no days")
        return Convention(self.convention)


class PolicyNews(Base):
    """A published version that a customer was told of and asked to acknowledge, and who did so for them."""

    __tablename__ = "policy_news"
    __table_args__ = (
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name="acknowledged"),
        Index("ix_policy_news_customer", "customer_id", "told_at"),
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    told_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    version: Mapped[PolicyVersion] = relationship()
    customer: Mapped[Customer] = relationship()
    acknowledged_by: Mapped[User | None] = relationship()


guards.attach(
    Policy,
    guards.frozen_columns(
        "policy", ("code", "name_th", "name_en", "scope", "tier", "customer_id", "group_id")
    ),
)
guards.attach(PolicyVersion, guards.frozen_when("policy_version", "OLD.state = 'published'"))
guards.attach(ServiceLevel, guards.frozen_with("service_level", "policy_version", "version_id", "published"))
