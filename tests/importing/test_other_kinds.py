"""Customers, the catalogue with its prices, and opening stock from spreadsheets."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.identities import Identity
from inventory.importing.catalogue import CATALOGUE
from inventory.importing.stock import OPENING_STOCK
from inventory.models import Category, Price, PriceList, Product
from inventory.proving import differences
from inventory.stock import Stock
from portal.audit import AuditEntry
from portal.customers.grouping import form_group, put_into_group
from portal.customers.importing import CUSTOMERS
from portal.customers.models import Customer
from portal.i18n import gettext, speaking
from portal.importing.models import ImportProblem
from portal.refusal import Refused
from tests.importing.runners import bring_in, table
from tests.inventory.makers import make_warehouse
from tests.makers import make_customer, make_world


def changes(session: Session) -> list[str]:
    verbs = session.scalars(
        select(AuditEntry.verb).where(~AuditEntry.verb.startswith("import.")).order_by(AuditEntry.id)
    )
    return list(verbs)


def test_customers_are_taken_on_and_known_ones_brought_up_to_date(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    make_customer(session, "C1", now=now, tier="gold", phone="1")
    session.commit()
    content = table(
        ("รหัสลูกค้า", "ชื่อลูกค้า", "โทรศัพท์", "ที่อยู่", "จังหวัด", "รหัสไปรษณีย์", "ประเภท"),
        ("C1", "", "02 000", "", "", "", ""),
        ("C2", "ร้านรุ่งเรือง", "", "12 ถนนเจริญเมือง", "เชียงใหม่", "50000", "ค้าปลีก"),
    )
    done = bring_in(session, CUSTOMERS, {"ลูกค้า.csv": content}, tmp_path, now=now)
    assert (done.rows, done.told) == ((2, 0, 0), [])
    old, new = session.scalars(select(Customer).order_by(Customer.code))
    assert (old.phone, old.tier, old.name_th, old.kind) == ("02 000", "gold", "บริษัท C1 จำกัด", "wholesale")
    assert (new.name_th, new.kind, new.language, new.ship_to.province) == (
        "ร้านรุ่งเรือง",
        "retail",
        "th",
        "TH-50",
    )
    assert new.ship_to.line_th == "12 ถนนเจริญเมือง, เชียงใหม่, 50000"
    before = changes(session)
    again = bring_in(session, CUSTOMERS, {"ลูกค้า.csv": content}, tmp_path, now=now)
    assert again.rows == (0, 2, 0)
    assert changes(session) == before


def test_companies_are_put_into_groups_by_code_and_an_unknown_group_is_a_problem_of_its_row(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    world = make_world(session, now)
    chain = form_group(session, "CHAIN", "เครือร้าน", "Chain", by=world.manager, now=now)
    old = form_group(session, "OLD", "เครือเก่า", "Old chain", by=world.manager, now=now)
    for code in ("A", "B", "C"):
        put_into_group(session, make_customer(session, code, now=now), old, by=world.manager, now=now)
    session.commit()
    content = table(
        ("Code", "Name", "Group code"),
        ("A", "", "chain"),
        ("B", "", "-"),
        ("C", "", ""),
        ("NEW", "Newcomer", "CHAIN"),
        ("LOST", "Lost", "NONE-SUCH"),
    )
    done = bring_in(session, CUSTOMERS, {"c.csv": content}, tmp_path, now=now)
    assert done.rows == (3, 1, 1)
    (problem,) = done.told
    assert "NONE-SUCH" in str(problem)
    groups = dict(session.execute(select(Customer.code, Customer.group_id)).all())
    assert groups == {"A": chain.id, "B": None, "C": old.id, "NEW": chain.id, world.customer.code: None}
    query = (
        select(AuditEntry.subject_no)
        .where(AuditEntry.verb == "customer.group_changed")
        .order_by(AuditEntry.id)
    )
    assert list(session.scalars(query))[3:] == ["A", "B", "NEW"]
    again = bring_in(session, CUSTOMERS, {"c.csv": content}, tmp_path, now=now)
    assert again.rows == (0, 4, 1)


def test_bad_customers_are_reported_and_the_good_ones_kept(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    content = table(
        ("Code", "Name", "Tax ID", "E-mail", "Tier"),
        ("A", "Alpha", "", "", ""),
        ("B", "Beta", "0105536000012", "", ""),
        ("C", "Gamma", "", "not mail", ""),
        ("D", "", "", "", ""),
        ("", "Nameless", "", "", ""),
        ("E", "Epsilon", "", "", "platinum"),
        ("A", "Alpha two", "", "", ""),
    )
    done = bring_in(session, CUSTOMERS, {"c.csv": content}, tmp_path, now=now)
    assert [(row, column) for row, column, _ in done.told] == [
        (3, "Tax ID"), (4, "E-mail"), (5, "Name"), (6, "Code"), (7, "Tier"),
    ]  # fmt: skip
    assert [(one.code, one.name_en) for one in session.scalars(select(Customer))] == [("A", "Alpha two")]


def test_products_come_with_categories_and_prices_and_a_second_time_nothing_changes(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    files = {
        "products.csv": table(
            ("product_id", "product_name", "category_id", "unit_price", "discontinued"),
            ("1", "Chai", "1", "18.0", "0"),
            ("2", "ชาเขียว", "1", "19.0", "1"),
        ),
        "categories.csv": table(("category_id", "category_name"), ("1", "Beverages")),
    }
    done = bring_in(session, CATALOGUE, files, tmp_path, now=now, options={"currency": "USD", "tier": "gold"})
    assert (done.rows, done.told) == ((3, 0, 0), [])
    chai, tea = session.scalars(select(Product).order_by(Product.sku))
    assert (chai.name_en, chai.name_th, chai.active, chai.category.name_en) == ("Chai", "", True, "Beverages")
    assert (tea.name_th, tea.active) == ("ชาเขียว", False)
    query = select(Price.unit_price, PriceList.code).join(PriceList, PriceList.id == Price.price_list_id)
    assert sorted(session.execute(query).all()) == [(Decimal(18), "USD-gold"), (Decimal(19), "USD-gold")]
    before = changes(session)
    again = bring_in(
        session, CATALOGUE, files, tmp_path, now=now, options={"currency": "USD", "tier": "gold"}
    )
    assert again.rows == (0, 3, 0)
    assert changes(session) == before


def test_a_product_file_changes_only_what_it_says(session: Session, tmp_path: Path, now: datetime) -> None:
    world = make_world(session, now)
    world.product("SOAP-1", price="10", brand="Sanya", gtin="8850006333327")
    session.commit()
    done = bring_in(
        session,
        CATALOGUE,
        {"p.csv": table(("SKU", "Name in Thai", "Price"), ("soap-1", "สบู่ใหม่", ""))},
        tmp_path,
        now=now,
    )
    assert done.rows == (1, 0, 0)
    product = session.scalars(select(Product)).one()
    assert (product.sku, product.name_th, product.brand, product.gtin) == (
        "SOAP-1",
        "สบู่ใหม่",
        "Sanya",
        "8850006333327",
    )
    assert session.scalars(select(Price.unit_price)).all() == [Decimal(10)]


def test_bad_products_are_reported_with_their_column(session: Session, tmp_path: Path, now: datetime) -> None:
    content = table(
        ("SKU", "Name", "Price", "Barcode", "Category", "Units per carton"),
        ("A", "Good", "1", "", "Soap", ""),
        ("B", "Free", "0", "", "", ""),
        ("C", "Wrong digit", "1", "8850006333328", "", ""),
        ("D", "", "1", "", "", ""),
        ("E", "No carton", "1", "", "", "0"),
        ("new", "Reserved word", "1", "", "", ""),
        ("F", "x" * 201, "1", "", "", ""),
    )
    done = bring_in(session, CATALOGUE, {"p.csv": content}, tmp_path, now=now)
    assert [(row, column) for row, column, _ in done.told] == [
        (3, "Price"), (4, "Barcode"), (5, "Name"), (6, "Units per carton"), (7, "SKU"), (8, "Name"),
    ]  # fmt: skip
    assert session.scalars(select(Product.sku)).all() == ["A"]
    assert session.scalars(select(Category.code)).all() == ["soap"]
    strict = table(("SKU", "Name", "Category"), ("Z", "Zed", "Unheard of"))
    refused = bring_in(
        session, CATALOGUE, {"p.csv": strict}, tmp_path, now=now, options={"add_categories": ""}
    )
    assert refused.told == [(2, "Category", "There is no category Unheard of.")]


def test_lives_quantities_measures_and_packs_come_with_a_file(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    head = ("SKU", "Name", "Lifecycle", "Successor", "MOQ", "Order multiple", "Most per order", "Weight", "Volume",
            "Shelf life", "Units per carton", "Barcode of the carton", "Units per pack", "Barcode")  # fmt: skip
    # The successor of the first stands further down.
    content = table(
        head,
        ("A", "Old", "phase-out", "B", "12", "6", "60", "1.2 kg", "0.5 l", "365", "24", "8859990101073", "6", ""),
        ("B", "New", "new", "", "", "", "", "75", "", "", "", "", "", "8859990101219"),
        ("C", "Least", "", "", "12", "", "6", "", "", "", "", "", "", ""),
        ("D", "Itself", "", "D", "", "", "", "", "", "", "", "", "", ""),
        ("E", "Nobody", "", "Z", "", "", "", "", "", "", "", "", "", ""),
        ("F", "Unit", "", "", "", "", "", "3 stone", "", "", "", "", "", ""),
        ("G", "Negative", "", "", "-1", "", "", "", "", "", "", "", "", ""),
        ("H", "Barcode", "", "", "", "", "", "", "", "", "", "", "", "8859990101219"),
        ("I", "Asleep", "asleep", "", "", "", "", "", "", "", "", "", "", ""),
        ("B", "", "", "A", "", "", "", "", "", "", "", "", "", ""),
    )  # fmt: skip
    done = bring_in(session, CATALOGUE, {"p.csv": content}, tmp_path, now=now)
    assert sorted((row, column) for row, column, _ in done.told) == [
        (4, "Most per order"), (5, "Successor"), (6, "Successor"), (7, "Weight"), (8, "MOQ"), (9, "Barcode"),
        (10, "Lifecycle"), (11, "Successor"),
    ]  # fmt: skip
    old, new = session.scalars(select(Product).order_by(Product.sku))
    assert (old.lifecycle, old.successor, new.lifecycle, new.successor) == ("phase_out", new, "new", None)
    assert (old.order_least, old.order_multiple, old.order_most) == (12, 6, 60)
    assert (old.weight_g, old.volume_cm3, old.shelf_life_days, new.weight_g) == (1200, 500, 365, 75)
    assert [(pack.kind, pack.units, pack.gtin) for pack in old.packs] == [
        ("pack", 6, None), ("carton", 24, "8859990101073"),
    ]  # fmt: skip
    again = bring_in(session, CATALOGUE, {"p.csv": content}, tmp_path, now=now)
    assert again.rows == (0, 2, 8)


def test_opening_stock_is_booked_once_and_another_figure_is_reported(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    world = make_world(session, now)
    world.product("A")
    world.product("B")
    session.commit()
    rows = [("A", "10", "bkk"), ("B", "0", ""), ("X", "1", ""), ("A", "5", "MOON"), ("A", "-3", "")]
    content = table(("SKU", "On hand", "Warehouse"), *rows)
    done = bring_in(
        session, OPENING_STOCK, {"s.csv": content}, tmp_path, now=now, options={"warehouse": "BKK"}
    )
    assert done.rows == (1, 1, 3)
    assert done.told == [
        (4, "SKU", "There is no product with the code X."),
        (5, "Warehouse", "There is no warehouse MOON."),
        (6, "On hand", "This must not be negative."),
    ]
    assert [(one.on_hand, one.reserved) for one in session.scalars(select(Stock))] == [(10, 0)]
    [(_, sums)] = done.sums.reconciled()
    assert (sums.booked, done.sums.holds) == (Decimal(10), True)
    other = table(("SKU", "On hand"), ("A", "10"), ("A", "11"))
    again = bring_in(
        session, OPENING_STOCK, {"s.csv": other}, tmp_path, now=now, options={"warehouse": "BKK"}
    )
    assert again.rows == (0, 1, 1)
    assert again.told == [(3, "On hand", "Opening stock of 10 was already recorded.")]


def test_opening_stock_by_serial_and_lot_is_booked_unit_by_unit_and_once(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    world = make_world(session, now)
    for sku, tracking in (("DRILL", "serial"), ("MILK", "lot"), ("SOAP", "none")):
        world.product(sku, tracking=tracking)
    session.commit()
    head = ("SKU", "On hand", "Serial number", "Lot", "Use by")
    rows = [
        ("DRILL", "1", "sn 1", "", ""),
        ("DRILL", "1", "SN2", "", ""),
        ("DRILL", "2", "SN3", "", ""),
        ("MILK", "40", "", "L-1", "2026-12-31"),
        ("MILK", "8", "", "L-1", "2027-01-31"),
        ("SOAP", "1", "SN9", "", ""),
        ("DRILL", "5", "", "", ""),
    ]
    options = {"warehouse": "BKK"}
    files = {"s.csv": table(head, *rows)}
    done = bring_in(session, OPENING_STOCK, files, tmp_path, now=now, options=options)
    assert done.rows == (4, 0, 3)
    assert done.told == [
        (4, "On hand", "A serial number is one unit."),
        (6, "On hand", "Opening stock of 40 was already recorded."),
        (7, "Serial number", "SOAP has no serial numbers."),
    ]
    assert sorted(session.scalars(select(Stock.on_hand))) == [7, 40]
    known = {one.number: (one.kind, one.expires_on) for one in session.scalars(select(Identity))}
    lot = ("lot", date(2026, 12, 31))
    assert known == {"SN1": ("serial", None), "SN2": ("serial", None), "L-1": lot}
    assert differences(session) == []
    again = bring_in(session, OPENING_STOCK, files, tmp_path, now=now, options=options)
    assert again.rows == (0, 4, 3)
    untracked = table(
        ("SKU", "Tracking", "Cost", "Reorder point"), ("DRILL", "none", "", ""), ("SOAP", "lot", "5.25", "9")
    )
    changed = bring_in(session, CATALOGUE, {"c.csv": untracked}, tmp_path, now=now)
    assert [message for _, _, message in changed.told] == [
        "Units of DRILL in our warehouses are known by lot or serial, so its tracking stays."
    ]
    soap = session.scalars(select(Product).where(Product.sku == "SOAP")).one()
    assert (soap.tracking, soap.unit_cost, soap.reorder_point) == ("lot", Decimal("5.25"), 9)


@pytest.mark.parametrize("aside", ["", "1"])
def test_opening_stock_past_its_last_day_is_reported_or_lies_in_quarantine(
    session: Session, tmp_path: Path, now: datetime, aside: str
) -> None:
    world = make_world(session, now)
    world.product("MILK", tracking="lot")
    session.commit()
    head = ("SKU", "On hand", "Lot", "Use by")
    rows = [("MILK", "40", "OLD", "2020-01-01"), ("MILK", "8", "NEW", "2027-01-01")]
    rows += [("MILK", "9", "FAR", "2199-01-01")]
    options = {"warehouse": "BKK", "expired_aside": aside}
    files = {"s.csv": table(head, *rows)}
    done = bring_in(session, OPENING_STOCK, files, tmp_path, now=now, options=options)
    assert [(row, column) for row, column, _ in done.told] == [
        *([] if aside else [(2, "Use by")]),
        (4, "Use by"),
    ]
    kept = session.execute(select(Stock.on_hand, Stock.quarantined)).one()
    assert tuple(kept) == (8, 40 if aside else 0)
    assert differences(session) == []


def test_a_day_in_a_report_is_written_in_the_language_of_who_reads_it(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    world = make_world(session, now)
    world.product("MILK", tracking="lot")
    session.commit()
    head = ("SKU", "On hand", "Lot", "Warehouse", "Use by")
    make_warehouse(session, "CNX")
    rows = [("MILK", "4", "L-1", "BKK", "2027-01-01"), ("MILK", "8", "L-1", "CNX", "2027-02-01")]
    with speaking("th"):
        bring_in(session, OPENING_STOCK, {"s.csv": table(head, *rows)}, tmp_path, now=now)
    problem = session.scalars(select(ImportProblem).order_by(ImportProblem.id.desc())).first()
    with speaking("en"):
        assert gettext(problem.message, **problem.params).endswith("last day of use: Fri 1 Jan 2027.")
    with speaking("th"):
        assert "2570" in gettext(problem.message, **problem.params)


def test_a_workbook_with_several_tabs_serves_several_sheets(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "catalogue.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Read me")
        shelves = book.add_worksheet("Shelves")
        goods = book.add_worksheet("Goods")
        title = book.add_format({"bold": True})
        goods.merge_range("A1:C1", "Price list of spring", title)
        for row, cells in enumerate([("Category code", "Category name"), ("T", "Tea")]):
            shelves.write_row(row, 0, cells)
        for row, goods_row in enumerate(
            [("SKU", "Name", "Category", "Price"), ("T-1", "Green tea", "T", 25.5)], 2
        ):
            goods.write_row(row, 0, goods_row)
    done = bring_in(session, CATALOGUE, {"catalogue.xlsx": path}, tmp_path, now=now)
    assert (done.rows, done.told) == ((2, 0, 0), [])
    product = session.scalars(select(Product)).one()
    assert (product.sku, product.category.name_en) == ("T-1", "Tea")
    assert session.scalars(select(Price.unit_price)).all() == [Decimal("25.5")]


def test_a_file_without_the_columns_that_are_needed_is_refused_before_anything_is_booked(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    with pytest.raises(Refused) as no:
        bring_in(
            session,
            OPENING_STOCK,
            {"s.csv": table(("SKU", "Colour"), ("A", "red"))},
            tmp_path,
            now=now,
            options={"warehouse": "BKK"},
        )
    assert no.value.field == "stock__quantity"
    with pytest.raises(Refused) as no:
        bring_in(session, OPENING_STOCK, {"s.csv": table(("SKU", "Quantity"), ("A", "1"))}, tmp_path, now=now)
    assert no.value.field == "warehouse"
