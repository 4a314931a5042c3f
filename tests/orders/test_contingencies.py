"""Contingency plans: written beforehand, put on the list of a disruption, ticked off, and reviewed in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Seller
from orders import disrupting, disruption_ending, plan_lists, planning_ahead, taking_steps
from orders.contingencies import ContingencyPlan, PlanCover, PlanStep, StepTaken, steps_of, steps_text
from orders.disrupting import Declared
from orders.disruptions import Disruption, DisruptionKind
from orders.plan_reviews import remind_owners
from orders.plan_sheets import plan_pdf
from orders.planning_ahead import PlanFacts
from portal.audit import AuditEntry, history_of
from portal.clock import business_day, local
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.papers import text_of

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session, now) -> World:
    with transaction(session):
        return make_world(session, now)


def facts(world: World, **other: Any) -> PlanFacts:
    usual: dict[str, Any] = {
        "title_th": "แผนน้ำท่วม",
        "title_en": "Flood",
        "trigger_th": "",
        "trigger_en": "Water on the road",
        "steps_th": ("ยกของขึ้น", "โทรหาลูกค้า"),
        "steps_en": ("Lift the goods", " Call the customers "),
        "owner": world.staff,
        "review_on": business_day(world.now) + 30 * DAY,
        "kinds": frozenset({"flood"}),
    }
    return PlanFacts(**(usual | other))


def written(world: World, **other: Any) -> ContingencyPlan:
    return planning_ahead.write_plan(world.session, facts(world, **other), by=world.manager, now=world.now)


def declared(world: World, kind: DisruptionKind = DisruptionKind.FLOOD) -> Disruption:
    today = business_day(world.now)
    made = Declared(kind, world.warehouse, today, today + 4 * DAY, "น้ำ", "Water")
    return disrupting.declare(world.session, made, by=world.manager, now=world.now)


def words(world: World, disruption: Disruption) -> list[str]:
    return [step.what_en for step in steps_of(world.session, disruption)]


def everything(world: World) -> list[object]:
    world.session.flush()
    world.session.expire_all()
    tables = (ContingencyPlan, PlanStep, PlanCover, StepTaken, AuditEntry, Notice)
    counts = [world.session.scalar(select(func.count()).select_from(table)) for table in tables]
    steps = world.session.execute(select(PlanStep.what_en).order_by(PlanStep.id)).all()
    taken = world.session.execute(select(StepTaken.id, StepTaken.done_at).order_by(StepTaken.id)).all()
    return [*counts, steps, taken]


@contextmanager
def refused(world: World, message: str, field: str | None) -> Iterator[None]:
    before = everything(world)
    with pytest.raises(Refused, match=message) as no:
        yield
    assert no.value.field == field
    assert everything(world) == before


def test_a_plan_is_written_with_its_steps_in_order_and_one_language_stands_for_both(world: World) -> None:
    plan = written(world)
    assert [(step.position, step.what_th, step.what_en) for step in plan.steps] == [
        (1, "ยกของขึ้น", "Lift the goods"),
        (2, "โทรหาลูกค้า", "Call the customers"),
    ]
    assert (plan.trigger_th, plan.trigger_en) == ("Water on the road", "Water on the road")
    assert plan.number.startswith("CG-2026-")
    (entry,) = history_of(world.session, "contingency", plan.number)
    assert entry.after["steps_en"] == ["Lift the goods", "Call the customers"]


@pytest.mark.parametrize(
    ("other", "message", "field"),
    [
        ({"title_th": " ", "title_en": ""}, "title", "title_th"),
        ({"trigger_en": ""}, "sets the plan off", "trigger_th"),
        ({"steps_th": (), "steps_en": (" ",)}, "at least one step", "steps_th"),
        ({"steps_en": ("One",)}, "2 steps in Thai and 1 in English", "steps_en"),
        ({"steps_th": (), "steps_en": ("x" * 501,)}, "at most 500 letters", "steps_th"),
        ({"steps_th": (), "steps_en": ("x",) * 41}, "at most 40 steps", "steps_th"),
        ({"kinds": frozenset()}, "what the plan is for", "kinds"),
        ({"kinds": frozenset({"flood", "plague"})}, "no such kind", "kinds"),
    ],
)
def test_a_plan_that_would_help_nobody_is_refused_at_its_field(
    world: World, other: dict[str, Any], message: str, field: str
) -> None:
    with refused(world, message, field):
        written(world, **other)
    plan = written(world)
    with refused(world, message, field):
        planning_ahead.change_plan(
            world.session, plan, facts(world, **other), by=world.manager, now=world.now
        )


@pytest.mark.parametrize(
    ("days", "message"), [(-1, "day to come"), (730, "within two years"), (200_000, "within two years")]
)
def test_a_review_in_the_past_or_two_years_away_is_refused(world: World, days: int, message: str) -> None:
    with refused(world, message, "review_on"):
        written(world, review_on=business_day(world.now) + days * DAY)
    assert written(world, review_on=business_day(world.now) + 729 * DAY).active


def test_only_people_of_ours_answer_for_a_plan(world: World) -> None:
    with refused(world, "cannot answer", "owner"):
        written(world, owner=world.buyer)


def test_a_changed_plan_keeps_what_it_said_before_on_record(world: World) -> None:
    plan = written(world)
    changed = facts(world, steps_th=(), steps_en=("Call the customers",), owner=world.manager)
    planning_ahead.change_plan(world.session, plan, changed, by=world.manager, now=world.now + DAY)
    planning_ahead.change_plan(world.session, plan, changed, by=world.manager, now=world.now + 2 * DAY)
    assert [step.what_en for step in plan.steps] == ["Call the customers"]
    latest, first = plan_lists.versions(world.session, plan)
    assert latest.changed == ("steps_th", "steps_en", "owner")
    assert first.said["steps_en"] == ["Lift the goods", "Call the customers"]
    assert (first.changed, first.by) == ((), world.manager)


def test_plans_past_their_review_stand_on_top_and_retired_ones_apart(world: World) -> None:
    later, sooner, retired = (
        written(world, review_on=business_day(world.now) + days * DAY) for days in (90, 3, 20)
    )
    planning_ahead.retire_plan(world.session, retired, by=world.manager, now=world.now)
    assert plan_lists.plans(world.session).rows == [sooner, later]
    assert plan_lists.plans(world.session, retired=True).rows == [retired]
    today = business_day(world.now) + 3 * DAY
    assert [plan_lists.is_overdue(plan, today) for plan in (sooner, later)] == [True, False]
    for act in (
        lambda: planning_ahead.retire_plan(world.session, retired, by=world.manager, now=world.now),
        lambda: planning_ahead.change_plan(
            world.session, retired, facts(world), by=world.manager, now=world.now
        ),
    ):
        with refused(world, "retired", None):
            act()


def test_a_retired_plan_is_taken_up_again_with_another_review(world: World) -> None:
    plan, later = written(world), business_day(world.now) + 90 * DAY
    by: dict[str, Any] = {"by": world.manager, "now": world.now}
    with refused(world, "holds already", None):
        planning_ahead.take_up_plan(world.session, plan, later, **by)
    planning_ahead.retire_plan(world.session, plan, **by)
    with refused(world, "within two years", "review_on"):
        planning_ahead.take_up_plan(world.session, plan, business_day(world.now) + 800 * DAY, **by)
    assert not plan.active
    owner = plan.owner
    planning_ahead.take_up_plan(world.session, plan, later, **by)
    assert (plan.active, plan.review_on, plan.reminded_on, plan.owner) == (True, later, None, owner)
    assert plan_lists.plans(world.session).rows == [plan]


def test_whoever_takes_a_plan_up_answers_for_it_where_its_owner_left(world: World) -> None:
    plan = written(world)
    planning_ahead.retire_plan(world.session, plan, by=world.manager, now=world.now)
    plan.owner.active = False
    later = business_day(world.now) + 90 * DAY
    planning_ahead.take_up_plan(world.session, plan, later, by=world.admin, now=world.now)
    assert plan.owner is world.admin


def test_a_disruption_gets_the_steps_of_the_plans_for_its_kind(world: World) -> None:
    flood = written(world)
    written(world, kinds=frozenset({"strike"}), steps_th=(), steps_en=("Book lorries",))
    both = written(world, kinds=frozenset({"strike", "flood"}), steps_th=(), steps_en=("Tell the press",))
    retired = written(world, steps_th=(), steps_en=("Never",))
    planning_ahead.retire_plan(world.session, retired, by=world.manager, now=world.now)
    disruption = declared(world)
    assert words(world, disruption) == ["Lift the goods", "Call the customers", "Tell the press"]
    assert [step.plan for step in steps_of(world.session, disruption)] == [flood, flood, both]
    assert plan_lists.under_plan(world.session, flood) == [disruption]
    changed = facts(world, steps_th=(), steps_en=("Swim",))
    planning_ahead.change_plan(world.session, flood, changed, by=world.manager, now=world.now)
    assert words(world, disruption)[0] == "Lift the goods"


def test_a_draft_of_another_kind_gets_other_steps_and_keeps_those_taken(world: World) -> None:
    written(world)
    written(world, kinds=frozenset({"strike"}), steps_th=(), steps_en=("Book lorries",))
    disruption = declared(world)
    first, _ = steps_of(world.session, disruption)
    taking_steps.take_step(world.session, first, by=world.staff, now=world.now)
    own = taking_steps.add_step(world.session, disruption, "", "Pray", by=world.staff, now=world.now)
    made = Declared(
        DisruptionKind.STRIKE, world.warehouse, disruption.starts_on, disruption.ends_on, "หยุดงาน", "Strike"
    )
    disrupting.change(world.session, disruption, made, by=world.manager, now=world.now)
    assert words(world, disruption) == ["Lift the goods", "Pray", "Book lorries"]
    disrupting.change(world.session, disruption, made, by=world.manager, now=world.now)
    assert words(world, disruption) == ["Lift the goods", "Pray", "Book lorries"]
    assert own.position == 3


def test_steps_are_ticked_off_with_name_and_time_and_the_text_says_so(world: World) -> None:
    written(world)
    disruption = declared(world)
    assert steps_text(world.session, disruption) == ""
    first, second = steps_of(world.session, disruption)
    taking_steps.take_step(world.session, second, by=world.staff, now=world.now)
    own = taking_steps.add_step(world.session, disruption, "", "Hire boats", by=world.staff, now=world.now)
    taking_steps.take_step(world.session, own, by=world.manager, now=world.now + timedelta(hours=1))
    at_noon, later = (f"{local(world.now + timedelta(hours=n)):%Y-%m-%d %H:%M}" for n in (0, 1))
    assert steps_text(world.session, disruption).splitlines() == [
        f"1. โทรหาลูกค้า / Call the customers ({at_noon}, {world.staff.name})",
        f"2. Hire boats ({later}, {world.manager.name})",
    ]
    with refused(world, "taken already", None):
        taking_steps.take_step(world.session, second, by=world.manager, now=world.now)
    with refused(world, "not taken yet", None):
        taking_steps.undo_step(world.session, first, by=world.manager, now=world.now)
    taking_steps.undo_step(world.session, second, by=world.staff, now=world.now)
    assert (second.done_at, second.done_by) == (None, None)
    verbs = [entry.verb for entry in history_of(world.session, "disruption", disruption.number)]
    assert verbs[:3] == ["disruption.step_undone", "disruption.step_taken", "disruption.step_added"]


def test_a_disruption_that_was_called_off_takes_no_steps(world: World) -> None:
    written(world)
    disruption = declared(world)
    (first, _) = steps_of(world.session, disruption)
    disruption_ending.call_off(world.session, disruption, by=world.manager, now=world.now)
    with refused(world, "called off", None):
        taking_steps.take_step(world.session, first, by=world.staff, now=world.now)
    with refused(world, "called off", None):
        taking_steps.add_step(world.session, disruption, "", "Late", by=world.staff, now=world.now)


def test_a_step_needs_words(world: World) -> None:
    disruption = declared(world)
    with refused(world, "at least one language", "what_th"):
        taking_steps.add_step(world.session, disruption, " ", "", by=world.staff, now=world.now)
    with refused(world, "at most 500", "what_en"):
        taking_steps.add_step(world.session, disruption, "", "x" * 501, by=world.staff, now=world.now)


def test_the_owner_is_reminded_once_when_the_review_has_come_and_again_after_the_next(world: World) -> None:
    session, plan = world.session, written(world, review_on=business_day(world.now) + 3 * DAY)
    gone = written(world, review_on=business_day(world.now) + 3 * DAY)
    planning_ahead.retire_plan(session, gone, by=world.manager, now=world.now)
    session.commit()
    assert remind_owners(session, world.now + 2 * DAY) == 0
    then = world.now + 3 * DAY
    assert [remind_owners(session, then), remind_owners(session, then + DAY)] == [1, 0]
    query = select(Notice).where(Notice.template == "orders/notices/plan_review.txt")
    (notice,) = session.scalars(query)
    assert (notice.user_id, notice.path) == (plan.owner_id, f"/manage/contingencies/{plan.number}")
    with transaction(session):
        anew = replace(facts(world), review_on=business_day(then) + 10 * DAY)
        planning_ahead.change_plan(session, plan, anew, by=world.manager, now=then + DAY)
    assert remind_owners(session, then + 9 * DAY) == 0
    assert remind_owners(session, then + 10 * DAY) == 1
    assert len(session.scalars(query).all()) == 2


@pytest.mark.parametrize(("language", "said"), [("th", "ยกของขึ้น"), ("en", "Lift the goods")])
def test_a_plan_is_printed_in_both_languages(world: World, language, said: str) -> None:
    plan = written(world)
    paper = plan_pdf(plan, Seller(), language)
    text = text_of(paper)
    assert said in text
    assert plan.number in text
    assert paper == plan_pdf(plan, Seller(), language)
