"""What is said of products is judged against the catalogue as it stands, before any of it is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.barcodes import Claims, borne
from inventory.goods import USUAL, ProductFacts, agree, check, lives, said
from inventory.identities import Identity, IdentityBalance
from inventory.models import Category, Product
from inventory.packing import in_chunks, packs_of
from inventory.packs import Packs, told, with_carton, with_packs
from inventory.succeeding import Line
from portal.i18n import N_
from portal.refusal import Refused

KEPT = (
    "sku",
    *(name for name in USUAL if name not in {"category", "successor"}),
    "category_id",
    "successor_id",
)


@dataclass
class Taken:
    """A product before and after what was said of it; `before` is None when it is new."""

    before: Mapping[str, Any] | None
    after: dict[str, Any]
    packs_before: Packs
    packs_after: Packs

    @property
    def row_changes(self) -> dict[str, Any]:
        """The facts that are other than before; all of a new product."""
        if self.before is None:
            return self.after
        return {name: value for name, value in self.after.items() if self.before[name] != value}

    @property
    def changes(self) -> bool:
        """Whether anything is other than before."""
        return bool(self.row_changes) or self.packs_before != self.packs_after

    @property
    def told_before(self) -> dict[str, Any]:
        """What has changed, as it was, for the trail."""
        before = self.before or {}
        return self._told({name: before.get(name) for name in self.row_changes}, self.packs_before)

    @property
    def told_after(self) -> dict[str, Any]:
        """What has changed, as it is now, for the trail."""
        return self._told(self.row_changes, self.packs_after)

    def _told(self, facts: Mapping[str, Any], packs: Packs) -> dict[str, Any]:
        plain = {name: str(value) if isinstance(value, Decimal) else value for name, value in facts.items()}
        return plain | ({"packs": told(packs)} if self.packs_before != self.packs_after else {})


class Register:
    """Some products as they are known, locked, and as they become while facts are taken one after another."""

    def __init__(self, session: Session, facts: Sequence[ProductFacts]) -> None:
        skus = {one.sku for one in facts}
        self.rows = _rows(session, skus)
        self._categories = dict(session.execute(select(Category.code, Category.id)).all())
        self._packs = packs_of(session, self.rows)
        gtins = {one.gtin for one in facts} | {one.carton_gtin for one in facts}
        gtins |= {pack.gtin for one in facts for pack in one.packs}
        self._claims = Claims(session, filter(None, gtins))
        self.line = Line(session, {one.successor for one in facts if one.successor})
        self._bound = known_by_number(session, {one.sku for one in facts if self._tracked_otherwise(one)})
        self._taken: dict[str, Taken] = {}

    @property
    def altered(self) -> list[Taken]:
        """What was taken and is other than before, each product once, the new ones first."""
        changed = [one for one in self._taken.values() if one.changes]
        return sorted(changed, key=lambda one: one.before is not None)

    def take(self, facts: ProductFacts) -> Taken:
        """Judge what is said of one product and keep it; refused, keeping nothing of it, when it cannot be."""
        check(facts)
        sku, before = facts.sku, self.rows.get(facts.sku)
        packs_before = self._packs.get(sku, {})
        after = self._after(facts, before)
        packs = with_packs(with_carton(packs_before, facts.units_per_carton, facts.carton_gtin), facts.packs)
        if before and after["tracking"] != before["tracking"] and sku in self._bound:
            refuse_other_tracking(sku)
        if facts.successor:
            after["successor_id"] = self.line.refuse_unfit(sku, facts.successor)
        gtin_before = before["gtin"] if before else None
        self._claims.take(sku, borne(gtin_before, packs_before), borne(after["gtin"], packs))
        self.line.lives(sku, after["lifecycle"])
        if facts.successor is not None:
            self.line.follow(sku, facts.successor)
        self.rows[sku], self._packs[sku] = after, packs
        first = self._taken.get(sku)
        self._taken[sku] = (
            Taken(first.before, after, first.packs_before, packs)
            if first
            else Taken(before, after, packs_before, packs)
        )
        return Taken(before, after, packs_before, packs)

    def _after(self, facts: ProductFacts, before: Mapping[str, Any] | None) -> dict[str, Any]:
        news = said(facts)
        life = lives(facts, before["lifecycle"] if before else None)
        if life is not None:
            news["lifecycle"] = life
        if "category" in news:
            code = news.pop("category")
            if code is not None and code not in self._categories:
                raise Refused(N_("There is no category %(code)s."), field="category", code=code)
            news["category_id"] = None if code is None else self._categories[code]
        if "successor" in news:
            news.pop("successor")
            news["successor_id"] = None  # named below if there is one
        usual = {"category_id": None, "successor_id": None, **USUAL}
        row = {**(before or usual), **news, "sku": facts.sku}
        if not row["name_th"] and not row["name_en"]:
            raise Refused(N_("A product needs a name, in Thai or in English."), field="name_th")
        agree(row)
        return {name: row[name] for name in KEPT}

    def _tracked_otherwise(self, facts: ProductFacts) -> bool:
        known = self.rows.get(facts.sku)
        return facts.tracking is not None and known is not None and known["tracking"] != facts.tracking


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


def _rows(session: Session, skus: Collection[str]) -> dict[str, dict[str, Any]]:
    columns = [getattr(Product, name) for name in KEPT]
    rows: dict[str, dict[str, Any]] = {}
    for some in in_chunks(sorted(skus)):
        # Rows that refer to these products may be written meanwhile, for their keys stay.
        query = select(*columns).where(Product.sku.in_(some)).order_by(Product.id)
        for row in session.execute(query.with_for_update(key_share=True)):
            rows[row.sku] = dict(row._mapping)  # noqa: SLF001 - the documented way
    return rows
