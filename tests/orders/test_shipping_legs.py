"""A shipment changes carriers on its way: each leg is followed, and a late one moves the day the goods arrive."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from orders import delivering, fulfilling, shipping_legs
from orders.models import Order
from orders.shipments import Mode, Shipment, ShipmentLeg, ShipmentState
from orders.shipping_legs import Leg
from orders.telling import parts_told
from orders.watching import mark
from policies.promises import Cause, PromiseState
from portal.clock import business_day
from portal.i18n import day_text
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World, make_world

MONDAY_NOON = datetime.fromisoformat("2026-04-20T05:00:00+00:00")


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of a plain Monday, whose lead time is five working days."""
    return make_world(session, MONDAY_NOON, days=5)


def _legs(first: int = 1, second: int = 3, **facts: Any) -> list[Leg]:
    """By lorry to the harbour, by sea to the customer, arriving so many days from now."""
    today = business_day(MONDAY_NOON)
    known = {"carrier": "Siam Rod Duan", "to_place": "Laem Chabang"} | facts
    return [
        Leg(Mode.TRUCK, known["carrier"], "Bangkok", known["to_place"], today + timedelta(days=first), "TH1"),
        Leg(Mode.SEA, "Talay Line", "Laem Chabang", "Phuket", today + timedelta(days=second)),
    ]


def _sent(world: World, legs: list[Leg]) -> tuple[Order, Shipment]:
    order = world.order({world.product(stock=10): 4})
    shipment = world.picked(order)
    fulfilling.ship(world.session, shipment, "Siam Rod Duan", "TH1", legs=legs, by=world.staff, now=world.now)
    world.session.flush()
    return order, shipment


def _at(hours: int) -> datetime:
    return MONDAY_NOON + timedelta(hours=hours)


def _legs_of(session: Session, shipment: Shipment) -> list[tuple[date, date]]:
    query = select(ShipmentLeg).where(ShipmentLeg.shipment_id == shipment.id).order_by(ShipmentLeg.n)
    return [(leg.original_arrives_on, leg.arrives_on) for leg in session.scalars(query)]


def test_goods_with_two_legs_are_expected_when_the_last_arrives(world: World) -> None:
    order, shipment = _sent(world, _legs())
    (part,) = world.parts(order)
    assert (part.arrives_on, part.shipped_late) == (date(2026, 4, 23), False)
    assert [(leg.n, leg.mode, leg.carrier, leg.left_at) for leg in shipment.legs] == [
        (1, "truck", "Siam Rod Duan", world.now),
        (2, "sea", "Talay Line", None),
    ]


def test_a_shipment_with_one_carrier_has_no_legs(world: World) -> None:
    order, shipment = _sent(world, [])
    assert _legs_of(world.session, shipment) == []
    assert world.parts(order)[0].arrives_on is None


def test_the_goods_are_followed_over_the_transfer_point_to_the_customer(world: World) -> None:
    order, shipment = _sent(world, _legs())
    first, second = shipment.legs
    shipping_legs.arrive(world.session, first, _at(20), by=world.staff, now=_at(21))
    shipping_legs.leave(world.session, second, _at(22), tracking_no="SEA-7", by=world.staff, now=_at(22))
    assert (first.arrived_at, second.left_at, second.tracking_no) == (_at(20), _at(22), "SEA-7")
    delivering.deliver(world.session, shipment, _at(70), "Somchai", by=world.staff, now=_at(70))
    assert shipment.state == ShipmentState.DELIVERED
    assert world.parts(order)[0].promise.state == PromiseState.KEPT


def test_a_late_leg_puts_the_promise_at_risk_and_the_buyer_is_told(world: World) -> None:
    order, shipment = _sent(world, _legs())
    first, _second = shipment.legs
    due = business_day(world.parts(order)[0].promise.due_at)
    assert due == date(2026, 4, 27)
    shipping_legs.replan(world.session, first, date(2026, 4, 26), by=world.staff, now=_at(2))
    (part,) = world.parts(order)
    assert _legs_of(world.session, shipment)[1] == (date(2026, 4, 23), date(2026, 4, 28))
    assert (part.arrives_on, part.shipped_late) == (date(2026, 4, 28), True)
    world.session.flush()
    mark(world.session, _at(3))
    world.session.refresh(part.promise)
    assert (part.promise.state, part.promise.cause) == (PromiseState.AT_RISK, Cause.IN_TRANSIT)
    told = world.session.scalars(select(Notice.template).order_by(Notice.id)).all()
    assert told[-1] == "orders/notices/at_risk.txt"


