"""Makers of lines that are short and of what may stand for them."""

from typing import Any

from sqlalchemy import select

from inventory.models import Product
from inventory.stockouts import Substitute, SubstituteKind
from inventory.substitutes import SubstituteFacts, put_substitute
from orders.models import Order, OrderLine
from orders.offering import offer
from orders.substitutions import OfferState, SubstituteOffer
from portal.clock import business_day
from tests.makers import World


def stands_for(world: World, product: Product, stands_in: Product, **facts: Any) -> Substitute:
    """Let one product stand for another from today on."""
    usual: dict[str, Any] = {"rank": 1, "per_unit": 1, "kind": SubstituteKind.EQUAL}
    told = SubstituteFacts(**{**usual, "valid_from": business_day(world.now), **facts})
    return put_substitute(world.session, product, stands_in, told, by=world.manager, now=world.now)


def offers(world: World, state: OfferState | None = None) -> list[SubstituteOffer]:
    """The offers there are, first to last."""
    query = select(SubstituteOffer).order_by(SubstituteOffer.id)
    if state is not None:
        query = query.where(SubstituteOffer.state == state)
    return list(world.session.scalars(query.execution_options(populate_existing=True)))


def lines(world: World, order: Order) -> list[OrderLine]:
    """The lines of an order as they stand."""
    world.session.flush()
    query = select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.n)
    return list(world.session.scalars(query.execution_options(populate_existing=True)))


def offered(
    world: World,
    *,
    ordered: int = 10,
    stock: int = 3,
    price: str = "10.00",
    instead: str = "9.00",
    **facts: Any,
) -> SubstituteOffer:
    """An order of SOAP-1 of which some is in stock, and BAR-1 offered for the rest."""
    soap = world.product("SOAP-1", stock=stock, price=price)
    order = world.order({soap: ordered})
    bar = world.product("BAR-1", stock=100, price=instead)
    substitute = stands_for(world, soap, bar, **facts)
    part = next(part for part in world.parts(order) if part.backorder)
    made = offer(world.session, part, substitute, by=world.staff, now=world.now)
    world.session.flush()
    return made
