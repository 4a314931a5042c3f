"""Goods that came lie in quarantine until somebody has looked at every unit."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales import inspecting
from aftersales.inspecting import Finding, fits
from aftersales.models import Disposition
from aftersales.owning import owned
from aftersales.registering import KEPT, register_warranties
from aftersales.repairs import Warranty
from inventory import setting_aside
from inventory.proving import differences
from inventory.setting_aside import Units
from inventory.stock import Stock
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.owners import printer
from tests.aftersales.returns.acting import (
    RESTOCK,
    SCRAP,
    TO_CUSTOMER,
    TO_SUPPLIER,
    ask,
    authorise,
    counts,
    inspect,
    receive,
    settle,
)


def stock(session):
    row = session.scalars(select(Stock).execution_options(populate_existing=True)).one()
    return row.on_hand, row.quarantined


def test_received_goods_lie_in_quarantine_and_their_refund_is_promised_from_then(session, world, order, now):
    found = ask(session, world, order, 4)
    authorise(session, world, found)
    later = now + timedelta(days=5)
    receive(session, world, found, 3, at=later)
    session.refresh(found)
    assert (found.state, found.lines[0].received, order.lines[0].returned) == ("received", 3, 3)
    assert stock(session) == (4, 3)
    assert found.refund_promise.due_at == end_of(business_day(later + timedelta(days=3)))


@pytest.mark.parametrize("units", [0, 5, -1])
def test_more_than_authorised_or_nothing_is_not_received(session, world, order, units):
    found = ask(session, world, order, 4)
    authorise(session, world, found)
    before = counts(session)
    with pytest.raises(Refused):
        receive(session, world, found, units)
    assert (counts(session), stock(session)) == (before, (4, 0))


def test_goods_are_not_received_before_they_are_authorised(session, world, order):
    found = ask(session, world, order, 4)
    before = counts(session)
    with pytest.raises(Refused):
        receive(session, world, found, 4)
    assert counts(session) == before


def test_each_way_out_of_the_inspection_moves_the_goods(session, world, order):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    receive(session, world, found, 5)
    ways = ((RESTOCK, 1), (SCRAP, 1), (TO_SUPPLIER, 1), (TO_CUSTOMER, 1), (Disposition.REFURBISH, 1))
    inspect(session, world, found, *ways)
    assert stock(session) == (5, 1)
    session.refresh(order.lines[0])
    assert order.lines[0].returned == 4
    assert sum(one.quantity for one in found.lines[0].outcomes) == 5


def test_the_stock_desk_decides_on_what_was_to_be_refurbished_and_on_nothing_before(
    session, world, order, now
):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    mended = Units(order.lines[0].product, world.warehouse, 2, {}, "As new again")
    with pytest.raises(Refused), transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert stock(session) == (4, 3)
    inspect(session, world, found, (Disposition.REFURBISH, 2), (SCRAP, 1))
    with transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert stock(session) == (6, 0)


@pytest.mark.parametrize(
    "ways", [[(RESTOCK, 4)], [(RESTOCK, 2), (SCRAP, 2)], [], [(RESTOCK, 0)], [(RESTOCK, 4), (SCRAP, -1)]]
)
def test_an_inspection_of_nothing_or_of_more_than_came_is_refused(session, world, order, ways):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    before = counts(session)
    with pytest.raises(Refused):
        inspect(session, world, found, *ways)
    assert (counts(session), stock(session)) == (before, (4, 3))


def test_goods_are_inspected_in_several_acts_each_unit_once_and_settled_after_the_last(session, world, order):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    receive(session, world, found, 5)
    inspect(session, world, found, (SCRAP, 1), (Disposition.REFURBISH, 1))
    assert stock(session) == (4, 4)
    before = counts(session)
    with pytest.raises(Refused):
        settle(session, world, found)
    with pytest.raises(Refused):
        inspect(session, world, found, (RESTOCK, 4))
    assert counts(session) == before
    inspect(session, world, found, (SCRAP, 1), (RESTOCK, 1), (Disposition.REFURBISH, 1))
    with pytest.raises(Refused):
        inspect(session, world, found, (RESTOCK, 1))
    session.refresh(found)
    assert sum(one.quantity for one in found.lines[0].outcomes) == 5
    assert stock(session) == (5, 2)
    assert differences(session) == []
    settle(session, world, found)
    session.refresh(found)
    assert [line.quantity for line in found.credit_note.lines] == [5]


def test_the_warranty_of_a_serial_that_stays_with_us_ends_and_of_one_sent_back_runs_on(session, world, now):
    with transaction(session):
        order = world.order({printer(world, stock=2): 2})
        world.delivered(order)
    register_warranties(session, now)
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    assert owned(session, world.customer.id, business_day(now)).covered == 2
    (line,) = found.lines
    findings = [
        Finding(line.id, RESTOCK, 1, numbers={"PRINTER-0001": 1}),
        Finding(line.id, TO_CUSTOMER, 1, numbers={"PRINTER-0002": 1}),
    ]
    with transaction(session):
        inspecting.inspect(session, found, findings, by=world.staff, now=now)
    ended = select(Warranty.void_reason).where(Warranty.voided_at.is_not(None))
    assert session.scalars(ended).all() == [KEPT]
    assert owned(session, world.customer.id, business_day(now)).covered == 1


@pytest.mark.parametrize(
    ("grade", "ways"),
    [
        ("a", {"restock", "return_to_supplier", "return_to_customer"}),
        ("b", set(Disposition)),
        ("c", set(Disposition) - {"restock"}),
        ("d", {"scrap"}),
        (None, set(Disposition)),
    ],
)
def test_each_grade_fits_its_ways(grade, ways):
    assert {way for way in Disposition if fits(way, grade)} == ways


@pytest.mark.parametrize(
    ("way", "grade", "why"),
    [
        (RESTOCK, "d", "Only goods of grade A or B go back into stock"),
        (SCRAP, "a", "as new"),
        (TO_SUPPLIER, "d", "can only be scrapped"),
    ],
)
def test_goods_do_not_go_a_way_that_does_not_fit_their_grade(session, world, order, now, way, grade, why):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    before = counts(session)
    (line,) = found.lines
    with pytest.raises(Refused, match=why) as no, transaction(session):
        inspecting.inspect(session, found, [Finding(line.id, way, 3, grade)], by=world.staff, now=now)
    assert no.value.field == f"grade_{line.id}_{way}"
    assert counts(session) == before
    assert stock(session) == (4, 3)
