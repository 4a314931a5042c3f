"""Products are added to the catalogue and kept up to date, one at a time or a whole file at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from inventory.barcodes import first_to_bear
from inventory.goods import ProductFacts, check, follows
from inventory.models import Category, Product
from inventory.packing import in_chunks, write_packs
from inventory.registering import Register, Taken
from portal import audit
from portal.accounts.models import User
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused

AT_ONCE = 2000


class Verb(StrEnum):
    """Acts on the catalogue, for the audit trail."""

    ADDED = "product.added"
    CHANGED = "product.changed"
    CATEGORY_ADDED = "category.added"
    CATEGORY_RENAMED = "category.renamed"


@dataclass
class Counts:
    """How many rows of a file were new, changed something, or said what was known already."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


def add_product(session: Session, facts: ProductFacts, *, by: User | None, now: datetime) -> Product:
    """A new product.

    Refused when its code is taken, be it in other capitals, its category is unknown, or it has no name.
    """
    register = Register(session, [facts])
    if facts.sku in register.rows:
        check(facts)
        raise Refused(N_("The product code %(sku)s is already in use."), field="sku", sku=facts.sku)
    _refuse_namesake(session, facts.sku)
    taken = register.take(facts)
    product = Product(**taken.after, **follows(taken.after), created_at=now)
    with first_to_bear(session):
        session.add(product)
        session.flush()  # packs name the product by its id
        if taken.packs_after:
            write_packs(session, {facts.sku: taken.packs_after})
    audit.record(session, Verb.ADDED, "product", facts.sku, by=by, now=now, after=taken.told_after)
    return product


def _refuse_namesake(session: Session, sku: str) -> None:
    """Refused where only capitals tell a code from another: files and those who type codes do not heed them."""
    there = session.scalar(select(Product.sku).where(func.lower(Product.sku) == sku.lower()).limit(1))
    if there is not None:
        raise Refused(N_("The product code %(sku)s is already in use."), field="sku", sku=there)


def change_product(
    session: Session, product: Product, facts: ProductFacts, *, by: User | None, now: datetime
) -> bool:
    """Bring a product up to date with what is said of it; says whether anything changed. Its code stays."""
    session.flush()  # the register reads the product as it stands
    taken = Register(session, [replace(facts, sku=product.sku)]).take(replace(facts, sku=product.sku))
    if not taken.changes:
        return False
    with first_to_bear(session):
        for name, value in {**taken.after, **follows(taken.after)}.items():
            setattr(product, name, value)
        session.flush()
        if taken.packs_before != taken.packs_after:
            write_packs(session, {product.sku: taken.packs_after})
    was, told = taken.told_before, taken.told_after
    audit.record(session, Verb.CHANGED, "product", product.sku, by=by, now=now, before=was, after=told)
    return True


def upsert_products(
    session: Session, rows: Iterable[ProductFacts], *, by: User | None, now: datetime
) -> Counts:
    """Add the products that are new and bring the others up to date, set by set; a code said twice is taken in order.

    Refused as a whole when one of them cannot be: check each with `goods.check` before.
    """
    counts = Counts()
    session.flush()  # the catalogue is read and written below without the session's rows
    remaining = iter(rows)
    while some := list(islice(remaining, AT_ONCE)):
        register = Register(session, some)
        for facts in some:
            taken = register.take(facts)
            if taken.before is None:
                counts.new += 1
            elif taken.changes:
                counts.changed += 1
            else:
                counts.unchanged += 1
        write_register(session, register, by=by, now=now)
    return counts


def write_register(session: Session, register: Register, *, by: User | None, now: datetime) -> None:
    """Write what a register has taken, in a few statements.

    Refused, writing nothing, where somebody else has just given one of its barcodes to another product.
    """
    altered = register.altered
    with first_to_bear(session):
        _write_goods(session, altered, now=now)
    common = {"at": now, "by_id": by.id if by else None, "subject_kind": "product"}
    entries = [
        {
            **common,
            "verb": Verb.CHANGED if one.before else Verb.ADDED,
            "subject_no": one.after["sku"],
            "before": one.told_before if one.before else None,
            "after": one.told_after,
        }
        for one in altered
    ]
    if entries:
        session.execute(insert(audit.AuditEntry), entries)
    for known in session.identity_map.values():
        if isinstance(known, Product):
            session.expire(known)


def _write_goods(session: Session, altered: Sequence[Taken], *, now: datetime) -> None:
    # A barcode may pass to a product that is written before the one that had it.
    gives_up = [one.after["sku"] for one in altered if one.before and "gtin" in one.row_changes]
    for some in in_chunks(gives_up):
        freed = update(Product).where(Product.sku.in_(some), Product.gtin.is_not(None)).values(gtin=None)
        session.execute(freed.execution_options(synchronize_session=False))
    rows = [{**one.after, **follows(one.after), "created_at": now} for one in altered if one.row_changes]
    if rows:
        put = upsert(session, Product)
        put = put.on_conflict_do_update(
            index_elements=["sku"],
            set_={name: put.excluded[name] for name in rows[0] if name not in {"sku", "created_at"}},
        )
        session.execute(put, rows)
    write_packs(
        session, {one.after["sku"]: one.packs_after for one in altered if one.packs_before != one.packs_after}
    )


def put_category(
    session: Session, code: str, name_th: str, name_en: str, *, by: User | None, now: datetime
) -> Category:
    """The category of this code, made when it is new and renamed when its names have changed."""
    category = session.scalars(select(Category).where(Category.code == code)).one_or_none()
    names = {"name_th": name_th, "name_en": name_en}
    if category is None:
        category = Category(code=code, **names)
        session.add(category)
        audit.record(session, Verb.CATEGORY_ADDED, "category", code, by=by, now=now, after=names)
    elif (was := {"name_th": category.name_th, "name_en": category.name_en}) != names:
        category.name_th, category.name_en = name_th, name_en
        audit.record(
            session, Verb.CATEGORY_RENAMED, "category", code, by=by, now=now, before=was, after=names
        )
    return category


def category_code(name: str) -> str:
    """The code a category gets from its name: its letters and digits, in lower case, joined by dashes."""
    letters = "".join(c if c.isalnum() or "\u0e00" <= c <= "\u0e7f" else " " for c in name.casefold())
    return "-".join(letters.split())[:80]
