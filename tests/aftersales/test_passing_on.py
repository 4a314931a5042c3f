"""Cases that their unit leaves unanswered for too long are passed on, each once, to the people of the role it names."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aftersales import deciding
from aftersales.complaining import Grievance, complain
from aftersales.complaints import ComplaintKind
from aftersales.feature import FEATURE
from aftersales.models import Remedy, Return, ReturnReason, ReturnState
from aftersales.requesting import Asked, ask
from orders import expediting
from orders.expedite_terms import ServiceFacts, put_service
from policies import directory, escalating
from policies.directory import UnitFacts
from policies.escalating import TEMPLATE, Unanswered, escalate, passed_on
from policies.escalations import Escalation
from policies.units import Matter
from portal import feature, recording
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry, history_of
from portal.clock import business_day
from portal.db import lock, transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from tests.aftersales.owners import printer, received, repair_of, sold
from tests.makers import World, make_world, sign_in
from tests.people import make_user

DAY = timedelta(days=1)
ONCE = 3
"""Working days after which the unit's cases are passed on; of the tests, from a Wednesday."""


@pytest.fixture(autouse=True)
def _rooms() -> None:
    feature.load(("policies", "inventory", "orders", "aftersales"))


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    with transaction(session):
        world = make_world(session, now)
        facts = UnitFacts(
            "DESK",
            "ฝ่ายบริการ",
            "Service desk",
            time(8, 30),
            time(17, 30),
            phone="02 123 4567",
            escalate_after_days=ONCE,
            escalate_to=Role.STAFF,
        )
        unit = directory.open_unit(session, facts, by=world.manager, now=now)
        directory.assign(session, unit, list(Matter), by=world.manager, now=now)
    return world


def a_return(world: World) -> str:
    order = world.order({world.product(stock=10): 4})
    world.delivered(order)
    asked = [Asked(1, 1, ReturnReason.NOT_NEEDED)]
    return ask(world.session, order, asked, Remedy.CREDIT, by=world.buyer, now=world.now).number


def a_request(world: World) -> str:
    service = ServiceFacts("NEXT", "ด่วน", "Next day", 1, 5_000)
    put_service(world.session, service, by=world.manager, now=world.now)
    order = world.order({world.product("ROPE", stock=10): 4})
    (part,) = world.parts(order)
    tomorrow = business_day(world.now) + DAY
    return expediting.ask(world.session, part, tomorrow, "", by=world.buyer, now=world.now).number


def a_unit_in_the_workshop(world: World) -> str:
    (serial,) = sold(world, printer(world, months=None))
    return received(world, repair_of(world, serial)).number


def a_loaner(world: World) -> str:
    (serial,) = sold(world, printer(world, months=None))
    return repair_of(world, serial, loaner_wanted=True).number


CASES = {
    Matter.RETURN: (a_return, "return", "/desk/returns/%s"),
    Matter.EXPEDITE: (a_request, "expedite", "/desk/expedites/%s"),
    Matter.REPAIR: (a_unit_in_the_workshop, "repair", "/desk/repairs/%s"),
    Matter.LOANER: (a_loaner, "repair", "/desk/repairs/%s"),
}


def told(session: Session) -> list[tuple[int | None, str | None]]:
    query = select(Notice).where(Notice.template == TEMPLATE).order_by(Notice.user_id)
    return [(one.user_id, one.path) for one in session.scalars(query)]


