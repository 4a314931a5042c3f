"""The packs of a product are kept: added, brought up to date and taken away."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from inventory.barcodes import Claims, borne, first_to_bear
from inventory.models import PackKind, Product, ProductPack
from inventory.packs import PackFacts, PackKey, Packs, PackSays, check_pack, told, with_packs
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused, Unknown

AT_ONCE = 2000


class Verb(StrEnum):
    """Acts on packs, for the audit trail."""

    CHANGED = "product.packs_changed"


def packs_of(session: Session, skus: Collection[str]) -> dict[str, dict[PackKey, PackSays]]:
    """By code, the packs of these products; those without any are absent."""
    found: dict[str, dict[PackKey, PackSays]] = {}
    for some in in_chunks(skus):
        query = (
            select(
                Product.sku,
                ProductPack.kind,
                ProductPack.units,
                ProductPack.name_th,
                ProductPack.name_en,
                ProductPack.gtin,
            )
            .join(ProductPack, ProductPack.product_id == Product.id)
            .where(Product.sku.in_(some))
        )
        for sku, kind, units, name_th, name_en, gtin in session.execute(query):
            found.setdefault(sku, {})[PackKey(kind, units)] = PackSays(name_th, name_en, gtin)
    return found


def write_packs(session: Session, changed: Mapping[str, Packs]) -> None:
    """Have products (by code) bear these packs and no others, set by set."""
    for some in in_chunks(changed):
        query = select(Product.sku, Product.id).where(Product.sku.in_(some))
        ids = dict(session.execute(query).all())
        gone = delete(ProductPack).where(ProductPack.product_id.in_(ids.values()))
        session.execute(gone.execution_options(synchronize_session=False))
        rows = [
            {"product_id": ids[sku], **key._asdict(), **says._asdict()}
            for sku in some
            for key, says in changed[sku].items()
        ]
        if rows:
            session.execute(insert(ProductPack), rows)
    for product in session.identity_map.values():
        if isinstance(product, Product):
            session.expire(product, ["packs"])


def in_chunks(skus: Iterable[str]) -> Iterator[list[str]]:
    """Codes some at a time, as many as a statement may well name."""
    remaining = iter(skus)
    while some := list(islice(remaining, AT_ONCE)):
        yield some


def put_pack(
    session: Session,
    product: Product,
    facts: PackFacts,
    *,
    new: bool = False,
    by: User | None,
    now: datetime,
) -> None:
    """A pack of a product, new or changed: there is one of each kind and size, and one carton.

    Refused, at the field, for a size that cannot be, another carton's size, a barcode that is borne already, and for a
    pack that is there already when it is said to be `new`.
    """
    check_pack(facts)
    lock(session, Product, [product.id])
    before = packs_of(session, [product.sku]).get(product.sku, {})
    if new and PackKey(facts.kind, facts.units) in before:
        raise Refused(N_("There is a pack of this kind and size already; change that one."), field="units")
    if facts.kind == PackKind.CARTON and any(
        key.kind == facts.kind and key.units != facts.units for key in before
    ):
        raise Refused(N_("There is a carton of another size already; take it away first."), field="units")
    _put(session, product, before, with_packs(before, [facts]), by=by, now=now)


def remove_pack(session: Session, pack: ProductPack, *, by: User | None, now: datetime) -> None:
    """A product is handled in this pack no more; what is ordered already stays as it is, because units were ordered."""
    product = pack.product
    lock(session, Product, [product.id])
    before = packs_of(session, [product.sku]).get(product.sku, {})
    key = PackKey(pack.kind, pack.units)
    if key not in before:
        raise Refused(N_("Somebody has already taken this pack away."))
    after = {other: says for other, says in before.items() if other != key}
    _put(session, product, before, after, by=by, now=now)


def get_pack(session: Session, pack_id: int) -> ProductPack:
    """A pack; raises Unknown when there is none."""
    found = session.get(ProductPack, pack_id)
    if found is None:
        raise Unknown(f"pack {pack_id}")
    return found


def _put(
    session: Session, product: Product, before: Packs, after: Packs, *, by: User | None, now: datetime
) -> None:
    if before == after:
        return
    news = [gtin for gtin, _ in borne(None, after)]
    try:
        Claims(session, news).take(product.sku, borne(product.gtin, before), borne(product.gtin, after))
    except Refused as no:
        raise Refused(no.message, field="gtin", **no.params) from None
    with first_to_bear(session):
        write_packs(session, {product.sku: after})
    audit.record(
        session,
        Verb.CHANGED,
        "product",
        product.sku,
        by=by,
        now=now,
        before={"packs": told(before)},
        after={"packs": told(after)},
    )


def packs_by_product(session: Session, product_ids: Collection[int]) -> dict[int, list[ProductPack]]:
    """By product, its packs, the smallest first; those without any are absent. One query."""
    if not product_ids:
        return {}
    query = select(ProductPack).where(ProductPack.product_id.in_(product_ids))
    found: dict[int, list[ProductPack]] = {}
    for pack in session.scalars(query.order_by(ProductPack.units, ProductPack.id)):
        found.setdefault(pack.product_id, []).append(pack)
    return found
