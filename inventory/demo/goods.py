"""The demo's goods in full: packs and barcodes, quantities they are sold in, and products that come and go."""

from collections.abc import Sequence
from itertools import pairwise
from zlib import compress, crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import picturing
from inventory.cataloguing import upsert_products
from inventory.goods import ProductFacts
from inventory.models import Lifecycle, PackKind, Product, Tracking
from inventory.packs import PackFacts
from inventory.picturing import FileFacts
from inventory.stock import Reservation, Stock
from inventory.stockouts import Substitute
from portal.demo.cast import Cast

SIDE = 96
PICTURED = 24
GOING, GONE = 4, 3
PACK = 6


def load(session: Session, cast: Cast) -> None:
    """What is said of the goods once two years of trade are over, so that the trade itself knew them plainly."""
    products = session.scalars(select(Product).order_by(Product.sku)).all()
    by, now = cast.managers[0], cast.now
    facts = [_facts(product) for product in products]
    upsert_products(session, facts, by=by, now=now)
    upsert_products(session, _ending(session, products), by=by, now=now)
    for product in products[:PICTURED]:
        called = FileFacts(product.name_th[:100], product.name_en[:100])
        picturing.add_file(session, product, _picture(product.sku), called, by=by, now=now)


def _facts(product: Product) -> ProductFacts:
    draw = crc32(product.sku.encode())
    packs = (
        (PackFacts(PackKind.PACK, PACK),) if product.units_per_carton % PACK == 0 and draw % 3 == 0 else ()
    )
    return ProductFacts(
        sku=product.sku,
        packs=packs,
        order_least=12 if draw % 11 == 5 else None,
        order_multiple=PACK if packs and draw % 5 == 0 else None,
        order_most=600 if draw % 13 == 7 else None,
        shelf_life_days=1095 if product.tracking == Tracking.LOT else None,
        lifecycle=Lifecycle.NEW if draw % 17 == 3 else None,
    )


def _ending(session: Session, products: Sequence[Product]) -> list[ProductFacts]:
    """Some products that are going while stock lasts, and some that are gone; the next one of their kind follows."""
    spoken_for = set(session.scalars(select(Reservation.product_id).distinct()))
    named = set(session.scalars(select(Substitute.product_id))) | set(
        session.scalars(select(Substitute.stands_in_id))
    )
    stocked = set(session.scalars(select(Stock.product_id).where(Stock.on_hand > 0)))
    free = [
        (product, after)
        for product, after in pairwise(reversed(products))
        if product.category_id == after.category_id
        and product.id not in named
        and product.id not in spoken_for
        and product.lifecycle == Lifecycle.ACTIVE
    ]
    going = [(one, after) for one, after in free[::3] if one.id in stocked][:GOING]
    gone = [pair for pair in free[1::3] if pair[0].order_multiple == 1][:GONE]
    leaving = {one.sku for one, _ in (*going, *gone)}
    said = ((going, Lifecycle.PHASE_OUT), (gone, Lifecycle.DISCONTINUED))
    return [
        ProductFacts(one.sku, lifecycle=life, successor=after.sku if after.sku not in leaving else None)
        for pairs, life in said
        for one, after in pairs
    ]


def _picture(sku: str) -> bytes:
    """A small drawing of a packet with its label, coloured by its code."""
    draw = crc32(sku.encode())
    paper, body = (255, 255, 255), tuple(70 + (draw >> shift) % 130 for shift in (0, 8, 16))
    label = tuple(255 - (255 - tone) // 4 for tone in body)
    left, right, top, bottom = 26 - draw % 7, 70 + draw % 7, 14, 84

    def dot(x: int, y: int) -> tuple[int, ...]:
        if not (left <= x < right and top <= y < bottom):
            return paper
        return label if top + 22 <= y < bottom - 18 and left + 5 <= x < right - 5 else body

    rows = b"".join(b"\0" + b"".join(bytes(dot(x, y)) for x in range(SIDE)) for y in range(SIDE))
    head = SIDE.to_bytes(4) + SIDE.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    chunks = ((b"IHDR", head), (b"IDAT", compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + crc32(kind + data).to_bytes(4)
