"""A real wholesaler's invoices and a trading company's tables; skipped by name where they are not at hand."""

import os
import re
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.importing.catalogue import CATALOGUE
from inventory.importing.stock import OPENING_STOCK
from inventory.models import Category, Product
from inventory.stock import Stock
from orders.importing.kind import PAST_ORDERS
from orders.models import Order, OrderLine
from orders.shipments import CreditLine, CreditNote, Shipment
from policies.promises import Promise
from portal.customers.importing import CUSTOMERS
from portal.customers.models import Customer
from portal.importing.kinds import ImportKind
from portal.importing.models import RunState
from tests.importing.runners import bring_in

DATA = Path(os.environ.get("SANYA_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
INVOICES = DATA / "online_retail" / "online_retail_2010-12_2011-08.csv.gz"
NORTHWIND = DATA / "northwind"

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
needs_invoices = pytest.mark.skipif(
    not INVOICES.exists(), reason="the online-retail invoices are not at hand"
)
needs_northwind = pytest.mark.skipif(not NORTHWIND.exists(), reason="the Northwind tables are not at hand")


def total(session: Session, column) -> Decimal:
    return Decimal(session.scalar(select(func.coalesce(func.sum(column), 0)))).scaleb(-2)


def count(session: Session, model) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def fresh_peak_mebibytes() -> float:
    """The memory in use, from which on the peak is counted anew: tests before this one have had peaks of their own."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mebibytes()


def peak_mebibytes() -> float:
    """The most memory this process has held since the peak was last counted anew."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


@needs_invoices
def test_the_invoices_of_a_wholesaler_come_out_to_the_last_penny_and_a_second_time_change_nothing(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    options = {"add": "1", "currency": "GBP", "company": "WALK-IN", "zone": "Europe/London"}
    files = {INVOICES.name: INVOICES}
    at_first = fresh_peak_mebibytes()
    started = time.process_time()
    done = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=options)
    print(f"first import: {time.process_time() - started:.1f} s of CPU")
    assert done.run.state == RunState.DONE
    assert done.sums.rows_read == 320_705
    assert done.sums.counted == {"documents": 16_459, "orders": 12_495, "credits": 2_554}
    assert done.rows == (318_906, 0, 1_799)
    assert dict(done.sums.reasons) == {
        "The quantity is negative, but the document is not a credit.": 925,
        "The price is not above zero.": 874,
    }
    assert len(done.problems) == 1_799
    [(currency, sums)] = done.sums.reconciled()
    assert (currency, sums.read) == ("GBP", Decimal("5761931.382"))
    assert (sums.booked, sums.reported, sums.rounding) == (
        Decimal("5784055.50"),
        Decimal("-22124.12"),
        Decimal("0.002"),
    )
    assert sums.holds
    assert (count(session, Order), count(session, OrderLine)) == (12_495, 313_059)
    assert (count(session, CreditNote), count(session, CreditLine)) == (2_554, 5_847)
    assert count(session, Customer) == 3_361
    assert total(session, Order.net_minor) - total(session, CreditNote.net_minor) == Decimal("5784055.50")
    assert total(session, OrderLine.net_minor) == total(session, Order.net_minor)
    assert session.scalar(select(func.count()).where(Order.closed_at.is_(None))) == 0

    before = count(session, OrderLine), count(session, Product), total(session, Order.net_minor)
    again = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=options)
    assert again.rows == (0, 318_906, 1_799)
    assert again.sums.holds
    assert (count(session, OrderLine), count(session, Product), total(session, Order.net_minor)) == before
    assert peak_mebibytes() - at_first < 400


@needs_invoices
def test_without_a_company_for_them_rows_that_name_none_are_reported(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("judging rows does not depend on the database")
    done = bring_in(
        session,
        PAST_ORDERS,
        {INVOICES.name: INVOICES},
        tmp_path,
        now=now,
        options={"add": "1", "currency": "GBP"},
    )
    reasons = dict(done.sums.reasons)
    assert reasons["No customer is named."] == 88_652
    assert done.sums.holds
    assert done.sums.rows_read == 320_705


@needs_northwind
def test_northwind_comes_in_from_its_several_files_and_a_second_time_changes_nothing(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    imports: tuple[tuple[ImportKind, tuple[str, ...], dict, dict], ...] = (
        (CUSTOMERS, ("customers.csv",), {"currency": "USD", "language": "en"}, {}),
        (CATALOGUE, ("products.csv", "categories.csv"), {"currency": "USD"}, {}),
        (
            PAST_ORDERS,
            ("orders.csv", "order_details.csv"),
            {"add": "1", "currency": "USD"},
            {"orders.delivered_at": "shipped_date"},
        ),
        (OPENING_STOCK, ("products.csv",), {"warehouse": "MAIN"}, {}),
    )
    outcomes = []
    for _ in range(2):
        for kind, names, options, maps in imports:
            files = {name: NORTHWIND / name for name in names}
            outcomes.append(bring_in(session, kind, files, tmp_path, now=now, options=options, maps=maps))
    assert [one.told for one in outcomes] == [[]] * 8
    assert [one.rows for one in outcomes[:4]] == [(91, 0, 0), (85, 0, 0), (2_985, 0, 0), (72, 5, 0)]
    assert [one.rows for one in outcomes[4:]] == [(0, 91, 0), (0, 85, 0), (0, 2_985, 0), (0, 77, 0)]
    assert all(one.sums.holds for one in outcomes)

    [(currency, sums)] = outcomes[2].sums.reconciled()
    assert (currency, sums.read, round(sums.read, 2)) == (
        "USD",
        Decimal("1265793.0395"),
        Decimal("1265793.04"),
    )
    assert (sums.booked, sums.rounding) == (Decimal("1265793.29"), Decimal("-0.2505"))
    assert total(session, Order.net_minor) == Decimal("1265793.29")
    assert (count(session, Order), count(session, OrderLine), count(session, Shipment)) == (830, 2_155, 809)
    assert (count(session, Customer), count(session, Product), count(session, Category)) == (91, 77, 8)
    assert session.scalar(select(func.count()).where(Product.active.is_(False))) == 10
    assert session.scalar(select(func.sum(Stock.on_hand))) == 3_119

    missed = {
        no.split("/")[0]
        for no in session.scalars(select(Promise.subject_no).where(Promise.state == "missed"))
    }
    withdrawn = {
        no.split("/")[0]
        for no in session.scalars(select(Promise.subject_no).where(Promise.state == "withdrawn"))
    }
    assert (len(missed), len(withdrawn)) == (37, 21)
