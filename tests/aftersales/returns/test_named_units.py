"""Serials and lots of a return are named, checked and go where their goods go."""

import pytest
from sqlalchemy import select

from aftersales import inspecting
from aftersales.identifying import candidates_of
from aftersales.inspecting import Finding
from inventory.identities import Keeping
from inventory.models import Tracking
from orders.models import OrderLine
from orders.offering import offer
from orders.substituting import accept
from portal.accounts.roles import Role
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.returns.acting import (
    RESTOCK,
    SCRAP,
    TO_CUSTOMER,
    ask,
    authorise,
    counts,
    inspect,
    places,
    receive,
)
from tests.orders.short_lines import lines, stands_for
from tests.people import make_customer, make_user


def test_a_grade_that_there_is_not_is_refused_at_its_field(session, world, order, now):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    (line,) = found.lines
    with pytest.raises(Refused, match="grade is one of") as no, transaction(session):
        inspecting.inspect(session, found, [Finding(line.id, RESTOCK, 2, "e")], by=world.staff, now=now)
    assert no.value.field == f"grade_{line.id}_{RESTOCK}"
    session.expire_all()
    assert found.state == "received"


def test_serials_go_where_their_goods_go(session, world, pumps, now):
    found = ask(session, world, pumps, 2, numbers={"PUMP-0001": 1, "PUMP-0003": 1})
    assert sorted(one.identity.number for one in found.lines[0].identities) == ["PUMP-0001", "PUMP-0003"]
    authorise(session, world, found)
    receive(session, world, found, 2)
    assert places(session) == {Keeping.GOOD: 2, Keeping.OWNED: 1, Keeping.QUARANTINE: 2}
    (line,) = found.lines
    with transaction(session):
        findings = [
            Finding(line.id, RESTOCK, 1, "a", numbers={"PUMP-0003": 1}),
            Finding(line.id, TO_CUSTOMER, 1, "c", "Nothing found"),
        ]
        inspecting.inspect(session, found, findings, by=world.staff, now=now)
    assert places(session) == {Keeping.GOOD: 3, Keeping.OWNED: 2}


def test_a_serial_that_was_not_delivered_on_the_line_is_refused_at_its_field(session, world, pumps, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
        theirs = world.order({pumps.lines[0].product: 1}, buyer=stranger)
        world.delivered(theirs)
    before = counts(session)
    for number in ("PUMP-0004", "PUMP-0099"):
        with pytest.raises(Refused) as no:
            ask(session, world, pumps, 1, numbers={number: 1})
        assert (no.value.field, counts(session)) == ("numbers_1", before)


@pytest.mark.parametrize("numbers", [{}, {"PUMP-0001": 1}, {"PUMP-0001": 2}])
def test_every_unit_known_by_serial_is_named(session, world, pumps, numbers):
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, pumps, 2, numbers=numbers)
    assert (no.value.field, counts(session)) == ("numbers_1", before)


def test_all_units_of_a_line_need_no_names_and_a_serial_is_not_asked_for_twice(session, world, pumps):
    first = ask(session, world, pumps, 1, numbers={"PUMP-0002": 1})
    with pytest.raises(Refused):
        ask(session, world, pumps, 1, numbers={"PUMP-0002": 1})
    rest = ask(session, world, pumps, 2)
    assert sorted(one.identity.number for one in rest.lines[0].identities) == ["PUMP-0001", "PUMP-0003"]
    assert len(first.lines[0].identities) == 1


def test_fewer_serials_than_authorised_can_come(session, world, pumps):
    found = ask(session, world, pumps, 3)
    authorise(session, world, found)
    before = counts(session)
    for numbers in ({}, {"PUMP-0009": 1}):
        with pytest.raises(Refused):
            receive(session, world, found, 1, numbers=numbers)
    assert counts(session) == before
    receive(session, world, found, 1, numbers={"PUMP-0002": 1})
    session.refresh(found)
    assert [one.identity.number for one in found.lines[0].identities] == ["PUMP-0002"]
    assert places(session)[Keeping.QUARANTINE] == 1


def test_a_lot_is_split_by_units(session, world, now):
    with transaction(session):
        order = world.order({world.product("MILK", stock=9, tracking=Tracking.LOT): 6})
        world.delivered(order)
    found = ask(session, world, order, 4)
    assert [(one.identity.number, one.quantity) for one in found.lines[0].identities] == [("MILK-L1", 4)]
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (RESTOCK, 1), (SCRAP, 2))
    assert places(session) == {Keeping.GOOD: 4, Keeping.OWNED: 3}
    assert session.scalar(select(OrderLine.returned)) == 3


def test_the_same_lot_on_two_lines_is_counted_line_by_line(session, world, now):
    with transaction(session):
        milk = world.product("MILK", stock=10, tracking=Tracking.LOT)
        cream = world.product("CREAM")
        order = world.order({milk: 3, cream: 4})
        substitute = stands_for(world, cream, milk)
        waiting = next(part for part in world.parts(order) if part.backorder)
        made = offer(session, waiting, substitute, by=world.staff, now=now)
        session.flush()
        accept(session, made, by=world.buyer, now=now)
        session.flush()
        world.delivered(order)
        first, _, second = lines(world, order)
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    candidates = candidates_of(session, order)
    left = {line_id: [one.left for one in of_line.values()] for line_id, of_line in candidates.items()}
    assert left == {first.id: [0], second.id: [4]}
