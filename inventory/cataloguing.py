"""Products are added to the catalogue and kept up to date, one at a time or a whole file at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, NoReturn

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from inventory.goods import NAMED, USUAL, ProductFacts, check, found_by, said
from inventory.identities import Identity, IdentityBalance
from inventory.models import Category, Product
from portal import audit
from portal.accounts.models import User
from portal.db import upsert
from portal.i18n import N_
from portal.refusal import Refused

AT_ONCE = 2000
KEPT = ("sku", *(name for name in USUAL if name != "category"), "category_id")


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
    """A new product; refused when its code is taken, its category unknown, or it has no name."""
    check(facts)
    if session.scalar(select(Product.id).where(Product.sku == facts.sku)):
        raise Refused(N_("The product code %(sku)s is already in use."), field="sku", sku=facts.sku)
    kept = _new_row(facts, _categories(session))
    product = Product(**kept, **found_by(kept), created_at=now)
    session.add(product)
    audit.record(session, Verb.ADDED, "product", facts.sku, by=by, now=now, after=_told(kept))
    return product


def change_product(
    session: Session, product: Product, facts: ProductFacts, *, by: User | None, now: datetime
) -> bool:
    """Bring a product up to date with what is said of it; says whether anything changed. Its code stays."""
    check(facts)
    before = {name: getattr(product, name) for name in KEPT}
    after = _changed_row(before, facts, _categories(session))
    changes = {name: value for name, value in after.items() if before[name] != value}
    if "tracking" in changes and known_by_number(session, [product.sku]):
        refuse_other_tracking(product.sku)
    for name, value in (changes | (found_by(after) if changes.keys() & NAMED else {})).items():
        setattr(product, name, value)
    if changes:
        was, told = _told({name: before[name] for name in changes}), _told(changes)
        audit.record(session, Verb.CHANGED, "product", product.sku, by=by, now=now, before=was, after=told)
    return bool(changes)


def upsert_products(
    session: Session, rows: Iterable[ProductFacts], *, by: User | None, now: datetime
) -> Counts:
    """Add the products that are new and bring the others up to date, set by set; a code said twice is taken in order.

    Refused as a whole when one of them cannot be: check each with `goods.check` before.
    """
    counts = Counts()
    categories = _categories(session)
    session.flush()  # the catalogue is read and written below without the session's rows
    for some in _chunks(rows):
        _upsert(session, some, categories, counts, by, now)
    for row in session.identity_map.values():
        if isinstance(row, Product):
            session.expire(row)
    return counts


def known_by_number(session: Session, skus: Collection[str]) -> set[str]:
    """Which of these products have units in our warehouses that are known by lot or serial; their tracking stays."""
    query = (
        select(Product.sku)
        .join(Identity, Identity.product_id == Product.id)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(Product.sku.in_(skus), IdentityBalance.warehouse_id.is_not(None), IdentityBalance.quantity > 0)
    )
    return set(session.scalars(query.distinct())) if skus else set()


def refuse_other_tracking(sku: str) -> NoReturn:
    """Say that a product's tracking cannot change now."""
    raise Refused(
        N_("Units of %(sku)s in our warehouses are known by lot or serial, so its tracking stays."),
        field="tracking",
        sku=sku,
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


def _upsert(
    session: Session,
    some: Sequence[ProductFacts],
    categories: Mapping[str, int],
    counts: Counts,
    by: User | None,
    now: datetime,
) -> None:
    known = _known(session, [facts.sku for facts in some])
    was = {sku: dict(row) for sku, row in known.items()}
    for facts in some:
        check(facts)
        before = known.get(facts.sku)
        after = _new_row(facts, categories) if before is None else _changed_row(before, facts, categories)
        if before is None:
            counts.new += 1
        elif before == after:
            counts.unchanged += 1
        else:
            counts.changed += 1
        known[facts.sku] = after
    other = {sku for sku, row in was.items() if row["tracking"] != known[sku]["tracking"]}
    for sku in sorted(known_by_number(session, other)):
        refuse_other_tracking(sku)
    added = [row for sku, row in known.items() if sku not in was]
    changed = [row for sku, row in known.items() if sku in was and row != was[sku]]
    if added or changed:
        _write(session, [{**row, **found_by(row), "created_at": now} for row in (*added, *changed)])
    _audit(session, added, changed, was, by, now)


def _write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows whose code is new and overwrite the others, in one go."""
    put = upsert(session, Product)
    put = put.on_conflict_do_update(
        index_elements=["sku"],
        set_={name: put.excluded[name] for name in rows[0] if name not in {"sku", "created_at"}},
    )
    session.execute(put, rows)


def _audit(
    session: Session,
    added: Sequence[Mapping[str, Any]],
    changed: Sequence[Mapping[str, Any]],
    was: Mapping[str, Mapping[str, Any]],
    by: User | None,
    now: datetime,
) -> None:
    common = {"at": now, "by_id": by.id if by else None, "subject_kind": "product"}
    entries: list[dict[str, Any]] = [
        {**common, "verb": Verb.ADDED, "subject_no": row["sku"], "before": None, "after": _told(row)}
        for row in added
    ]
    for row in changed:
        before = was[row["sku"]]
        changes = {name: value for name, value in row.items() if before[name] != value}
        entries.append(
            {
                **common,
                "verb": Verb.CHANGED,
                "subject_no": row["sku"],
                "before": _told({name: before[name] for name in changes}),
                "after": _told(changes),
            }
        )
    if entries:
        session.execute(insert(audit.AuditEntry), entries)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as the trail keeps them."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in facts.items()}


def _known(session: Session, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = [getattr(Product, name) for name in KEPT]
    query = select(*columns).where(Product.sku.in_(skus)).with_for_update()
    return {row.sku: dict(row._mapping) for row in session.execute(query)}  # noqa: SLF001 - the documented way


def _new_row(facts: ProductFacts, categories: Mapping[str, int]) -> dict[str, Any]:
    row = _with_category({**USUAL, **said(facts)}, categories)
    if not row["name_th"] and not row["name_en"]:
        raise Refused(N_("A product needs a name, in Thai or in English."), field="name_th")
    return {name: row[name] for name in KEPT}


def _changed_row(
    before: Mapping[str, Any], facts: ProductFacts, categories: Mapping[str, int]
) -> dict[str, Any]:
    row = {**before, **_with_category(said(facts), categories), "sku": before["sku"]}
    if not row["name_th"] and not row["name_en"]:
        raise Refused(N_("A product needs a name, in Thai or in English."), field="name_th")
    return row


def _with_category(row: dict[str, Any], categories: Mapping[str, int]) -> dict[str, Any]:
    if "category" not in row:
        return row
    code = row.pop("category")
    if code is not None and code not in categories:
        raise Refused(N_("There is no category %(code)s."), field="category", code=code)
    return {**row, "category_id": None if code is None else categories[code]}


def _categories(session: Session) -> dict[str, int]:
    return {row.code: row.id for row in session.execute(select(Category.code, Category.id))}


def _chunks(rows: Iterable[ProductFacts]) -> Iterator[list[ProductFacts]]:
    remaining = iter(rows)
    while some := list(islice(remaining, AT_ONCE)):
        yield some
