"""Taking substitutes, and everything that a refusal must leave alone."""

from datetime import timedelta

from sqlalchemy import select

from inventory.models import Product
from inventory.stock import Reservation, Stock
from orders import substituting
from orders.models import Order
from orders.substitutions import SubstituteOffer
from policies.promises import Promise
from portal.outbox import Notice
from tests.makers import World
from tests.orders.short_lines import lines


def available(world: World, sku: str) -> int:
    query = select(Stock).join(Stock.product).where(Product.sku == sku)
    return world.session.scalars(query.execution_options(populate_existing=True)).one().available


def accept(world: World, made: SubstituteOffer, later: timedelta = timedelta(0)):
    added = substituting.accept(world.session, made, by=world.buyer, now=world.now + later)
    world.session.flush()
    return added


def templates(world: World) -> list[str]:
    return list(world.session.scalars(select(Notice.template).order_by(Notice.id)))


def as_it_stands(world: World, order: Order):
    """Everything a refusal must leave alone."""
    world.session.flush()
    world.session.expire_all()
    return (
        [
            (line.ordered, line.cancelled, line.substituted_out, line.net_minor)
            for line in lines(world, order)
        ],
        (order.net_minor, order.vat_minor, order.total_minor),
        world.session.execute(
            select(Reservation.purpose, Reservation.quantity, Reservation.held).order_by(Reservation.id)
        ).all(),
        world.session.execute(select(Stock.product_id, Stock.reserved).order_by(Stock.id)).all(),
        world.session.execute(select(SubstituteOffer.id, SubstituteOffer.state)).all(),
        world.session.execute(select(Promise.subject_no, Promise.state).order_by(Promise.id)).all(),
    )
