"""The demo's own files are complete, bilingual and formally right."""

import csv
import re
from collections import Counter
from decimal import Decimal
from importlib.resources import files

import pytest
from stdnum import ean
from stdnum.th import tin

Rows = list[dict[str, str]]


def rows_of(package: str, name: str) -> Rows:
    return list(csv.DictReader((files(package) / name).read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def catalogue() -> Rows:
    return rows_of("inventory.demo", "catalogue.csv")


@pytest.fixture(scope="module")
def companies() -> Rows:
    return rows_of("portal.demo", "companies.csv")


@pytest.fixture(scope="module")
def provinces() -> Rows:
    return rows_of("portal.customers", "provinces.csv")


def is_thai(text: str) -> bool:
    return re.search("[ก-ฮ]", text) is not None


def is_english(text: str) -> bool:
    return text.isascii() and re.search("[A-Za-z]", text) is not None


def test_the_catalogue_holds_320_consumer_goods_in_14_categories_and_40_serial_numbered_goods(
    catalogue: Rows,
) -> None:
    consumer = [row for row in catalogue if row["tracking"] in {"none", "lot"}]
    serial = [row for row in catalogue if row["tracking"] == "serial"]
    assert len(consumer) >= 320
    assert len({row["category_en"] for row in consumer}) == 14
    assert len(serial) == 40
    assert len(consumer) + len(serial) == len(catalogue)
    assert all(int(row["warranty_months"]) >= 6 for row in serial)
    assert not any(row["warranty_months"] for row in consumer)


@pytest.mark.parametrize("column", ["sku", "gtin", "name_th", "name_en"])
def test_no_two_products_share_a_code_or_a_name(catalogue: Rows, column: str) -> None:
    assert [value for value, times in Counter(row[column] for row in catalogue).items() if times > 1] == []


def test_every_product_has_its_words_in_thai_and_in_english(catalogue: Rows) -> None:
    for row in catalogue:
        for column in ("name", "category", "brand", "unit"):
            english = row["brand"] if column == "brand" else row[f"{column}_en"]
            assert is_thai(row[f"{column}_th"]), row["sku"]
            assert is_english(english), row["sku"]
            assert english.strip() == english


def test_a_category_and_a_brand_have_one_name_each_in_the_other_language(catalogue: Rows) -> None:
    for thai, english in (("category_th", "category_en"), ("brand_th", "brand")):
        pairs = {(row[thai], row[english]) for row in catalogue}
        assert len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs})


def test_every_barcode_is_a_thai_gtin_with_a_right_check_digit(catalogue: Rows) -> None:
    for row in catalogue:
        assert len(row["gtin"]) == 13
        assert row["gtin"].startswith("885")
        assert ean.is_valid(row["gtin"]), row["sku"]


def test_every_product_has_a_price_of_four_decimals_and_figures_in_range(catalogue: Rows) -> None:
    for row in catalogue:
        assert re.fullmatch(r"\d+\.\d{4}", row["price_thb"])
        assert Decimal(5) <= Decimal(row["price_thb"]) <= Decimal(20_000)
        assert 1 <= int(row["units_per_carton"]) <= 150
        assert int(row["weight_g"]) > 0
        assert 1 <= int(row["replenishment_days"]) <= 60
        assert Decimal("0.1") <= Decimal(row["popularity"]) <= Decimal(10)
        assert row["season"] in {"none", "hot", "rainy", "festive", "school"}
    assert any(not row["price_thb"].endswith("00") for row in catalogue)


def test_sixty_companies_trade_in_at_least_25_provinces_of_every_region(
    companies: Rows, provinces: Rows
) -> None:
    assert [row["code"] for row in companies] == [f"C{number:04d}" for number in range(1, 61)]
    assert Counter(row["kind"] for row in companies) == {"wholesale": 24, "retail": 36}
    assert {(row["kind"], row["tier"]) for row in companies} == {
        (kind, tier) for kind in ("wholesale", "retail") for tier in ("gold", "silver", "standard")
    }
    regions = {row["code"]: row["region"] for row in provinces}
    assert len({row["province"] for row in companies}) >= 25
    assert {regions[row["province"]] for row in companies} == set(regions.values())
    assert {row["language"] for row in companies} == {"th", "en"}


