"""Customers' own codes and names for our products, kept by the company itself or by our people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from inventory import showing
from inventory.assortment import CustomerItem
from inventory.cataloguing import Counts
from inventory.models import Product
from portal import audit
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.db import lock, upsert
from portal.i18n import N_
from portal.numbered import PAGE, Page, numbered
from portal.refusal import Refused

LONGEST_CODE, LONGEST_NAME = 60, 200
MOST_AT_ONCE = 20_000


class Verb(StrEnum):
    """Acts on customers' own codes, for the audit trail."""

    SET = "customer_item.set"
    REMOVED = "customer_item.removed"
    MANY_SET = "customer_items.set"


@dataclass(frozen=True)
class OwnCode:
    """What a company calls a product: its code, and its name, empty when ours is used."""

    code: str
    name: str = ""


def own_items(session: Session, customer: Customer, product_ids: Collection[int]) -> dict[int, CustomerItem]:
    """By product, what a company calls these; what it has no code for is absent. One query."""
    if not product_ids:
        return {}
    query = select(CustomerItem).where(
        CustomerItem.customer_id == customer.id, CustomerItem.product_id.in_(product_ids)
    )
    return {item.product_id: item for item in session.scalars(query)}


def put_item(
    session: Session, customer: Customer, product: Product, own: OwnCode, *, by: User, now: datetime
) -> bool:
    """What a company calls a product from now on; says whether that is new.

    Refused without a code, for a code that it uses for another product, and for a product that it may not see.
    """
    own = checked(own)
    lock(session, Customer, [customer.id])
    if product.id in showing.hidden_among(session, customer, [product.id]):
        raise Refused(N_("There is no product with the code %(code)s."), field="sku", code=product.sku)
    taken = session.scalars(
        select(CustomerItem)
        .where(CustomerItem.customer_id == customer.id, CustomerItem.code == own.code)
        .options(joinedload(CustomerItem.product))
    ).one_or_none()
    if taken is not None and taken.product_id != product.id:
        raise _taken(own.code, taken.product.sku)
    item = session.get(CustomerItem, (customer.id, product.id), populate_existing=True)
    before = {"code": item.code, "name": item.name} if item else None
    after = {"code": own.code, "name": own.name}
    if before == after:
        return False
    if item is None:
        session.add(CustomerItem(customer_id=customer.id, product_id=product.id, **after))
    else:
        item.code, item.name = own.code, own.name
    told = {"sku": product.sku, **after}
    audit.record(session, Verb.SET, "customer", customer.code, by=by, now=now, before=before, after=told)
    return True


def item_of(session: Session, customer: Customer, sku: str) -> CustomerItem:
    """What a company calls the product of a code of ours; refused when it has no code of its own for it.

    So nobody learns from it whether there is a product that is hidden from them.
    """
    query = select(CustomerItem).join(CustomerItem.product)
    query = query.where(CustomerItem.customer_id == customer.id, Product.sku == sku)
    found = session.scalars(query.options(joinedload(CustomerItem.product))).one_or_none()
    if found is None:
        raise _gone()
    return found


def remove_item(session: Session, customer: Customer, product: Product, *, by: User, now: datetime) -> None:
    """A company has no own code for a product any more; refused when it had none."""
    lock(session, Customer, [customer.id])
    item = session.get(CustomerItem, (customer.id, product.id))
    if item is None:
        raise _gone()
    session.delete(item)
    before = {"sku": product.sku, "code": item.code, "name": item.name}
    audit.record(session, Verb.REMOVED, "customer", customer.code, by=by, now=now, before=before)


def put_items(
    session: Session, customer: Customer, items: Mapping[int, OwnCode], *, by: User | None, now: datetime
) -> Counts:
    """What a company calls many products (by id) from now on, in a fixed number of statements.

    Refused as a whole when a code stands for two products.
    """
    lock(session, Customer, [customer.id])
    known = {
        row.product_id: OwnCode(row.code, row.name)
        for row in session.execute(
            select(CustomerItem.product_id, CustomerItem.code, CustomerItem.name).where(
                CustomerItem.customer_id == customer.id
            )
        )
    }
    wanted = {id_: checked(own) for id_, own in items.items()}
    bearers: dict[str, int] = {}
    for id_, own in (known | wanted).items():
        if bearers.setdefault(own.code, id_) != id_:
            skus = session.scalars(select(Product.sku).where(Product.id == bearers[own.code])).one()
            raise _taken(own.code, skus)
    counts = Counts()
    differing = {id_: own for id_, own in wanted.items() if known.get(id_) != own}
    counts.new = len(wanted.keys() - known.keys())
    counts.changed = len(differing.keys() & known.keys())
    counts.unchanged = len(wanted) - len(differing)
    if differing:
        _write(session, customer, differing)
        after = {"new": counts.new, "changed": counts.changed}
        audit.record(session, Verb.MANY_SET, "customer", customer.code, by=by, now=now, after=after)
    return counts


def item_page(
    session: Session, customer: Customer, query: str = "", *, page: int = 1, per_page: int = PAGE
) -> Page[CustomerItem]:
    """A page of what a company calls products, by its own code; found by its code or name or our code."""
    conditions = [CustomerItem.customer_id == customer.id]
    typed = query.strip().lower()
    if typed:
        texts = (func.lower(CustomerItem.code), func.lower(CustomerItem.name), func.lower(Product.sku))
        held = [text.contains(typed, autoescape=True) for text in texts]
        conditions.append(held[0] | held[1] | held[2])
    counted = select(func.count()).select_from(CustomerItem).join(CustomerItem.product).where(*conditions)
    found = (
        select(CustomerItem)
        .join(CustomerItem.product)
        .options(joinedload(CustomerItem.product))
        .where(*conditions)
        .order_by(CustomerItem.code)
    )
    return numbered(session, found, counted, page=page, per_page=per_page)


def all_items(session: Session, customer: Customer) -> Sequence[CustomerItem]:
    """Everything a company calls by a code of its own, by that code."""
    query = select(CustomerItem).where(CustomerItem.customer_id == customer.id)
    return session.scalars(
        query.options(joinedload(CustomerItem.product)).order_by(CustomerItem.code).limit(MOST_AT_ONCE)
    ).all()


def checked(own: OwnCode) -> OwnCode:
    """The code and name without spaces around them; refused without a code, or when one is too long."""
    code, name = own.code.strip(), own.name.strip()
    if not code or not code.isprintable():
        raise Refused(N_("Give your own code for the product."), field="code")
    for field, text, most in (("code", code, LONGEST_CODE), ("name", name, LONGEST_NAME)):
        if len(text) > most:
            raise Refused(N_("This is longer than %(most)s characters."), field=field, most=most)
    return OwnCode(code, name)


def _gone() -> Refused:
    return Refused(N_("This code was taken away already."))


def _taken(code: str, sku: str) -> Refused:
    return Refused(N_("The code %(code)s already stands for %(sku)s."), field="code", code=code, sku=sku)


def _write(session: Session, customer: Customer, items: Mapping[int, OwnCode]) -> None:
    """Rows that change go first and come back, so that two products may swap their codes."""
    session.execute(
        delete(CustomerItem).where(
            CustomerItem.customer_id == customer.id, CustomerItem.product_id.in_(items)
        )
    )
    rows = [
        {"customer_id": customer.id, "product_id": id_, "code": own.code, "name": own.name}
        for id_, own in items.items()
    ]
    session.execute(upsert(session, CustomerItem), rows)
