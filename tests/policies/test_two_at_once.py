"""Two people write what only one may, at the same moment: one has done it, the other is told and nothing breaks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select
from sqlalchemy.orm import Session

from policies import calendars, consultants, directory, opening_places, promising, revising
from policies.consultants import ConsultantFacts
from policies.models import Policy, PolicyVersion
from policies.promises import Happening, PromiseEvent
from policies.units import ServiceUnit
from policies.working_weeks import BusinessCalendar, Closure
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import Base, lock, make_engine, make_sessions, transaction
from portal.refusal import Refused, Unknown
from tests.people import make_user
from tests.policies.makers import CASES, House, make_house
from tests.policies.test_rota import DESK

pytestmark = [pytest.mark.postgres]
Act = Callable[[Session], object]


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def scene(pg: Engine, now: datetime) -> Iterator[House]:
    with make_sessions(pg)() as session:
        house = make_house(session, now)
        session.commit()
        yield house


def meanwhile(pg: Engine, words: str, mine: Act, theirs: Act) -> None:
    """Acts, while somebody else does the same from beginning to end just before a statement with these words."""
    sessions, done = make_sessions(pg), list[bool]()

    def before(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if words in statement and not done:
            done.append(True)
            with sessions() as other, transaction(other):
                theirs(other)

    event.listen(pg, "before_cursor_execute", before)
    try:
        with sessions() as session, transaction(session):
            mine(session)
    finally:
        event.remove(pg, "before_cursor_execute", before)
        assert done


def _count(scene: House, model: type[Base], *conditions: Any) -> int:
    scene.reread()
    return scene.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_a_policy_for_one_tier_is_opened_once(pg: Engine, scene: House) -> None:
    def opened(session: Session) -> None:
        by = session.get_one(User, scene.manager.id)
        revising.open_policy(session, "ทอง", "Gold", tier="gold", by=by, now=scene.now)

    with pytest.raises(Refused, match="just opened"):
        meanwhile(pg, "INTO number_series", opened, opened)
    assert _count(scene, Policy) == 1


def test_a_unit_is_opened_once_under_its_code(pg: Engine, scene: House) -> None:
    def opened(session: Session) -> None:
        directory.open_unit(session, DESK, by=session.get_one(User, scene.manager.id), now=scene.now)

    with pytest.raises(Refused, match="with that code already") as no:
        meanwhile(pg, "INSERT INTO service_unit", opened, opened)
    assert no.value.field == "code"
    assert _count(scene, ServiceUnit) == 1


def test_a_consultant_is_named_once(pg: Engine, scene: House) -> None:
    facts = ConsultantFacts("วางแผน", "Planning", "ห้อง 2", "Room 2")
    other = make_user(scene.session, Role.STAFF, email="second@example.com", now=scene.now)
    scene.session.commit()

    def named(person_id: int) -> Act:
        def act(session: Session) -> None:
            by, person = session.get_one(User, scene.manager.id), session.get_one(User, person_id)
            consultants.name_consultant(session, "PLANNING", person, facts, by=by, now=scene.now)

        return act

    with pytest.raises(Refused, match="just named") as no:
        meanwhile(pg, "INSERT INTO consultant", named(scene.staff.id), named(other.id))
    assert no.value.field == "code"


def test_the_holidays_of_a_year_are_taken_in_once(pg: Engine, scene: House) -> None:
    year = scene.now.year + 1
    scene.session.execute(delete(Closure).where(Closure.day >= date(year, 1, 1)))
    scene.session.commit()

    def added(session: Session) -> None:
        calendars.add_holidays(session, year, by=session.get_one(User, scene.manager.id), now=scene.now)

    with pytest.raises(Refused, match="in the calendar already"):
        meanwhile(pg, "INSERT INTO calendar_closure", added, added)
    assert _count(scene, Closure, Closure.day == date(year, 1, 1)) == 1


def test_a_draft_is_not_made_of_a_policy_that_was_just_discarded(pg: Engine, scene: House) -> None:
    version = scene.draft()
    scene.session.commit()

    def discard(session: Session) -> None:
        found = session.get_one(PolicyVersion, version.id)
        revising.discard_draft(session, found, by=session.get_one(User, scene.manager.id), now=scene.now)

    def draft(session: Session) -> None:
        policy = session.get_one(Policy, version.policy_id)
        revising.draft_version(session, policy, by=session.get_one(User, scene.manager.id), now=scene.now)

    with pytest.raises(Refused, match="discarded in the meantime"):
        meanwhile(pg, "FOR NO KEY UPDATE", draft, discard)


def test_a_place_whose_calendar_another_manager_just_removed_is_unknown(pg: Engine, scene: House) -> None:
    opening_places.open_place(scene.session, "WH1", "คลัง", "Warehouse", by=scene.manager, now=scene.now)
    scene.session.commit()

    def removed(session: Session) -> None:
        by = session.get_one(User, scene.manager.id)
        opening_places.remove_place(session, "WH1", by=by, now=scene.now)

    with pytest.raises(Unknown):
        meanwhile(pg, "FOR NO KEY UPDATE", removed, removed)
    assert _count(scene, BusinessCalendar, BusinessCalendar.code == "WH1") == 0


def test_the_end_of_what_was_missed_is_put_on_record_once(pg: Engine, scene: House) -> None:
    scene.cases(*CASES)
    promise = scene.case()
    promise.state, promise.missed_at = "missed", promise.due_at
    scene.session.commit()

    def withdrawn(session: Session) -> None:
        promising.withdraw(session, [promise.id], by=None, now=scene.now)

    meanwhile(pg, "FOR NO KEY UPDATE", withdrawn, withdrawn)
    ended = PromiseEvent.promise_id == promise.id, PromiseEvent.what == Happening.WITHDRAWN
    assert _count(scene, PromiseEvent, *ended) == 1


def test_who_is_put_on_duty_may_act_at_the_same_moment(pg: Engine, scene: House) -> None:
    """A row that refers to a person is written while the person is locked, and nobody waits."""

    def locked(session: Session) -> None:
        lock(session, User, [scene.staff.id])
        directory.open_unit(session, DESK, by=session.get_one(User, scene.manager.id), now=scene.now)

    def acts(session: Session) -> None:
        facts = replace(DESK, code="OTHER")
        directory.open_unit(session, facts, by=session.get_one(User, scene.staff.id), now=scene.now)

    meanwhile(pg, "INSERT INTO service_unit", locked, acts)
    assert _count(scene, ServiceUnit) == 2
