"""What an order holds of a product kept by lot is meant for certain lots from the moment it is held until it leaves."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from inventory import adjusting, setting_aside, transferring
from inventory.adjusting import Correction
from inventory.counts import AdjustmentReason
from inventory.expired import set_expired_aside
from inventory.identifying import LotFacts
from inventory.identities import Allocation, Identity, IdentityBalance
from inventory.inbound import Transfer
from inventory.models import Tracking
from inventory.proving import differences
from inventory.receiving import book_in
from inventory.setting_aside import Units
from inventory.stock import Stock
from inventory.stocking import open_stock
from inventory.stopping import let_go, stop
from orders import cancelling, fulfilling
from orders.meant import lots_of_parts
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_warehouse, statements
from tests.makers import make_world, sign_in

JUNE, DECEMBER = date(2056, 6, 30), date(2056, 12, 31)
AUGUST = datetime(2056, 8, 1, 5, tzinfo=UTC)


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def serum(session, world, now):
    """Five units to be used by June, five by December, and five that do not expire."""
    with transaction(session):
        product = world.product("SERUM", price="90.00", tracking=Tracking.LOT)
        lots = {LotFacts("SOON", JUNE): 5, LotFacts("LATE", DECEMBER): 5, LotFacts("EVER"): 5}
        open_stock(session, product, world.warehouse, 15, lots=lots, by=world.staff, now=now)
    return product


def placed(session, world, wanted, **kwargs):
    with transaction(session):
        return world.order(wanted, **kwargs)


def meant(session, world, order):
    """The lots meant for an order, and the units of each; every figure is proven by the way."""
    session.expire_all()
    assert differences(session) == []
    lots = lots_of_parts(session, world.parts(order))
    return {one.identity.number: one.quantity for mine in lots.values() for one in mine}


def lot(session, number):
    return session.scalars(select(Identity).where(Identity.number == number)).one()


def test_the_lots_first_to_expire_are_meant_for_an_order_when_it_is_placed(session, world, serum):
    assert meant(session, world, placed(session, world, {serum: 7})) == {"SOON": 5, "LATE": 2}
    assert meant(session, world, placed(session, world, {serum: 4})) == {"LATE": 3, "EVER": 1}
    kept = {one.identity.number: one.allocated for one in session.scalars(select(IdentityBalance))}
    assert kept == {"SOON": 5, "LATE": 5, "EVER": 1}


def test_what_still_waits_is_meant_for_no_lot_until_goods_come_in(session, world, serum, now):
    first, second = placed(session, world, {serum: 13}), placed(session, world, {serum: 5})
    assert meant(session, world, second) == {"EVER": 2}
    with transaction(session):
        receipt = world.receipt(serum, 10, now.date())
        book_in(session, receipt, 10, last=True, identities=LotFacts("NEW", JUNE), by=world.staff, now=now)
    assert meant(session, world, second) == {"EVER": 2, "NEW": 3}
    assert meant(session, world, first) == {"SOON": 5, "LATE": 5, "EVER": 3}


def test_what_is_cancelled_gives_its_lot_to_the_next_order(session, world, serum, now):
    first, second = placed(session, world, {serum: 5}), placed(session, world, {serum: 5})
    with transaction(session):
        cancelling.cancel(session, first, "Not needed", by=world.staff, now=now)
    assert meant(session, world, first) == {}
    assert meant(session, world, second) == {"LATE": 5}
    assert meant(session, world, placed(session, world, {serum: 6})) == {"SOON": 5, "EVER": 1}


def test_a_stopped_lot_gives_way_to_the_next_and_nobody_is_sold_it(session, world, serum, now):
    order = placed(session, world, {serum: 7})
    with transaction(session):
        stop(session, [lot(session, "SOON").id], now=now)
    assert meant(session, world, order) == {"LATE": 5, "EVER": 2}
    late = placed(session, world, {serum: 9})
    assert [part.held for part in world.parts(late)] == [3, 0]
    assert meant(session, world, late) == {"EVER": 3}
    with transaction(session):
        let_go(session, [lot(session, "SOON").id], now=now)
    assert meant(session, world, order) == {"LATE": 5, "EVER": 2}


def test_a_lot_that_may_be_sold_again_goes_first_to_whoever_waits(session, world, serum, now):
    with transaction(session):
        stop(session, [lot(session, "SOON").id], now=now)
    waits = placed(session, world, {serum: 12})
    assert [part.held for part in world.parts(waits)] == [10, 0]
    with transaction(session):
        let_go(session, [lot(session, "SOON").id], now=now)
    assert meant(session, world, waits) == {"LATE": 5, "EVER": 5, "SOON": 2}
    assert [part.held for part in world.parts(placed(session, world, {serum: 4}))] == [3, 0]


def test_a_stopped_lot_is_sent_to_no_other_warehouse_even_by_name(session, world, serum, now):
    other = make_warehouse(session)
    stopped = lot(session, "SOON").id
    with transaction(session):
        stop(session, [stopped], now=now)
    facts = (session, serum, world.warehouse, other, 5, now.date())
    with pytest.raises(Refused) as no, transaction(session):
        transferring.send(*facts, identities=[(stopped, 5)], by=world.staff, now=now)
    assert no.value.field == "identities"
    assert session.scalars(select(Transfer)).all() == []
    assert differences(session) == []


def test_who_was_promised_a_lot_that_expired_gets_the_next(session, world, serum, now):
    order = placed(session, world, {serum: 7})
    assert set_expired_aside(session, AUGUST) == 5
    assert meant(session, world, order) == {"LATE": 5, "EVER": 2}


def test_the_youngest_promise_waits_when_no_lot_is_left_for_it(session, world, serum, now):
    first, second = placed(session, world, {serum: 8}), placed(session, world, {serum: 7})
    units = Units(serum, world.warehouse, 5, {"LATE": 5}, "Wet")
    with transaction(session):
        setting_aside.set_aside(session, units, by=world.staff, now=now)
    assert meant(session, world, first) == {"SOON": 5, "EVER": 3}
    assert meant(session, world, second) == {"EVER": 2}
    assert [part.held for part in world.parts(second)] == [2]


def test_units_that_are_not_known_by_lot_are_held_without_one(session, world, now):
    with transaction(session):
        old = world.product("OLD", price="9.00", tracking=Tracking.LOT)
        lots = {LotFacts("KNOWN"): 3}
        open_stock(session, old, world.warehouse, 10, lots=lots, by=world.staff, now=now)
    order = placed(session, world, {old: 8})
    assert meant(session, world, order) == {"KNOWN": 3}
    with transaction(session):
        units = Units(old, world.warehouse, 3, {"KNOWN": 3}, "Wet")
        setting_aside.set_aside(session, units, by=world.staff, now=now)
    assert meant(session, world, order) == {}
    assert [part.held for part in world.parts(order)] == [7]


def test_what_is_meant_for_a_line_is_picked_and_leaves_with_it(session, world, serum, now):
    first, second = placed(session, world, {serum: 5}), placed(session, world, {serum: 5})
    with transaction(session):
        shipment = world.picked(second)
    assert {one.identity.number: one.quantity for one in shipment.lines[0].identities} == {"LATE": 5}
    with transaction(session):
        fulfilling.ship(session, shipment, "Kerry", "T1", by=world.staff, now=now)
    assert meant(session, world, second) == {}
    assert meant(session, world, first) == {"SOON": 5}
    with transaction(session):
        shipment = world.picked(first)
    assert {one.identity.number: one.quantity for one in shipment.lines[0].identities} == {"SOON": 5}


def test_picking_another_lot_by_hand_swaps_it_with_whom_it_was_meant_for(session, world, serum, now):
    first, second = placed(session, world, {serum: 5}), placed(session, world, {serum: 5})
    (part,) = world.parts(first)
    with transaction(session):
        named = {part.id: {"LATE": 5}}
        shipment = fulfilling.pick(session, first, {part.id: 5}, identities=named, by=world.staff, now=now)
    assert meant(session, world, first) == {"LATE": 5}
    assert meant(session, world, second) == {"SOON": 5}
    with transaction(session):
        fulfilling.put_back(session, shipment, by=world.staff, now=now)
    assert meant(session, world, first) == {"LATE": 5}
    assert session.scalars(select(Allocation.picked).distinct()).all() == [0]


def test_picked_units_keep_their_lot_when_the_rest_of_the_line_gives_way(session, world, serum, now):
    order = placed(session, world, {serum: 15})
    (part,) = world.parts(order)
    with transaction(session):
        named = {part.id: {"EVER": 5}}
        fulfilling.pick(session, order, {part.id: 5}, identities=named, by=world.staff, now=now)
        units = Units(serum, world.warehouse, 4, {"SOON": 4}, "Wet")
        setting_aside.set_aside(session, units, by=world.staff, now=now)
    assert meant(session, world, order) == {"SOON": 1, "LATE": 5, "EVER": 5}
    (picked,) = session.scalars(select(Allocation).where(Allocation.picked > 0))
    assert (picked.identity.number, picked.picked) == ("EVER", 5)


def test_a_part_shipment_leaves_the_other_lots_with_the_line(session, world, serum, now):
    order = placed(session, world, {serum: 12})
    (part,) = world.parts(order)
    with transaction(session):
        named = {part.id: {"LATE": 4}}
        shipment = fulfilling.pick(session, order, {part.id: 4}, identities=named, by=world.staff, now=now)
        fulfilling.ship(session, shipment, "Kerry", "T1", by=world.staff, now=now)
    assert meant(session, world, order) == {"SOON": 5, "LATE": 1, "EVER": 2}


def test_lots_that_are_lost_or_moved_away_are_meant_for_nobody_there(session, world, serum, now):
    order = placed(session, world, {serum: 7})
    with transaction(session):
        facts = Correction(serum, world.warehouse, -5, AdjustmentReason.LOST, "", {"SOON": 5})
        found = adjusting.propose(session, facts, by=world.staff, now=now)
        if found.decided_at is None:
            adjusting.approve(session, found, by=world.manager, now=now)
    assert meant(session, world, order) == {"LATE": 5, "EVER": 2}


def test_expired_units_cannot_be_sent_to_another_warehouse_as_if_they_were_free(session, world, serum, now):
    placed(session, world, {serum: 9})
    other = make_warehouse(session)
    with pytest.raises(Refused, match="Only 1 unit"), transaction(session):
        there = (serum, world.warehouse, other, 2, AUGUST.date())
        transferring.send(session, *there, by=world.staff, now=AUGUST)
    stock = session.scalars(select(Stock).where(Stock.product_id == serum.id)).one()
    assert (stock.on_hand, stock.reserved) == (15, 9)


def test_orders_of_products_without_lots_ask_nothing_about_lots(session, world, now):
    with transaction(session):
        plain = world.product("PLAIN", price="9.00", stock=10)
    with statements(session) as sent, transaction(session):
        world.order({plain: 3})
    assert not [one for one in sent if "allocation " in one or "identity" in one]


def test_the_desk_sees_which_lots_are_meant_for_a_line_and_for_whom_a_lot_is(app, session, world, serum):
    order = placed(session, world, {serum: 7})
    desk = app.test_client()
    sign_in(desk, world.staff)
    page = desk.get(f"/desk/orders/{order.number}").text
    assert "Lot SOON" in page
    assert "Lot LATE" in page
    assert "Lot EVER" not in page
    slip = desk.get(f"/desk/orders/{order.number}/pick-list").text
    assert "SOON" in slip
    assert "use by Fri 30 Jun 2056" in slip
    life = desk.get("/desk/serials/SERUM/SOON").text
    assert order.number in life
    assert order.number not in desk.get("/desk/serials/SERUM/EVER").text
