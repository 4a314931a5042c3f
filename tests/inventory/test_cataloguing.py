"""Products enter the catalogue and are kept up to date."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.cataloguing import add_product, category_code, change_product, put_category, upsert_products
from inventory.goods import ProductFacts, check
from inventory.models import Product
from inventory.queries import find_product, product_named
from portal.audit import AuditEntry, history_of
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_product, statements

SOAP = ProductFacts("SOP-1", name_th="สบู่มะลิ", name_en="Jasmine soap", brand="Mali", gtin="8859990101073")


def _products(session: Session) -> int:
    return session.scalar(select(func.count(Product.id))) or 0


def test_a_new_product_gets_what_is_usual_and_stands_in_the_audit_trail(
    session: Session, now: datetime
) -> None:
    with transaction(session):
        soap = add_product(session, SOAP, by=None, now=now)
    assert (soap.unit_th, soap.unit_en, soap.units_per_carton, soap.replenishment_days) == (
        "ชิ้น",
        "piece",
        1,
        14,
    )
    assert soap.active
    assert soap.tracking == "none"
    (entry,) = history_of(session, "product", "SOP-1")
    assert entry.verb == "product.added"
    assert entry.after is not None
    assert entry.after["gtin"] == "8859990101073"


def test_a_code_is_given_once(session: Session, now: datetime) -> None:
    make_product(session, "SOP-1")
    with pytest.raises(Refused, match="already in use"), transaction(session):
        add_product(session, SOAP, by=None, now=now)
    assert _products(session) == 1


@pytest.mark.parametrize("code", ["sop-1", "Sop-1", "SOP-1"])
def test_a_code_in_other_capitals_is_the_same_code(session: Session, now: datetime, code: str) -> None:
    make_product(session, "SOP-1")
    with pytest.raises(Refused, match="The product code SOP-1 is already in use") as no, transaction(session):
        add_product(session, ProductFacts(code, name_en="Soap"), by=None, now=now)
    assert no.value.field == "sku"
    assert _products(session) == 1


def test_a_typed_code_is_understood_in_capitals_or_not(session: Session) -> None:
    make_product(session, "SOP-1")
    make_product(session, "tea-2")
    for typed in ("SOP-1", "sop-1", " Sop-1 "):
        assert product_named(session, typed).sku == "SOP-1"
    assert product_named(session, "TEA-2").sku == "tea-2"
    with pytest.raises(Refused, match="There is no product SOP-2") as no:
        product_named(session, "SOP-2", field="stands_in")
    assert no.value.field == "stands_in"


def test_changing_a_product_says_whether_anything_changed(session: Session, now: datetime) -> None:
    make_product(session, "SOP-1", name_th="สบู่มะลิ", name_en="Jasmine soap", brand="Mali")
    soap = find_product(session, "SOP-1")
    assert soap is not None
    with transaction(session):
        assert not change_product(session, soap, ProductFacts("SOP-1", brand="Mali"), by=None, now=now)
    with transaction(session):
        assert change_product(session, soap, ProductFacts("SOP-1", name_en="Rose soap"), by=None, now=now)
    assert soap.search_text == "sop1 สบูมะลิ rosesoap mali"
    assert soap.sort_en == "rose soap"
    assert soap.name_th == "สบู่มะลิ"
    newest, _ = history_of(session, "product", "SOP-1")
    assert newest.before == {"name_en": "Jasmine soap"}
    assert newest.after == {"name_en": "Rose soap"}


def test_an_empty_text_takes_a_fact_away_and_silence_keeps_it(session: Session, now: datetime) -> None:
    make_product(session, "SOP-1", gtin="8859990101073", warranty_months=12)
    soap = find_product(session, "SOP-1")
    assert soap is not None
    with transaction(session):
        change_product(session, soap, ProductFacts("SOP-1"), by=None, now=now)
    assert (soap.gtin, soap.warranty_months) == ("8859990101073", 12)
    with transaction(session):
        change_product(session, soap, ProductFacts("SOP-1", gtin="", warranty_months=0), by=None, now=now)
    assert (soap.gtin, soap.warranty_months) == (None, None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (ProductFacts("", name_en="Soap"), "sku"),
        (ProductFacts(" SOP", name_en="Soap"), "sku"),
        (ProductFacts("SOP\n1", name_en="Soap"), "sku"),
        (ProductFacts("new", name_en="Soap"), "sku"),
        (ProductFacts("a/../b", name_en="Soap"), "sku"),
        (ProductFacts("S" * 41, name_en="Soap"), "sku"),
        (ProductFacts("SOP-1", name_th="", name_en=""), "name_th"),
        (ProductFacts("SOP-1", name_en="x" * 201), "name_en"),
        (ProductFacts("SOP-1", name_en="Soap", gtin="8859990101074"), "gtin"),
        (ProductFacts("SOP-1", name_en="Soap", gtin="12345"), "gtin"),
        (ProductFacts("SOP-1", name_en="Soap", gtin="๘๘๕๙๙๙๐๑๐๑๐๗๓"), "gtin"),
        (ProductFacts("SOP-1", name_en="Soap", tracking="pile"), "tracking"),
        (ProductFacts("SOP-1", name_en="Soap", units_per_carton=0), "units_per_carton"),
        (ProductFacts("SOP-1", name_en="Soap", replenishment_days=731), "replenishment_days"),
        (ProductFacts("SOP-1", name_en="Soap", warranty_months=-1), "warranty_months"),
        (ProductFacts("SOP-1", name_en="Soap", category="toys"), "category"),
        (ProductFacts("SOP-1"), "name_th"),
    ],
)
def test_what_cannot_be_true_of_a_product_is_refused_beside_its_field(
    session: Session, now: datetime, facts: ProductFacts, field: str
) -> None:
    with pytest.raises(Refused) as no, transaction(session):
        add_product(session, facts, by=None, now=now)
    assert no.value.field == field
    assert _products(session) == 0
    assert session.scalar(select(func.count(AuditEntry.id))) == 0


def test_a_file_of_products_twice_changes_nothing_the_second_time(session: Session, now: datetime) -> None:
    rows = [ProductFacts(f"P{n}", name_th=f"สินค้า {n}", name_en=f"Goods {n}") for n in range(50)]
    with transaction(session):
        put_category(session, "soap", "สบู่", "Soap", by=None, now=now)
    with transaction(session):
        first = upsert_products(session, rows, by=None, now=now)
    with transaction(session):
        second = upsert_products(session, rows, by=None, now=now)
    assert (first.new, first.changed, first.unchanged) == (50, 0, 0)
    assert (second.new, second.changed, second.unchanged) == (0, 0, 50)
    with transaction(session):
        third = upsert_products(
            session, [ProductFacts("P7", name_en="Salt", category="soap")], by=None, now=now
        )
    assert (third.new, third.changed, third.unchanged) == (0, 1, 0)
    salt = find_product(session, "P7")
    assert salt is not None
    assert salt.category is not None
    assert (salt.name_th, salt.name_en, salt.category.code) == ("สินค้า 7", "Salt", "soap")
    assert salt.search_text == "p7 สินคา7 salt"
    assert [entry.verb for entry in history_of(session, "product", "P7")] == [
        "product.changed",
        "product.added",
    ]


def test_a_file_that_names_a_code_twice_keeps_the_later_facts(session: Session, now: datetime) -> None:
    rows = [
        ProductFacts("P1", name_en="Salt"),
        ProductFacts("P1", name_en="Salt"),
        ProductFacts("P1", name_en="Pepper"),
    ]
    with transaction(session):
        counts = upsert_products(session, rows, by=None, now=now)
    assert (counts.new, counts.changed, counts.unchanged) == (1, 1, 1)
    pepper = find_product(session, "P1")
    assert pepper is not None
    assert pepper.name_en == "Pepper"


def test_a_file_with_a_bad_product_is_refused_as_a_whole(session: Session, now: datetime) -> None:
    rows = [ProductFacts("P1", name_en="Salt"), ProductFacts("P2", name_en="Pepper", units_per_carton=0)]
    with pytest.raises(Refused), transaction(session):
        upsert_products(session, rows, by=None, now=now)
    assert _products(session) == 0


def test_a_large_file_takes_few_statements(session: Session, now: datetime) -> None:
    rows = [ProductFacts(f"P{n}", name_en=f"Goods {n}") for n in range(4000)]
    with statements(session) as sent, transaction(session):
        upsert_products(session, rows, by=None, now=now)
    assert _products(session) == 4000
    assert len([one for one, _ in sent if one.startswith("SELECT")]) <= 4
    with statements(session) as sent, transaction(session):
        upsert_products(session, rows, by=None, now=now)
    assert len(sent) <= 6


def test_a_category_keeps_its_code_and_may_be_renamed(session: Session, now: datetime) -> None:
    with transaction(session):
        soap = put_category(
            session, category_code("Soap & body care"), "สบู่", "Soap & body care", by=None, now=now
        )
    with transaction(session):
        again = put_category(session, "soap-body-care", "สบู่ก้อน", "Soap", by=None, now=now)
    assert again.id == soap.id
    assert (again.name_th, again.name_en) == ("สบู่ก้อน", "Soap")
    assert category_code("เครื่องดื่ม 1") == "เครื่องดื่ม-1"


def test_facts_are_checked_without_a_database() -> None:
    check(ProductFacts("85123A"))
    check(ProductFacts("BANK CHARGES", name_en="Bank charges"))


def test_a_name_that_reads_backwards_is_refused_at_its_field(session: Session, now: datetime) -> None:
    with pytest.raises(Refused) as no, transaction(session):
        add_product(session, ProductFacts("SOP-2", name_en="Soap \u202e001"), by=None, now=now)
    assert no.value.field == "name_en"
    assert _products(session) == 0