def counts(session: Session) -> list[int | None]:
    session.rollback()
    tables = (Escalation, Notice, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


@pytest.mark.parametrize("matter", CASES)
def test_what_waits_too_long_goes_once_to_the_people_of_the_role(
    session: Session, world: World, now: datetime, matter: Matter
) -> None:
    make, subject, page = CASES[matter]
    with transaction(session):
        number = make(world)
        second = make_user(session, Role.STAFF, now=now, email="second.staff@example.com")
        gone = make_user(session, Role.STAFF, now=now, email="gone@example.com")
        gone.active = False
    in_time, late = (
        now + 6 * DAY,
        now + 7 * DAY,
    )  # Thursday, Friday, and Tuesday after Chakri Day are its three days
    assert escalate(session, in_time) == 0
    assert escalate(session, late) == 1
    people = sorted([world.staff.id, second.id])
    assert told(session) == [(person, page % number) for person in people]
    found = passed_on(session, [matter], [number, "NONE"])
    assert list(found) == [number]
    assert (found[number].at, found[number].role_title) == (late, "Service staff")
    assert "case.passed_on" in [entry.verb for entry in history_of(session, subject, number)]
    before = counts(session)
    assert escalate(session, late + DAY) == 0
    assert counts(session) == before


def test_the_notice_says_who_has_waited_since_when(session: Session, world: World, now: datetime) -> None:
    with transaction(session):
        number = a_return(world)
    escalate(session, now + 7 * DAY)
    notice = session.scalars(select(Notice).where(Notice.template == TEMPLATE)).one()
    with speaking("th"):
        subject, body = written(notice)
    assert number in subject
    assert world.customer.name_th in body
    assert "ฝ่ายบริการ" in body


def test_what_was_answered_or_has_no_unit_is_not_passed_on(
    session: Session, world: World, now: datetime
) -> None:
    with transaction(session):
        number = a_return(world)
        a_request(world)
        unit = directory.find_unit(session, "DESK")
        assert unit is not None
        directory.assign(session, unit, [Matter.RETURN], by=world.manager, now=now)
        (source,) = (
            one for one in FEATURE.unanswered if isinstance(one, Unanswered) and one.subject == "return"
        )
        assert source.model is Return
        found = session.scalars(select(Return)).one()
        deciding.authorise(session, found, by=world.staff, now=now)
    assert escalate(session, now + 30 * DAY) == 0
    assert passed_on(session, [Matter.RETURN], [number]) == {}


def test_a_case_answered_between_the_look_and_the_lock_is_left_alone(
    session: Session, world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(session):
        a_return(world)

    def answered_first(session: Session, model: type, ids: list[int]) -> list:
        session.execute(update(Return).values(state=ReturnState.CANCELLED))
        return lock(session, model, ids)

    monkeypatch.setattr(escalating, "lock", answered_first)
    assert escalate(session, now + 7 * DAY) == 0
    assert told(session) == []


def test_managers_are_told_where_nobody_holds_the_role(session: Session, world: World, now: datetime) -> None:
    with transaction(session):
        a_return(world)
        for person in session.scalars(select(User).where(User.role == Role.STAFF)):
            person.active = False
    assert escalate(session, now + 7 * DAY) == 1
    assert {person for person, _ in told(session)} == {world.manager.id, world.admin.id}


def test_a_complaint_goes_to_the_role_of_its_unit_too(session: Session, world: World, now: datetime) -> None:
    with transaction(session):
        grievance = Grievance(ComplaintKind.SERVICE, "Nobody calls back")
        found = complain(session, world.customer, grievance, by=world.buyer, now=now)
    assert escalate(session, now + 7 * DAY) == 1
    query = select(Notice.user_id).where(Notice.template.like("%complaint_escalated%"))
    assert session.scalars(query).all() == [world.staff.id]
    session.refresh(found)
    assert found.escalated_at == now + 7 * DAY


def test_a_fault_in_one_kind_of_case_does_not_keep_the_others(
    session: Session, world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(session):
        a_return(world)

    def broken(session: Session, now: datetime) -> int:
        raise LookupError("broken")

    sources = [broken, *recording.unanswered()]
    monkeypatch.setattr(recording, "unanswered", lambda: sources)
    with pytest.raises(ExceptionGroup, match="1 passed on"):
        escalate(session, now + 7 * DAY)
    assert len(told(session)) == 1


@pytest.mark.parametrize("matter", CASES)
def test_the_page_and_the_list_at_the_desk_mark_it_and_the_customer_does_not_see_it(
    app, session: Session, world: World, now: datetime, matter: Matter
) -> None:
    make, _, page = CASES[matter]
    with transaction(session):
        number = make(world)
    escalate(session, now + 7 * DAY)
    read = _reader(app, world.staff, now)
    assert "Passed on" in read(page % number)
    assert "Passed on" in read((page % number).rpartition("/")[0])
    bought = _reader(app, world.buyer, now)
    mine = {"return": "/my/returns/%s", "repair": "/my/repairs/%s", "expedite": "/my/expedites/%s"}
    assert "Passed on" not in bought(mine[CASES[matter][1]] % number)


def _reader(app, person: User, now: datetime) -> Callable[[str], str]:
    client = app.test_client()
    with time_machine.travel(now + 7 * DAY, tick=False):
        sign_in(client, person)

    def read(path: str) -> str:
        with time_machine.travel(now + 7 * DAY, tick=False):
            answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    return read
