"""Tables of contingency plans: what is done when a kind of disruption comes, and which steps were taken in one."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from orders.disruptions import Disruption
from portal.accounts.models import User
from portal.clock import local
from portal.db import Base


class ContingencyPlan(Base):
    """A document prepared beforehand: what sets it off, the steps to take, who answers for it, when it is reviewed."""

    __tablename__ = "contingency_plan"
    __table_args__ = (Index("ix_contingency_plan_review", "active", "review_on", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    title_th: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    trigger_th: Mapped[str] = mapped_column(Text)
    trigger_en: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    review_on: Mapped[date]
    reminded_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]

    owner: Mapped[User] = relationship()
    steps: Mapped[list["PlanStep"]] = relationship(back_populates="plan", order_by="PlanStep.position")
    covers: Mapped[list["PlanCover"]] = relationship(back_populates="plan", order_by="PlanCover.kind")


class PlanStep(Base):
    """One step of a plan, in the order in which the steps are taken."""

    __tablename__ = "contingency_step"
    __table_args__ = (
        CheckConstraint("position > 0", name="position"),
        Index("uq_contingency_step_position", "plan_id", "position", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("contingency_plan.id"))
    position: Mapped[int]
    what_th: Mapped[str] = mapped_column(String(500))
    what_en: Mapped[str] = mapped_column(String(500))

    plan: Mapped[ContingencyPlan] = relationship(back_populates="steps")


class PlanCover(Base):
    """A kind of disruption that a plan is for."""

    __tablename__ = "contingency_cover"
    __table_args__ = (
        CheckConstraint("kind IN ('strike', 'shortage', 'flood', 'port_closure', 'breakdown')", name="kind"),
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("contingency_plan.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(14), primary_key=True)

    plan: Mapped[ContingencyPlan] = relationship(back_populates="covers")


class StepTaken(Base):
    """A step to take in one disruption, as its plan said then or as people added it, and who took it."""

    __tablename__ = "disruption_step"
    __table_args__ = (
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done"),
        Index("uq_disruption_step_position", "disruption_id", "position", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    disruption_id: Mapped[int] = mapped_column(ForeignKey("disruption.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("contingency_plan.id"))
    position: Mapped[int]
    what_th: Mapped[str] = mapped_column(String(500))
    what_en: Mapped[str] = mapped_column(String(500))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    disruption: Mapped[Disruption] = relationship()
    plan: Mapped[ContingencyPlan | None] = relationship()
    done_by: Mapped[User | None] = relationship()


def steps_of(session: Session, disruption: Disruption) -> list[StepTaken]:
    """The steps of a disruption in their order, with their plans and who took them. One query."""
    query = select(StepTaken).where(StepTaken.disruption_id == disruption.id).order_by(StepTaken.position)
    return list(session.scalars(query.options(joinedload(StepTaken.plan), joinedload(StepTaken.done_by))))


def steps_text(session: Session, disruption: Disruption) -> str:
    """The steps taken against a disruption, one a line, with when (in Bangkok) and by whom; empty before the first.

    Both languages stand beside each other where they differ, for the text is kept as it is.
    """
    lines = list[str]()
    for step in steps_of(session, disruption):
        if step.done_at is None or step.done_by is None:
            continue
        what = step.what_th if step.what_th == step.what_en else f"{step.what_th} / {step.what_en}"
        lines.append(f"{len(lines) + 1}. {what} ({local(step.done_at):%Y-%m-%d %H:%M}, {step.done_by.name})")
    return "\n".join(lines)
