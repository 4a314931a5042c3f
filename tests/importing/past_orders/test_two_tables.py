"""Past orders whose lines stand in a table of their own, and what their dates say of promises."""

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.importing.kind import PAST_ORDERS
from orders.models import Order, ScheduleLine
from orders.shipments import Shipment
from orders.states import LineState
from policies.promises import Promise
from portal.clock import local
from tests.importing.past_orders.files import KNOWN
from tests.importing.runners import Outcome, bring_in, table

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
