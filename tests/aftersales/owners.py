"""Companies that own serials and lots, for the tests of what happens to them afterwards."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from aftersales.diagnosing import Diagnosis, quote, receive
from aftersales.opening_repairs import Fault, open_repair
from aftersales.pooling import add_to_pool
from aftersales.repairs import LoanerUnit, Repair
from inventory.identifying import LotFacts
from inventory.identities import Identity
from inventory.models import Product, Tracking
from inventory.stocking import open_stock
from inventory.tracing import identity_named
from portal.accounts.models import User
from tests.makers import World


def serials(prefix: str, count: int, first: int = 1) -> list[str]:
    """So many serial numbers in a row."""
    return [f"{prefix}-{n:04d}" for n in range(first, first + count)]


def printer(world: World, sku: str = "PRINTER", *, stock: int = 10, months: int | None = 12) -> Product:
    """A product kept by serial, with a warranty, of which so many lie in stock: PRINTER-0001, PRINTER-0002 …"""
    product = world.product(sku, price="4000.00", tracking=Tracking.SERIAL, warranty_months=months)
    if stock:
        numbers = serials(sku, stock)
        open_stock(
            world.session, product, world.warehouse, stock, serials=numbers, by=world.staff, now=world.now
        )
    world.session.flush()
    return product


def paint(world: World, sku: str = "PAINT", lots: Sequence[tuple[str, int]] = (("LOT-A", 20),)) -> Product:
    """A product kept by lot, of which these lots lie in stock."""
    product = world.product(sku, price="300.00", tracking=Tracking.LOT)
    known = {LotFacts(number): units for number, units in lots}
    open_stock(
        world.session,
        product,
        world.warehouse,
        sum(known.values()),
        lots=known,
        by=world.staff,
        now=world.now,
    )
    world.session.flush()
    return product


def sold(world: World, product: Product, units: int = 1, *, buyer: User | None = None) -> list[Identity]:
    """So many units of a product delivered to a company now; gives the serials or lots it got."""
    order = world.order({product: units}, buyer=buyer)
    shipment = world.delivered(order)
    world.session.flush()
    return [one.identity for line in shipment.lines for one in line.identities]


def unit(world: World, product: Product, number: str) -> Identity:
    """The serial or lot of a product with this number."""
    found = identity_named(world.session, product.id, number)
    assert found is not None
    return found


def repair_of(
    world: World, identity: Identity, *, at: datetime | None = None, loaner_wanted: bool = False
) -> Repair:
    """A repair that the buyer asked for."""
    told = Fault(identity.number, "It does not start any more.", loaner_wanted)
    repair = open_repair(world.session, world.customer, told, by=world.buyer, now=at or world.now)
    world.session.flush()
    return repair


def received(world: World, repair: Repair, *, at: datetime | None = None) -> Repair:
    """The same repair, its unit in our workshop."""
    receive(world.session, repair, world.warehouse, by=world.staff, now=at or world.now)
    world.session.flush()
    return repair


def quoted(world: World, repair: Repair, *, at: datetime | None = None) -> Repair:
    """The same repair, quoted at ฿800 of parts and ฿450 of labour."""
    found = Diagnosis("The mainboard is broken.", 800_00, 450_00)
    quote(world.session, repair, found, by=world.staff, now=at or world.now)
    world.session.flush()
    return repair


def pooled(world: World, product: Product, number: str) -> LoanerUnit:
    """A serial put aside to be lent."""
    added = add_to_pool(world.session, unit(world, product, number), "As new", by=world.staff, now=world.now)
    world.session.flush()
    return added


def fresh(world: World, repair: Repair) -> Repair:
    """The repair as the database has it."""
    world.session.expire_all()
    return world.session.scalars(select(Repair).where(Repair.id == repair.id)).one()
