"""What every history of the three phases must leave true, whatever happened in it."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales.complaints import Compensation, CompensationState
from aftersales.models import (
    Return,
    ReturnLine,
    ReturnOutcome,
    ReturnState,
)
from aftersales.repairs import Loan
from inventory.identities import IdentityBalance, IdentityMove
from inventory.inbound import InboundReceipt, Transfer
from inventory.proving import differences
from inventory.stock import Movement, Stock
from orders.acknowledging import KIND
from orders.models import Order, OrderLine, Origin, ScheduleLine
from orders.pricing import line_sum
from orders.sent_again import credited_of
from orders.shipments import (
    CreditLine,
    CreditNote,
)
from policies.promises import WATCHED, Promise, PromiseEvent, PromiseState
from portal.archive import StoredDocument


def look(session: Session) -> None:
    for truth in TRUTHS:
        truth(session)


def every_figure_is_the_sum_of_its_records(session: Session) -> None:
    assert differences(session) == []


def nothing_appears_or_is_lost_between_two_warehouses(session: Session) -> None:
    moved = select(func.coalesce(func.sum(Movement.quantity), 0)).where(
        Movement.kind.in_(("transfer_out", "transfer_in"))
    )
    travelling = select(func.coalesce(func.sum(Transfer.quantity), 0)).where(Transfer.arrived_at.is_(None))
    assert (session.scalar(moved) or 0) + (session.scalar(travelling) or 0) == 0


def a_serial_is_in_one_place_or_has_left_the_books(session: Session) -> None:
    held = (
        select(IdentityBalance.identity_id, func.sum(IdentityBalance.quantity).label("units"))
        .where(IdentityBalance.serial)
        .group_by(IdentityBalance.identity_id)
        .subquery()
    )
    assert session.scalar(select(func.max(held.c.units))) in (None, 0, 1)
    lent_twice = select(Loan.unit_id).where(Loan.returned_at.is_(None)).group_by(Loan.unit_id)
    assert session.scalars(lent_twice.having(func.count() > 1)).all() == []


def nothing_is_returned_or_credited_beyond_what_was_delivered(session: Session) -> None:
    delivered = (
        select(ScheduleLine.line_id, func.sum(ScheduleLine.delivered).label("units"))
        .group_by(ScheduleLine.line_id)
        .subquery()
    )
    credited = (
        select(CreditLine.order_line_id, func.sum(CreditLine.quantity).label("units"))
        .group_by(CreditLine.order_line_id)
        .subquery()
    )
    query = (
        select(OrderLine.returned, delivered.c.units, func.coalesce(credited.c.units, 0))
        .join(delivered, delivered.c.line_id == OrderLine.id)
        .outerjoin(credited, credited.c.order_line_id == OrderLine.id)
    )
    for returned, came, given in session.execute(query):
        assert given <= returned <= came


def what_was_inspected_is_what_was_received(session: Session) -> None:
    found = (
        select(ReturnLine.received, func.sum(ReturnOutcome.quantity))
        .join(ReturnOutcome)
        .join(Return)
        .where(Return.state == ReturnState.SETTLED)
        .group_by(ReturnLine.id)
    )
    assert all(received == judged for received, judged in session.execute(found))


def every_order_adds_up(session: Session) -> None:
    sums = (
        select(Order.net_minor, Order.vat_minor, func.sum(OrderLine.net_minor), func.sum(OrderLine.vat_minor))
        .join(OrderLine)
        .group_by(Order.id)
    )
    for net, vat, lines_net, lines_vat in session.execute(sums):
        assert (net, vat) == (lines_net, lines_vat)
    every_line_costs_what_stays_of_it(session)
    notes = select(CreditNote).where(CreditNote.total_minor != CreditNote.net_minor + CreditNote.vat_minor)
    assert session.scalars(notes).all() == []


def every_line_costs_what_stays_of_it(session: Session) -> None:
    papers: dict[str, StoredDocument] = {}
    for paper in session.scalars(select(StoredDocument).where(StoredDocument.kind == KIND)):
        latest = papers.setdefault(paper.subject_no, paper)
        if paper.edition > latest.edition:
            papers[paper.subject_no] = paper
    told = {
        (number, line["n"]): (line["quantity"], line["net_minor"])
        for number, paper in papers.items()
        for line in paper.sheet["lines"]
    }
    for line, number, currency in session.execute(
        select(OrderLine, Order.number, Order.currency).join(OrderLine.order)
    ):
        stays = line_sum(
            line.unit_price,
            line.ordered - line.cancelled,
            currency,
            vat_rate_bp=line.vat_rate_bp,
            discount_bp=line.discount_bp,
        )
        assert (line.net_minor, line.vat_minor) == (stays.net_minor, stays.vat_minor)
        assert told[number, line.n] == (line.ordered - line.cancelled, line.net_minor)


def no_more_is_credited_than_was_paid(session: Session) -> None:
    sold = session.scalars(
        select(OrderLine).join(OrderLine.order).where(Order.origin != Origin.REPLACEMENT)
    ).all()
    known = credited_of(session, [line.id for line in sold])
    for line in sold:
        given = known[line.id]
        assert given.net_minor <= line.net_minor
        assert given.vat_minor <= line.vat_minor


def every_promise_tells_how_it_came_to_its_state(session: Session) -> None:
    latest = select(func.max(PromiseEvent.id)).group_by(PromiseEvent.promise_id)
    query = (
        select(Promise, PromiseEvent.what)
        .join(PromiseEvent, PromiseEvent.promise_id == Promise.id)
        .where(PromiseEvent.id.in_(latest))
    )
    told = {promise.id: (promise, what) for promise, what in session.execute(query)}
    assert len(told) == session.scalar(select(func.count(Promise.id)))
    ends = {PromiseState.KEPT: "kept", PromiseState.WITHDRAWN: "withdrawn"}
    for promise, what in told.values():
        if promise.state in ends:
            assert what == ends[PromiseState(promise.state)]
        if promise.state in WATCHED:
            assert promise.fulfilled_at is None


def figures(session: Session) -> list[tuple[Any, ...]]:
    session.rollback()
    asked: list[Any] = [
        select(func.sum(Stock.on_hand), func.sum(Stock.reserved), func.sum(Stock.quarantined)),
        select(func.count(Movement.id)),
        select(func.count(IdentityMove.id)),
        select(func.count(PromiseEvent.id)),
        select(func.count(InboundReceipt.id)),
        select(func.count(OrderLine.id), func.sum(OrderLine.cancelled), func.sum(OrderLine.returned)),
        select(func.sum(Order.net_minor), func.sum(Order.total_minor)),
        select(func.count(StoredDocument.id)),
    ]
    return [tuple(session.execute(one).one()) for one in asked]


def what_was_credited_for_missed_promises_is_what_they_say_was_paid(session: Session) -> None:
    credited = select(func.coalesce(func.sum(Compensation.amount_minor), 0)).where(
        Compensation.state == CompensationState.CREDITED
    )
    paid = select(func.coalesce(func.sum(Promise.paid_minor), 0))
    assert session.scalar(paid) == session.scalar(credited)
    assert session.scalars(select(Promise.id).where(Promise.paid_minor > Promise.owed_minor)).all() == []


TRUTHS = (
    every_figure_is_the_sum_of_its_records,
    nothing_appears_or_is_lost_between_two_warehouses,
    a_serial_is_in_one_place_or_has_left_the_books,
    nothing_is_returned_or_credited_beyond_what_was_delivered,
    what_was_inspected_is_what_was_received,
    every_order_adds_up,
    no_more_is_credited_than_was_paid,
    every_promise_tells_how_it_came_to_its_state,
    what_was_credited_for_missed_promises_is_what_they_say_was_paid,
)