def test_the_buyer_is_told_the_day_on_which_the_carrier_expects_to_arrive(world: World) -> None:
    order = world.order({world.product(stock=5): 2})
    due_on = business_day(world.parts(order)[0].promise.due_at)
    days = (due_on - business_day(world.now)).days
    shipment = world.picked(order)
    fulfilling.ship(
        world.session,
        shipment,
        "Siam Rod Duan",
        "TH1",
        legs=_legs(1, days + 2),
        by=world.staff,
        now=world.now,
    )
    world.session.flush()
    mark(world.session, world.now)
    world.session.flush()
    world.session.expire_all()
    expected = day_text(due_on + timedelta(days=2))
    risky = world.session.scalars(select(Notice).where(Notice.template.contains("at_risk"))).one()
    assert expected in "".join(written(risky))
    (line,) = world.session.get_one(Order, order.id).lines
    (told,) = parts_told(line, {}, {})
    assert expected in told.cause


def test_a_promise_recovers_when_the_leg_catches_up(world: World) -> None:
    order, shipment = _sent(world, _legs())
    shipping_legs.replan(world.session, shipment.legs[1], date(2026, 4, 29), by=world.staff, now=_at(1))
    world.session.flush()
    mark(world.session, _at(2))
    shipping_legs.replan(world.session, shipment.legs[1], date(2026, 4, 24), by=world.staff, now=_at(3))
    world.session.flush()
    mark(world.session, _at(4))
    (part,) = world.parts(order)
    world.session.refresh(part.promise)
    assert (part.shipped_late, part.promise.state) == (False, PromiseState.OPEN)


def test_a_part_of_which_some_left_late_stays_late_when_the_rest_changes_carriers_in_time(
    world: World,
) -> None:
    order = world.order({world.product(stock=10): 4})
    (part,) = world.parts(order)
    # It had to leave on Friday the 24th; on Saturday the rest can still arrive by Monday.
    late, due = _at(5 * 24), date(2026, 4, 27)
    shipments = [
        fulfilling.pick(world.session, order, {part.id: 2}, by=world.staff, now=late) for _ in range(2)
    ]
    way = [replace(leg, arrives_on=due) for leg in _legs()]
    for shipment, legs in zip(shipments, ([], way), strict=True):
        fulfilling.ship(world.session, shipment, "Siam", "TH1", legs=legs, by=world.staff, now=late)
        world.session.flush()
    assert (part.shipped_late, part.arrives_on) == (True, due)
    leg = shipments[1].legs[1]
    shipping_legs.replan(world.session, leg, date(2026, 4, 29), by=world.staff, now=late)
    shipping_legs.replan(world.session, leg, due, by=world.staff, now=late)
    assert (part.shipped_late, part.arrives_on) == (True, due)


def test_goods_that_reach_the_transfer_point_late_move_what_follows(world: World) -> None:
    order, shipment = _sent(world, _legs())
    shipping_legs.arrive(world.session, shipment.legs[0], _at(72), by=world.staff, now=_at(72))
    assert _legs_of(world.session, shipment) == [
        (date(2026, 4, 21), date(2026, 4, 23)),
        (date(2026, 4, 23), date(2026, 4, 25)),
    ]
    assert world.parts(order)[0].arrives_on == date(2026, 4, 25)


@pytest.mark.parametrize(
    ("legs", "field"),
    [
        (_legs(first=-1), "arrives_on"),
        (_legs(first=4, second=3), "next_arrives_on"),
        (_legs(second=400), "next_arrives_on"),
        (_legs(carrier=" "), "carrier"),
        (_legs(to_place=""), "point"),
        (_legs(to_place="Elsewhere"), "point"),
    ],
)
def test_a_way_that_cannot_be_is_refused_and_nothing_leaves(
    world: World, legs: list[Leg], field: str
) -> None:
    order = world.order({world.product(stock=10): 4})
    shipment = world.picked(order)
    with pytest.raises(Refused) as no:
        fulfilling.ship(world.session, shipment, "Siam", "TH1", legs=legs, by=world.staff, now=world.now)
    assert no.value.field == field
    assert shipment.state == ShipmentState.PICKED
    assert world.session.scalar(select(func.count()).select_from(ShipmentLeg)) == 0


