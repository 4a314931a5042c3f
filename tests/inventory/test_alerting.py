"""Staff are alerted to what is out, low, expiring or too much: once, while it is so, in one digest a day."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from inventory import alerting, planning
from inventory.alert_boards import Sought, count_open, list_alerts
from inventory.alert_states import places_of
from inventory.alerting import mark_alerts, tell_staff, watch_alerts
from inventory.alerts import AlertKind, StockAlert
from inventory.cover import COVER_DAYS, enough, excess, soon_days
from inventory.identifying import LotFacts
from inventory.models import Tracking
from inventory.planning import PlanFacts
from inventory.plans import Method, StockPlan
from inventory.receiving import book_in
from inventory.running_out import mark_stock_outs
from inventory.stocking import open_stock
from portal import mailing
from portal.accounts.roles import Role
from portal.clock import at, business_day
from portal.db import transaction
from portal.i18n import speaking
from portal.outbox import Notice
from tests.conftest import NOON
from tests.inventory.makers import expect, make_product, make_scene, speak_for, statements
from tests.people import make_customer, make_user

# --- what is too much, and what expires soon: pure ---


@pytest.mark.parametrize(
    ("mean", "point", "order", "most", "limit"),
    [
        ("2", 40, 120, None, 360),
        ("2", 40, 120, 300, 300),
        ("2", 40, 120, 900, 360),
        ("0.05", 3, 24, None, 27),
        ("0.0056", 0, 1, None, 2),
        (None, 40, 120, None, None),
        (None, 40, 120, 50, 50),
    ],
)
def test_enough_is_what_half_a_year_needs_and_never_less_than_the_plan_orders(
    mean, point, order, most, limit
):
    assert enough(None if mean is None else Decimal(mean), point, order, most) == limit


def test_what_is_beyond_enough_is_too_much_and_nothing_is_where_nobody_can_say():
    assert (excess(500, 360), excess(360, 360), excess(10, 360), excess(500, None)) == (140, 0, 0, 0)


@given(
    mean=st.integers(0, 5_000_000).map(lambda ten_thousandths: Decimal(ten_thousandths).scaleb(-4)),
    point=st.integers(0, 500),
    order=st.integers(1, 500),
    most=st.none() | st.integers(0, 1000),
)
def test_more_demand_never_makes_less_enough(mean, point, order, most):
    limit = enough(mean, point, order, most)
    assert limit is not None
    assert limit <= enough(mean + 1, point, order, most)
    assert most is not None or limit >= max(mean * COVER_DAYS, point + order)


def test_the_last_quarter_of_a_shelf_life_is_soon_and_sixty_days_without_one():
    assert (soon_days(365), soon_days(360), soon_days(1), soon_days(None)) == (92, 90, 1, 60)


# --- the watch ---


@pytest.fixture
def scene(session):
    return make_scene(session, on_hand=10)


@pytest.fixture
def clerk(session, now):
    with transaction(session):
        return make_user(session, Role.STAFF, now=now)


def came(session, scene, units):
    """Goods that came in."""
    receipt = expect(session, scene, units)
    with transaction(session):
        book_in(session, receipt, units, last=True, by=None, now=NOON)


def alerts(session) -> list[StockAlert]:
    query = select(StockAlert).order_by(StockAlert.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def marked(session, kind, now) -> int:
    with transaction(session):
        return mark_alerts(session, kind, now)


def kept(session, scene, now, **facts):
    """The plan of a place with these figures."""
    usual = {"fixed": True, "reorder_point": 4, "order_quantity": 20, "safety_stock": 0}
    with transaction(session):
        told = PlanFacts(**({"supplier": None, "service_bp": 9500, "most": None} | usual | facts))
        planning.set_plan(session, scene.product, scene.warehouse, told, by=None, now=now)


def test_low_begins_at_the_reorder_point_follows_its_units_and_ends_when_there_is_more(session, scene, now):
    kept(session, scene, now)
    assert marked(session, AlertKind.LOW, now) == 0
    speak_for(session, scene.place, 6)
    assert marked(session, AlertKind.LOW, now) == 1
    assert marked(session, AlertKind.LOW, now) == 0, "it is on record already"
    (held,) = speak_for(session, scene.place, 1)
    assert marked(session, AlertKind.LOW, now) == 0
    (one,) = alerts(session)
    assert (one.product_id, one.warehouse_id, one.units, one.since, one.ended_at) == (
        *scene.place,
        3,
        now,
        None,
    )
    later = now + timedelta(hours=2)
    came(session, scene, 50)
    assert marked(session, AlertKind.LOW, later) == 1
    assert alerts(session)[0].ended_at == later
    assert held


def test_what_is_on_its_way_is_not_low(session, scene, now):
    kept(session, scene, now)
    speak_for(session, scene.place, 8)
    assert marked(session, AlertKind.LOW, now) == 1
    expect(session, scene, 2)
    assert marked(session, AlertKind.LOW, now) == 0, "with 4 it is still at its reorder point"
    expect(session, scene, 1)
    assert marked(session, AlertKind.LOW, now) == 1
    assert alerts(session)[0].ended_at == now


def test_out_takes_the_place_of_low_and_says_how_much_is_waited_for(session, scene, now):
    kept(session, scene, now)
    speak_for(session, scene.place, 7)
    speak_for(session, scene.place, 5)
    with transaction(session):
        mark_stock_outs(session, now)
    assert (marked(session, AlertKind.OUT, now), marked(session, AlertKind.LOW, now)) == (1, 0)
    assert [(one.kind, one.units) for one in alerts(session)] == [("out", 2)]


def test_what_is_being_phased_out_may_run_low_and_out(session, scene, now):
    kept(session, scene, now)
    with transaction(session):
        session.merge(scene.product).lifecycle = "phase_out"
    speak_for(session, scene.place, 7)
    assert marked(session, AlertKind.LOW, now) == 0
    speak_for(session, scene.place, 3)
    with transaction(session):
        assert mark_stock_outs(session, now) == 1
    assert marked(session, AlertKind.OUT, now) == 0
    assert alerts(session) == []


def test_lots_expire_soon_by_their_shelf_life_and_only_while_they_are_fit_for_sale(session, now):
    today = business_day(now)
    long_lived, plain = (
        make_product(session, tracking=Tracking.LOT, shelf_life_days=365),
        make_product(session, tracking=Tracking.LOT),
    )
    place = make_scene(session).warehouse
    with transaction(session):
        for product in (long_lived, plain):
            lots = {
                LotFacts("EVER"): 1,
                LotFacts("IN-60", today + timedelta(days=60)): 2,
                LotFacts("IN-61", today + timedelta(days=61)): 4,
                LotFacts("IN-92", today + timedelta(days=92)): 8,
                LotFacts("IN-93", today + timedelta(days=93)): 16,
            }
            open_stock(session, product, place, 31, lots=lots, by=None, now=now)
    assert marked(session, AlertKind.EXPIRING, now) == 2
    assert {one.product_id: one.units for one in alerts(session)} == {long_lived.id: 14, plain.id: 2}
    assert marked(session, AlertKind.EXPIRING, now + timedelta(days=1)) == 0
    assert {one.product_id: one.units for one in alerts(session)} == {long_lived.id: 30, plain.id: 6}


@pytest.mark.parametrize(
    ("method", "mean", "most", "units"),
    [
        (Method.MEAN, "0.0400", None, 76),
        (Method.TSB, "0.0056", None, 76),
        (Method.MEAN, "0.2900", None, 47),
        (Method.MEAN, "0.2900", 30, 70),
        (Method.MEAN, "9", None, 0),
        (Method.NONE, "0", None, 0),
        (Method.NONE, "0", 60, 40),
    ],
)
def test_too_much_is_counted_by_the_database_as_by_the_rule(session, now, method, mean, most, units):
    scene = make_scene(session, on_hand=100)
    kept(session, scene, now, most=most)
    with transaction(session):
        plan = session.get_one(StockPlan, (scene.product.id, scene.warehouse.id))
        plan.method, plan.daily_mean = method, Decimal(mean)
    limit = enough(None if method is Method.NONE else Decimal(mean), 4, 20, most)
    assert excess(100, limit) == units
    rows = session.execute(places_of(session, AlertKind.OVERSTOCK, business_day(now))).all()
    assert [row.units for row in rows] == ([units] if units else [])


def test_the_watch_takes_the_same_number_of_statements_for_many_places(session, clerk, now):
    counts = []
    for n, some in enumerate((1, 6)):
        for _ in range(some):
            scene = make_scene(session, on_hand=3)
            kept(session, scene, now)
        with statements(session) as sent:
            assert (
                watch_alerts(session, at(business_day(now) + timedelta(days=n)) + timedelta(hours=9))
                == some + 1
            )
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert clerk


# --- the digest ---


def morning(now: datetime, days: int = 0, hour: int = 8) -> datetime:
    return at(business_day(now) + timedelta(days=days)) + timedelta(hours=hour)


def told(session, now) -> int:
    with transaction(session):
        return tell_staff(session, now)


def notices(session) -> list[Notice]:
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def ran_low(session, now):
    scene = make_scene(session, on_hand=3)
    kept(session, scene, now)
    marked(session, AlertKind.LOW, now)
    return scene


def test_everybody_who_may_order_gets_one_digest_a_day_and_buyers_none(session, clerk, now):
    with transaction(session):
        manager = make_user(session, Role.MANAGER, now=now)
        make_user(session, Role.BUYER, customer=make_customer(session, "C1", now=now), now=now)
        make_user(session, Role.STAFF, now=now, email="gone@example.com").active = False
    for _ in range(3):
        ran_low(session, now)
    assert told(session, morning(now, 1, hour=6)) == 0, "nobody is woken"
    assert told(session, morning(now, 1)) == 2
    assert [one.user_id for one in notices(session)] == sorted([clerk.id, manager.id])
    assert told(session, morning(now, 1, hour=9)) == 0
    ran_low(session, morning(now, 1, hour=10))
    assert told(session, morning(now, 1, hour=11)) == 0, "today's is sent"
    assert alerts(session)[-1].told_at is None
    assert told(session, morning(now, 2)) == 2
    assert [one.facts["count"] for one in notices(session)] == [3, 3, 1, 1]


def test_nothing_is_sent_where_nothing_is_new_or_it_is_over_already(session, clerk, now):
    scene = ran_low(session, now)
    came(session, scene, 50)
    marked(session, AlertKind.LOW, now)
    assert told(session, morning(now, 1)) == 0
    assert notices(session) == []
    assert clerk


def test_a_digest_killed_before_its_end_has_told_nobody_and_the_next_tells_all(session, clerk, now):
    ran_low(session, now)
    with pytest.raises(KeyboardInterrupt), transaction(session):
        assert tell_staff(session, morning(now, 1)) == 1
        raise KeyboardInterrupt
    assert notices(session) == []
    assert alerts(session)[0].told_at is None
    assert (told(session, morning(now, 1)), told(session, morning(now, 1))) == (1, 0)
    assert len(notices(session)) == 1
    assert clerk


def test_the_digest_names_the_first_of_each_kind_and_counts_the_rest(session, clerk, now, monkeypatch):
    monkeypatch.setattr(alerting, "MOST_OF_A_KIND", 2)
    scenes = [ran_low(session, now) for _ in range(3)]
    told(session, morning(now, 1))
    (notice,) = notices(session)
    with speaking("en"):
        subject, text = mailing.written(notice)
    assert subject == "3 new stock alerts"
    named = [scene.product.sku for scene in scenes if scene.product.sku in text]
    assert len(named) == 2
    assert "3 available and on order" in text
    assert "and 1 more" in text
    assert notice.path == alerting.PATH


# --- the board ---


def test_the_board_finds_alerts_by_kind_place_and_product_and_says_what_comes(session, now):
    first, second = ran_low(session, now), ran_low(session, now)
    expect(session, first, 1, in_days=2)
    later = now + timedelta(hours=1)
    came(session, second, 50)
    marked(session, AlertKind.LOW, later)
    assert count_open(session) == {"out": 0, "low": 1, "expiring": 0, "overstock": 0}
    assert count_open(session, second.warehouse.id)["low"] == 0
    (row,) = list_alerts(session, Sought(AlertKind.LOW, first.warehouse.id, first.product.sku), later).rows
    assert (row.alert.product_id, row.coming, row.coming_on) == (
        first.product.id,
        1,
        business_day(now) + timedelta(days=2),
    )
    assert list_alerts(session, Sought(AlertKind.OUT), later).rows == []
    (over,) = list_alerts(session, Sought(ended=True), later).rows
    assert over.alert.product_id == second.product.id
    assert list_alerts(session, Sought(ended=True), later + timedelta(days=31)).rows == []
