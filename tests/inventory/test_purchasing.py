"""Goods are ordered from suppliers, promised, moved, booked in, and cancelled as far as they have not come."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Seller
from inventory import purchases, purchasing, receiving
from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder, SupplierDelivery
from inventory.proving import differences
from inventory.purchase_papers import paper_of
from inventory.purchases import PurchaseState, Wanted
from inventory.purchasing import Line
from inventory.siting import SupplierFacts, put_supplier
from inventory.stock import Reservation
from portal.audit import history_of
from portal.clock import business_day
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.inventory.makers import Scene, make_product, make_scene, speak_for
from tests.papers import text_of

SOON = timedelta(days=6)


def _draft(session: Session, scene: Scene, now: datetime, *lines: Line) -> PurchaseOrder:
    with transaction(session):
        wanted = lines or (Line(scene.product, 10),)
        return purchasing.draft(session, scene.supplier, scene.warehouse, wanted, by=None, now=now)


def _sent(session: Session, scene: Scene, now: datetime, *lines: Line) -> PurchaseOrder:
    order = _draft(session, scene, now, *lines)
    with transaction(session):
        purchasing.send(session, order, business_day(now) + SOON, by=None, now=now)
    return order


def _mailed_to(session: Session, scene: Scene, email: str, now: datetime) -> None:
    with transaction(session):
        facts = SupplierFacts(scene.supplier.code, "ผู้ขาย", "Seller", email=email)
        put_supplier(session, facts, by=None, now=now)


def _book_in(
    session: Session, receipt: InboundReceipt, units: int, now: datetime, *, last: bool = False
) -> None:
    with transaction(session):
        receiving.book_in(session, receipt, units, last=last, by=None, now=now)


def _read(session: Session, order: PurchaseOrder) -> PurchaseOrder:
    session.expire_all()
    found = purchases.find_purchase(session, order.number)
    assert found is not None
    return found


def test_a_draft_is_not_expected_until_it_is_sent(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _draft(session, scene, now)
    assert session.scalar(select(func.count(InboundReceipt.id))) == 0
    with transaction(session):
        purchasing.send(session, order, business_day(now) + SOON, by=None, now=now)
    (line,) = _read(session, order).lines
    receipt = line.receipt
    assert receipt is not None
    assert (receipt.quantity, receipt.expected_on) == (10, business_day(now) + SOON)
    assert receipt.ordered_on == business_day(now)
    assert order.state == PurchaseState.SENT


def test_lines_that_wait_claim_what_was_ordered(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (waiting,) = speak_for(session, scene.place, 4)
    (line,) = _read(session, _sent(session, scene, now)).lines
    assert session.get_one(Reservation, waiting).receipt_id == line.receipt_id


def test_the_supplier_gets_it_by_mail_once_with_its_paper_in_both_languages(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    _mailed_to(session, scene, "sales@example.com", now)
    order = _sent(session, scene, now, Line(scene.product, 10, Decimal("12.50")))
    (notice,) = session.scalars(select(Notice)).all()
    assert (notice.address, notice.paper) == ("sales@example.com", f"purchase:{order.number}")
    seller = Seller()
    for language, title in (("th", order.number), ("en", "Purchase order")):
        name, paper = paper_of(session, order.number, language, seller)
        assert name == f"{order.number}-{language}.pdf"
        assert title in text_of(paper)
        assert "125.00" in text_of(paper)


def test_without_an_address_nothing_is_mailed(session: Session, now: datetime) -> None:
    _sent(session, make_scene(session), now)
    assert session.scalar(select(func.count(Notice.id))) == 0


def test_another_day_moves_the_receipt_and_keeps_the_first_promise(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _sent(session, scene, now)
    later = business_day(now) + timedelta(days=12)
    with transaction(session):
        assert purchasing.confirm(session, order, {order.lines[0].id: later}, by=None, now=now) == 1
    (line,) = _read(session, order).lines
    assert line.receipt is not None
    assert (line.receipt.expected_on, line.receipt.original_expected_on) == (later, order.promised_on)
    assert order.promised_on == business_day(now) + SOON


def test_arrivals_are_kept_beside_promised_and_agreed_days_and_close_the_order(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    other = make_product(session)
    order = _sent(session, scene, now, Line(scene.product, 10), Line(other, 5))
    first, second = (line.receipt for line in _read(session, order).lines)
    assert first is not None
    assert second is not None
    later = now + timedelta(days=8)
    with transaction(session):
        receiving.move(session, first, business_day(now) + timedelta(days=7), by=None, now=now)
    _book_in(session, first, 4, later)
    _book_in(session, first, 6, later)
    assert _read(session, order).state == PurchaseState.SENT
    _book_in(session, second, 3, later, last=True)
    closed = _read(session, order)
    assert (closed.state, closed.closed_at) == (PurchaseState.CLOSED, later)
    kept = session.scalars(select(SupplierDelivery).order_by(SupplierDelivery.id)).all()
    assert [one.quantity for one in kept] == [4, 6, 3]
    days = [(one.arrived_on - one.promised_on).days for one in kept]
    assert days == [2, 2, 2]
    assert [(one.arrived_on - one.agreed_on).days for one in kept] == [1, 1, 2]
    assert {one.ordered_on for one in kept} == {business_day(now)}
    assert history_of(session, "purchase", order.number)[0].verb == "purchase.closed"


def test_more_than_was_ordered_is_not_booked_in(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (line,) = _read(session, _sent(session, scene, now)).lines
    assert line.receipt is not None
    with pytest.raises(Refused, match="still expected") as no:
        _book_in(session, line.receipt, 11, now)
    assert no.value.field == "quantity"
    assert session.scalar(select(func.count(SupplierDelivery.id))) == 0


def test_what_has_not_come_is_cancelled_and_who_counted_on_it_waits_anew(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    order = _sent(session, scene, now)
    (line,) = _read(session, order).lines
    assert line.receipt is not None
    (waiting,) = speak_for(session, scene.place, 8)
    _book_in(session, line.receipt, 3, now)
    with transaction(session):
        assert purchasing.cancel_rest(session, order, [line.id], "Too late", by=None, now=now) == 7
    reservation = session.get_one(Reservation, waiting, populate_existing=True)
    assert (reservation.held, reservation.quantity, reservation.receipt_id) == (3, 8, None)
    assert _read(session, order).state == PurchaseState.CLOSED
    assert differences(session) == []


def test_an_order_of_which_nothing_came_is_cancelled(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _sent(session, scene, now)
    with transaction(session):
        purchasing.cancel_rest(session, order, [order.lines[0].id], "Found cheaper", by=None, now=now)
    assert _read(session, order).state == PurchaseState.CANCELLED


def test_of_two_lines_one_is_cancelled_and_the_other_still_comes(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _sent(session, scene, now, Line(scene.product, 10), Line(make_product(session), 5))
    with transaction(session):
        purchasing.cancel_rest(session, order, [order.lines[1].id], "Not made any more", by=None, now=now)
    found = _read(session, order)
    assert found.state == PurchaseState.SENT
    assert [line.receipt.closed_at is None for line in found.lines if line.receipt] == [True, False]


def _snapshot(session: Session) -> object:
    session.rollback()
    orders = select(PurchaseOrder.number, PurchaseOrder.state, PurchaseOrder.note)
    receipts = select(InboundReceipt.number, InboundReceipt.expected_on, InboundReceipt.closed_at)
    lines = select(PurchaseLine.product_id, PurchaseLine.quantity)
    return [session.execute(one).all() for one in (orders, receipts, lines)]


def test_a_draft_is_changed_or_discarded_but_not_once_it_is_sent(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order, other, more = _draft(session, scene, now), _draft(session, scene, now), make_product(session)
    with transaction(session):
        wanted = [Line(scene.product, 7), Line(more, 2)]
        purchasing.change(session, order, wanted, note="Ring first", by=None, now=now)
        purchasing.discard(session, other, by=None, now=now)
    assert [line.quantity for line in _read(session, order).lines] == [7, 2]
    assert _read(session, other).state == PurchaseState.CANCELLED
    with transaction(session):
        purchasing.send(session, order, business_day(now) + SOON, by=None, now=now)
    before = _snapshot(session)
    for act in (
        lambda: purchasing.change(session, order, [Line(scene.product, 1)], by=None, now=now),
        lambda: purchasing.discard(session, order, by=None, now=now),
        lambda: purchasing.send(session, order, business_day(now) + SOON, by=None, now=now),
    ):
        with pytest.raises(Refused, match="not a draft"), transaction(session):
            act()
    assert _snapshot(session) == before


@pytest.mark.parametrize(
    ("quantity", "cost", "twice", "field"),
    [
        (0, None, False, "quantity_1"),
        (-5, None, False, "quantity_1"),
        (2_000_000_000, None, False, "quantity_1"),
        (5, Decimal("-0.01"), False, "cost_1"),
        (5, None, True, "sku_2"),
    ],
)
def test_what_cannot_be_ordered_is_refused_at_its_field(
    session: Session, now: datetime, quantity: int, cost: Decimal | None, twice: bool, field: str
) -> None:
    scene = make_scene(session)
    lines = [Line(scene.product, quantity, cost)] * (2 if twice else 1)
    with pytest.raises(Refused) as no:
        _draft(session, scene, now, *lines)
    assert no.value.field == field
    assert session.scalar(select(func.count(PurchaseOrder.id))) == 0


def test_a_day_that_has_passed_is_refused_for_sending_and_for_confirming(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session)
    order, passed = _draft(session, scene, now), business_day(now) - timedelta(days=1)
    with pytest.raises(Refused) as no, transaction(session):
        purchasing.send(session, order, passed, by=None, now=now)
    assert no.value.field == "promised_on"
    sent = _sent(session, scene, now)
    before, line_id = _snapshot(session), _read(session, sent).lines[0].id
    with pytest.raises(Refused) as no, transaction(session):
        purchasing.confirm(session, sent, {line_id: passed}, by=None, now=now)
    assert no.value.field == f"day_{line_id}"
    assert _snapshot(session) == before


def test_nothing_is_cancelled_without_a_reason_a_line_or_twice(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _sent(session, scene, now)
    line_id = order.lines[0].id
    before = _snapshot(session)
    for lines, reason in (([line_id], " "), ([], "Why"), ([line_id + 1], "Why")):
        with pytest.raises(Refused), transaction(session):
            purchasing.cancel_rest(session, order, lines, reason, by=None, now=now)
    assert _snapshot(session) == before
    with transaction(session):
        purchasing.cancel_rest(session, order, [line_id], "Why", by=None, now=now)
    with pytest.raises(Refused), transaction(session):
        purchasing.cancel_rest(session, order, [line_id], "Why", by=None, now=now)


def test_late_orders_are_found_and_the_list_is_narrowed(session: Session, now: datetime) -> None:
    scene, other = make_scene(session), make_scene(session)
    late, drafted = _sent(session, scene, now), _draft(session, other, now)
    today = business_day(now) + timedelta(days=10)
    assert [one.order.number for one in purchases.late_purchases(session, today)] == [late.number]
    for wanted, numbers in (
        (Wanted(), [drafted.number, late.number]),
        (Wanted(late=True), [late.number]),
        (Wanted(state=PurchaseState.DRAFT), [drafted.number]),
        (Wanted(supplier_id=scene.supplier.id), [late.number]),
        (Wanted(warehouse_id=other.warehouse.id), [drafted.number]),
        (Wanted(query=scene.product.sku), [late.number]),
    ):
        found = purchases.list_purchases(session, wanted, today)
        assert [one.order.number for one in found.rows] == numbers
    (found_late,) = purchases.list_purchases(session, Wanted(query=scene.product.sku), today).rows
    assert found_late.late(today)
    assert purchases.count_purchases(session, today) == {"draft": 1, "sent": 1, "late": 1}


def test_another_cost_or_note_of_a_draft_is_on_record(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    order = _draft(session, scene, now)
    with transaction(session):
        wanted = [Line(scene.product, 7, Decimal("2.5"))]
        purchasing.change(session, order, wanted, note="", by=None, now=now)
    with transaction(session):
        wanted = [Line(scene.product, 7, Decimal(3))]
        purchasing.change(session, order, wanted, note="Ring first", by=None, now=now)
    entry = history_of(session, "purchase", order.number)[0]
    assert entry.before == {"lines": [f"{scene.product.sku}: 7 × 2.5000"], "note": ""}
    assert entry.after == {"lines": [f"{scene.product.sku}: 7 × 3.0000"], "note": "Ring first"}
