"""Tables of faster delivery: the services there are, the rule for small ones, and each request with its decision."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.models import ScheduleLine
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import Base
from portal.i18n import N_
from portal.moves import Moves


class RequestState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    OFFERED = "offered"
    APPROVED = "approved"
    REFUSED = "refused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


REQUEST_MOVES = Moves(
    {
        RequestState.ASKED: {
            RequestState.OFFERED,
            RequestState.APPROVED,
            RequestState.REFUSED,
            RequestState.WITHDRAWN,
        },
        RequestState.OFFERED: {RequestState.APPROVED, RequestState.DECLINED, RequestState.WITHDRAWN},
        RequestState.APPROVED: {RequestState.WITHDRAWN},
        RequestState.REFUSED: (),
        RequestState.DECLINED: (),
        RequestState.WITHDRAWN: (),
    }
)

OPEN = (RequestState.ASKED, RequestState.OFFERED)
"""The states in which a part may not be asked for again."""

REQUEST_TITLES = {
    RequestState.ASKED: N_("Waiting for a decision"),
    RequestState.OFFERED: N_("Waiting for the buyer's answer"),
    RequestState.APPROVED: N_("Approved"),
    RequestState.REFUSED: N_("Refused"),
    RequestState.DECLINED: N_("Declined by the buyer"),
    RequestState.WITHDRAWN: N_("Withdrawn"),
}
OWN_REQUEST_TITLES = {
    **REQUEST_TITLES,
    RequestState.OFFERED: N_("Waiting for your answer"),
    RequestState.DECLINED: N_("Declined"),
}
"""The same for the buyer who made the request."""


class FastService(Base):
    """A faster way to send goods: working days it takes, and what it costs more, in minor units of THB."""

    __tablename__ = "fast_service"
    __table_args__ = (
        CheckConstraint("days BETWEEN 0 AND 60", name="days"),
        CheckConstraint("base_minor >= 0 AND per_unit_minor >= 0", name="cost"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    days: Mapped[int]
    base_minor: Mapped[int] = mapped_column(BigInteger)
    per_unit_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    active: Mapped[bool] = mapped_column(default=True)


class ExpediteRule(Base):
    """What is approved at once: up to a cost, in minor units of THB, and up to a share of the order's margin."""

    __tablename__ = "expedite_rule"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("most_cost_minor >= 0", name="cost"),
        CheckConstraint("most_share_bp BETWEEN 0 AND 10000", name="share"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    most_cost_minor: Mapped[int] = mapped_column(BigInteger)
    most_share_bp: Mapped[int]


class ExpediteRequest(Base):
    """A buyer asks for a part of a line to arrive sooner; the figures the decision was made on stay with it.

    Where the customer is to pay `charge_minor` of the cost, the buyer answers until `answer_by`, and nothing moves
    before. Amounts are minor units of the order's currency; `misses` counts the company's promises missed in the last
    90 days.
    """

    __tablename__ = "expedite_request"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'offered', 'approved', 'refused', 'declined', 'withdrawn')", name="state"
        ),
        CheckConstraint(
            "state <> 'offered' OR (answer_by IS NOT NULL AND service_id IS NOT NULL AND charge_minor > 0)",
            name="offered",
        ),
        CheckConstraint(
            "state <> 'approved' OR (service_id IS NOT NULL AND due_after IS NOT NULL AND due_after < due_before)",
            name="approved_is_sooner",
        ),
        CheckConstraint("state = 'asked' OR decided_at IS NOT NULL", name="decided"),
        CheckConstraint("charge_minor >= 0 AND extra_cost_minor >= 0", name="amounts"),
        Index(
            "uq_expedite_request_open",
            "part_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'offered')"),
            sqlite_where=text("state IN ('asked', 'offered')"),
        ),
        Index("ix_expedite_request_part", "part_id", "id"),
        Index("ix_expedite_request_customer", "customer_id", "id"),
        Index("ix_expedite_request_state", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("schedule_line.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promise.id"))
    state: Mapped[str] = mapped_column(String(10), default=RequestState.ASKED)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    wanted_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500), default="")
    service_id: Mapped[int | None] = mapped_column(ForeignKey("fast_service.id"))
    extra_cost_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    charge_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    margin_minor: Mapped[int | None] = mapped_column(BigInteger)
    days_gained: Mapped[int] = mapped_column(default=0)
    misses: Mapped[int] = mapped_column(default=0)
    due_before: Mapped[datetime]
    due_after: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    by_rule: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(500), default="")

    part: Mapped[ScheduleLine] = relationship()
    customer: Mapped[Customer] = relationship()
    promise: Mapped[Promise | None] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=asked_by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)
    service: Mapped[FastService | None] = relationship()
