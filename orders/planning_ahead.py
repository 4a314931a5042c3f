"""Managers write down beforehand what is done when a kind of disruption comes: contingency plans."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from orders.contingencies import ContingencyPlan, PlanCover, PlanStep
from orders.disruptions import DisruptionKind
from portal import audit
from portal.accounts.models import User
from portal.accounts.roles import STAFF_ROLES
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

FARTHEST_REVIEW = timedelta(days=730)
"""A plan that nobody looks at for two years is out of date."""
MOST_STEPS = 40
LONGEST_TITLE, LONGEST_STEP, LONGEST_TRIGGER = 200, 500, 2000


class Verb(StrEnum):
    """Acts on contingency plans, for the audit trail."""

    WRITTEN = "contingency.written"
    CHANGED = "contingency.changed"
    RETIRED = "contingency.retired"
    TAKEN_UP = "contingency.taken_up"


@dataclass(frozen=True)
class PlanFacts:
    """What a plan says; each text in Thai and in English, of which one is enough and then stands for both.

    `trigger` sets the plan off; `steps` are taken in their order; `kinds` are the kinds of disruption it is for.
    """

    title_th: str
    title_en: str
    trigger_th: str
    trigger_en: str
    steps_th: tuple[str, ...]
    steps_en: tuple[str, ...]
    owner: User
    review_on: date
    kinds: frozenset[str]


def write_plan(session: Session, facts: PlanFacts, *, by: User, now: datetime) -> ContingencyPlan:
    """A new plan, which holds at once.

    Refused without title, trigger, steps, kinds or an owner of ours, and unless it is reviewed within two years.
    """
    facts = _checked(facts, business_day(now))
    plan = ContingencyPlan(number=next_number(session, "CG", business_day(now)))
    _put(plan, facts, now)
    session.add(plan)
    session.flush()
    audit.record(session, Verb.WRITTEN, "contingency", plan.number, by=by, now=now, after=said(plan))
    return plan


def change_plan(
    session: Session, plan: ContingencyPlan, facts: PlanFacts, *, by: User, now: datetime
) -> None:
    """A plan as it holds from now on; what it said before stays on record.

    Steps attached to a disruption before stay as they were. Refused as a new plan would be, and once it is retired.
    """
    facts = _checked(facts, business_day(now))
    (plan,) = lock(session, ContingencyPlan, [plan.id])
    _refuse_retired(plan)
    before = said(plan)
    for part in (*plan.steps, *plan.covers):
        session.delete(part)
    session.flush()  # the new steps take the places of the old ones
    session.expire(plan, ["steps", "covers"])
    if plan.review_on != facts.review_on:
        plan.reminded_on = None
    _put(plan, facts, now)
    session.flush()
    after = said(plan)
    if before != after:
        audit.record(
            session, Verb.CHANGED, "contingency", plan.number, by=by, now=now, before=before, after=after
        )


def retire_plan(session: Session, plan: ContingencyPlan, *, by: User, now: datetime) -> None:
    """A plan that is not attached to disruptions any more; it stays readable. Refused when it is retired already."""
    (plan,) = lock(session, ContingencyPlan, [plan.id])
    _refuse_retired(plan)
    plan.active, plan.changed_at = False, now
    session.flush()
    audit.record(session, Verb.RETIRED, "contingency", plan.number, by=by, now=now, after={"active": False})


def take_up_plan(
    session: Session, plan: ContingencyPlan, review_on: date, *, by: User, now: datetime
) -> None:
    """A retired plan holds again, and is looked at again on a day to come.

    Whoever takes it up answers for it where its owner left. Refused while it holds, and unless it is reviewed within
    two years.
    """
    (plan,) = lock(session, ContingencyPlan, [plan.id])
    if plan.active:
        raise Refused(N_("This plan holds already."))
    _refuse_review(review_on, business_day(now))
    if not _may_own(plan.owner):
        plan.owner = by
    plan.active, plan.changed_at, plan.review_on, plan.reminded_on = True, now, review_on, None
    session.flush()
    after = {"active": True, "owner": plan.owner.name, "review_on": str(review_on)}
    audit.record(session, Verb.TAKEN_UP, "contingency", plan.number, by=by, now=now, after=after)


def said(plan: ContingencyPlan) -> dict[str, Any]:
    """A plan as the audit trail keeps it, word for word."""
    return {
        "title_th": plan.title_th,
        "title_en": plan.title_en,
        "trigger_th": plan.trigger_th,
        "trigger_en": plan.trigger_en,
        "steps_th": [step.what_th for step in plan.steps],
        "steps_en": [step.what_en for step in plan.steps],
        "owner": plan.owner.name,
        "review_on": str(plan.review_on),
        "kinds": [cover.kind for cover in plan.covers],
    }


def _put(plan: ContingencyPlan, facts: PlanFacts, now: datetime) -> None:
    plan.title_th, plan.title_en = facts.title_th, facts.title_en
    plan.trigger_th, plan.trigger_en = facts.trigger_th, facts.trigger_en
    plan.owner, plan.review_on, plan.changed_at = facts.owner, facts.review_on, now
    plan.steps = [
        PlanStep(position=place, what_th=thai, what_en=english)
        for place, (thai, english) in enumerate(zip(facts.steps_th, facts.steps_en, strict=True), start=1)
    ]
    plan.covers = [PlanCover(kind=kind) for kind in sorted(facts.kinds)]


def _checked(facts: PlanFacts, today: date) -> PlanFacts:
    """The facts with one language standing for both where the other is missing; refused where they help nobody."""
    title = _both(facts.title_th, facts.title_en)
    if not title[0]:
        raise Refused(N_("Give the plan a title in at least one language."), field="title_th")
    if max(map(len, title)) > LONGEST_TITLE:
        raise Refused(N_("A title has at most %(most)s letters."), field="title_th", most=LONGEST_TITLE)
    trigger = _both(facts.trigger_th, facts.trigger_en)
    if not trigger[0]:
        raise Refused(N_("Say what sets the plan off, in at least one language."), field="trigger_th")
    if max(map(len, trigger)) > LONGEST_TRIGGER:
        raise Refused(N_("That is longer than %(most)s letters."), field="trigger_th", most=LONGEST_TRIGGER)
    if not facts.kinds:
        raise Refused(N_("Choose what the plan is for."), field="kinds")
    if not facts.kinds <= set(DisruptionKind):
        raise Refused(N_("There is no such kind of disruption."), field="kinds")
    if not _may_own(facts.owner):
        raise Refused(N_("%(name)s cannot answer for a plan."), field="owner", name=facts.owner.name)
    _refuse_review(facts.review_on, today)
    thai, english = _steps(facts)
    return PlanFacts(*title, *trigger, thai, english, facts.owner, facts.review_on, facts.kinds)


def _steps(facts: PlanFacts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    thai, english = (
        tuple(text for step in steps if (text := step.strip())) for steps in (facts.steps_th, facts.steps_en)
    )
    if not thai and not english:
        raise Refused(N_("Write at least one step."), field="steps_th")
    if thai and english and len(thai) != len(english):
        raise Refused(
            N_("There are %(thai)s steps in Thai and %(english)s in English: one language is enough."),
            field="steps_en",
            thai=len(thai),
            english=len(english),
        )
    thai, english = thai or english, english or thai
    if len(thai) > MOST_STEPS:
        raise Refused(N_("A plan has at most %(most)s steps."), field="steps_th", most=MOST_STEPS)
    for name, steps in (("steps_th", thai), ("steps_en", english)):
        if max(map(len, steps)) > LONGEST_STEP:
            raise Refused(N_("A step has at most %(most)s letters."), field=name, most=LONGEST_STEP)
    return thai, english


def _both(thai: str, english: str) -> tuple[str, str]:
    thai, english = thai.strip(), english.strip()
    return thai or english, english or thai


def _may_own(person: User) -> bool:
    return person.active and person.role in STAFF_ROLES


def _refuse_review(review_on: date, today: date) -> None:
    if review_on < today:
        raise Refused(N_("The plan is reviewed on a day to come."), field="review_on")
    if review_on - today >= FARTHEST_REVIEW:
        raise Refused(N_("A plan is reviewed within two years."), field="review_on")


def _refuse_retired(plan: ContingencyPlan) -> None:
    if not plan.active:
        raise Refused(N_("This plan is retired."))
