"""A barcode number is one product's or one pack's only."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import PackKind, Product, ProductPack
from inventory.packs import GTIN_LENGTHS, Packs
from portal.db import first_to_write
from portal.i18n import N_
from portal.refusal import Refused

AT_ONCE = 5000

Borne = Sequence[tuple[str, str]]
"""Barcodes of one product and its packs, each with the field that says it."""


def first_to_bear(session: Session) -> AbstractContextManager[None]:
    """Write products and packs; refused, writing nothing, where somebody else has just taken one of their codes."""
    taken = N_("Somebody else has just used this code or one of these barcodes. Please look again.")
    return first_to_write(session, Refused(taken, field="gtin"))


def borne(gtin: str | None, packs: Packs) -> Borne:
    """The barcodes of a product with these packs."""
    found = [(gtin, "gtin")] if gtin else []
    for key, says in sorted(packs.items()):
        if says.gtin:
            found.append((says.gtin, "carton_gtin" if key.kind == PackKind.CARTON else "pack_gtin"))
    return found


class Claims:
    """Whose some barcodes are; the same digits with more or fewer zeros in front are one number."""

    def __init__(self, session: Session, gtins: Iterable[str]) -> None:
        self._products: dict[str, str] = {}
        spelt = sorted({form for gtin in gtins for form in _forms(gtin)})
        for start in range(0, len(spelt), AT_ONCE):
            some = spelt[start : start + AT_ONCE]
            own = select(Product.gtin, Product.sku).where(Product.gtin.in_(some))
            packs = (
                select(ProductPack.gtin, Product.sku)
                .join(Product, Product.id == ProductPack.product_id)
                .where(ProductPack.gtin.in_(some))
            )
            for query in (own, packs):
                for gtin, sku in session.execute(query):
                    self._products.setdefault(_bare(gtin or ""), sku)

    def take(self, sku: str, before: Borne, after: Borne) -> None:
        """Let a product bear other barcodes from now on; refused when one of them is borne twice or by another."""
        kept = {_bare(gtin) for gtin, _ in before}
        taken: set[str] = set()
        for gtin, field in after:
            there = self._products.get(_bare(gtin), sku)
            if _bare(gtin) not in kept and there != sku:
                raise Refused(
                    N_("The barcode %(gtin)s is that of %(sku)s already."), field=field, gtin=gtin, sku=there
                )
            if _bare(gtin) in taken:
                raise Refused(N_("The barcode %(gtin)s is given twice."), field=field, gtin=gtin)
            taken.add(_bare(gtin))
        for gone in kept - taken:
            if self._products.get(gone) == sku:
                del self._products[gone]
        self._products |= dict.fromkeys(taken, sku)


def _bare(gtin: str) -> str:
    return gtin.lstrip("0")


def _forms(gtin: str) -> set[str]:
    bare = _bare(gtin)
    return {bare.zfill(length) for length in GTIN_LENGTHS if len(bare) <= length} | {gtin}
