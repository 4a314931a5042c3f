"""What lies picked for a shipment stays there, whatever else takes from the stock."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import adjusting, setting_aside, transferring
from inventory.adjusting import Correction
from inventory.counts import AdjustmentReason, StockAdjustment
from inventory.expired import set_expired_aside
from inventory.identifying import LotFacts
from inventory.identities import Identity, IdentityBalance
from inventory.models import Product, Tracking
from inventory.proving import differences
from inventory.setting_aside import Units
from inventory.stock import Reservation
from inventory.stocking import open_stock
from orders import fulfilling
from orders.models import Order
from orders.shipments import Shipment
from orders.unpicking import put_back_held
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_warehouse
from tests.makers import World, make_world


@pytest.fixture
def world(session: Session, now) -> World:
    with transaction(session):
        return make_world(session, now)


def picked(world: World, order: Order, named: dict[str, int] | None = None) -> Shipment:
    (part,) = world.parts(order)
    identities = {part.id: named} if named else None
    with transaction(world.session):
        return fulfilling.pick(
            world.session,
            order,
            {part.id: part.pickable},
            identities=identities,
            by=world.staff,
            now=world.now,
        )


def set_aside(world: World, product: Product, quantity: int, numbers: dict[str, int] | None = None) -> None:
    units = Units(product, world.warehouse, quantity, numbers or {}, "Dented")
    with transaction(world.session):
        setting_aside.set_aside(world.session, units, by=world.staff, now=world.now)


def ship(world: World, shipment: Shipment) -> None:
    with transaction(world.session):
        fulfilling.ship(world.session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)


def holding(world: World, order: Order) -> tuple[int, int]:
    """Units held and picked of the one part of an order."""
    (part,) = world.parts(order)
    query = select(Reservation).where(Reservation.id == part.reservation_id)
    one = world.session.scalars(query.execution_options(populate_existing=True)).one()
    return one.held, one.picked


def two_orders(world: World, **facts: Any) -> tuple[Product, Order, Order]:
    """All of a product's ten units: five are due early and not picked, five are due later."""
    with transaction(world.session):
        product = world.product("KETTLE", stock=10, **facts)
        early = world.order({product: 5}, key="early")
        late = world.order({product: 5}, key="late")
        early_held, late_held = (
            world.session.get_one(Reservation, world.parts(order)[0].reservation_id)
            for order in (early, late)
        )
        late_held.due_at = early_held.due_at + timedelta(days=3)
    return product, early, late


def test_units_set_aside_are_taken_from_whoever_is_not_picked_yet(session: Session, world: World) -> None:
    product, early, late = two_orders(world)
    shipment = picked(world, late)
    assert holding(world, late) == (5, 5)
    set_aside(world, product, 3)
    assert (holding(world, early), holding(world, late)) == ((2, 0), (5, 5))
    ship(world, shipment)
    assert holding(world, late) == (0, 0)
    assert differences(session) == []


def test_the_desk_cannot_set_aside_what_lies_picked(session: Session, world: World) -> None:
    product, early, late = two_orders(world)
    picked(world, late)
    with pytest.raises(Refused, match="of KETTLE in BKK lie picked"):
        set_aside(world, product, 6)
    assert (holding(world, early), holding(world, late)) == ((5, 0), (5, 5))


def test_what_was_put_back_may_give_way_again(session: Session, world: World) -> None:
    product, early, late = two_orders(world)
    shipment = picked(world, late)
    with transaction(session):
        fulfilling.put_back(session, shipment, by=world.staff, now=world.now)
    assert holding(world, late) == (5, 0)
    set_aside(world, product, 3)
    assert (holding(world, early), holding(world, late)) == ((5, 0), (2, 0))


def test_a_picked_serial_that_is_set_aside_by_number_is_taken_out_of_its_shipment(
    session: Session, world: World
) -> None:
    product, early, late = two_orders(world, tracking="serial")
    picked(world, early)
    shipment = picked(world, late)
    set_aside(world, product, 1, {"KETTLE-0006": 1})
    assert (holding(world, early), holding(world, late)) == ((5, 5), (4, 4))
    with pytest.raises(Refused, match="KETTLE-0006 is held"):
        ship(world, shipment)
    with transaction(session):
        assert put_back_held(session, shipment, by=world.staff, now=world.now) == 1
    assert holding(world, late) == (4, 4)
    assert differences(session) == []
    ship(world, shipment)
    assert holding(world, late) == (0, 0)


