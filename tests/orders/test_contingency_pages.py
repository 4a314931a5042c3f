"""The pages of contingency plans, and the check-list on the page of a disruption."""

import html
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import plan_lists
from orders.contingencies import ContingencyPlan, StepTaken
from portal import clock
from portal.accounts.roles import Role
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in
from tests.people import make_user

DAY = timedelta(days=1)
PLANS = "/manage/contingencies"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use-cases are tried on both databases; the pages need one."""
    return sqlite_url


@pytest.fixture
def world(session: Session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


def typed(world: World, **other: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "title_th": "แผนน้ำท่วม",
        "title_en": "Flood at a warehouse",
        "kinds": ["flood"],
        "trigger_en": "Water on the road",
        "steps_en": "Lift the goods\nCall the customers\n",
        "owner": str(world.manager.id),
        "review_on": (clock.business_day(world.now) + 90 * DAY).isoformat(),
    }
    return usual | other


def client_of(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def read(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return " ".join(html.unescape(answer.text).split())


def sent(client, path: str, status: int = 303, **data: Any) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == status, answer.text
    return answer.location or " ".join(html.unescape(answer.text).split())


def flooded(world: World, client) -> str:
    """The page of a flood that is declared now."""
    today = clock.business_day(clock.now())
    what = {"kind": "flood", "warehouse": world.warehouse.code, "what_en": "Water"}
    days = {"starts_on": today.isoformat(), "ends_on": (today + 5 * DAY).isoformat()}
    return sent(client, "/manage/disruptions/new", 302, **what, **days)


def test_a_plan_is_written_read_printed_changed_and_retired(app, session: Session, world: World) -> None:
    manager = client_of(app, world.manager)
    page = sent(manager, f"{PLANS}/new", **typed(world))
    shown = read(manager, page)
    for words in ("Flood at a warehouse", "Water on the road", "<li>Lift the goods</li>", "Flood", "Written"):
        assert words in shown
    assert "What it said before" not in shown
    for language in ("th", "en"):
        answer = manager.get(f"{page}/plan-{language}.pdf")
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert manager.get(f"{page}/plan-xx.pdf").status_code == 404
    sent(manager, f"{page}/change", **typed(world, steps_th="", steps_en="Swim"))
    changed = read(manager, page)
    assert '<ol class="mb-0"><li>Swim</li></ol>' in changed
    assert "Steps in Thai, Steps in English" in changed
    assert "<li>Lift the goods</li>" in changed.partition("What it said before")[2]
    sent(manager, f"{page}/retire")
    assert "Retired" in read(manager, page)
    assert "No plan yet" in read(manager, PLANS)
    assert "Flood at a warehouse" in read(manager, f"{PLANS}?state=retired")
    sent(manager, f"{page}/take-up")
    assert "The plan holds again" in read(manager, page)
    assert "Flood at a warehouse" in read(manager, PLANS)
    sent(manager, f"{page}/take-up")
    assert "This plan holds already." in read(manager, page)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps_en": " \n"}, "Write at least one step."),
        ({"review_on": "2020-01-01"}, "The plan is reviewed on a day to come."),
        ({"review_on": "2100-01-01"}, "A plan is reviewed within two years."),
        ({"kinds": ["plague"]}, "is not a valid choice|not valid choices"),
        ({"kinds": []}, "This field is required."),
        ({"owner": "0"}, "Not a valid choice."),
    ],
)
def test_a_plan_typed_wrongly_is_told_beside_the_field_and_writes_nothing(
    app, session: Session, world: World, wrong: dict[str, Any], told: str
) -> None:
    page = sent(client_of(app, world.manager), f"{PLANS}/new", 422, **typed(world, **wrong))
    assert any(words in page for words in told.split("|"))
    assert "Flood at a warehouse" in page
    session.rollback()
    assert session.scalars(select(ContingencyPlan)).all() == []


def test_people_of_ours_tick_the_steps_off_and_add_their_own(app, session: Session, world: World) -> None:
    manager, staff = client_of(app, world.manager), client_of(app, world.staff)
    sent(manager, f"{PLANS}/new", **typed(world))
    page = flooded(world, manager)
    assert "0 of 2 taken" in read(staff, page)
    session.rollback()
    first = session.scalars(select(StepTaken).order_by(StepTaken.position)).first()
    assert first is not None
    assert sent(staff, f"{page}/steps/{first.id}/take").endswith("#steps")
    shown = read(staff, page)
    assert "1 of 2 taken" in shown
    assert f", {world.staff.name}</div>" in shown
    sent(staff, f"{page}/steps/{first.id}/take")
    assert "This step was taken already." in read(staff, page)
    sent(staff, f"{page}/steps/{first.id}/undo")
    sent(staff, f"{page}/steps", what_en="Hire boats")
    assert "3. Hire boats" in read(staff, page)
    again = sent(staff, f"{page}/steps", 422, what_en=" ")
    assert "Say what is done, in at least one language." in again
    sent(staff, f"{page}/steps/{2**40}/take", 404)


def test_staff_read_plans_only_and_buyers_see_none(app, session: Session, world: World) -> None:
    page = sent(client_of(app, world.manager), f"{PLANS}/new", **typed(world))
    staff, buyer = client_of(app, world.staff), client_of(app, world.buyer)
    assert f"{page}/change" not in read(staff, page)
    read(staff, f"{page}/change", 403)
    sent(staff, f"{page}/retire", 403)
    sent(staff, f"{page}/take-up", 403)
    read(staff, f"{PLANS}/CG-2026-99999", 404)
    assert buyer.get(page).status_code in {403, 404}
    assert buyer.get(f"{page}/plan-th.pdf").status_code in {403, 404}


def test_a_plan_past_its_review_says_so(app, session: Session, world: World) -> None:
    manager = client_of(app, world.manager)
    today = clock.business_day(clock.now())
    page = sent(manager, f"{PLANS}/new", **typed(world, review_on=today.isoformat()))
    assert "Review is due" in read(manager, page)
    assert "Review is due" in read(manager, PLANS)


def test_the_list_asks_the_same_few_questions_for_one_plan_and_for_many(
    app, session: Session, world: World
) -> None:

    manager = client_of(app, world.manager)
    sent(manager, f"{PLANS}/new", **typed(world))
    with statements(session) as few:
        plan_lists.plans(session)
    owner = make_user(session, Role.STAFF, now=world.now, email="owner@example.com")
    session.commit()
    for n in range(4):
        sent(manager, f"{PLANS}/new", **typed(world, title_en=f"Plan {n}", owner=str(owner.id)))
    session.expire_all()
    with statements(session) as many:
        plan_lists.plans(session)
    assert len(many) == len(few)