def _arrive_twice(world: World, shipment: Shipment) -> None:
    for _ in range(2):
        shipping_legs.arrive(world.session, shipment.legs[0], _at(2), by=world.staff, now=_at(2))


def _leave_too_soon(world: World, shipment: Shipment) -> None:
    shipping_legs.leave(world.session, shipment.legs[1], _at(2), by=world.staff, now=_at(2))


def _arrive_last(world: World, shipment: Shipment) -> None:
    shipping_legs.arrive(world.session, shipment.legs[1], _at(2), by=world.staff, now=_at(2))


def _arrive_before_leaving(world: World, shipment: Shipment) -> None:
    shipping_legs.arrive(world.session, shipment.legs[0], _at(-2), by=world.staff, now=_at(2))


def _arrive_tomorrow(world: World, shipment: Shipment) -> None:
    shipping_legs.arrive(world.session, shipment.legs[0], _at(24), by=world.staff, now=_at(2))


def _replan_into_the_past(world: World, shipment: Shipment) -> None:
    shipping_legs.replan(world.session, shipment.legs[1], date(2026, 4, 20), by=world.staff, now=_at(2))


def _replan_too_far(world: World, shipment: Shipment) -> None:
    shipping_legs.replan(world.session, shipment.legs[1], date(2569, 4, 20), by=world.staff, now=_at(2))


def _deliver_from_the_first_leg(world: World, shipment: Shipment) -> None:
    delivering.deliver(world.session, shipment, _at(1), "Somchai", by=world.staff, now=_at(1))


def test_a_delivered_shipment_is_not_planned_anew(world: World) -> None:
    _order, shipment = _sent(world, _legs())
    first, second = shipment.legs
    shipping_legs.arrive(world.session, first, _at(1), by=world.staff, now=_at(1))
    shipping_legs.leave(world.session, second, _at(1), by=world.staff, now=_at(1))
    delivering.deliver(world.session, shipment, _at(1), "Somchai", by=world.staff, now=_at(1))
    with pytest.raises(Refused, match="not on its way"):
        shipping_legs.replan(world.session, second, date(2026, 4, 25), by=world.staff, now=_at(2))
    assert second.arrives_on == second.original_arrives_on


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (_arrive_twice, "arrived already"),
        (_deliver_from_the_first_leg, "left their transfer point"),
        (_leave_too_soon, "not at the transfer point"),
        (_arrive_last, "is the delivery"),
        (_arrive_before_leaving, "before the goods"),
        (_arrive_tomorrow, "future"),
        (_replan_into_the_past, "before it gets there"),
        (_replan_too_far, "year"),
    ],
)
def test_what_cannot_have_happened_to_a_leg_is_refused(
    world: World, act: Callable[[World, Shipment], None], said: str
) -> None:
    order, shipment = _sent(world, _legs())
    with pytest.raises(Refused, match=said):
        act(world, shipment)
    assert world.parts(order)[0].arrives_on in (date(2026, 4, 22), date(2026, 4, 23))
    assert shipment.legs[1].left_at is None


def test_goods_are_not_delivered_before_they_left_their_transfer_point(world: World) -> None:
    _order, shipment = _sent(world, _legs())
    first, second = shipment.legs
    shipping_legs.arrive(world.session, first, _at(20), by=world.staff, now=_at(20))
    shipping_legs.leave(world.session, second, _at(22), by=world.staff, now=_at(22))
    with pytest.raises(Refused, match="left their transfer point") as no:
        delivering.deliver(world.session, shipment, _at(21), "Somchai", by=world.staff, now=_at(30))
    assert no.value.field == "delivered_at"
    assert (shipment.state, shipment.delivered_at) == (ShipmentState.SHIPPED, None)
    delivering.deliver(world.session, shipment, _at(22), "Somchai", by=world.staff, now=_at(30))
    assert shipment.delivered_at == _at(22)
