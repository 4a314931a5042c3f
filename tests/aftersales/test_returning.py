"""Goods come back: stock, credit and the trail of it."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from aftersales.models import Disposition, Return, ReturnReason
from aftersales.returning import Back, take_back
from inventory.stock import Movement, MovementKind, Stock
from orders.crediting import credit_for, issue_credit
from orders.models import Order, OrderLine
from orders.pricing import line_sum
from orders.sent_again import Credited
from orders.shipments import CreditLine, CreditNote
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.db import make_sessions, transaction
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import make_world

DAMAGED, UNWANTED = ReturnReason.DAMAGED, ReturnReason.NOT_NEEDED
RESTOCK, SCRAP = Disposition.RESTOCK, Disposition.SCRAP


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


def on_hand(session, product):
    return session.scalar(select(Stock.on_hand).where(Stock.product_id == product.id))


def counts(session):
    tables = (Return, CreditNote, CreditLine, Movement, Notice, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_goods_fit_for_sale_go_back_into_stock_and_are_credited_at_their_price(session, world, now):
    with transaction(session):
        soap = world.product("SOAP", price="12.3450", stock=10)
        order = world.order({soap: 4})
        world.delivered(order)
    with transaction(session):
        taken = take_back(session, order, [Back(1, 3, DAMAGED, RESTOCK)], by=world.staff, now=now)
    assert on_hand(session, soap) == 6 + 3
    movement = session.scalars(select(Movement).where(Movement.kind == MovementKind.RETURN)).one()
    assert (movement.quantity, movement.cause_no) == (3, taken.number)
    note = taken.credit_note
    assert (taken.number, note.number) == ("RT-2026-00001", "CN-2026-00001")
    assert (note.net_minor, note.vat_minor, note.total_minor) == (3704, 259, 3963)
    assert order.lines[0].returned == 3
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.buyer.id, f"/my/returns/{taken.number}")
    assert taken.number in written(notice)[0]


def test_goods_for_scrap_are_credited_and_never_for_sale(session, world, now):
    with transaction(session):
        soap = world.product(stock=10)
        order = world.order({soap: 4})
        world.delivered(order)
        take_back(session, order, [Back(1, 4, DAMAGED, SCRAP)], by=world.staff, now=now)
    assert on_hand(session, soap) == 6
    moves = session.execute(
        select(Movement.kind, Movement.condition, Movement.quantity).order_by(Movement.id)
    )
    assert [tuple(move) for move in moves][-2:] == [("return", "quarantine", 4), ("scrap", "quarantine", -4)]


def test_goods_back_in_stock_serve_the_order_that_waits_for_them(session, world, now):
    with transaction(session):
        soap = world.product(stock=4)
        order = world.order({soap: 4})
        world.delivered(order)
        waiting = world.order({soap: 2})
        take_back(session, order, [Back(1, 3, UNWANTED, RESTOCK)], by=world.staff, now=now)
    session.expire_all()
    assert [part.held for part in world.parts(waiting)] == [2]
    stock = session.scalars(select(Stock)).one()
    assert (stock.on_hand, stock.reserved) == (3, 2)


@pytest.mark.parametrize("quantity", [0, 3, -1])
def test_more_than_was_delivered_or_nothing_cannot_come_back_and_changes_nothing(
    session, world, now, quantity
):
    with transaction(session):
        soap = world.product(stock=2)
        order = world.order({soap: 5})
        world.delivered(order)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        take_back(session, order, [Back(1, quantity, DAMAGED, RESTOCK)], by=world.staff, now=now)
    assert counts(session) == before
    assert (order.lines[0].returned, on_hand(session, soap)) == (0, 0)


def test_what_came_back_once_cannot_come_back_again(session, world, now):
    with transaction(session):
        soap = world.product(stock=5)
        order = world.order({soap: 5})
        world.delivered(order)
        take_back(session, order, [Back(1, 4, DAMAGED, RESTOCK)], by=world.staff, now=now)
    with pytest.raises(Refused) as no, transaction(session):
        take_back(session, order, [Back(1, 2, DAMAGED, RESTOCK)], by=world.staff, now=now)
    assert (no.value.field, no.value.params["left"]) == ("quantity_1", 1)


def test_one_line_split_over_two_rows_counts_as_one(session, world, now):
    with transaction(session):
        soap = world.product(stock=5)
        order = world.order({soap: 5})
        world.delivered(order)
    halves = [Back(1, 3, DAMAGED, SCRAP), Back(1, 3, UNWANTED, RESTOCK)]
    with pytest.raises(Refused), transaction(session):
        take_back(session, order, halves, by=world.staff, now=now)
    with transaction(session):
        taken = take_back(session, order, [halves[0], Back(1, 2, UNWANTED, RESTOCK)], by=world.staff, now=now)
    assert [(line.received, line.outcomes[0].disposition) for line in taken.lines] == [
        (3, "scrap"),
        (2, "restock"),
    ]
    assert [line.quantity for line in taken.credit_note.lines] == [5]
    assert on_hand(session, soap) == 2


def test_a_line_of_another_order_cannot_be_credited(session, world, now):
    with transaction(session):
        soap = world.product(stock=9)
        mine, other = world.order({soap: 2}), world.order({soap: 2})
        world.delivered(mine)
        world.delivered(other)
    with pytest.raises(Refused), transaction(session):
        issue_credit(session, mine, {other.lines[0].id: 1}, "Wrong item", by=world.staff, now=now)
    assert session.scalar(select(func.count()).select_from(CreditNote)) == 0


def test_two_clerks_recording_the_same_goods_at_once_take_them_back_once(session, engine, world, now):
    with transaction(session):
        soap = world.product(stock=5)
        order = world.order({soap: 5})
        world.delivered(order)
    order_id, staff_id = order.id, world.staff.id
    refused, start = [], threading.Barrier(2)

    def clerk() -> None:
        with make_sessions(engine)() as own:
            mine, staff = own.get_one(Order, order_id), own.get_one(User, staff_id)
            start.wait()
            try:
                with transaction(own):
                    take_back(own, mine, [Back(1, 5, DAMAGED, RESTOCK)], by=staff, now=now)
            except Refused:
                refused.append(1)

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    session.expire_all()
    assert (len(refused), on_hand(session, soap)) == (1, 5)
    assert session.scalar(select(OrderLine.returned)) == 5


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    price=st.decimals("0.0001", "99.9999", places=4),
    ordered=st.integers(1, 12),
    pieces=st.lists(st.integers(1, 5), max_size=8),
)
def test_credits_of_a_line_never_exceed_it_and_the_last_gives_exactly_the_rest(price, ordered, pieces):
    whole = line_sum(price, ordered, "THB", vat_rate_bp=700)
    line = OrderLine(
        ordered=ordered,
        cancelled=0,
        substituted_out=0,
        unit_price=price,
        discount_bp=0,
        vat_rate_bp=700,
        net_minor=whole.net_minor,
        vat_minor=whole.vat_minor,
    )
    so_far = Credited()
    for piece in pieces:
        units = min(piece, ordered - so_far.units)
        if not units:
            break
        credit = credit_for(line, so_far, units, "THB")
        assert credit.net_minor >= 0
        assert credit.vat_minor >= 0
        so_far = Credited(
            so_far.units + units, so_far.net_minor + credit.net_minor, so_far.vat_minor + credit.vat_minor
        )
        assert so_far.net_minor <= whole.net_minor
        assert so_far.vat_minor <= whole.vat_minor
    if so_far.units == ordered:
        assert (so_far.net_minor, so_far.vat_minor) == (whole.net_minor, whole.vat_minor)


def test_after_any_history_of_returns_stock_lines_and_credits_agree(session, world, now):
    with transaction(session):
        soap = world.product("SOAP", price="3.3350", stock=30)
        rare = world.product("RARE", price="0.0150", stock=30)
        order = world.order({soap: 7, rare: 11})
        world.delivered(order)
    tries = [(1, 2, RESTOCK), (2, 3, SCRAP), (1, 6, RESTOCK), (2, 8, RESTOCK), (1, 5, SCRAP), (2, 1, SCRAP)]
    for day, (n, quantity, becomes) in enumerate(tries):
        try:
            with transaction(session):
                take_back(
                    session,
                    order,
                    [Back(n, quantity, DAMAGED, becomes)],
                    by=world.staff,
                    now=now + timedelta(day),
                )
        except Refused:
            continue
    session.expire_all()
    assert [line.returned for line in order.lines] == [7, 11]
    for line in order.lines:
        given_back = session.scalars(select(CreditLine).where(CreditLine.order_line_id == line.id)).all()
        assert sum(c.net_minor for c in given_back) == line.net_minor
        assert sum(c.vat_minor for c in given_back) == line.vat_minor
    assert (on_hand(session, soap), on_hand(session, rare)) == (23 + 2, 19 + 8)
