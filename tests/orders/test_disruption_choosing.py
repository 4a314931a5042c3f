"""A customer says what becomes of each line that a disruption delays, once, and only of their own."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.ledger import Place
from inventory.stocking import open_stock
from inventory.stockouts import Substitute
from orders import disrupting, disruption_choosing, disruption_ending, fulfilling, moves_lists
from orders.disrupting import Declared
from orders.disruptions import Choice, Disruption, DisruptionEffect, DisruptionKind
from orders.models import Order, ScheduleLine
from orders.states import LineState
from orders.substitutions import OfferState
from orders.waiting import waiting_parts
from policies.promises import PromiseState
from portal.clock import business_day
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.orders.short_lines import offered, offers, stands_for


@pytest.fixture
def world(session: Session) -> World:
    """A distributor at noon of a plain Monday, whose lead time is five working days."""
    return make_world(session, datetime.fromisoformat("2026-04-20T05:00:00+00:00"), days=5)


def _order(world: World, sku: str = "SOAP-1", stock: int = 10, quantity: int = 4) -> Order:
    return world.order({world.product(sku, stock=stock): quantity})


def _delay(world: World) -> Disruption:
    today = business_day(world.now)
    facts = Declared(
        DisruptionKind.SHORTAGE, world.warehouse, today, today + timedelta(days=40), "ของขาด", "Shortage"
    )
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)
    world.session.expire_all()
    return disruption


def _effect(world: World, order: Order) -> DisruptionEffect:
    query = select(DisruptionEffect).where(DisruptionEffect.part_id == world.parts(order)[0].id)
    return world.session.scalars(query).one()


def _substitute(world: World) -> int:
    """Brown rice may stand for rice; gives the substitute's id."""
    rice, brown = world.product("RICE-1"), world.product("RICE-2", stock=20)
    row = Substitute(product_id=rice.id, stands_in_id=brown.id, valid_from=business_day(world.now))
    world.session.add(row)
    world.session.flush()
    return row.id


def test_who_waits_keeps_the_new_day_and_may_still_cancel(world: World) -> None:
    order = _order(world)
    _delay(world)
    effect = _effect(world, order)
    disruption_choosing.wait(world.session, effect, by=world.buyer, now=world.now)
    assert (effect.choice, effect.chosen_by_id) == (Choice.WAIT, world.buyer.id)
    assert world.parts(order)[0].promise.due_at == effect.due_after
    disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now)
    world.session.flush()
    assert effect.choice == Choice.CANCEL
    assert order.state == LineState.CANCELLED
    world.session.refresh(world.parts(order)[0].promise)
    assert world.parts(order)[0].promise.state == PromiseState.WITHDRAWN


def test_a_substitute_is_taken_for_what_waits_for_stock(world: World) -> None:
    substitute = _substitute(world)
    rice = world.session.get_one(Substitute, substitute).product
    order = world.order({rice: 3})
    _delay(world)
    effect = _effect(world, order)
    added = disruption_choosing.substitute(world.session, effect, substitute, by=world.buyer, now=world.now)
    assert (added.sku, added.ordered, effect.choice) == ("RICE-2", 3, Choice.SUBSTITUTE)


def test_the_substitute_that_was_named_is_taken_though_another_is_offered(world: World) -> None:
    made = offered(world, stock=0)
    gel = world.product("GEL-1", stock=50, price="8.00")
    named = stands_for(world, made.part.line.product, gel, rank=2)
    order = made.part.line.order
    _delay(world)
    effect, made = _effect(world, order), offers(world)[0]
    added = disruption_choosing.substitute(world.session, effect, named.id, by=world.buyer, now=world.now)
    assert (added.sku, added.ordered) == ("GEL-1", 10)
    world.session.flush()
    assert [one.state for one in offers(world)] == [OfferState.WITHDRAWN, OfferState.ACCEPTED]
    assert (made.reservation.quantity, made.reservation.held) == (0, 0)


def test_an_open_offer_of_the_substitute_named_is_accepted_and_shown_among_the_choices(world: World) -> None:
    made = offered(world, stock=0)
    world.order({made.stands_in: 90})
    order = made.part.line.order
    _delay(world)
    effect = _effect(world, order)
    parts = waiting_parts(world.session, ScheduleLine.id == effect.part_id)
    # Nothing but what is held for the buyer is left of it.
    (shown,) = disruption_choosing.substitutes(world.session, parts, now=world.now)[effect.part_id]
    assert (shown.substitute.stands_in.sku, shown.units, shown.possible) == ("BAR-1", 10, False)
    named = shown.substitute.id
    added = disruption_choosing.substitute(world.session, effect, named, by=world.buyer, now=world.now)
    world.session.flush()
    (made,) = offers(world)
    assert (made.state, made.new_line_id, added.sku) == (OfferState.ACCEPTED, added.id, "BAR-1")


def _in_two_parts(world: World) -> Order:
    """Four of ten units lie in stock, the others wait for a receipt."""
    soap = world.product(stock=4)
    world.receipt(soap, 20, business_day(world.now) + timedelta(days=8))
    return world.order({soap: 10})


def test_cancelling_takes_the_delayed_part_only(world: World) -> None:
    order = _in_two_parts(world)
    _delay(world)
    effect = _effect(world, order)
    assert disruption_choosing.rest_of_line(effect.part) == 10
    assert disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now) == 4
    world.session.expire_all()
    assert [(part.quantity, part.cancelled) for part in world.parts(order)] == [(4, 4), (6, 0)]
    query = select(DisruptionEffect.choice).order_by(DisruptionEffect.id)
    assert world.session.scalars(query).all() == [Choice.CANCEL, None]


