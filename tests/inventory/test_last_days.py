"""Goods past their last day of use reach nobody: refused at the field, or in quarantine before anything is dealt."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import receiving, transferring
from inventory.adjusting import Correction, propose
from inventory.correcting_days import Verb, correct_day
from inventory.counts import AdjustmentReason
from inventory.expired import set_expired_aside
from inventory.identifying import LotFacts
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.inbound import InboundReceipt, Transfer
from inventory.last_days import has_passed, refuse_mistyped
from inventory.models import Product, Tracking, Warehouse
from inventory.proving import differences
from inventory.stock import Stock
from inventory.stocking import open_stock
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World, make_world, sign_in

MARCH = date(2026, 3, 31)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def milk(session: Session, world: World) -> Product:
    with transaction(session):
        return world.product("MILK", tracking=Tracking.LOT)


@pytest.fixture
def desk(app: Flask, world: World) -> FlaskClient:
    client = app.test_client()
    sign_in(client, world.staff)
    return client


def lying(session: Session) -> dict[tuple[str, str], int]:
    session.rollback()  # what others have written meanwhile is seen
    rows = session.scalars(select(IdentityBalance).where(IdentityBalance.quantity > 0))
    return {(one.identity.number, one.keeping): one.quantity for one in rows}


def stock_of(session: Session, product: Product) -> tuple[int, int, int]:
    session.expire_all()
    rows = session.scalars(select(Stock).where(Stock.product_id == product.id)).all()
    return (
        sum(row.on_hand for row in rows),
        sum(row.reserved for row in rows),
        sum(row.quarantined for row in rows),
    )


def book_in(
    session: Session, receipt: InboundReceipt, lot: LotFacts, world: World, *, aside: bool
) -> list[int]:
    with transaction(session):
        return receiving.book_in(
            session, receipt, 8, last=True, identities=lot, aside=aside, by=world.staff, now=world.now
        )


def test_a_lot_may_be_used_on_its_last_day(now: datetime) -> None:
    today = business_day(now)
    assert not has_passed(None, today)
    assert not has_passed(today, today)
    assert has_passed(today - timedelta(days=1), today)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(9999, 12, 31), "more than 50 years away"),
        (date(2077, 1, 1), "more than 50 years away"),
        (date(1, 1, 1), "more than 50 years away"),
        (date(2570, 3, 1), "2570 is a year of the Buddhist era. Please write 2027"),
    ],
)
def test_a_mistyped_year_is_refused_and_a_buddhist_one_is_named(day: date, said: str) -> None:
    today = date(2026, 4, 1)
    refuse_mistyped(None, today)
    refuse_mistyped(date(2076, 12, 31), today)
    with pytest.raises(Refused, match=said) as no:
        refuse_mistyped(day, today)
    assert no.value.field == "expires_on"


@pytest.mark.parametrize("day", [MARCH, date(2570, 1, 1), date(9999, 1, 1)])
def test_what_may_be_used_no_more_is_not_booked_in(
    session: Session, world: World, milk: Product, day: date
) -> None:
    with transaction(session):
        receipt = world.receipt(milk, 8, date(2026, 4, 6))
    with pytest.raises(Refused) as no:
        book_in(session, receipt, LotFacts("OLD", day), world, aside=False)
    assert no.value.field == "expires_on"
    assert stock_of(session, milk) == (0, 0, 0)
    assert (receipt.received, receipt.closed_at) == (0, None)
    assert session.scalars(select(Identity)).all() == []


def test_what_comes_in_to_lie_aside_serves_nobody_even_for_a_moment(
    session: Session, world: World, milk: Product
) -> None:
    with transaction(session):
        receipt = world.receipt(milk, 8, date(2026, 4, 6))
        order = world.order({milk: 5})
    assert book_in(session, receipt, LotFacts("OLD", MARCH), world, aside=True) == []
    assert lying(session) == {("OLD", Keeping.QUARANTINE): 8}
    assert stock_of(session, milk) == (0, 0, 8)
    assert [part.held for part in world.parts(order)] == [0]
    assert set_expired_aside(session, world.now) == 0
    assert differences(session) == []


def test_a_known_lot_that_has_expired_is_refused_without_its_day(
    session: Session, world: World, milk: Product
) -> None:
    with transaction(session):
        lots, before = {LotFacts("OLD", MARCH): 2}, world.now - timedelta(days=9)
        open_stock(session, milk, world.warehouse, 2, lots=lots, by=world.staff, now=before)
        receipt = world.receipt(milk, 8, date(2026, 4, 6))
    with pytest.raises(Refused, match="could be used until") as no:
        book_in(session, receipt, LotFacts("OLD"), world, aside=False)
    assert no.value.field == "expires_on"
    assert stock_of(session, milk) == (2, 0, 0)


def test_a_lot_that_is_good_does_not_go_aside_by_mistake(
    session: Session, world: World, milk: Product
) -> None:
    with transaction(session):
        receipt = world.receipt(milk, 8, date(2026, 4, 6))
    with pytest.raises(Refused, match="may still be used") as no:
        book_in(session, receipt, LotFacts("NEW", date(2027, 1, 1)), world, aside=True)
    assert no.value.field == "aside"
    assert lying(session) == {}


def test_an_expired_lot_is_not_moved_between_warehouses(
    session: Session, world: World, milk: Product
) -> None:
    before, day = world.now - timedelta(days=9), date(2026, 4, 4)
    lots = {LotFacts("OLD", MARCH): 4, LotFacts("NEW", date(2027, 1, 1)): 4}
    with transaction(session):
        there = Warehouse(code="HDY", name_th="หาดใหญ่", name_en="Hat Yai")
        session.add(there)
        open_stock(session, milk, world.warehouse, 8, lots=lots, by=world.staff, now=before)
        old = session.scalars(select(Identity).where(Identity.number == "OLD")).one()
    send = (session, milk, world.warehouse, there)
    with pytest.raises(Refused, match="Lot OLD has expired") as no, transaction(session):
        transferring.send(*send, 2, day, identities=[(old.id, 2)], by=world.staff, now=world.now)
    assert no.value.field == "identities"
    assert session.scalars(select(Transfer)).all() == []
    with pytest.raises(Refused, match="Only 4 units"), transaction(session):
        transferring.send(*send, 5, day, by=world.staff, now=world.now)
    assert lying(session) == {("OLD", Keeping.GOOD): 4, ("NEW", Keeping.GOOD): 4}
    with transaction(session):
        transferring.send(*send, 4, day, by=world.staff, now=world.now)
    assert lying(session) == {("OLD", Keeping.GOOD): 4}


def test_a_lot_that_expires_on_the_way_arrives_in_quarantine(
    session: Session, world: World, milk: Product
) -> None:
    lots, day = {LotFacts("SOON", date(2026, 4, 2)): 4}, date(2026, 4, 2)
    with transaction(session):
        there = Warehouse(code="HDY", name_th="หาดใหญ่", name_en="Hat Yai")
        session.add(there)
        open_stock(session, milk, world.warehouse, 4, lots=lots, by=world.staff, now=world.now)
        sent = transferring.send(session, milk, world.warehouse, there, 4, day, by=world.staff, now=world.now)
    with transaction(session):
        transferring.arrive(session, sent, by=world.staff, now=world.now + timedelta(days=3))
    assert lying(session) == {("SOON", Keeping.QUARANTINE): 4}
    assert differences(session) == []


def test_what_is_found_of_an_expired_lot_lies_in_quarantine(
    session: Session, world: World, milk: Product
) -> None:
    before = world.now - timedelta(days=9)
    with transaction(session):
        open_stock(
            session, milk, world.warehouse, 4, lots={LotFacts("OLD", MARCH): 4}, by=world.staff, now=before
        )
        milk.unit_cost = Decimal(1)
    set_expired_aside(session, world.now)
    found = Correction(milk, world.warehouse, 2, AdjustmentReason.FOUND, numbers={"OLD": 2})
    with transaction(session):
        propose(session, found, by=world.staff, now=world.now)
    assert lying(session) == {("OLD", Keeping.QUARANTINE): 6}
    assert differences(session) == []


def test_a_day_that_was_mistyped_is_corrected_and_who_was_meant_to_get_it_gets_the_next_lot(
    session: Session, world: World, milk: Product
) -> None:
    lots = {LotFacts("A", date(2027, 1, 1)): 4, LotFacts("B", date(2028, 1, 1)): 4}
    with transaction(session):
        open_stock(session, milk, world.warehouse, 8, lots=lots, by=world.staff, now=world.now)
        order = world.order({milk: 4})
        lot = session.scalars(select(Identity).where(Identity.number == "A")).one()
    with transaction(session):
        assert correct_day(session, lot, MARCH, "Read the label again", by=world.staff, now=world.now) == 4
    assert lying(session) == {("A", Keeping.QUARANTINE): 4, ("B", Keeping.GOOD): 4}
    meant = session.scalars(select(IdentityBalance).where(IdentityBalance.allocated > 0)).all()
    assert [(one.identity.number, one.allocated) for one in meant] == [("B", 4)]
    assert [part.held for part in world.parts(order)] == [4]
    (act,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == Verb.CORRECTED))
    assert act.before == {"lot": "A", "expires_on": "2027-01-01"}
    assert act.after == {"lot": "A", "expires_on": "2026-03-31", "reason": "Read the label again"}
    assert differences(session) == []


def test_a_lot_that_turns_out_to_be_good_goes_first_to_whoever_waits(session, world, milk):
    with transaction(session):
        lots = {LotFacts("A", business_day(world.now)): 5}
        open_stock(session, milk, world.warehouse, 5, lots=lots, by=world.staff, now=world.now)
    tomorrow = world.now + timedelta(days=1)
    with transaction(session):
        order = world.order({milk: 4}, at=tomorrow)
    assert [part.held for part in world.parts(order)] == [0]
    lot = session.scalars(select(Identity)).one()
    with transaction(session):
        assert correct_day(session, lot, date(2027, 1, 1), "Misread", by=world.staff, now=tomorrow) == 0
    session.expire_all()
    assert [part.held for part in world.parts(order)] == [4]
    meant = session.scalars(select(IdentityBalance).where(IdentityBalance.allocated > 0)).all()
    assert [(one.identity.number, one.allocated) for one in meant] == [("A", 4)]
    assert differences(session) == []


@pytest.mark.parametrize(
    ("day", "reason", "field"),
    [
        (date(2028, 1, 1), " ", "reason"),
        (date(2027, 1, 1), "Why", "expires_on"),
        (date(2570, 1, 1), "Why", "expires_on"),
    ],
)
def test_a_day_is_not_corrected_without_a_reason_or_to_what_cannot_be(
    session: Session, world: World, milk: Product, day: date, reason: str, field: str
) -> None:
    with transaction(session):
        lots = {LotFacts("A", date(2027, 1, 1)): 4}
        open_stock(session, milk, world.warehouse, 4, lots=lots, by=world.staff, now=world.now)
    lot = session.scalars(select(Identity)).one()
    with pytest.raises(Refused) as no, transaction(session):
        correct_day(session, lot, day, reason, by=world.staff, now=world.now)
    assert no.value.field == field
    session.expire_all()
    assert lot.expires_on == date(2027, 1, 1)
    assert lying(session) == {("A", Keeping.GOOD): 4}


def test_staff_book_expired_goods_into_quarantine_and_correct_a_day_on_the_pages(
    session: Session, world: World, milk: Product, desk: FlaskClient
) -> None:
    with transaction(session):
        receipt = world.receipt(milk, 8, world.now.date())
    typed = {"quantity": "8", "lot": "OLD", "expires_on": "2020-01-01"}
    path = f"/desk/receipts/{receipt.number}"
    refused = desk.post(f"{path}/book-in", data=typed)
    assert refused.status_code == 422
    assert "Lot OLD could be used until" in refused.text
    assert lying(session) == {}
    assert desk.post(f"{path}/book-in", data={**typed, "aside": "y"}).status_code == 302
    assert "in quarantine" in desk.get(path).text
    assert lying(session) == {("OLD", Keeping.QUARANTINE): 8}
    page = "/desk/lot-days?sku=MILK&number=OLD"
    assert page.replace("&", "&amp;") in desk.get("/desk/identities").text
    assert desk.get(page).status_code == 200
    assert desk.post(page, data={"expires_on": "2570-01-01", "reason": "Label"}).status_code == 422
    assert desk.post(page, data={"expires_on": "2027-01-01", "reason": "Label"}).status_code == 302
    assert lying(session) == {("OLD", Keeping.QUARANTINE): 8}
    assert "Last day of use of a lot corrected" in desk.get("/desk/products/MILK").text
    assert desk.get("/desk/lot-days?sku=MILK&number=NONE").status_code == 404
    assert desk.get("/desk/lot-days").status_code == 404


def test_a_list_of_serials_and_a_first_one_are_not_both_taken(
    session: Session, world: World, desk: FlaskClient
) -> None:
    with transaction(session):
        drill = world.product("DRILL", tracking=Tracking.SERIAL)
        receipt = world.receipt(drill, 1, world.now.date())
    typed = {"quantity": "1", "serials": "ZB1", "first_serial": "ZC1"}
    answer = desk.post(f"/desk/receipts/{receipt.number}/book-in", data=typed)
    assert answer.status_code == 422
    assert "not both" in answer.text
    assert lying(session) == {}
