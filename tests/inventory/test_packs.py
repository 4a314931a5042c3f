"""Packs and cartons of products, and whose a barcode is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import packing
from inventory.barcodes import Claims
from inventory.cataloguing import add_product, change_product, upsert_products
from inventory.goods import ProductFacts
from inventory.models import PackKind, Product, ProductPack
from inventory.packs import PackFacts
from portal.audit import AuditEntry, history_of
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_product

GTIN, OTHER, THIRD = "8859990101073", "8859990101219", "8850006333327"


def packs_of(session: Session, product: Product) -> list[tuple[str, int, str | None]]:
    session.expire_all()
    return [(pack.kind, pack.units, pack.gtin) for pack in product.packs]


def put(session: Session, product: Product, now: datetime, **facts: Any) -> None:
    with transaction(session):
        packing.put_pack(session, product, PackFacts(**facts), by=None, now=now)


def test_the_carton_is_a_pack_that_keeps_its_name_and_barcode_when_it_holds_more(
    session: Session, now: datetime
) -> None:
    soap = make_product(session, units_per_carton=24, carton_gtin=GTIN)
    assert (soap.units_per_carton, packs_of(session, soap)) == (24, [("carton", 24, GTIN)])
    with transaction(session):
        assert change_product(session, soap, ProductFacts(soap.sku, units_per_carton=36), by=None, now=now)
    assert packs_of(session, soap) == [("carton", 36, GTIN)]
    assert session.scalar(select(Product.units_per_carton).where(Product.id == soap.id)) == 36
    with transaction(session):
        assert not change_product(
            session, soap, ProductFacts(soap.sku, name_th=soap.name_th), by=None, now=now
        )
        assert change_product(session, soap, ProductFacts(soap.sku, units_per_carton=1), by=None, now=now)
    assert (soap.units_per_carton, packs_of(session, soap)) == (1, [])
    assert history_of(session, "product", soap.sku)[0].before == {"packs": [f"36 carton {GTIN}"]}


def test_packs_are_added_changed_and_taken_away(session: Session, now: datetime) -> None:
    soap = make_product(session, units_per_carton=24)
    put(session, soap, now, kind=PackKind.PACK, units=6)
    put(session, soap, now, kind=PackKind.PACK, units=12, name_en="dozen", gtin=OTHER)
    put(session, soap, now, kind=PackKind.PACK, units=6, gtin=GTIN)
    assert packs_of(session, soap) == [("pack", 6, GTIN), ("pack", 12, OTHER), ("carton", 24, None)]
    assert soap.packs[1].name_en == "dozen"
    with transaction(session):
        packing.remove_pack(session, soap.packs[0], by=None, now=now)
    assert packs_of(session, soap) == [("pack", 12, OTHER), ("carton", 24, None)]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "pallet", "units": 6}, "kind"),
        ({"kind": "pack", "units": 1}, "units"),
        ({"kind": "pack", "units": -6}, "units"),
        ({"kind": "carton", "units": 48}, "units"),  # there is one of 24
        ({"kind": "pack", "units": 6, "gtin": "8859990101074"}, "gtin"),
        ({"kind": "pack", "units": 6, "gtin": GTIN}, "gtin"),  # the product's own
        ({"kind": "pack", "units": 6, "gtin": OTHER}, "gtin"),  # another product's
        ({"kind": "pack", "units": 6, "gtin": "0" + THIRD}, "gtin"),  # another's carton, with a zero in front
        ({"kind": "pack", "units": 6, "name_en": "x" * 31}, "name_en"),
    ],
)
def test_what_cannot_be_a_pack_is_refused_at_its_field_and_changes_nothing(
    session: Session, now: datetime, facts: dict[str, Any], field: str
) -> None:
    soap = make_product(session, gtin=GTIN, units_per_carton=24)
    make_product(session, gtin=OTHER, units_per_carton=10, carton_gtin=THIRD)
    entries = session.scalar(select(func.count(AuditEntry.id)))
    with pytest.raises(Refused) as no:
        put(session, soap, now, **facts)
    assert no.value.field == field
    assert packs_of(session, soap) == [("carton", 24, None)]
    assert session.scalar(select(func.count(AuditEntry.id))) == entries


def test_a_barcode_is_one_product_s_or_one_pack_s_only(session: Session, now: datetime) -> None:
    make_product(session, "SOAP", gtin=GTIN, units_per_carton=6, carton_gtin=OTHER)
    for facts, field in (
        ({"gtin": GTIN}, "gtin"),
        ({"gtin": OTHER}, "gtin"),
        ({"gtin": "0" + OTHER}, "gtin"),
        ({"units_per_carton": 4, "carton_gtin": GTIN}, "carton_gtin"),
        ({"gtin": THIRD, "units_per_carton": 4, "carton_gtin": THIRD}, "carton_gtin"),
        ({"carton_gtin": THIRD}, "carton_gtin"),  # a barcode of no carton
    ):
        with pytest.raises(Refused) as no, transaction(session):
            add_product(session, ProductFacts("TEA", name_en="Tea", **facts), by=None, now=now)
        assert no.value.field == field
    rows = [ProductFacts("A", name_en="A", gtin=THIRD), ProductFacts("B", name_en="B", gtin=THIRD)]
    with pytest.raises(Refused), transaction(session):
        upsert_products(session, rows, by=None, now=now)
    assert session.scalars(select(Product.sku)).all() == ["SOAP"]
    # A barcode that was given up is free.
    moved = [ProductFacts("SOAP", gtin=""), ProductFacts("A", name_en="A", gtin=GTIN)]
    with transaction(session):
        upsert_products(session, moved, by=None, now=now)
    assert session.scalar(select(Product.gtin).where(Product.sku == "A")) == GTIN


def test_a_file_of_products_brings_their_packs(session: Session, now: datetime) -> None:
    six = (PackFacts(PackKind.PACK, 6),)
    rows = [ProductFacts(f"P{n}", name_en=f"Goods {n}", units_per_carton=12, packs=six) for n in range(30)]
    with transaction(session):
        upsert_products(session, rows, by=None, now=now)
    with transaction(session):
        again = upsert_products(session, rows, by=None, now=now)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 30)
    assert session.scalar(select(func.count(ProductPack.id))) == 60


def test_barcodes_pass_from_one_product_to_another_in_one_file(session: Session, now: datetime) -> None:
    for sku, own, carton in (("A", GTIN, OTHER), ("B", THIRD, None)):
        make_product(session, sku, gtin=own, units_per_carton=6, carton_gtin=carton)
    swapped = [
        ProductFacts("A", gtin="", carton_gtin=""),
        ProductFacts("RICE", name_en="Rice", gtin=GTIN),
        ProductFacts("B", carton_gtin=OTHER),
    ]
    with transaction(session):
        upsert_products(session, swapped, by=None, now=now)
    assert dict(session.execute(select(Product.sku, Product.gtin)).all()) == {
        "A": None,
        "B": THIRD,
        "RICE": GTIN,
    }
    of_carton = select(Product.sku).join(Product.packs).where(ProductPack.gtin == OTHER)
    assert session.scalars(of_carton).all() == ["B"]


def test_the_database_keeps_a_barcode_from_two_products_whatever_was_read_before(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_product(session, "SOAP", gtin=GTIN, units_per_carton=6, carton_gtin=OTHER)
    tea = make_product(session, "TEA", units_per_carton=6)
    # As if somebody else were faster than the look at what others bear.
    monkeypatch.setattr(Claims, "take", lambda *_: None)
    entries = session.scalar(select(func.count(AuditEntry.id)))
    new = ProductFacts("RICE", name_en="Rice", gtin=GTIN)
    acts: list[Callable[[], object]] = [
        lambda: add_product(session, new, by=None, now=now),
        lambda: change_product(session, tea, ProductFacts("TEA", gtin=GTIN), by=None, now=now),
        lambda: change_product(session, tea, ProductFacts("TEA", carton_gtin=OTHER), by=None, now=now),
        lambda: upsert_products(session, [new], by=None, now=now),
        lambda: packing.put_pack(session, tea, PackFacts(PackKind.CARTON, 6, gtin=OTHER), by=None, now=now),
    ]
    for act in acts:
        with pytest.raises(Refused) as no, transaction(session):
            act()
        assert no.value.field == "gtin"
        session.expire_all()
        assert session.scalars(select(Product.gtin).order_by(Product.sku)).all() == [GTIN, None]
        assert session.scalar(select(func.count(AuditEntry.id))) == entries
