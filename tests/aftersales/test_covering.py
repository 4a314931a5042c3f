"""What a warranty covers, and how it is registered by delivery."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from aftersales.covering import CoverReason, cover, ends_on, last_day
from aftersales.owning import check_cover, named_units, owned, units_of
from aftersales.registering import SOLD_AGAIN, register_warranties
from aftersales.repairs import Warranty
from inventory.identities import Keeping
from inventory.ledger import Move, Place
from inventory.quarantine import release, take_back
from inventory.tracing import Shift, Spot, shift
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from portal.i18n import speaking
from tests.aftersales.owners import paint, printer, sold
from tests.makers import make_world
from tests.people import make_customer, make_user


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.mark.parametrize(
    ("starts_on", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 3, 1), 12, date(2024, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_warranty_ends_on_the_same_day_of_a_later_month_or_its_last(starts_on, months, end):
    assert ends_on(starts_on, months) == end
    assert last_day(end) == end - timedelta(days=1)


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.integers(1, 120))
def test_more_months_never_end_earlier_and_no_month_is_skipped(starts_on, months):
    end = ends_on(starts_on, months)
    assert ends_on(starts_on, months + 1) > end
    passed = (end.year - starts_on.year) * 12 + end.month - starts_on.month
    assert passed == months
    assert end.day <= starts_on.day


def test_the_last_covered_day_is_covered_and_the_next_is_not(session, world):
    with transaction(session):
        product = printer(world)
        (serial,) = sold(world, product)
    register_warranties(session, world.now)
    warranty = session.scalars(select(Warranty)).one()
    today = business_day(world.now)
    assert (warranty.starts_on, warranty.ends_on) == (today, date(2027, 4, 1))
    assert cover(warranty, product, today).reason is CoverReason.COVERED
    assert cover(warranty, product, date(2027, 3, 31)).covered
    late = cover(warranty, product, date(2027, 4, 1))
    assert (late.covered, late.reason) == (False, CoverReason.EXPIRED)
    with speaking("en"):
        assert late.sentence == "Not covered: the last day of the warranty was Wed 31 Mar 2027."
    assert serial.number == "PRINTER-0001"


def test_a_unit_without_a_warranty_says_why(session, world):
    with transaction(session):
        bare = printer(world, "BARE", months=None)
        product = printer(world)
    today = business_day(world.now)
    assert cover(None, bare, today).reason is CoverReason.SOLD_WITHOUT
    assert cover(None, product, today).reason is CoverReason.NOT_REGISTERED


def test_registering_twice_changes_nothing_and_leaves_out_what_has_no_warranty(session, world):
    with transaction(session):
        product, bare, lots = printer(world), printer(world, "BARE", months=None), paint(world)
        sold(world, product, 3)
        sold(world, bare, 2)
        sold(world, lots, 5)
        under_way = world.order({product: 1})
        world.shipped(under_way)
    assert register_warranties(session, world.now) == 3
    assert register_warranties(session, world.now) == 0
    assert len(session.scalars(select(Warranty)).all()) == 3


def test_a_serial_that_came_back_and_is_sold_again_gets_a_new_warranty(session, world, now):
    with transaction(session):
        product = printer(world, stock=1)
        (serial,) = sold(world, product)
    register_warranties(session, world.now)
    later = now + timedelta(days=20)
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
        _bring_back(world, product, serial, later)
        order = world.order({product: 1}, at=later, buyer=stranger)
        world.delivered(order, at=later)
    assert register_warranties(session, later) == 1
    old, new = session.scalars(select(Warranty).order_by(Warranty.id))
    assert (old.customer_id, old.void_reason) == (world.customer.id, SOLD_AGAIN)
    assert old.voided_at == later
    assert (new.customer_id, new.voided_at, new.starts_on) == (other.id, None, business_day(later))
    today = business_day(later)
    assert check_cover(session, world.customer, serial.number, today) == []
    (mine,) = check_cover(session, other, serial.number, today)
    assert mine.cover.covered


def test_deliveries_of_one_serial_that_are_registered_at_once_leave_the_last_one_running(session, world, now):
    later = now + timedelta(days=20)
    with transaction(session):
        product = printer(world, stock=1)
        (serial,) = sold(world, product)
        _bring_back(world, product, serial, later)
        world.delivered(world.order({product: 1}, at=later), at=later)
    assert register_warranties(session, later) == 2
    old, new = session.scalars(select(Warranty).order_by(Warranty.id))
    assert old.voided_at is not None
    assert new.voided_at is None
    assert new.starts_on == business_day(later)


def test_a_company_sees_what_it_holds_and_nothing_of_what_others_hold(session, world, now):
    with transaction(session):
        product, lots = printer(world), paint(world)
        (serial,) = sold(world, product)
        sold(world, lots, 4)
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
        sold(world, product, 2, buyer=stranger)
    register_warranties(session, world.now)
    mine = units_of(session, world.customer.id)
    assert [(unit.identity.number, unit.quantity) for unit in mine.rows] == [
        ("LOT-A", 4),
        ("PRINTER-0001", 1),
    ]
    assert owned(session, world.customer.id, business_day(world.now)).units == 5
    assert [unit.identity.number for unit in units_of(session, world.customer.id, "printer-0001").rows] == [
        serial.number
    ]
    assert units_of(session, world.customer.id, "PRINTER-0002").rows == []
    assert named_units(session, world.customer.id, "PRINTER-0002") == []
    today = business_day(world.now)
    assert check_cover(session, world.customer, "PRINTER-0002", today) == []
    assert check_cover(session, world.customer, "no such number", today) == []


def _bring_back(world, product, serial, when):
    """The unit is returned and found fit for sale."""
    session, place = world.session, Place(product.id, world.warehouse.id)
    take_back(session, [Move(place, 1)], "RT-1", by=world.staff, now=when)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=world.warehouse.id)
    owned = Spot(Keeping.OWNED, customer_id=world.customer.id)
    shift(session, [Shift(serial.id, 1, owned, aside)], "return", "RT-1", by=world.staff, now=when)
    release(session, place, 1, "RT-1", by=world.staff, now=when)
    good = Spot(Keeping.GOOD, warehouse_id=world.warehouse.id)
    shift(session, [Shift(serial.id, 1, aside, good)], "release", "RT-1", by=world.staff, now=when)
