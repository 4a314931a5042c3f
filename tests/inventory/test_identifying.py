"""What comes in is known by lot or serial from its first day, or is refused at the field that is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import receiving
from inventory.cataloguing import change_product, upsert_products
from inventory.goods import ProductFacts
from inventory.identifying import LotFacts, ascending, identified
from inventory.identities import Identity, IdentityMove
from inventory.inbound import InboundReceipt
from inventory.models import Product
from inventory.proving import differences
from inventory.stocking import open_stock
from inventory.tracing import balances_of
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import (
    Scene,
    balance_of,
    expect,
    make_product,
    make_supplier,
    make_warehouse,
)

USE_BY = date(2027, 3, 31)


def make_tracked(session: Session, tracking: str) -> Scene:
    product = make_product(session, tracking=tracking)
    return Scene(product, make_warehouse(session), make_supplier(session))


def book_in(
    session: Session,
    receipt: InboundReceipt,
    quantity: int,
    identities: Sequence[str] | LotFacts,
    now: datetime,
) -> list[int]:
    with transaction(session):
        return receiving.book_in(
            session, receipt, quantity, last=False, identities=identities, by=None, now=now
        )


def known(session: Session) -> dict[str, int]:
    return {one.number: one.id for one in session.scalars(select(Identity))}


def test_serials_count_up_from_the_first_one() -> None:
    assert ascending("ab-098", 3) == ["AB-098", "AB-099", "AB-100"]
    assert ascending("9", 2) == ["9", "10"]
    assert ascending("X", 1) == ["X"]
    with pytest.raises(Refused, match="does not end in digits"):
        ascending("X", 2)


def test_what_is_booked_in_by_serial_lies_in_the_warehouse_by_its_number(
    session: Session, now: datetime
) -> None:
    scene = make_tracked(session, "serial")
    receipt = expect(session, scene, 3)
    book_in(session, receipt, 2, ["sn-1", "SN-2"], now)
    assert set(known(session)) == {"SN-1", "SN-2"}
    rows = balances_of(session, known(session).values())
    assert {(one.warehouse_id, one.keeping, one.quantity) for one in rows} == {
        (scene.warehouse.id, "good", 1)
    }
    assert set(session.scalars(select(IdentityMove.cause_no))) == {receipt.number}
    assert identified(session, [scene.place]) == {scene.place: 2}
    assert differences(session) == []


def test_a_lot_that_comes_again_adds_to_the_same_lot(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "lot")
    receipt = expect(session, scene, 30)
    book_in(session, receipt, 10, LotFacts("L-1", USE_BY), now)
    book_in(session, receipt, 5, LotFacts("l-1", USE_BY), now)
    (lot,) = session.scalars(select(Identity))
    assert (lot.kind, lot.expires_on) == ("lot", USE_BY)
    assert [one.quantity for one in balances_of(session, [lot.id])] == [15]
    with pytest.raises(Refused, match="another last day of use") as no:
        book_in(session, receipt, 5, LotFacts("L-1", date(2028, 1, 1)), now)
    assert no.value.field == "expires_on"
    assert differences(session) == []


@pytest.mark.parametrize(
    ("tracking", "identities", "field"),
    [
        ("serial", [], "serials"),
        ("serial", ["A"], "serials"),
        ("serial", ["A", "a"], "serials"),
        ("serial", ["A", "OLD-1"], "serials"),
        ("serial", ["A", "B" * 51], "serials"),
        ("serial", LotFacts("L"), "lot"),
        ("lot", (), "lot"),
        ("lot", LotFacts("  "), "lot"),
        ("lot", ["A", "B"], "serials"),
        ("none", ["A", "B"], "serials"),
        ("none", LotFacts("L"), "lot"),
    ],
)
def test_units_named_wrongly_are_not_booked_in(
    session: Session, now: datetime, tracking: str, identities: Sequence[str] | LotFacts, field: str
) -> None:
    scene = make_tracked(session, tracking)
    if tracking == "serial":
        with transaction(session):
            open_stock(session, scene.product, scene.warehouse, 1, serials=["OLD-1"], by=None, now=now)
    receipt, before = expect(session, scene, 5), known(session)
    there = balance_of(session, scene.place).on_hand
    with pytest.raises(Refused) as no:
        book_in(session, receipt, 2, identities, now)
    assert no.value.field == field
    session.expire_all()
    assert (receipt.received, balance_of(session, scene.place).on_hand) == (0, there)
    assert known(session) == before


def test_closing_a_receipt_of_which_nothing_more_comes_needs_no_numbers(
    session: Session, now: datetime
) -> None:
    scene = make_tracked(session, "serial")
    receipt = expect(session, scene, 2)
    with transaction(session):
        receiving.book_in(session, receipt, 0, last=True, by=None, now=now)
    assert receipt.closed_at is not None


def test_opening_stock_may_be_known_in_part(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "serial")
    with transaction(session):
        open_stock(session, scene.product, scene.warehouse, 5, serials=["A", "B"], by=None, now=now)
    assert identified(session, [scene.place]) == {scene.place: 2}
    assert balance_of(session, scene.place).on_hand == 5
    assert differences(session) == []


def test_opening_stock_cannot_name_more_units_than_there_are(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "serial")
    with pytest.raises(Refused, match="3 units are named"), transaction(session):
        open_stock(session, scene.product, scene.warehouse, 2, serials=["A", "B", "C"], by=None, now=now)
    assert balance_of(session, scene.place) is None
    assert known(session) == {}


def test_opening_stock_by_lot(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "lot")
    lots = {LotFacts("A", USE_BY): 4, LotFacts("B"): 6}
    with transaction(session):
        open_stock(session, scene.product, scene.warehouse, 10, lots=lots, by=None, now=now)
    assert identified(session, [scene.place]) == {scene.place: 10}


def test_tracking_stays_while_units_are_known_by_number(session: Session, now: datetime) -> None:
    scene = make_tracked(session, "serial")
    other = ProductFacts(scene.product.sku, tracking="none")
    with transaction(session):
        assert change_product(session, scene.product, other, by=None, now=now)
        assert change_product(session, scene.product, replace(other, tracking="serial"), by=None, now=now)
        open_stock(session, scene.product, scene.warehouse, 1, serials=["A"], by=None, now=now)
    for change in (
        lambda: change_product(session, scene.product, other, by=None, now=now),
        lambda: upsert_products(session, [other], by=None, now=now),
    ):
        with pytest.raises(Refused, match="its tracking stays") as no, transaction(session):
            change()
        assert no.value.field == "tracking"
    session.expire_all()
    assert scene.product.tracking == "serial"


def test_one_number_may_name_units_of_two_products(session: Session, now: datetime) -> None:
    for _ in range(2):
        scene = make_tracked(session, "serial")
        book_in(session, expect(session, scene, 1), 1, ["SN-1"], now)
    assert len(session.scalars(select(Identity)).all()) == 2
    assert session.scalars(select(Product.id)).all()
