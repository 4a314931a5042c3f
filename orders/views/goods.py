"""What the buyer's pages show of goods beside price and stock: packs, pictures, and by how many they are ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inventory import picturing, queries, succeeding
from inventory.in_baskets import Hold
from inventory.models import Product, ProductFile, ProductPack
from inventory.order_quantities import Misfit, OrderTerms
from inventory.ordering import terms_of
from inventory.packing import packs_by_product
from orders.fitting import misfits
from orders.models import BasketLine
from portal.i18n import gettext
from portal.refusal import Refused
from portal.web.session import db, me


@dataclass(frozen=True)
class Goods:
    """By product: its packs, the picture that leads, and by how many it is ordered."""

    packs: dict[int, list[ProductPack]]
    pictures: dict[int, ProductFile]
    terms: dict[int, OrderTerms]

    def in_packs(self, product_id: int, quantity: int) -> tuple[int, ProductPack] | None:
        """How many of the largest pack a quantity comes to, if it comes to whole ones."""
        whole = [pack for pack in self.packs.get(product_id, ()) if quantity % pack.units == 0]
        return (quantity // whole[-1].units, whole[-1]) if whole and quantity else None


def goods_shown(products: Sequence[Product]) -> Goods:
    """What is shown of these products; two queries."""
    ids = [product.id for product in products]
    return Goods(
        packs_by_product(db(), ids),
        picturing.leading_pictures(db(), ids),
        {product.id: terms_of(product) for product in products},
    )


def successor_shown(product: Product) -> Product | None:
    """What is sold in place of a product that is going or gone, if the company may see it."""
    if product.lifecycle in {"new", "active"}:
        return None
    found = succeeding.successor_of(db(), product)
    return queries.find_product(db(), found.sku, to=me().company) if found else None


def gone_shown(query: str) -> tuple[Product, Product | None] | None:
    """The product that is not sold any more whose code was typed, and what is sold in its place."""
    found = queries.products_typed(db(), [query]).get(query)
    if found is None or found.active or not queries.find_product(db(), found.sku, to=me().company):
        return None
    return found, successor_shown(found)


def misfits_shown(lines: Sequence[BasketLine], own: Mapping[int, Hold]) -> dict[int, tuple[str, Misfit]]:
    """By product, what keeps a line of the basket from being ordered, in words, with the nearest quantity."""
    try:
        found = misfits(db(), me().company, [(line.product, line.quantity) for line in lines], own)
    except Refused:
        return {}  # without a warehouse nothing can be ordered, which the page says anyway
    sold = {line.product_id for line in lines if line.product.active}
    return {id_: (gettext(no.message, **no.params), no) for id_, no in found.items() if id_ in sold}
