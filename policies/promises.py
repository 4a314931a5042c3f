"""The promise: a service level applied to one subject for one customer, and everything that happened to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from policies.models import PolicyVersion, ServiceLevel
from portal import guards
from portal.db import Base, BigId
from portal.i18n import N_


class PromiseState(StrEnum):
    """Where a promise stands."""

    OPEN = "open"
    AT_RISK = "at_risk"
    KEPT = "kept"
    MISSED = "missed"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"


class Cause(StrEnum):
    """Why a promise is at risk or was missed."""

    NO_SUPPLY = "no_supply"
    SUPPLIER_LATE = "supplier_late"
    NOT_SHIPPED = "not_shipped"
    IN_TRANSIT = "in_transit"
    NOT_ANSWERED = "not_answered"
    DISRUPTION = "disruption"
    DISRUPTION_OVER = "disruption_over"
    EXPEDITED = "expedited"
    SUBSTITUTED = "substituted"
    CUSTOMER_ANSWER = "customer_answer"
    CALENDAR = "calendar"


class Happening(StrEnum):
    """What can happen to a promise."""

    MADE = "made"
    REPROMISED = "repromised"
    AT_RISK = "at_risk"
    RECOVERED = "recovered"
    MISSED = "missed"
    KEPT = "kept"
    FULFILLED_LATE = "fulfilled_late"
    WITHDRAWN = "withdrawn"
    PAUSED = "paused"
    RESUMED = "resumed"
    WAIVED = "waived"


WATCHED = (PromiseState.OPEN, PromiseState.AT_RISK)

MOVES: dict[PromiseState, frozenset[PromiseState]] = {
    PromiseState.OPEN: frozenset(PromiseState) - {PromiseState.OPEN},
    PromiseState.AT_RISK: frozenset(PromiseState) - {PromiseState.AT_RISK},
    PromiseState.MISSED: frozenset({PromiseState.KEPT, PromiseState.WAIVED}),
    PromiseState.KEPT: frozenset(),
    PromiseState.WAIVED: frozenset(),
    PromiseState.WITHDRAWN: frozenset(),
}
"""Where a promise can go from each state. What was missed is kept after all when it turns out to have been done in
time, and waived when the miss is excused; the other ends are for good. The database refuses every other move."""

STATE_TITLES = {
    PromiseState.OPEN: N_("On its way to being kept"),
    PromiseState.AT_RISK: N_("At risk"),
    PromiseState.KEPT: N_("Kept"),
    PromiseState.MISSED: N_("Missed"),
    PromiseState.WAIVED: N_("Exempt"),
    PromiseState.WITHDRAWN: N_("Withdrawn"),
}

CAUSE_TITLES = {
    Cause.NO_SUPPLY: N_("no stock and no receipt is expected in time"),
    Cause.SUPPLIER_LATE: N_("the supplier delivers later than expected"),
    Cause.NOT_SHIPPED: N_("the goods are in stock but have not left the warehouse"),
    Cause.IN_TRANSIT: N_("the carrier has not delivered yet"),
    Cause.NOT_ANSWERED: N_("it is still being worked on"),
    Cause.DISRUPTION: N_("a disruption that was declared"),
    Cause.DISRUPTION_OVER: N_("the disruption was called off or ends sooner"),
    Cause.EXPEDITED: N_("it was expedited"),
    Cause.SUBSTITUTED: N_("another product was accepted instead"),
    Cause.CUSTOMER_ANSWER: N_("we waited for the customer’s answer"),
    Cause.CALENDAR: N_("our working days or hours changed"),
}

_SQL_WATCHED = text("state IN ('open', 'at_risk')")


class Promise(Base):
    """One promise. `original_due_at` never changes; `due_at` is the one last agreed.

    `fulfilled_at` is when it was done, in time or late; one done after `due_at` is kept only if its level tolerated it,
    `tolerated_until` then. Promises brought in with past orders have no service level
    behind them, nor has one to credit in time what a miss is worth by `settles_level_id`, the level of the missed one
    that says within how many days. Its clock counts from `clock_start_at`, where that is known, and stands still while
    `paused_since` is set. A missed one may be worth `owed_minor` of `owed_currency` to the customer, of which
    `paid_minor` is credited.
    """

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'at_risk', 'kept', 'missed', 'waived', 'withdrawn')", name="state"
        ),
        CheckConstraint(
            "state <> 'kept' OR (fulfilled_at IS NOT NULL AND fulfilled_at <= coalesce(tolerated_until, due_at))",
            name="kept_in_time",
        ),
        CheckConstraint(
            "tolerated_until IS NULL OR (state = 'kept' AND fulfilled_at > due_at)", name="tolerated"
        ),
        CheckConstraint("state NOT IN ('open', 'at_risk') OR fulfilled_at IS NULL", name="open_unfulfilled"),
        CheckConstraint("state <> 'at_risk' OR cause IS NOT NULL", name="risk_has_cause"),
        CheckConstraint("state <> 'missed' OR missed_at IS NOT NULL", name="missed_since"),
        CheckConstraint(
            "(service_level_id IS NULL AND settles_level_id IS NULL) = (version_id IS NULL)",
            name="made_under",
        ),
        CheckConstraint(
            "settles_level_id IS NULL OR (kind = 'settlement' AND service_level_id IS NULL)", name="settles"
        ),
        CheckConstraint("kind <> 'settlement' OR version_id IS NOT NULL", name="settlement_of_version"),
        CheckConstraint("paused_since IS NULL OR state IN ('open', 'at_risk')", name="paused_while_open"),
        CheckConstraint("owed_minor >= 0 AND paid_minor >= 0", name="compensation"),
        CheckConstraint("(owed_minor = 0 AND paid_minor = 0) OR owed_currency IS NOT NULL", name="owed_in"),
        Index("uq_promise_subject", "kind", "subject_no", unique=True),
        Index("ix_promise_watched", "due_at", postgresql_where=_SQL_WATCHED, sqlite_where=_SQL_WATCHED),
        Index("ix_promise_customer", "customer_id", "kind", "due_at"),
        Index(
            "ix_promise_done_late",
            "fulfilled_at",
            postgresql_where=text("state = 'missed'"),
            sqlite_where=text("state = 'missed'"),
        ),
        Index("ix_promise_due", "due_at", "kind", "state"),
        Index(
            "ix_promise_owed",
            "kind",
            "state",
            "due_at",
            postgresql_where=text("fulfilled_at IS NULL"),
            sqlite_where=text("fulfilled_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    service_level_id: Mapped[int | None] = mapped_column(ForeignKey("service_level.id"))
    settles_level_id: Mapped[int | None] = mapped_column(ForeignKey("service_level.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    subject_no: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=PromiseState.OPEN)
    cause: Mapped[str | None] = mapped_column(String(20))
    risk_since: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    fulfilled_at: Mapped[datetime | None]
    tolerated_until: Mapped[datetime | None]
    clock_start_at: Mapped[datetime | None]
    paused_since: Mapped[datetime | None]
    owed_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    owed_currency: Mapped[str | None] = mapped_column(String(3))
    paid_at: Mapped[datetime | None]

    service_level: Mapped[ServiceLevel | None] = relationship(foreign_keys=service_level_id)
    version: Mapped[PolicyVersion | None] = relationship()
    events: Mapped[list["PromiseEvent"]] = relationship(order_by="PromiseEvent.id")


class PromiseEvent(Base):
    """One thing that happened to a promise; appended, never edited."""

    __tablename__ = "promise_event"
    __table_args__ = (Index("ix_promise_event_promise", "promise_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    cause: Mapped[str | None] = mapped_column(String(20))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class PromisePause(Base):
    """A time in which the clock of a promise stands still, and why; several may overlap."""

    __tablename__ = "promise_pause"
    __table_args__ = (
        CheckConstraint("resumed_at IS NULL OR resumed_at >= paused_at", name="ends_after_start"),
        Index("ix_promise_pause_promise", "promise_id", "paused_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"))
    paused_at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(String(20))
    paused_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    resumed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class PromiseExemption(Base):
    """Why a promise does not count: the disruption that caused it, and the steps taken against it; never changed."""

    __tablename__ = "promise_exemption"
    __table_args__ = (Index("ix_promise_exemption_cause", "cause_no"),)
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"), primary_key=True)
    cause_no: Mapped[str] = mapped_column(String(40))
    steps: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


guards.attach(
    Promise,
    guards.frozen_columns("promise", ("original_due_at", "made_at", "version_id", "service_level_id")),
)
guards.attach(Promise, guards.moves_only("promise", "state", MOVES))
guards.attach(PromiseEvent, guards.append_only("promise_event"))
guards.attach(PromiseExemption, guards.append_only("promise_exemption"))
