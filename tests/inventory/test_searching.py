"""Products are found in Thai and in English, however they are typed."""

import pytest
from sqlalchemy.orm import Session

from inventory.catalogue_search import close_products, search_products, suggest_products
from inventory.cataloguing import change_product, upsert_products
from inventory.goods import ProductFacts
from inventory.models import ProductPack
from inventory.queries import find_product
from inventory.search_asking import Plight, Shelf
from inventory.searching import as_barcode, folded, sort_key
from inventory.stocking import open_stock
from portal.db import transaction
from portal.i18n import speaking
from tests.conftest import NOON
from tests.inventory.makers import make_product, make_scene, make_warehouse, speak_for, statements

GOODS = [
    ProductFacts(
        "SOP-1001", name_th="สบู่ก้อนกลิ่นมะลิ 65 กรัม", name_en="Jasmine bar soap 65 g", brand_th="ลานลั่นทม"
    ),
    ProductFacts("SOP-1002", name_th="สบู่เหลวกลิ่นกุหลาบ", name_en="Rose liquid soap", gtin="8859990101219"),
    ProductFacts("WAT-1", name_th="น้ำดื่ม 600 มล.", name_en="Drinking water 600 ml"),
    ProductFacts("POW-1", name_th="แป้งฝุ่นเด็ก", name_en="Baby powder"),
    ProductFacts("SOAP", name_th="กล่องใส่ของ", name_en="Crate"),
    ProductFacts("CAF-9", name_th="กาแฟ 100%", name_en="Café crème_brûlée"),
]


@pytest.fixture
def shop(session: Session) -> Session:
    with transaction(session):
        upsert_products(session, GOODS, by=None, now=NOON)
    return session


def _found(session: Session, query: str) -> list[str]:
    return [product.sku for product in search_products(session, Shelf(query)).rows]


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("สบู่มะลิ", []),
        ("สบู่ มะลิ", ["SOP-1001"]),
        ("สบูก้อนกลิ้นมะลิ", ["SOP-1001"]),
        ("สบู่ก้อน กลิ่น มะลิ", ["SOP-1001"]),
        ("กลิ่น", ["SOP-1001", "SOP-1002"]),
        ("ลานลันทม", ["SOP-1001"]),
        ("น้ำดื่ม", ["WAT-1"]),
        ("นําดืม", ["WAT-1"]),
        ("น\u0e4d\u0e49าดื่ม", ["WAT-1"]),
        ("เเป้งฝุ่น", ["POW-1"]),
        ("แป้ง ฝุ่น เด็ก", ["POW-1"]),
        ("jasmine SOAP", ["SOP-1001"]),
        ("barsoap", ["SOP-1001"]),
        ("sop1002", ["SOP-1002"]),
        ("SOP-1002", ["SOP-1002"]),
        ("8859", ["SOP-1002"]),
        ("8859990101219", ["SOP-1002"]),
        ("885", []),
        ("cafe creme brulee", ["CAF-9"]),
        ("100%", ["CAF-9"]),
        ("cr", ["SOAP"]),
        ("ไม่มีของนี้", []),
    ],
)
def test_a_query_finds(shop: Session, query: str, skus: list[str]) -> None:
    assert _found(shop, query) == skus


def test_the_exact_code_ranks_before_names_that_begin_so_and_those_before_the_rest(shop: Session) -> None:
    make_product(shop, "A-1", name_th="ที่วางสบู่", name_en="Dish for soap")
    make_product(shop, "A-2", name_th="สบู่ดำ", name_en="Soap, black")
    with speaking("en"):
        assert _found(shop, "soap") == ["SOAP", "A-2", "A-1", "SOP-1001", "SOP-1002"]
        assert [product.sku for product in suggest_products(shop, "soap", 2)] == ["SOAP", "A-2"]
    assert suggest_products(shop, " - ") == []


def test_names_are_sorted_as_in_a_dictionary_of_the_language_spoken(shop: Session) -> None:
    with speaking("th"):
        assert _found(shop, "") == ["SOAP", "CAF-9", "WAT-1", "POW-1", "SOP-1001", "SOP-1002"]
    with speaking("en"):
        assert _found(shop, "") == ["POW-1", "CAF-9", "SOAP", "WAT-1", "SOP-1001", "SOP-1002"]


def test_a_leading_vowel_sorts_behind_its_consonant() -> None:
    words = ["โอ", "ขาว", "แก้ว", "กา", "เก่า"]
    assert sorted(words, key=sort_key) == ["กา", "เก่า", "แก้ว", "ขาว", "โอ"]


def test_letters_typed_in_two_ways_come_out_alike() -> None:
    assert folded("น้ำ") == folded("น\u0e4d\u0e49า") == folded("น\u0e49\u0e4dา") == folded("นำ")
    assert folded("แก้ว") == folded("เเก้ว")


def test_a_page_holds_so_many_and_knows_the_total(shop: Session) -> None:
    page = search_products(shop, Shelf(), page=2, per_page=4)
    assert (len(page.rows), page.total, page.has_next, page.has_previous) == (2, 6, False, True)
    beyond = search_products(shop, Shelf(), page=99, per_page=4)
    assert beyond.rows == page.rows
    assert search_products(shop, Shelf("nothing of the kind")).total == 0


