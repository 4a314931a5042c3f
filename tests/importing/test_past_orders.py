"""Past orders from spreadsheets: every row booked, known or reported; nothing doubled, nothing lost."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.models import Product, Warehouse
from inventory.stock import Movement, Stock
from orders.importing.kind import PAST_ORDERS
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import CreditLine, CreditNote, Shipment
from orders.states import LineState
from policies.promises import Promise, PromiseEvent
from portal.audit import AuditEntry
from portal.clock import local
from portal.customers.models import Customer
from portal.db import make_engine, make_sessions
from portal.importing.models import RunState
from tests.importing.runners import Outcome, bring_in, table
from tests.makers import make_world

HEADERS = ("Invoice No", "StockCode", "Description", "Quantity", "Invoice Date", "Unit Price", "Customer ID")
KNOWN = {"add": "1", "currency": "THB"}


def line(
    number: str, sku: str, quantity: object, price: object, customer: str = "C9", day: str = "2026-01-05"
) -> tuple:
    return number, sku, f"Thing {sku}", quantity, day, price, customer


@pytest.fixture
def imported(session: Session, tmp_path: Path, now: datetime):
    def run(*rows: tuple, headers: tuple = HEADERS, **options: str) -> Outcome:
        return bring_in(
            session,
            PAST_ORDERS,
            {"lines.csv": table(headers, *rows)},
            tmp_path,
            now=now,
            options={**KNOWN, **options},
        )

    return run


def counts(session: Session) -> dict[str, int]:
    tables = (
        Order,
        OrderLine,
        ScheduleLine,
        CreditNote,
        CreditLine,
        Promise,
        PromiseEvent,
        Shipment,
        Customer,
        Product,
        AuditEntry,
    )
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in tables
    }


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


def test_each_bad_row_is_reported_with_its_row_column_and_reason_and_the_good_ones_are_kept(
    session: Session, imported
) -> None:
    done = imported(
        line("1", "A", 1, 5),
        line("1", "B", 0, 5),
        line("1", "C", -2, 5),
        line("1", "D", 2, 0),
        line("2", "E", "many", 5),
        line("3", "F", 1, 5, customer=""),
        line("4", "G", 1, 5, day="31/02/2026"),
        line("5", "H", 1, 5, day=""),
        line("", "I", 1, 5),
        line("7", "J", "1.5", "cheap"),
    )
    assert done.rows == (1, 0, 9)
    assert done.told == [
        (3, "Quantity", "The quantity is zero."),
        (4, "Quantity", "The quantity is negative, but the document is not a credit."),
        (5, "Unit Price", "The price is not above zero."),
        (6, "Quantity", "This is not a number."),
        (7, "Customer ID", "No customer is named."),
        (8, "Invoice Date", "There is no such day in the calendar."),
        (9, "Invoice Date", "It is not said when the order was placed."),
        (10, "Invoice No", "This must be filled in."),
        (11, "Quantity", "This must be a whole number."),
        (11, "Unit Price", "This is not a number."),
    ]
    assert [(one.number, len(one.lines)) for one in session.scalars(select(Order))] == [("1", 1)]
    assert done.sums.holds


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


def test_one_order_of_two_companies_is_reported(session: Session, imported) -> None:
    done = imported(line("1", "A", 1, 5, customer="X"), line("1", "B", 1, 5, customer="Y"))
    assert done.rows == (1, 0, 1)
    assert done.told == [(3, "Customer ID", "The document 1 belongs to another company.")]


def test_one_order_in_two_currencies_is_reported(session: Session, imported) -> None:
    done = imported(
        (*line("1", "A", 1, 5), "GBP"),
        (*line("1", "B", 1, 5), "USD"),
        headers=(*HEADERS, "Currency"),
        currency="GBP",
    )
    assert done.told == [(3, "Currency", "The document 1 is in another currency.")]
    assert [currency for currency, _ in done.sums.reconciled()] == ["GBP", "USD"]
    assert done.sums.holds


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


ORDERS = (
    "order_id",
    "customer_id",
    "order_date",
    "required_date",
    "shipped_date",
    "ship_via",
    "ship_name",
    "ship_city",
)
DETAILS = ("order_id", "product_id", "unit_price", "quantity", "discount")


def two_files(
    session: Session, folder: Path, now: datetime, orders: list, lines: list, **maps: str | None
) -> Outcome:
    files = {"orders.csv": table(ORDERS, *orders), "order_details.csv": table(DETAILS, *lines)}
    named = {f"orders.{key}": header for key, header in maps.items()}
    return bring_in(session, PAST_ORDERS, files, folder, now=now, options=KNOWN, maps=named)


def test_two_files_are_joined_by_the_order_number(session: Session, tmp_path: Path, now: datetime) -> None:
    orders = [("7", "ALFKI", "1996-07-04", "1996-08-01", "1996-07-16", "3", "Alfreds", "Berlin")]
    done = two_files(
        session, tmp_path, now, orders, [("7", "11", "14.0", "12", "0.05"), ("7", "42", "9.8", "10", "0.0")],
        delivered_at="shipped_date",
    )  # fmt: skip
    assert done.rows == (3, 0, 0)
    order = session.scalars(select(Order)).one()
    assert (order.number, order.requested_on, order.ship_to_en) == ("7", date(1996, 8, 1), "Alfreds, Berlin")
    assert [(one.discount_bp, one.net_minor, one.first_shipped) for one in order.lines] == [
        (500, 15960, 12),
        (0, 9800, 10),
    ]
    shipment = session.scalars(select(Shipment)).one()
    assert (shipment.number, shipment.carrier, shipment.state, len(shipment.lines)) == (
        "7-S1",
        "3",
        "delivered",
        2,
    )
    promises = session.scalars(select(Promise)).all()
    assert {(one.state, one.service_level_id, local(one.due_at).date()) for one in promises} == {
        ("kept", None, date(1996, 8, 1))
    }
    assert two_files(
        session, tmp_path, now, orders, [("7", "11", "14.0", "12", "0.05"), ("7", "42", "9.8", "10", "0.0")],
        delivered_at="shipped_date",
    ).rows == (0, 3, 0)  # fmt: skip


@pytest.mark.parametrize(
    ("shipped", "state", "what"),
    [
        ("1996-08-01", "kept", ["made", "kept"]),
        ("1996-08-02", "missed", ["made", "missed", "fulfilled_late"]),
        ("", "withdrawn", ["made", "withdrawn"]),
    ],
)
def test_a_promise_of_old_is_kept_missed_or_withdrawn_as_its_delivery_shows(
    session: Session, tmp_path: Path, now: datetime, shipped: str, state: str, what: list[str]
) -> None:
    two_files(
        session, tmp_path, now, [("7", "ALFKI", "1996-07-04", "1996-08-01", shipped, "3", "", "")],
        [("7", "11", "14", "1", "0")], delivered_at="shipped_date",
    )  # fmt: skip
    promise = session.scalars(select(Promise)).one()
    assert (promise.state, [event.what for event in promise.events]) == (state, what)
    part = session.scalars(select(ScheduleLine)).one()
    assert part.delivered == (1 if shipped else 0)


def test_without_a_delivery_column_nothing_is_claimed_of_the_promise(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    two_files(
        session, tmp_path, now, [("7", "ALFKI", "1996-07-04", "1996-08-01", "1996-07-20", "3", "", "")],
        [("7", "11", "14", "1", "0")],
    )  # fmt: skip
    assert session.scalars(select(Promise)).all() == []
    order = session.scalars(select(Order)).one()
    assert (order.state, order.requested_on) == (LineState.SHIPPED, date(1996, 8, 1))


def test_rows_of_either_table_without_their_other_half_are_reported(
    session: Session, tmp_path: Path, now: datetime
) -> None:
    orders = [
        ("1", "A", "1996-07-04", "", "", "", "", ""),
        ("2", "A", "1996-07-04", "", "", "", "", ""),
        ("3", "A", "never", "", "", "", "", ""),
        ("1", "A", "1996-07-05", "", "", "", "", ""),
        ("4", "A", "1996-07-05", "", "", "", "", ""),
    ]
    lines = [
        ("1", "11", "5", "1", "0"),
        ("3", "11", "5", "1", "0"),
        ("9", "11", "5", "1", "0"),
        ("4", "11", "5", "0", "0"),
    ]
    done = two_files(session, tmp_path, now, orders, lines)
    assert done.rows == (2, 0, 7)
    assert sorted((p.sheet, p.row, p.message) for p in done.problems) == [
        ("lines", 3, "The row of this order in the table of orders could not be used."),
        ("lines", 4, "This order is not in the table of orders."),
        ("lines", 5, "The quantity is zero."),
        ("orders", 3, "The order has no lines."),
        ("orders", 4, "This is not a date."),
        ("orders", 5, "The order stands in this table twice."),
        ("orders", 6, "None of the lines of this order could be booked."),
    ]
    assert done.sums.holds


def test_a_delivery_before_its_shipping_is_reported(session: Session, imported) -> None:
    done = imported(
        (*line("1", "A", 1, 5), "2026-01-09", "2026-01-08"), headers=(*HEADERS, "Shipped on", "Delivered on")
    )
    assert done.told == [(2, "Delivered on", "The delivery comes before the shipping.")]


def test_a_known_line_with_other_dates_is_reported_and_its_order_left_as_it_was(
    session: Session, imported
) -> None:
    headers = (*HEADERS, "Shipped on", "Delivered on")
    sent = [(*line("1", "A", 1, 5), "2026-01-08", ""), (*line("1", "A", 1, 5), "2026-01-09", "2026-01-10")]
    assert imported(*sent, headers=headers).rows == (2, 0, 0)
    assert imported(*sent, headers=headers).rows == (0, 2, 0)
    arrived = [(*sent[0][:-1], "2026-01-11"), sent[1]]
    done = imported(*arrived, headers=headers)
    assert done.rows == (0, 1, 1)
    assert done.told == [
        (
            2,
            "Shipped on",
            "This line is known with other dates of shipping or delivery; past orders are not changed any more.",
        )
    ]
    assert sorted(session.scalars(select(Shipment.state))) == ["delivered", "shipped"]


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


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", ""]),
        st.sampled_from(["A", "b", ""]),
        st.just("Thing"),
        st.sampled_from(["1", "2", "-1", "0", "x", ""]),
        st.sampled_from(["2026-01-05", "05/01/2026 10:30", "nonsense", ""]),
        st.sampled_from(["5", "0.333", "-2", "0", "y", ""]),
        st.sampled_from(["X", "X", "Y", ""]),
    ),
    min_size=1,
    max_size=14,
)


# Each example takes two imports on a fresh database; making a failing one smaller would take minutes.
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS.filter(lambda rows: any(any(cell for cell in row) for row in rows)))
def test_whatever_the_rows_say_each_has_one_outcome_and_a_second_time_nothing_is_booked(
    rows: list[tuple], sqlite_template: Path, tmp_path: Path, now: datetime
) -> None:
    database = tmp_path / "any.db"
    database.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{database}")
    with make_sessions(engine)() as session:
        files = {"lines.csv": table(HEADERS, *rows)}
        first = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=KNOWN)
        assert first.run.state == RunState.DONE
        assert first.sums.holds
        assert sum(first.rows) == first.sums.rows_read == len(rows)
        booked = session.scalar(select(func.count()).select_from(OrderLine)) + session.scalar(
            select(func.count()).select_from(CreditLine)
        )
        assert booked == first.rows[0]
        second = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=KNOWN)
        assert second.rows == (0, first.rows[0], first.rows[2])
    engine.dispose()
