"""Every list and figure of what is late or at risk counts the same parts, and says what holds them up now."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inventory.receiving import book_in
from orders import boards, cancelling, delivering, fulfilling, measures, panels
from orders.models import Order
from orders.owed import cause_now
from orders.queries import Filter, order_page
from orders.shipments import ShipmentState
from orders.telling import headline
from orders.watching import mark
from policies.casework import case_of, count_endangered, endangered, piles, together
from policies.promises import Cause, Promise, PromiseState
from policies.promising import withdraw
from portal.i18n import speaking
from tests.makers import World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of Monday 20 April 2026, whose lead time is five working days."""
    return make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)


def _missed(world: World, **facts: Any) -> Order:
    """An order that should have been there for a day, as the lead-time check found."""
    order = world.order({world.product(**({"stock": 10} | facts)): 4})
    world.now = max(part.promise.due_at for part in world.parts(order) if part.promise) + DAY
    mark(world.session, world.now)
    world.session.expire_all()
    return order


def _promise(world: World, order: Order) -> Promise:
    promise = world.parts(order)[0].promise
    assert promise is not None
    return promise


def _counted(world: World) -> set[int]:
    """How many parts are late as each list and figure counts them."""
    listed = boards.in_danger(world.session)
    page = order_page(world.session, Filter(stage="late")).rows
    shown = [row for row in order_page(world.session, Filter()).rows if row.worst is not None]
    coming = panels._awaited(world.session, world.buyer)
    return {
        sum(boards.count_in_danger(world.session)),
        boards.count_in_danger(world.session, world.customer)[1],
        measures.overdue(world.session),
        len(listed),
        len(page),
        len(shown),
        len(coming),
    }


def _cancelled(world: World, order: Order) -> None:
    cancelling.cancel(world.session, order, "Too late", by=world.staff, now=world.now)


def _delivered_late(world: World, order: Order) -> None:
    world.delivered(order)


def _withdrawn(world: World, order: Order) -> None:
    cancelling.cancel(world.session, order, "Too late", by=world.staff, now=world.now)
    withdraw(world.session, [_promise(world, order).id], by=world.staff, now=world.now)


def _waived(world: World, order: Order) -> None:
    _promise(world, order).state = PromiseState.WAIVED
    world.session.flush()


@pytest.mark.parametrize("act", [_cancelled, _delivered_late, _withdrawn, _waived])
def test_what_is_owed_no_more_is_in_no_list_of_what_is_late(
    world: World, act: Callable[[World, Order], None]
) -> None:
    order = _missed(world)
    assert _counted(world) == {1}
    act(world, order)
    world.session.flush()
    world.session.expire_all()
    assert _counted(world) == {0}


def test_what_has_left_late_is_late_until_it_is_there_and_held_up_by_the_carrier(world: World) -> None:
    order = _missed(world)
    assert _promise(world, order).cause == Cause.NOT_SHIPPED
    shipment = world.shipped(order)
    world.session.flush()
    world.session.expire_all()
    assert _counted(world) == {1}
    assert [row.cause for row in boards.in_danger(world.session)] == [Cause.IN_TRANSIT]
    assert cause_now(world.parts(order)[0]) == Cause.IN_TRANSIT
    with speaking("en"):
        assert "carrier has not delivered" in headline(order)
        (row,) = panels._awaited(world.session, world.buyer)
        assert "carrier has not delivered" in row.cause
    pile = boards.pile_of_shipments(world.session, ShipmentState.SHIPPED, world.now)
    assert (pile[0], pile[3]) == (1, 1)
    # Why it was missed stays on record.
    assert _promise(world, order).cause == Cause.NOT_SHIPPED
    delivering.deliver(world.session, shipment, world.now, "Malee", by=world.staff, now=world.now)
    world.session.flush()
    world.session.expire_all()
    assert _counted(world) == {0}


def test_missed_for_want_of_goods_that_have_come_it_waits_for_the_warehouse(world: World) -> None:
    soap = world.product(stock=0)
    order = world.order({soap: 4})
    world.now = _promise(world, order).due_at + DAY
    mark(world.session, world.now)
    world.session.expire_all()
    assert [row.cause for row in boards.in_danger(world.session)] == [Cause.NO_SUPPLY]
    receipt = world.receipt(soap, 4, world.now.date())
    book_in(world.session, receipt, 4, last=True, by=world.staff, now=world.now)
    world.session.flush()
    world.session.expire_all()
    assert [row.cause for row in boards.in_danger(world.session)] == [Cause.NOT_SHIPPED]
    assert cause_now(world.parts(order)[0]) == Cause.NOT_SHIPPED


def test_a_waived_promise_makes_no_shipment_late(world: World) -> None:
    order = _missed(world)
    world.shipped(order)
    _waived(world, order)
    pile = boards.pile_of_shipments(world.session, ShipmentState.SHIPPED, world.now)
    assert (pile[0], pile[2], pile[3]) == (1, None, 0)
    (row,) = boards.on_the_way(world.session)
    assert row.due_at is None
    assert boards.on_the_way(world.session, due_by=world.now.date()) == []


def test_part_of_a_part_delivered_the_rest_is_owed(world: World) -> None:
    order = _missed(world)
    (part,) = world.parts(order)
    shipment = fulfilling.pick(world.session, order, {part.id: 3}, by=world.staff, now=world.now)
    world.session.flush()
    fulfilling.ship(world.session, shipment, "Kerry", "T1", by=world.staff, now=world.now)
    delivering.deliver(world.session, shipment, world.now, "Malee", by=world.staff, now=world.now)
    world.session.flush()
    world.session.expire_all()
    assert _counted(world) == {1}
    assert [(row.quantity, row.cause) for row in boards.in_danger(world.session)] == [(1, Cause.NOT_SHIPPED)]


def test_a_case_whose_promise_was_missed_and_then_withdrawn_is_late_no_more(world: World) -> None:
    order = _missed(world)
    promise = _promise(world, order)
    cases = together(
        [
            case_of(
                "x",
                Promise.subject_no,
                Promise.subject_no,
                Promise.subject_no,
                Promise.customer_id,
                Promise.made_at,
                Promise.id,
            )
        ]
    )
    assert len(endangered(world.session, cases)) == 1
    assert piles(world.session, cases, now=world.now)["x"].late == 1
    withdraw(world.session, [promise.id], by=world.staff, now=world.now)
    world.session.flush()
    assert endangered(world.session, cases) == []
    assert count_endangered(world.session, cases) == {}
    pile = piles(world.session, cases, now=world.now)["x"]
    assert (pile.count, pile.due_at, pile.late) == (1, None, 0)
