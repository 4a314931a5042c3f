"""New orders are not promised to leave while nothing can; the date says why it is later."""

from datetime import date, datetime
from threading import Thread

import pytest
from sqlalchemy.orm import Session

from inventory.ledger import Place
from inventory.reserving import Part
from orders import disrupting
from orders.dating import Standstill, Terms, date_part, sentences
from orders.disrupting import Declared
from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionKind
from orders.standstills import standstills, standstills_at
from policies.calendars import working_days
from policies.models import ServiceLevel
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction
from portal.i18n import speaking
from tests.makers import World, make_world


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of a plain Monday, whose lead time is five working days."""
    return make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)


def _flood(starts_on: date, ends_on: date) -> Standstill:
    return Standstill(starts_on, ends_on, DISRUPTION_TITLES[DisruptionKind.FLOOD])


def _dated(world: World, *standstills: Standstill) -> tuple[date, date, list[str]]:
    level = next(one for one in world.version.levels if one.kind == "lead_time")
    assert isinstance(level, ServiceLevel)
    terms = Terms(world.now, level, working_days(world.session), "BKK", 1, None, standstills)
    dated = date_part(Part(Place(1, world.warehouse.id), 4, held=True), terms, 14)
    with speaking("en"):
        return dated.ship_by, dated.due_on, sentences(dated.found)


def test_goods_that_would_leave_in_the_window_leave_after_it_and_arrive_as_much_later(world: World) -> None:
    # Due Monday 27 April and leaving Friday 24; closed from Thursday to Tuesday they leave on Wednesday 29.
    ship_by, due_on, why = _dated(world, _flood(date(2026, 4, 23), date(2026, 4, 28)))
    assert (ship_by, due_on) == (date(2026, 4, 29), date(2026, 4, 30))
    assert why[-1] == (
        "Flood: nothing can leave BKK from Thu 23 Apr 2026 to Tue 28 Apr 2026. It leaves on Wed 29 Apr 2026 instead of "
        "Fri 24 Apr 2026, and arrives as many working days later."
    )


@pytest.mark.parametrize(
    "window", [(date(2026, 4, 20), date(2026, 4, 23)), (date(2026, 4, 25), date(2026, 4, 28))]
)
def test_a_window_that_does_not_cover_the_day_it_must_leave_changes_nothing(
    world: World, window: tuple[date, date]
) -> None:
    assert _dated(world, _flood(*window))[:2] == (date(2026, 4, 24), date(2026, 4, 27))


def test_one_window_may_push_goods_into_the_next(world: World) -> None:
    first = _flood(date(2026, 4, 23), date(2026, 4, 28))
    second = _flood(date(2026, 4, 29), date(2026, 4, 29))
    ship_by, due_on, why = _dated(world, first, second)
    assert (ship_by, due_on, len(why)) == (date(2026, 4, 30), date(2026, 5, 5), 5)


def test_only_confirmed_disruptions_of_the_warehouse_that_are_not_over_count(world: World) -> None:
    today = business_day(world.now)
    facts = Declared(DisruptionKind.STRIKE, world.warehouse, today, today, "นัดหยุดงาน", "")
    draft, real = (
        disrupting.declare(world.session, facts, by=world.manager, now=world.now) for _ in range(2)
    )
    assert draft is not real
    assert standstills_at(world.session, world.warehouse.id, today) == []
    disrupting.confirm(world.session, real, by=world.manager, now=world.now)
    assert [one.kind for one in standstills_at(world.session, world.warehouse.id, today)] == ["Strike"]
    assert standstills_at(world.session, world.warehouse.id + 1, today) == []
    assert standstills_at(world.session, world.warehouse.id, date(2026, 4, 21)) == []


def test_an_order_placed_during_a_disruption_is_promised_for_when_goods_leave_again(world: World) -> None:
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, date(2026, 4, 20), date(2026, 4, 28), "น้ำท่วม", "Flood"
    )
    flood = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, flood, by=world.manager, now=world.now)
    (part,) = world.parts(world.order({world.product(stock=9): 2}))
    assert (part.ship_by, business_day(part.promise.due_at)) == (date(2026, 4, 29), date(2026, 4, 30))
    assert part.found[-1][0] == "standstill"


def test_the_standstills_of_every_warehouse_are_read_at_once(world: World) -> None:
    today = business_day(world.now)
    facts = Declared(DisruptionKind.BREAKDOWN, world.warehouse, today, today, "เครื่องเสีย", "Breakdown")
    one = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, one, by=world.manager, now=world.now)
    title = DISRUPTION_TITLES[DisruptionKind.BREAKDOWN]
    assert standstills(world.session, today) == {world.warehouse.id: [Standstill(today, today, title)]}


@pytest.mark.postgres
def test_an_order_placed_while_a_disruption_is_confirmed_is_moved_by_it(postgres_url: str) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session, make_sessions(engine)() as manager:
        with transaction(session):
            world = make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)
            soap = world.product(stock=9)
            window = (date(2026, 4, 23), date(2026, 4, 28))
            facts = Declared(DisruptionKind.FLOOD, world.warehouse, *window, "น้ำท่วม", "")
            draft = disrupting.declare(session, facts, by=world.manager, now=world.now)
        with transaction(session):
            order = world.order({soap: 4})
            waiting = Thread(target=_confirm, args=(manager, draft.id, world.manager.id, world.now))
            waiting.start()
            waiting.join(timeout=1)
            assert waiting.is_alive()
        waiting.join(timeout=20)
        (part,) = world.parts(order)
        session.refresh(part)
        assert part.ship_by == date(2026, 4, 29)
    engine.dispose()


def _confirm(session: Session, disruption_id: int, manager_id: int, now: datetime) -> None:
    with transaction(session):
        found = session.get_one(Disruption, disruption_id)
        disrupting.confirm(session, found, by=session.get_one(User, manager_id), now=now)
