"""Quantities are fitted to how a product is ordered: its least, multiple and most, and what is left of it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from inventory.availability import home_warehouse
from inventory.models import Lifecycle, Product
from inventory.order_quantities import Misfit, misfit
from inventory.ordering import left_in_stock, terms_of, unusual_terms
from inventory.reserving import Supply
from portal.customers.models import Customer
from portal.refusal import Refused


def misfits(session: Session, customer: Customer, wanted: Sequence[tuple[Product, int]]) -> dict[int, Misfit]:
    """By product, why a customer cannot order so many units, with the nearest quantity; those that fit are absent.

    What is left of products being phased out is read without a lock, in two queries; placing judges it again.
    """
    ending = [product.id for product, _ in wanted if product.lifecycle == Lifecycle.PHASE_OUT]
    left: dict[int, int] = {}
    if ending:
        warehouse, _ = home_warehouse(session, customer.ship_to.province if customer.ship_to else None)
        left = left_in_stock(session, ending, warehouse.id)
    found = {
        product.id: misfit(terms_of(product), quantity, left.get(product.id)) for product, quantity in wanted
    }
    return {id_: no for id_, no in found.items() if no is not None}


def refuse_short(session: Session, wanted: Sequence[tuple[int, int]], supply: Supply) -> None:
    """Refuse the first of these quantities (by product id) that cannot be ordered, against locked stock."""
    terms = unusual_terms(session, [product_id for product_id, _ in wanted])
    for product_id, quantity in wanted:
        if product_id not in terms:
            continue
        no = misfit(terms[product_id], quantity, supply.left(product_id))
        if no is not None:
            raise Refused(no.message, **no.params)


def refuse_misfits(session: Session, customer: Customer, wanted: Sequence[tuple[Product, int]]) -> None:
    """Refuse the first of these quantities that cannot be ordered."""
    for no in misfits(session, customer, wanted).values():
        raise Refused(no.message, field="quantity", **no.params)
