"""Goods are expected, moved, booked in, and dealt to the oldest promise."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import coming, receiving, reserving
from inventory.inbound import InboundReceipt
from inventory.proving import differences
from inventory.stock import Movement, Reservation
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import Scene, balance_of, expect, make_scene, speak_for


def _held(session: Session, *ids: int) -> list[int]:
    return [session.get_one(Reservation, id_, populate_existing=True).held for id_ in ids]


def _book_in(
    session: Session, receipt: InboundReceipt, quantity: int, now: datetime, *, last: bool = False
) -> list[int]:
    with transaction(session):
        return receiving.book_in(session, receipt, quantity, last=last, by=None, now=now)


def test_a_demand_takes_stock_first_then_receipts_soonest_first_then_nothing(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, on_hand=4)
    later, sooner = expect(session, scene, 3, in_days=9), expect(session, scene, 2, in_days=4)
    ids = speak_for(session, scene.place, 12)
    parts = [session.get_one(Reservation, id_) for id_ in ids]
    assert [(part.quantity, part.held, part.receipt_id) for part in parts] == [
        (4, 4, None),
        (2, 0, sooner.id),
        (3, 0, later.id),
        (3, 0, None),
    ]
    assert differences(session) == []


def test_an_overdue_receipt_counts_from_today_with_the_supplier_s_usual_delay(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 5, in_days=1)
    today = business_day(now) + timedelta(days=4)
    assert coming.expected_day(receipt, today) == today + timedelta(days=3)


def test_goods_go_to_the_oldest_promise_first(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 10)
    (late,) = speak_for(session, scene.place, 4, due_in_days=9)
    (soon,) = speak_for(session, scene.place, 4, due_in_days=2)
    assert _book_in(session, receipt, 5, now) == [soon, late]
    assert _held(session, late, soon) == [1, 4]
    assert _book_in(session, receipt, 5, now) == [late]
    assert _held(session, late, soon) == [4, 4]
    assert differences(session) == []


def test_a_receipt_that_comes_short_sends_its_lines_to_the_next_one(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    first = expect(session, scene, 10, in_days=2)
    (line,) = speak_for(session, scene.place, 8)
    second = expect(session, scene, 20, in_days=6)
    _book_in(session, first, 3, now, last=True)
    waiting = session.get_one(Reservation, line, populate_existing=True)
    assert (waiting.held, waiting.receipt_id) == (3, second.id)
    assert session.get_one(InboundReceipt, second.id, populate_existing=True).claimed == 5
    assert differences(session) == []


def test_lines_without_a_receipt_get_first_claim_on_a_new_one(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (line,) = speak_for(session, scene.place, 8)
    receipt = expect(session, scene, 10)
    assert session.get_one(Reservation, line, populate_existing=True).receipt_id == receipt.id
    assert receipt.unclaimed == 2


def test_what_is_let_go_serves_whoever_waits_longest(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    (holder,) = speak_for(session, scene.place, 5, due_in_days=1)
    (second,) = speak_for(session, scene.place, 4, due_in_days=8)
    (first,) = speak_for(session, scene.place, 3, due_in_days=4)
    with transaction(session):
        reserving.release(session, [holder], now=now)
    assert _held(session, holder, first, second) == [0, 3, 2]
    assert differences(session) == []


def test_shipping_takes_units_out_of_stock_and_the_ledger_says_so(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    (line,) = speak_for(session, scene.place, 4)
    with transaction(session):
        reserving.consume_all(session, {"SH-1": {line: 3}}, by=None, now=now)
    stock = balance_of(session, scene.place)
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (2, 1)
    assert session.scalars(select(Movement.quantity).where(Movement.cause_no == "SH-1")).all() == [-3]


def _snapshot(session: Session, scene: Scene) -> tuple[object, ...]:
    session.expire_all()
    stock = balance_of(session, scene.place)
    reservations = session.execute(
        select(Reservation.id, Reservation.quantity, Reservation.held, Reservation.receipt_id)
    )
    receipts = session.execute(select(InboundReceipt.id, InboundReceipt.received, InboundReceipt.claimed))
    days = session.execute(select(InboundReceipt.expected_on, InboundReceipt.closed_at))
    return (
        stock and (stock.on_hand, stock.reserved),
        reservations.all(),
        receipts.all(),
        days.all(),
        session.scalar(select(func.count(Movement.id))),
    )


def test_shipping_more_than_is_held_is_refused_and_nothing_leaves(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    (mine,) = speak_for(session, scene.place, 4)
    (other,) = speak_for(session, scene.place, 1)
    before = _snapshot(session, scene)
    with pytest.raises(Refused, match="Only 1 units"), transaction(session):
        reserving.consume_all(session, {"SH-1": {mine: 4, other: 2}}, by=None, now=now)
    assert _snapshot(session, scene) == before


@pytest.mark.parametrize(("quantity", "last"), [(0, False), (-1, True), (11, False), (11, True)])
def test_booking_in_what_cannot_have_come_is_refused(
    session: Session, now: datetime, quantity: int, last: bool
) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 10)
    speak_for(session, scene.place, 4)
    before = _snapshot(session, scene)
    with pytest.raises(Refused) as no:
        _book_in(session, receipt, quantity, now, last=last)
    assert no.value.field == "quantity"
    assert _snapshot(session, scene) == before


def test_a_closed_receipt_is_neither_booked_in_nor_moved(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 10)
    _book_in(session, receipt, 0, now, last=True)
    before = _snapshot(session, scene)
    with pytest.raises(Refused, match="already closed"):
        _book_in(session, receipt, 1, now)
    with pytest.raises(Refused, match="already closed"), transaction(session):
        receiving.move(session, receipt, business_day(now), by=None, now=now)
    assert _snapshot(session, scene) == before


def test_a_receipt_is_not_expected_in_the_past_nor_for_nothing(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    with pytest.raises(Refused) as no:
        expect(session, scene, 10, in_days=-1)
    assert no.value.field == "expected_on"
    with pytest.raises(Refused) as no:
        expect(session, scene, 0)
    assert no.value.field == "quantity"
    assert session.scalar(select(func.count(InboundReceipt.id))) == 0


def test_moving_a_receipt_keeps_its_first_day(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    receipt = expect(session, scene, 10, in_days=2)
    with transaction(session):
        receiving.move(session, receipt, business_day(now) + timedelta(days=7), by=None, now=now)
    assert receipt.expected_on == business_day(now) + timedelta(days=7)
    assert receipt.original_expected_on == business_day(now) + timedelta(days=2)
