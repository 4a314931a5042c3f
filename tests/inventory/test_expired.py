"""Lots past their last day of use go into quarantine by a job: once, with their ledger, and nobody is owed them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from inventory import setting_aside
from inventory.expired import Verb, set_expired_aside
from inventory.identifying import LotFacts
from inventory.identities import IdentityBalance, Keeping
from inventory.models import Tracking
from inventory.proving import differences
from inventory.setting_aside import Units
from inventory.stock import Stock
from inventory.stocking import open_stock
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction
from portal.numbering import next_numbers
from portal.refusal import Refused
from tests.makers import make_world, sign_in


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def milk(session, world, now):
    """Milk of which ten units are good until today, four until yesterday, and six for ever."""
    today = business_day(now)
    with transaction(session):
        product = world.product("MILK", price="30.00", tracking=Tracking.LOT)
        lots = {
            LotFacts("OLD", today - timedelta(days=1)): 4,
            LotFacts("TODAY", today): 10,
            LotFacts("EVER"): 6,
        }
        before = now - timedelta(days=2)
        open_stock(session, product, world.warehouse, 20, lots=lots, by=world.staff, now=before)
    return product


def kept(session):
    query = select(IdentityBalance).where(IdentityBalance.quantity > 0)
    return {(one.identity.number, one.keeping): one.quantity for one in session.scalars(query)}


def test_what_has_expired_goes_into_quarantine_once_and_what_expires_today_stays(session, milk, now):
    assert set_expired_aside(session, now) == 4
    assert set_expired_aside(session, now) == 0
    assert kept(session) == {
        ("OLD", Keeping.QUARANTINE): 4,
        ("TODAY", Keeping.GOOD): 10,
        ("EVER", Keeping.GOOD): 6,
    }
    stock = session.scalars(select(Stock)).one()
    assert (stock.on_hand, stock.quarantined) == (16, 4)
    (act,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == Verb.EXPIRED))
    assert (act.by_id, act.after["numbers"], act.after["quantity"]) == (None, ["OLD"], 4)
    assert differences(session) == []


def test_who_was_promised_expired_goods_waits_for_what_is_still_to_come(session, world, milk, now):
    with transaction(session):
        order = world.order({milk: 16})
        receipt = world.receipt(milk, 50, date(2026, 4, 6))
    assert set_expired_aside(session, now + timedelta(days=1)) == 14
    (part,) = world.parts(order)
    session.refresh(part.reservation)
    assert (part.held, part.reservation.receipt_id) == (6, receipt.id)
    assert differences(session) == []


def test_what_has_expired_is_promised_to_nobody_even_before_it_is_moved(session, world, milk, now):
    with transaction(session):
        order = world.order({milk: 18})
    first, second = world.parts(order)
    assert [(part.quantity, part.held) for part in (first, second)] == [(16, 16), (2, 0)]
    assert set_expired_aside(session, now) == 4
    session.expire_all()
    assert (first.held, second.held) == (16, 0)
    assert differences(session) == []


def test_an_expired_lot_is_scrapped_and_never_released(session, world, milk, now):
    set_expired_aside(session, now)
    units = Units(milk, world.warehouse, 4, {"OLD": 4}, "Expired")
    with pytest.raises(Refused) as no, transaction(session):
        setting_aside.release(session, units, by=world.staff, now=now)
    assert no.value.field == "identities"
    assert kept(session)["OLD", Keeping.QUARANTINE] == 4
    with transaction(session):
        setting_aside.scrap(session, units, by=world.staff, now=now)
    assert ("OLD", Keeping.QUARANTINE) not in kept(session)


def test_many_lots_are_moved_some_at_a_time_and_a_killed_run_is_taken_up(session, world, now, monkeypatch):
    monkeypatch.setattr("inventory.expired.AT_ONCE", 2)
    gone = business_day(now) - timedelta(days=3)
    with transaction(session):
        for n in range(5):
            product = world.product(f"MILK-{n}", tracking=Tracking.LOT)
            lots = {LotFacts(f"L{n}", gone): 3}
            before = now - timedelta(days=5)
            open_stock(session, product, world.warehouse, 3, lots=lots, by=world.staff, now=before)
    monkeypatch.setattr("inventory.expired.next_numbers", _dies_at_second())
    with pytest.raises(RuntimeError):
        set_expired_aside(session, now)
    session.rollback()
    assert sum(units for (_, how), units in kept(session).items() if how == Keeping.QUARANTINE) == 6
    monkeypatch.undo()
    assert set_expired_aside(session, now) == 9
    assert differences(session) == []


def test_staff_see_expired_lots_on_the_quarantine_board(app, session, world, milk, now):
    set_expired_aside(session, now)
    desk = app.test_client()
    sign_in(desk, world.staff)
    page = desk.get("/desk/quarantine").text
    assert "OLD" in page
    assert "expired" in page


def _dies_at_second():
    calls = []

    def numbers(*asked):
        calls.append(asked)
        if len(calls) > 1:
            raise RuntimeError
        return next_numbers(*asked)

    return numbers
