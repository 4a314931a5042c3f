"""The steps against a disruption: those of its plans and others, ticked off by the people who took them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from orders.contingencies import ContingencyPlan, PlanCover, StepTaken
from orders.disruptions import Disruption, DisruptionState
from orders.planning_ahead import LONGEST_STEP
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

MOST_STEPS = 200


class Verb(StrEnum):
    """Acts on the steps of a disruption, for the audit trail."""

    ATTACHED = "disruption.plans_attached"
    TAKEN = "disruption.step_taken"
    UNDONE = "disruption.step_undone"
    ADDED = "disruption.step_added"


def attach_plans(session: Session, disruption: Disruption, *, by: User, now: datetime) -> None:
    """Put the steps of every plan for this kind of disruption on its list, in the words they have now.

    Steps of plans that were put there before and that nobody has taken give way, for its kind may be another now.
    """
    session.execute(
        delete(StepTaken).where(
            StepTaken.disruption_id == disruption.id,
            StepTaken.plan_id.is_not(None),
            StepTaken.done_at.is_(None),
        )
    )
    plans = _plans_for(session, disruption.kind)
    kept = select(StepTaken.plan_id).where(StepTaken.disruption_id == disruption.id)
    begun = set(session.scalars(kept))  # a plan of which some step was taken is not put there twice
    new = [plan for plan in plans if plan.id not in begun]
    if not new:
        return
    place = _last_place(session, disruption)
    for plan in new:
        for step in plan.steps:
            place += 1
            session.add(
                StepTaken(
                    disruption_id=disruption.id,
                    plan_id=plan.id,
                    position=place,
                    what_th=step.what_th,
                    what_en=step.what_en,
                )
            )
    session.flush()
    after = {"plans": [plan.number for plan in new]}
    audit.record(session, Verb.ATTACHED, "disruption", disruption.number, by=by, now=now, after=after)


def take_step(session: Session, step: StepTaken, *, by: User, now: datetime) -> None:
    """Put on record that a step was taken, now and by whom; refused when somebody did before, and once called off."""
    step = _locked(session, step)
    if step.done_at is not None:
        raise Refused(N_("This step was taken already."))
    step.done_at, step.done_by = now, by
    session.flush()
    _record(session, Verb.TAKEN, step, by=by, now=now)


def undo_step(session: Session, step: StepTaken, *, by: User, now: datetime) -> None:
    """Take back a step that was ticked off by mistake; refused when it was not, and once called off."""
    step = _locked(session, step)
    if step.done_at is None:
        raise Refused(N_("This step was not taken yet."))
    step.done_at = step.done_by = None
    session.flush()
    _record(session, Verb.UNDONE, step, by=by, now=now)


def add_step(
    session: Session, disruption: Disruption, what_th: str, what_en: str, *, by: User, now: datetime
) -> StepTaken:
    """A step that no plan foresaw; words in one language stand for both. Refused without any, and once called off."""
    (disruption,) = lock(session, Disruption, [disruption.id])
    _refuse_called_off(disruption)
    thai, english = what_th.strip(), what_en.strip()
    if not thai and not english:
        raise Refused(N_("Say what is done, in at least one language."), field="what_th")
    for name, words in (("what_th", thai), ("what_en", english)):
        if len(words) > LONGEST_STEP:
            raise Refused(N_("A step has at most %(most)s letters."), field=name, most=LONGEST_STEP)
    place = _last_place(session, disruption)
    if place >= MOST_STEPS:
        raise Refused(N_("A disruption has at most %(most)s steps."), field="what_th", most=MOST_STEPS)
    step = StepTaken(
        disruption=disruption, position=place + 1, what_th=thai or english, what_en=english or thai
    )
    session.add(step)
    session.flush()
    _record(session, Verb.ADDED, step, by=by, now=now)
    return step


def _plans_for(session: Session, kind: str) -> Sequence[ContingencyPlan]:
    query = (
        select(ContingencyPlan)
        .join(PlanCover, PlanCover.plan_id == ContingencyPlan.id)
        .where(PlanCover.kind == kind, ContingencyPlan.active)
        .options(selectinload(ContingencyPlan.steps))
        .order_by(ContingencyPlan.id)
    )
    return session.scalars(query).all()


def _last_place(session: Session, disruption: Disruption) -> int:
    query = select(func.max(StepTaken.position)).where(StepTaken.disruption_id == disruption.id)
    return session.scalar(query) or 0


def _locked(session: Session, step: StepTaken) -> StepTaken:
    """The step, behind the lock of its disruption."""
    (disruption,) = lock(session, Disruption, [step.disruption_id])
    _refuse_called_off(disruption)
    for found in lock(session, StepTaken, [step.id]):
        return found
    raise Refused(N_("This step is not on the list any more."))


def _refuse_called_off(disruption: Disruption) -> None:
    if disruption.state == DisruptionState.CANCELLED:
        raise Refused(N_("This disruption was called off."))


def _record(session: Session, verb: Verb, step: StepTaken, *, by: User, now: datetime) -> None:
    after = {"what_th": step.what_th, "what_en": step.what_en}
    audit.record(session, verb, "disruption", step.disruption.number, by=by, now=now, after=after)