def test_a_transfer_leaves_what_was_picked_by_hand(session: Session, world: World) -> None:
    with transaction(session):
        product = world.product("KETTLE", stock=4, tracking="serial")
        order = world.order({product: 1})
    shipment = picked(world, order, {"KETTLE-0004": 1})
    other = make_warehouse(session)
    facts = (session, product, world.warehouse, other)
    last = session.scalars(select(Identity).where(Identity.number == "KETTLE-0004")).one()
    day = business_day(world.now)
    with pytest.raises(Refused, match="KETTLE-0004 lies picked"), transaction(session):
        transferring.send(*facts, 1, day, identities=[(last.id, 1)], by=world.staff, now=world.now)
    with transaction(session):
        transferring.send(*facts, 3, day, by=world.staff, now=world.now)
    ship(world, shipment)
    assert differences(session) == []


def test_an_expired_lot_takes_its_picked_units_along_and_the_shipment_waits_for_the_rest(
    session: Session, world: World
) -> None:
    today = business_day(world.now)
    with transaction(session):
        product = world.product("MILK", tracking="lot")
        lots = {LotFacts("SOON", today): 4, LotFacts("LATE"): 2}
        open_stock(session, product, world.warehouse, 6, lots=lots, by=None, now=world.now)
        order = world.order({product: 5})
    shipment = picked(world, order)
    assert set_expired_aside(session, world.now + timedelta(days=1)) == 4
    assert holding(world, order) == (2, 2)
    marks = select(IdentityBalance.picked).where(IdentityBalance.picked > 0)
    assert session.scalars(marks).all() == [1]
    with transaction(session):
        put_back_held(session, shipment, by=world.staff, now=world.now)
    assert holding(world, order) == (2, 1)
    assert differences(session) == []
    ship(world, shipment)
    assert holding(world, order) == (1, 0)


def _corrected(world: World, product: Product, quantity: int, **numbers: int):
    """A correction of the books, proposed and approved by somebody else."""
    facts = Correction(product, world.warehouse, quantity, AdjustmentReason.LOST, "Gone", numbers)
    with transaction(world.session):
        found = adjusting.propose(world.session, facts, by=world.staff, now=world.now)
    with transaction(world.session):
        adjusting.approve(world.session, found, by=world.manager, now=world.now)
    return found


def test_an_adjustment_spares_what_lies_picked_and_is_refused_where_nothing_else_is_left(
    world: World,
) -> None:
    with transaction(world.session):
        soap = world.product("SOAP-1", stock=10)
        going, waiting = world.order({soap: 4}), world.order({soap: 5})
    shipment = picked(world, going)
    _corrected(world, soap, -3)
    held = dict(world.session.execute(select(Reservation.purpose, Reservation.held)).all())
    assert held == {f"{going.number}/1.1": 4, f"{waiting.number}/1.1": 3}
    with pytest.raises(Refused, match="lie"):
        _corrected(world, soap, -5)
    assert world.session.scalar(select(func.count(StockAdjustment.id))) == 1
    assert differences(world.session) == []
    ship(world, shipment)


def test_an_adjustment_takes_a_picked_serial_only_when_it_is_named(world: World) -> None:
    with transaction(world.session):
        drill = world.product("DRILL-1", stock=2, tracking=Tracking.SERIAL)
        order = world.order({drill: 2})
    picked(world, order, {"DRILL-1-0001": 1, "DRILL-1-0002": 1})
    _corrected(world, drill, -1, **{"DRILL-1-0002": 1})
    one = world.session.scalars(select(Reservation)).one()
    assert (one.quantity, one.held, one.picked) == (2, 1, 1)
    left = select(Identity.number).join(IdentityBalance).where(IdentityBalance.quantity > 0)
    assert world.session.scalars(left).all() == ["DRILL-1-0001"]
    assert differences(world.session) == []
