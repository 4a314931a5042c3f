"""Quantities are fitted to how a product is ordered: its least, multiple and most, and what is left of it."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from inventory.availability import home_warehouse
from inventory.in_baskets import Hold
from inventory.models import Lifecycle, Product
from inventory.order_quantities import Misfit, misfit
from inventory.ordering import left_in_stock, terms_of
from inventory.reserving import Supply
from inventory.tariffs import Offer
from portal.customers.models import Customer
from portal.refusal import Refused


def misfits(
    session: Session,
    customer: Customer,
    wanted: Sequence[tuple[Product, int]],
    own: Mapping[int, Hold] | None = None,
) -> dict[int, Misfit]:
    """By product, why a customer cannot order so many units, with the nearest quantity; those that fit are absent.

    What is left of products being phased out is read without a lock, in two queries; placing judges it again. What the
    buyer's `own` basket holds of them is left for the buyer.
    """
    ending = [product.id for product, _ in wanted if product.lifecycle == Lifecycle.PHASE_OUT]
    left: dict[int, int] = {}
    if ending:
        warehouse, _ = home_warehouse(session, customer.ship_to.province if customer.ship_to else None)
        left = left_in_stock(session, ending, warehouse.id)
        for id_, hold in (own or {}).items():
            if id_ in left and hold.warehouse_id == warehouse.id:
                left[id_] += hold.units
    found = {
        product.id: misfit(terms_of(product), quantity, left.get(product.id)) for product, quantity in wanted
    }
    return {id_: no for id_, no in found.items() if no is not None}


def refuse_short(wanted: Iterable[tuple[Offer, int]], supply: Supply) -> None:
    """Refuse the first of these quantities that cannot be ordered, against locked stock."""
    for product, quantity in wanted:
        no = misfit(product.terms, quantity, supply.left(product.product_id, quantity))
        if no is not None:
            raise Refused(no.message, **no.params)


def refuse_misfits(
    session: Session,
    customer: Customer,
    wanted: Sequence[tuple[Product, int]],
    own: Mapping[int, Hold] | None = None,
) -> None:
    """Refuse the first of these quantities that cannot be ordered."""
    for no in misfits(session, customer, wanted, own).values():
        raise Refused(no.message, field="quantity", **no.params)