def test_what_is_no_longer_sold_is_hidden_from_customers_only(shop: Session) -> None:
    make_product(shop, "OLD-1", name_en="Soap of old", lifecycle="discontinued")
    assert "OLD-1" not in _found(shop, "soap")
    staff = search_products(shop, Shelf("soap", active_only=False))
    assert "OLD-1" in [product.sku for product in staff.rows]
    inactive = search_products(shop, Shelf(active_only=False, plight=Plight.INACTIVE))
    assert [product.sku for product in inactive.rows] == ["OLD-1"]


def test_the_board_shows_what_is_out_and_where_lines_wait(session: Session) -> None:
    empty, full = make_scene(session), make_scene(session, on_hand=5)
    short = make_scene(session, on_hand=2)
    speak_for(session, short.place, 3)
    other = make_warehouse(session)
    with transaction(session):
        open_stock(session, short.product, other, 4, by=None, now=NOON)
    out = search_products(session, Shelf(plight=Plight.OUT)).rows
    waiting = search_products(session, Shelf(plight=Plight.SHORT)).rows
    assert [product.sku for product in out] == [empty.product.sku]
    assert [product.sku for product in waiting] == [short.product.sku]
    assert full.product.sku not in {product.sku for product in (*out, *waiting)}


def test_a_search_takes_one_query_however_long_its_page_is(shop: Session) -> None:
    shop.expire_all()
    with statements(shop) as sent:
        page = search_products(shop, Shelf("s"), per_page=24)
        assert [product.category for product in page.rows] == [None] * len(page.rows)
    assert len(page.rows) > 1
    assert len(sent) == 1


def _close(session: Session, query: str) -> list[str]:
    return [product.sku for product in close_products(session, Shelf(query))]


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("jasmien", ["SOP-1001"]),
        ("jsmine", ["SOP-1001"]),
        ("jasmmine", ["SOP-1001"]),
        ("yasmine", ["SOP-1001"]),
        ("sopa rose", ["SOP-1002"]),
        ("liqiud saop", ["SOP-1002"]),
        ("drinkingwatre", ["WAT-1"]),
        ("powdre", ["POW-1"]),
        ("carte", ["SOAP"]),
        ("กุลหาบ", ["SOP-1002"]),
        ("สบ่เหลวกลิ่นกุหลา", ["SOP-1002"]),
        ("แป้งฝุ่นเด็ด", ["POW-1"]),
        ("jasmine", []),
        ("xyzzyq", []),
        ("so", []),
        ("", []),
    ],
)
def test_what_comes_close_to_a_word_typed_wrongly_is_found(
    shop: Session, query: str, skus: list[str]
) -> None:
    assert _close(shop, query)[: len(skus) or None] == skus


def test_suggestions_fall_back_on_what_comes_close(shop: Session) -> None:
    assert [product.sku for product in suggest_products(shop, "jasmien")] == ["SOP-1001"]
    assert [product.sku for product in suggest_products(shop, "jasmine")] == ["SOP-1001"]


def test_the_index_follows_names_that_change_and_products_that_come(shop: Session) -> None:
    soap = find_product(shop, "SOP-1001")
    assert soap is not None
    with transaction(shop):
        change_product(shop, soap, ProductFacts("SOP-1001", name_en="Lavender bar"), by=None, now=NOON)
    assert _found(shop, "jasmine") == []
    assert _found(shop, "lavender") == ["SOP-1001"]
    with transaction(shop):
        upsert_products(shop, [ProductFacts("SOP-1001", name_en="Vanilla bar")], by=None, now=NOON)
    assert (_found(shop, "lavender"), _found(shop, "vanilla")) == ([], ["SOP-1001"])
    with transaction(shop):
        shop.delete(soap)
    assert _found(shop, "vanilla") == []


def test_a_product_is_found_by_the_barcode_of_its_carton(shop: Session) -> None:
    soap = find_product(shop, "WAT-1")
    assert soap is not None
    with transaction(shop):
        shop.add(
            ProductPack(
                product_id=soap.id,
                kind="carton",
                name_th="ลัง",
                name_en="carton",
                units=24,
                gtin="18859990101216",
            )
        )
    assert _found(shop, "18859990101216") == ["WAT-1"]
    assert _found(shop, "1885-9990") == ["WAT-1"]


@pytest.mark.parametrize(
    "typed", ["18859990101216", "๑๘๘๕๙๙๙๐๑๐๑๒๑๖", "1885-9990-101216", "1 8859990 101216", "1885999010121"]
)
def test_a_barcode_is_found_however_its_digits_are_written(shop: Session, typed: str) -> None:
    with transaction(shop):
        water = find_product(shop, "WAT-1")
        facts = {"name_th": "ลัง", "name_en": "carton", "units": 24, "gtin": "18859990101216"}
        shop.add(ProductPack(product_id=water.id, kind="carton", **facts))
    assert _found(shop, typed) == ["WAT-1"]


def test_only_a_query_of_digits_is_read_as_a_barcode() -> None:
    assert as_barcode("08859990101141") == "8859990101141"
    assert as_barcode("๐๘๘๕๙๙๙๐๑๐๑๑๔๑") == "8859990101141"
    assert as_barcode("0123") == "0123"
    assert as_barcode("soap 0123") == "soap 0123"
    assert as_barcode("๗ up") == "๗ up"


@pytest.mark.parametrize("query", ["%", "*", "--", "😀"])
def test_signs_alone_find_nothing(shop: Session, query: str) -> None:
    assert _found(shop, query) == []
