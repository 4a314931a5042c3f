"""Rows of past orders that cannot be booked are reported with their reason, and the others kept."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.models import Order
from orders.shipments import Shipment
from tests.importing.past_orders.files import HEADERS, line


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
