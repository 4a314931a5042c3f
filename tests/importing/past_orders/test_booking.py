"""Past orders from one table: every row booked or known; nothing doubled, nothing lost."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from inventory.stock import Movement, Stock
from orders.models import Order
from orders.shipments import CreditNote
from orders.states import LineState
from portal.clock import local
from portal.customers.models import Customer
from portal.importing.models import RunState
from tests.importing.past_orders.files import counts, line
from tests.makers import make_world


def test_a_flat_file_becomes_orders_with_their_lines(session: Session, imported) -> None:
    done = imported(
        line("1001", "soap", 3, "12.50"), line("1001", "tea", 2, "9.999"), line("1002", "soap", 1, "12.5")
    )
    assert (done.run.state, done.rows) == (RunState.DONE, (3, 0, 0))
    order = session.scalars(select(Order).where(Order.number == "1001")).one()
    assert (order.origin, order.net_minor, order.vat_minor, order.currency) == ("import", 5750, 0, "THB")
    assert [(one.sku, one.ordered, one.unit_price, one.net_minor) for one in order.lines] == [
        ("SOAP", 3, Decimal("12.5"), 3750),
        ("TEA", 2, Decimal("9.999"), 2000),
    ]
    assert order.state is LineState.DELIVERED
    assert order.closed_at is not None
    assert order.customer.code == "C9"
    assert session.scalars(select(Warehouse.code)).all() == ["MAIN"]


def test_amounts_read_are_booked_to_the_last_digit_with_the_rounding_told(imported) -> None:
    done = imported(line("1", "A", 3, "0.3333"), line("1", "B", 1, "0.005"), line("2", "B", 1, "-4"))
    [(currency, sums)] = done.sums.reconciled()
    assert currency == "THB"
    assert (sums.read, sums.booked, sums.reported) == (Decimal("-2.9951"), Decimal("1.01"), Decimal(-4))
    assert sums.rounding == Decimal("-0.0051")
    assert done.sums.holds


def test_the_same_file_twice_changes_nothing_the_second_time(session: Session, imported) -> None:
    rows = [line("1", "A", 1, 5), line("1", "A", 1, 5), line("C2", "A", -1, 5), line("3", "B", 2, "7.25")]
    assert imported(*rows).rows == (4, 0, 0)
    before = counts(session)
    again = imported(*rows)
    assert again.rows == (0, 4, 0)
    after = counts(session)
    assert (
        after.pop("audit_entry") - before.pop("audit_entry") == 2
    )  # that it was asked for, and that it ended
    assert after == before


def test_equal_lines_of_one_order_both_count(session: Session, imported) -> None:
    imported(line("1", "A", 1, 5), line("1", "A", 1, 5))
    assert session.scalars(select(Order.net_minor)).all() == [1000]
    third = imported(line("1", "A", 1, 5), line("1", "A", 1, 5), line("1", "A", 1, 5))
    assert third.rows == (1, 2, 0)
    order = session.scalars(select(Order)).one()
    assert (order.net_minor, [one.n for one in order.lines]) == (1500, [1, 2, 3])


def test_a_corrected_file_adds_only_the_lines_that_were_missing(session: Session, imported) -> None:
    imported(line("1", "A", 1, 5), line("1", "B", 0, 5))
    done = imported(line("1", "A", 1, 5), line("1", "B", 4, 5))
    assert done.rows == (1, 1, 0)
    order = session.scalars(select(Order)).one()
    assert [(one.sku, one.ordered) for one in order.lines] == [("A", 1), ("B", 4)]
    assert (order.net_minor, order.total_minor) == (2500, 2500)


def test_rows_of_one_order_may_stand_apart(
    session: Session, imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.importing.running.PIECE", 2)
    rows = [
        line("1", "A", 1, 5),
        line("2", "A", 1, 5),
        line("2", "B", 1, 5),
        line("1", "A", 1, 5),
        line("1", "B", 1, 5),
    ]
    assert imported(*rows).rows == (5, 0, 0)
    assert imported(*rows).rows == (0, 5, 0)
    orders = session.scalars(select(Order).order_by(Order.number))
    assert [(one.number, [each.sku for each in one.lines]) for one in orders] == [
        ("1", ["A", "A", "B"]),
        ("2", ["A", "B"]),
    ]


def test_negative_rows_of_a_credit_become_a_credit_note(session: Session, imported) -> None:
    done = imported(line("C5", "A", -3, "2.50"), line("C5", "B", -1, 4))
    assert done.rows == (2, 0, 0)
    note = session.scalars(select(CreditNote)).one()
    assert (note.number, note.net_minor, note.total_minor, note.customer.code) == ("C5", 1150, 1150, "C9")
    assert [(one.quantity, one.unit_price, one.net_minor) for one in note.lines] == [
        (3, Decimal("2.5"), 750),
        (1, Decimal(4), 400),
    ]
    [(_, sums)] = done.sums.reconciled()
    assert sums.booked == Decimal("-11.50")


def test_the_letter_that_begins_a_credit_may_be_another(session: Session, imported) -> None:
    done = imported(line("R5", "A", -3, 2), line("C6", "A", -3, 2), credit_letter="R")
    assert done.rows == (1, 0, 1)
    assert session.scalars(select(CreditNote.number)).all() == ["R5"]


def test_rows_without_a_company_go_to_the_one_that_was_named(session: Session, imported) -> None:
    done = imported(line("1", "A", 1, 5, customer=""), line("2", "A", 1, 5), company="WALK-IN")
    assert done.rows == (2, 0, 0)
    assert session.scalars(select(Customer.code).order_by(Customer.code)).all() == ["C9", "WALK-IN"]


def test_unknown_products_and_companies_are_reported_unless_they_are_to_be_added(
    session: Session, imported, now: datetime
) -> None:
    world = make_world(session, now)
    world.product("SOAP-1")
    session.commit()
    rows = [
        line("1", "soap-1", 1, 5, customer="C1"),
        line("1", "TEA", 1, 5, customer="C1"),
        line("2", "SOAP-1", 1, 5, customer="NEW"),
    ]
    done = imported(*rows, add="")
    assert done.rows == (1, 0, 2)
    assert done.told == [
        (3, "StockCode", "There is no product with the code TEA."),
        (4, "Customer ID", "There is no company with the code NEW."),
    ]
    assert imported(*rows, add="1").rows == (2, 1, 0)


def test_a_number_that_an_order_of_the_portal_bears_is_reported_until_a_prefix_is_given(
    session: Session, imported, now: datetime
) -> None:
    world = make_world(session, now)
    order = world.order({world.product(stock=5): 2})
    number = order.number
    session.commit()
    row = line(number, "SOAP-1", 1, 5, customer="C1")
    [(_, column, reason)] = imported(row).told
    assert column == "Invoice No"
    assert "put a prefix" in reason
    assert imported(row, prefix="OLD-").rows == (1, 0, 0)
    assert session.scalars(select(Order.number).order_by(Order.id)).all() == [number, f"OLD-{number}"]


def test_past_orders_touch_no_stock_and_leave_nothing_open(session: Session, imported, now: datetime) -> None:
    world = make_world(session, now)
    world.product("SOAP-1", stock=5)
    session.commit()
    before = session.scalar(select(func.count()).select_from(Movement))
    imported(line("1", "SOAP-1", 900, 5, customer="C1"))
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Movement)) == before
    stock = session.scalars(select(Stock)).one()
    assert (stock.on_hand, stock.reserved) == (5, 0)
    assert session.scalars(select(Order.id).where(Order.closed_at.is_(None))).all() == []


def test_vat_on_top_is_booked_per_line(session: Session, imported) -> None:
    imported(line("1", "A", 1, "9.99"), line("1", "B", 1, "9.99"), vat="7")
    order = session.scalars(select(Order)).one()
    assert (order.net_minor, order.vat_minor, order.total_minor) == (1998, 140, 2138)


def test_thai_headers_and_buddhist_dates_are_understood(session: Session, imported) -> None:
    headers = ("เลขที่ใบสั่งซื้อ", "รหัสสินค้า", "ชื่อสินค้า", "จำนวน", "วันที่สั่งซื้อ", "ราคาต่อหน่วย", "รหัสลูกค้า")
    done = imported(("ก-1", "สบู่1", "สบู่หอม", "๑๒", "5 ม.ค. 2569", "฿1,250.50", "ล1"), headers=headers)
    assert (done.rows, done.told) == ((1, 0, 0), [])
    order = session.scalars(select(Order)).one()
    assert (order.number, order.lines[0].name_th, order.lines[0].name_en, order.net_minor) == (
        "ก-1",
        "สบู่หอม",
        "",
        1500600,
    )
    assert local(order.placed_at).date() == date(2026, 1, 5)


def test_an_amount_beyond_all_reason_is_reported_and_not_a_fault(imported) -> None:
    done = imported(line("1", "A", 10**9, 10**10), line("1", "B", 10**9, 10**11), line("2", "C", 1, 1))
    assert (done.run.state, done.rows) == (RunState.DONE, (1, 0, 2))
