"""What suppliers' deliveries show is measured, and overdue receipts are counted on accordingly."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from inventory import coming, receiving
from inventory.inbound import Supplier
from inventory.supplier_records import (
    WINDOW,
    Delivered,
    by_month,
    deliveries_of,
    latest_deliveries,
    measure_suppliers,
    measured,
)
from portal.clock import business_day
from portal.db import transaction
from tests.inventory.makers import Scene, expect, make_scene

DAY = date(2026, 3, 1)


def _took(days: int, late: int = 0, moved: int = 0) -> Delivered:
    arrived = DAY + timedelta(days=days)
    return Delivered(DAY, arrived - timedelta(days=late + moved), arrived - timedelta(days=late), arrived)


def _delivered(session: Session, scene: Scene, now: datetime, took: int, promised: int = 5) -> None:
    """Goods were expected in so many days and came after as many as they took."""
    receipt = expect(session, scene, 10, in_days=promised, now=now)
    with transaction(session):
        receiving.book_in(session, receipt, 10, last=True, by=None, now=now + timedelta(days=took))


def test_lead_days_delay_of_the_late_and_shares_in_time() -> None:
    found = measured([_took(8), _took(10), _took(12, late=2), _took(14, late=5), _took(6, moved=1)])
    assert (found.deliveries, found.on_promised, found.on_agreed) == (5, 2, 3)
    assert (found.lead_days, found.lead_days_sd) == (Decimal("10.00"), Decimal("3.16"))
    assert found.usual_delay_days == 4  # of the two late ones 3.5, half-up


def test_fewer_than_five_deliveries_say_nothing_and_no_late_one_no_delay() -> None:
    assert measured([_took(8, late=3)] * 4).lead_days is None
    assert measured([_took(8)] * 5).usual_delay_days is None
    assert measured([]).deliveries == 0


def test_measures_are_kept_with_the_supplier_and_a_second_run_changes_nothing(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    for took in (5, 6, 9, 5, 5):
        _delivered(session, scene, now, took)
    later = now + timedelta(days=10)
    assert measure_suppliers(session, later) == 1
    supplier = session.get_one(Supplier, scene.supplier.id, populate_existing=True)
    assert (supplier.lead_days, supplier.lead_days_sd) == (Decimal("6.00"), Decimal("1.73"))
    assert (supplier.deliveries, supplier.usual_delay_days) == (5, 3)  # 1 and 4 days late: 2.5
    assert supplier.measured_on == business_day(later)
    assert measure_suppliers(session, later) == 0


def test_an_overdue_receipt_is_counted_on_by_the_measured_delay(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    for _ in range(5):
        _delivered(session, scene, now, took=12)
    measure_suppliers(session, now + timedelta(days=12))
    overdue, today = expect(session, scene, 1, in_days=1, now=now), business_day(now) + timedelta(days=3)
    assert coming.expected_day(overdue, today) == today + timedelta(days=7)


def test_too_few_deliveries_leave_what_was_typed(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    for _ in range(4):
        _delivered(session, scene, now, took=9)
    assert measure_suppliers(session, now + timedelta(days=9)) == 0
    supplier = session.get_one(Supplier, scene.supplier.id, populate_existing=True)
    assert (supplier.usual_delay_days, supplier.lead_days, supplier.measured_on) == (3, None, None)


@pytest.mark.parametrize(("years", "count"), [(0, 1), (1, 0)])
def test_only_a_year_of_deliveries_counts(session: Session, now: datetime, years: int, count: int) -> None:
    scene = make_scene(session)
    _delivered(session, scene, now, took=5)
    today = business_day(now) + timedelta(days=5) + years * WINDOW
    assert len(deliveries_of(session, [scene.supplier.id], today).get(scene.supplier.id, [])) == count


def test_what_came_on_a_receipt_on_one_day_is_one_delivery(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 10)
    for units in (4, 3):
        with transaction(session):
            receiving.book_in(session, receipt, units, last=False, by=None, now=now)
    found = deliveries_of(session, [scene.supplier.id], business_day(now))
    assert len(found[scene.supplier.id]) == 1
    assert len(latest_deliveries(session, scene.supplier)) == 2


def test_deliveries_by_month() -> None:
    (march, april) = by_month([_took(10), _took(20, late=1), _took(40)])
    assert (march.first, march.deliveries, march.on_agreed, march.lead_days) == (DAY, 2, 1, Decimal("15.0"))
    assert (april.first, april.deliveries) == (date(2026, 4, 1), 1)