def test_every_tax_number_is_a_juristic_one_with_a_right_check_digit(companies: Rows) -> None:
    for row in companies:
        assert tin.is_valid(row["tax_id"]), row["code"]
        assert row["tax_id"].startswith("0")
        assert re.fullmatch(r"\d{5}", row["branch"])
    assert len({row["tax_id"] for row in companies}) == len(companies)


def test_every_company_can_be_named_addressed_and_reached_in_both_languages(
    companies: Rows, provinces: Rows
) -> None:
    known = {row["code"]: row for row in provinces}
    for row in companies:
        for column in ("name", "address", "subdistrict", "district", "province", "contact"):
            assert is_thai(row[f"{column}_th"]), row["code"]
            assert is_english(row[f"{column}_en"]), row["code"]
        province = known[row["province"]]
        assert (row["province_th"], row["province_en"]) == (province["th"], province["en"])
        assert re.fullmatch(r"[1-9]\d{4}", row["postcode"])
        assert re.fullmatch(r"02-000-\d{4}|0[3-7]\d-000-\d{3}", row["phone"])
        assert row["email"] == f"buyer@{row['code'].lower()}.example.com"
        assert int(row["size_weight"]) > 0
        assert int(row["order_rhythm_days"]) > 0
    for column in ("name_th", "name_en", "contact_th", "contact_en", "phone"):
        assert len({row[column] for row in companies}) == len(companies), column


def test_the_distributor_has_its_people_and_some_customers_have_two_buyers(companies: Rows) -> None:
    people = rows_of("portal.demo", "people.csv")
    roles = Counter(row["role"] for row in people)
    assert (roles["admin"], roles["manager"], roles["staff"]) == (1, 2, 4)
    buyers = Counter(row["company"] for row in people if row["role"] == "buyer")
    assert len(buyers) >= 5
    assert set(buyers.values()) == {2}
    assert set(buyers) <= {row["code"] for row in companies}
    assert len({row["email"] for row in people}) == len(people)
    for row in people:
        own = f"@{row['company'].lower()}." if row["role"] == "buyer" else "@sanya."
        assert row["email"].endswith(f"{own}example.com")
        assert is_thai(row["name_th"])
        assert is_english(row["name_en"])
        assert row["language"] in {"th", "en"}


def test_all_77_provinces_are_known_and_each_is_served_by_one_warehouse(provinces: Rows) -> None:
    assert len({row["code"] for row in provinces}) == len(provinces) == 77
    assert len({row["th"] for row in provinces}) == len({row["en"] for row in provinces}) == 77
    assert all(re.fullmatch(r"TH-\d\d", row["code"]) for row in provinces)
    assert {row["region"] for row in provinces} == {
        "north",
        "northeast",
        "central",
        "east",
        "west",
        "south",
    }
    areas = rows_of("inventory.demo", "service_areas.csv")
    warehouses = rows_of("inventory.demo", "warehouses.csv")
    assert sorted(row["province"] for row in areas) == sorted(row["code"] for row in provinces)
    assert {row["warehouse"] for row in areas} == {row["code"] for row in warehouses}
    assert len(warehouses) == 3
    assert all(1 <= int(row["transit_days"]) <= 4 for row in areas)
    served = {row["province"]: row["warehouse"] for row in areas}
    assert all(served[row["province"]] == row["code"] for row in warehouses)


def test_every_brand_comes_from_one_supplier(catalogue: Rows) -> None:
    suppliers = rows_of("inventory.demo", "suppliers.csv")
    assert len(suppliers) >= 12
    brands = Counter(brand for row in suppliers for brand in row["brands"].split(";"))
    assert set(brands.values()) == {1}
    assert set(brands) == {row["brand"] for row in catalogue}
    for row in suppliers:
        assert 1 <= int(row["lead_days"]) <= 60
        assert 50 <= int(row["reliability_percent"]) <= 100
        assert is_thai(row["name_th"])
        assert is_english(row["name_en"])
