"""Products found by the house's global search, and transfers and receipts by their exact number."""

from flask import url_for
from sqlalchemy.orm import Session

from inventory.boards import find_receipt
from inventory.catalogue_search import suggest_products
from inventory.purchases import find_purchase
from inventory.transfers import find_transfer
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import gettext, name_of


def find_products(session: Session, viewer: User, query: str) -> list[Hit]:
    """The products that match best, for the distributor's people; customers find theirs in their catalogue."""
    if viewer.audience is not Audience.STAFF:
        return []
    return [
        Hit(gettext("Product"), name_of(product), product.sku, url_for("products.show", sku=product.sku))
        for product in suggest_products(session, query)
    ]


def find_moves(session: Session, viewer: User, query: str) -> list[Hit]:
    """The transfer, the receipt or the order to a supplier of this number, for the distributor's people."""
    if viewer.audience is not Audience.STAFF:
        return []
    number = "".join(query.split()).upper()
    if number.startswith("TR-") and (transfer := find_transfer(session, number)):
        detail = (
            f"{transfer.from_warehouse.code} → {transfer.to_warehouse.code} · {name_of(transfer.product)}"
        )
        return [Hit(gettext("Transfer"), number, detail, url_for("transfers.show", transfer_no=number))]
    if number.startswith("PU-") and (order := find_purchase(session, number)):
        detail = f"{order.warehouse.code} · {name_of(order.supplier)}"
        return [
            Hit(
                gettext("Purchase order to a supplier"),
                number,
                detail,
                url_for("purchases.show", purchase_no=number),
            )
        ]
    if number.startswith("PO-") and (receipt := find_receipt(session, number)):
        detail = f"{receipt.warehouse.code} · {name_of(receipt.product)}"
        return [Hit(gettext("Receipt"), number, detail, url_for("receipts.show", number=number))]
    return []
