"""Lots and serials from the shelf to the customer: proposed, named by hand, put back, shipped, refused."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.identifying import LotFacts
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.ledger import Place
from inventory.models import Product
from inventory.proving import differences
from inventory.stocking import open_stock
from inventory.tracing import Shift, Spot, held_by_customers, identity_named, shift
from orders import fulfilling
from orders.models import Order
from orders.picking import propose
from orders.shipments import Shipment, ShipmentIdentity
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    with transaction(session):
        return make_world(session, now)


def drill(world: World, stock: int = 3) -> Product:
    return world.product("DRILL", stock=stock, tracking="serial")


def milk(world: World, lots: dict[LotFacts, int], stock: int) -> Product:
    product = world.product("MILK", tracking="lot")
    before = world.now - timedelta(days=2)  # some have expired since
    open_stock(world.session, product, world.warehouse, stock, lots=lots, by=None, now=before)
    return product


def picked(world: World, order: Order, named: dict[str, int] | None = None, units: int = 0) -> Shipment:
    (part,) = world.parts(order)
    identities = {part.id: named} if named else None
    wanted = {part.id: units or part.pickable}
    shipment = fulfilling.pick(
        world.session, order, wanted, identities=identities, by=world.staff, now=world.now
    )
    world.session.flush()
    return shipment


def numbers(shipment: Shipment) -> dict[str, int]:
    return {one.identity.number: one.quantity for line in shipment.lines for one in line.identities}


def where(session: Session) -> dict[str, str]:
    query = (
        select(Identity.number, IdentityBalance.keeping)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(IdentityBalance.quantity > 0)
    )
    return {row.number: row.keeping for row in session.execute(query)}


def held(world: World, product: Product, number: str) -> None:
    """Put a serial into quarantine, as a recall does."""
    place = Place(product.id, world.warehouse.id)
    one = identity_named(world.session, product.id, number)
    quarantine.hold(world.session, place, 1, f"PN-{number}", by=None, now=world.now)
    source = Spot(Keeping.GOOD, warehouse_id=world.warehouse.id)
    target = Spot(Keeping.QUARANTINE, warehouse_id=world.warehouse.id)
    some = [Shift(one.id, 1, source, target)]
    shift(world.session, some, "hold", f"PN-{number}", by=None, now=world.now)
    world.session.flush()


def test_the_oldest_serials_go_first_and_belong_to_the_customer_once_shipped(
    session: Session, world: World
) -> None:
    with transaction(session):
        product = drill(world)
        order = world.order({product: 2})
        shipment = picked(world, order)
        assert numbers(shipment) == {"DRILL-0001": 1, "DRILL-0002": 1}
        assert where(session)["DRILL-0001"] == "good"
        fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    assert where(session) == {"DRILL-0001": "owned", "DRILL-0002": "owned", "DRILL-0003": "good"}
    ids = session.scalars(select(Identity.id)).all()
    assert held_by_customers(session, ids) == {world.customer.id: 2}
    assert differences(session) == []


def test_of_lots_the_first_to_expire_goes_first_and_undated_ones_last(session: Session, world: World) -> None:
    lots = {
        LotFacts("NODATE"): 4,
        LotFacts("LATE", date(2026, 12, 31)): 3,
        LotFacts("SOON", date(2026, 6, 30)): 2,
    }
    with transaction(session):
        order = world.order({milk(world, lots, 9): 7})
        assert numbers(picked(world, order)) == {"SOON": 2, "LATE": 3, "NODATE": 2}


def test_expired_lots_are_neither_chosen_nor_taken_by_name(session: Session, world: World) -> None:
    today = business_day(world.now)
    lots = {LotFacts("OLD", today - timedelta(days=1)): 4, LotFacts("LAST", today): 2, LotFacts("LATE"): 2}
    with transaction(session):
        order = world.order({milk(world, lots, 8): 3})
        (part,) = world.parts(order)
        proposed = propose(session, [part], world.warehouse.id, now=world.now)
        assert proposed[part.id].numbers == {"LAST": 2, "LATE": 1}
    with pytest.raises(Refused, match="Lot OLD has expired"), transaction(session):
        picked(world, order, {"OLD": 3})
    assert session.scalars(select(ShipmentIdentity)).all() == []
    with transaction(session):
        assert numbers(picked(world, order)) == {"LAST": 2, "LATE": 1}


def test_what_one_shipment_has_picked_another_cannot(session: Session, world: World) -> None:
    with transaction(session):
        product = drill(world)
        first, second = world.order({product: 1}), world.order({product: 1})
        picked(world, first)
        (part,) = world.parts(second)
        assert propose(session, [part], world.warehouse.id, now=world.now)[part.id].numbers == {
            "DRILL-0002": 1
        }
    with pytest.raises(Refused, match="already picked for another shipment"), transaction(session):
        picked(world, second, {"DRILL-0001": 1})
    with transaction(session):
        assert numbers(picked(world, second)) == {"DRILL-0002": 1}


def test_what_is_put_back_can_be_picked_again(session: Session, world: World) -> None:
    with transaction(session):
        order = world.order({drill(world): 1})
        shipment = picked(world, order)
    with transaction(session):
        fulfilling.put_back(session, shipment, by=world.staff, now=world.now)
    assert session.scalars(select(ShipmentIdentity)).all() == []
    with transaction(session):
        assert numbers(picked(world, order, {"drill-0001": 1})) == {"DRILL-0001": 1}


def test_the_clerk_may_take_other_units_than_proposed(session: Session, world: World) -> None:
    with transaction(session):
        order = world.order({drill(world): 2})
        named = {"DRILL-0003": 1, " drill-0002": 1}
        assert numbers(picked(world, order, named)) == {"DRILL-0002": 1, "DRILL-0003": 1}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"DRILL-0001": 1}, "2 units of DRILL are picked, but 1 are named"),
        ({"DRILL-0001": 2}, "DRILL-0001 is given twice"),
        ({"DRILL-0001": 1, "XYZ": 1}, "XYZ is not in this warehouse"),
        ({"DRILL-0001": 1, "DRILL-0003": 1}, "DRILL-0003 is in quarantine"),
        ({"DRILL-0001": 1, "DRILL-0004": 1}, "DRILL-0004 is with a customer already"),
    ],
)
def test_numbers_that_cannot_go_are_refused_at_their_field(
    session: Session, world: World, named: dict[str, int], said: str
) -> None:
    with transaction(session):
        product = drill(world, 5)
        sold = picked(world, world.order({product: 1}), {"DRILL-0004": 1})
        fulfilling.ship(session, sold, "Kerry", "TH1", by=world.staff, now=world.now)
        held(world, product, "DRILL-0003")
        order = world.order({product: 2})
        (part,) = world.parts(order)
    with pytest.raises(Refused, match=said) as no, transaction(session):
        picked(world, order, named)
    assert no.value.field == f"identities_{part.id}"
    assert (
        session.scalars(select(ShipmentIdentity).join(ShipmentIdentity.line)).all()
        == sold.lines[0].identities
    )
    assert world.parts(order)[0].picked == 0


def test_more_of_a_lot_than_lies_there_is_refused(session: Session, world: World) -> None:
    with transaction(session):
        lots = {LotFacts("A"): 2, LotFacts("B"): 5}
        order = world.order({milk(world, lots, 7): 4})
    with pytest.raises(Refused, match="Only 2 units of lot A"), transaction(session):
        picked(world, order, {"A": 3, "B": 1})


def test_a_recalled_serial_does_not_ship_even_when_it_was_picked_before(
    session: Session, world: World
) -> None:
    with transaction(session):
        product = drill(world)
        order = world.order({product: 1})
        shipment = picked(world, order)
    with transaction(session):
        held(world, product, "DRILL-0001")
    with pytest.raises(Refused, match="DRILL-0001 is held in quarantine"), transaction(session):
        fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    with transaction(session):
        fulfilling.put_back(session, shipment, by=world.staff, now=world.now)
        assert numbers(picked(world, order)) == {"DRILL-0002": 1}
    assert differences(session) == []


def test_units_that_nobody_numbered_yet_are_identified_when_they_are_picked(
    session: Session, world: World
) -> None:
    with transaction(session):
        product = world.product("SAW", tracking="serial")
        open_stock(session, product, world.warehouse, 2, by=None, now=world.now)
        order = world.order({product: 2})
    with pytest.raises(Refused, match="2 units of SAW are not known by number yet"), transaction(session):
        picked(world, order)
    with transaction(session):
        shipment = picked(world, order, {"NEW-1": 1, "NEW-2": 1})
        assert numbers(shipment) == {"NEW-1": 1, "NEW-2": 1}
        fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    assert where(session) == {"NEW-1": "owned", "NEW-2": "owned"}
    assert differences(session) == []


def test_several_orders_picked_at_once_share_the_shelf(session: Session, world: World) -> None:
    with transaction(session):
        product = drill(world, 5)
        orders = [world.order({product: 2}), world.order({product: 3})]
        wanted = {order: {part.id: part.pickable for part in world.parts(order)} for order in orders}
        shipments = fulfilling.pick_all(session, wanted, by=world.staff, now=world.now)
        session.flush()
        assert [len(numbers(one)) for one in shipments] == [2, 3]
        assert not numbers(shipments[0]).keys() & numbers(shipments[1]).keys()
        departures = [fulfilling.Departure(one, "Kerry", "TH1") for one in shipments]
        fulfilling.ship_all(session, departures, by=world.staff, now=world.now + timedelta(hours=1))
    assert set(where(session).values()) == {"owned"}
    assert differences(session) == []


def test_picking_what_is_not_tracked_asks_nothing_about_lots_and_serials(
    session: Session, world: World
) -> None:
    with transaction(session):
        order = world.order({world.product("SOAP", stock=5): 2})
        with statements(session) as sent:
            shipment = world.picked(order)
            fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    assert not [text for text, _ in sent if "FROM identity" in text or "shipment_identity" in text]