def test_the_whole_rest_of_the_line_can_be_cancelled_at_once(world: World) -> None:
    order = _in_two_parts(world)
    _delay(world)
    effect = _effect(world, order)
    assert disruption_choosing.cancel_rest(world.session, effect, by=world.buyer, now=world.now) == 10
    world.session.expire_all()
    assert order.state == LineState.CANCELLED
    assert set(world.session.scalars(select(DisruptionEffect.choice))) == {Choice.CANCEL}
    with pytest.raises(Refused, match="already"):
        disruption_choosing.cancel_rest(world.session, effect, by=world.buyer, now=world.now)


def test_of_the_rest_what_is_being_picked_still_comes(world: World) -> None:
    order = _in_two_parts(world)
    _delay(world)
    first, second = world.parts(order)
    world.picked(order)
    world.session.expire_all()
    with pytest.raises(Refused, match="cannot be cancelled"):
        disruption_choosing.cancel_rest(world.session, _effect(world, order), by=world.buyer, now=world.now)
    assert (first.cancelled, second.cancelled) == (0, 0)
    assert world.session.scalar(select(func.count(DisruptionEffect.choice))) == 0
    query = select(DisruptionEffect).where(DisruptionEffect.part_id == second.id)
    other = world.session.scalars(query).one()
    assert disruption_choosing.cancel_rest(world.session, other, by=world.buyer, now=world.now) == 6
    assert (first.cancelled, second.cancelled) == (0, 6)


def test_what_no_substitute_stands_for_can_still_be_cancelled(world: World) -> None:
    substitute = _substitute(world)
    rice = world.session.get_one(Substitute, substitute).product
    open_stock(world.session, rice, world.warehouse, 3, by=world.staff, now=world.now)
    order = world.order({rice: 3})
    place = Place(rice.id, world.warehouse.id)
    quarantine.hold(world.session, place, 2, "PN-1", by=world.staff, now=world.now)
    world.session.flush()
    _delay(world)
    effect = _effect(world, order)
    disruption_choosing.substitute(world.session, effect, substitute, by=world.buyer, now=world.now)
    assert disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now) == 1
    assert effect.choice == Choice.CANCEL


def test_nothing_is_left_to_choose_when_a_substitute_stands_for_every_unit(world: World) -> None:
    substitute = _substitute(world)
    order = world.order({world.session.get_one(Substitute, substitute).product: 3})
    _delay(world)
    effect = _effect(world, order)
    disruption_choosing.substitute(world.session, effect, substitute, by=world.buyer, now=world.now)
    with pytest.raises(Refused, match="already"):
        disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now)
    assert effect.choice == Choice.SUBSTITUTE


def test_nothing_is_left_to_choose_once_the_disruption_is_called_off(world: World) -> None:
    order = _order(world)
    disruption = _delay(world)
    effect = _effect(world, order)
    disruption_ending.call_off(world.session, disruption, by=world.manager, now=world.now)
    world.session.flush()
    assert moves_lists.unanswered(world.session, world.customer.id) == []
    with pytest.raises(Refused, match="called off"):
        disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now)
    with pytest.raises(Refused, match="called off"):
        disruption_choosing.wait_for_all(world.session, disruption, by=world.buyer, now=world.now)
    assert effect.choice is None
    assert order.lines[0].cancelled == 0


def test_everything_nothing_was_chosen_for_is_waited_for_at_once(world: World) -> None:
    soap = world.product(stock=30)
    first, second = world.order({soap: 4}), world.order({soap: 2})
    disruption = _delay(world)
    disruption_choosing.cancel(world.session, _effect(world, first), by=world.buyer, now=world.now)
    count = disruption_choosing.wait_for_all(world.session, disruption, by=world.buyer, now=world.now)
    world.session.expire_all()
    assert (count, _effect(world, second).choice) == (1, Choice.WAIT)
    with pytest.raises(Refused, match="already"):
        disruption_choosing.wait_for_all(world.session, disruption, by=world.buyer, now=world.now)


def _waited(world: World, effect: DisruptionEffect) -> None:
    disruption_choosing.wait(world.session, effect, by=world.buyer, now=world.now)


def _cancelled(world: World, effect: DisruptionEffect) -> None:
    disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now)


def _picked(world: World, effect: DisruptionEffect) -> None:
    world.picked(effect.part.line.order)


def _shipped(world: World, effect: DisruptionEffect) -> None:
    shipment = world.picked(effect.part.line.order)
    fulfilling.ship(world.session, shipment, "Kerry", "T1", despite=True, by=world.staff, now=world.now)


def _nothing(world: World, effect: DisruptionEffect) -> None:
    """The part lies in stock, so no substitute can be had for it."""


@pytest.mark.parametrize(
    ("before", "choose", "said"),
    [
        (_waited, disruption_choosing.wait, "already"),
        (_cancelled, disruption_choosing.wait, "already"),
        (_cancelled, disruption_choosing.cancel, "already"),
        (_picked, disruption_choosing.cancel, "cannot be cancelled"),
        (_shipped, disruption_choosing.wait, "left already"),
        (_nothing, "substitute", "no such substitute"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    world: World, before: Callable[[World, DisruptionEffect], None], choose: object, said: str
) -> None:
    order = _order(world)
    _delay(world)
    effect = _effect(world, order)
    before(world, effect)
    world.session.commit()
    promise = world.parts(order)[0].promise
    kept = (effect.choice, promise.state, promise.due_at)
    with pytest.raises(Refused, match=said):
        if callable(choose):
            choose(world.session, effect, by=world.buyer, now=world.now)
        else:
            disruption_choosing.substitute(world.session, effect, 1, by=world.buyer, now=world.now)
    world.session.rollback()
    promise = world.parts(order)[0].promise
    assert (_effect(world, order).choice, promise.state, promise.due_at) == kept
