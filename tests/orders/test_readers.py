"""Notices about orders reach somebody: the buyer, or the people of the company where the buyer has left it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.receiving import Arrival, book_in_all
from orders import cancelling, disrupting, fulfilling
from orders.disrupting import Declared
from orders.disruptions import DisruptionKind
from orders.freeing import tell_freed
from orders.models import Order
from orders.watching import mark
from portal.accounts import inviting
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.outbox import Notice
from tests.makers import World, make_customer, make_user, make_world
from tests.orders.short_lines import offered


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


@pytest.fixture
def colleagues(world: World) -> list[int]:
    """Two more people of the company, by id; a third was shut out."""
    emails = ("one@example.com", "two@example.com", "gone@example.com")
    people = [
        make_user(world.session, Role.BUYER, customer=world.customer, now=world.now, email=email)
        for email in emails
    ]
    _leave(world, people.pop())
    make_user(
        world.session, Role.BUYER, customer=make_customer(world.session, "C2", now=world.now), now=world.now
    )
    return [person.id for person in people]


def _leave(world: World, person: User) -> None:
    inviting.deactivate(world.session, person, by=world.admin, now=world.now)
    world.session.flush()


def _readers(world: World, what: str) -> list[int | None]:
    world.session.flush()
    query = select(Notice.user_id).where(Notice.template == f"orders/notices/{what}.txt").order_by(Notice.id)
    return list(world.session.scalars(query))


def _disrupt(world: World) -> None:
    today = business_day(world.now)
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, today, today + timedelta(days=30), "น้ำท่วม", "Flood"
    )
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)


def _live_through(world: World, order: Order) -> None:
    """Goods of an order come in, are disrupted and late, and one part is shipped and the rest cancelled."""
    session = world.session
    (product,) = {line.product for line in order.lines}
    receipt = world.receipt(product, 50, business_day(world.now))
    book_in_all(session, [Arrival(receipt, 50, last=True)], by=world.staff, now=world.now)
    session.commit()
    tell_freed(session, world.now)
    _disrupt(world)
    session.flush()
    mark(session, world.now + timedelta(days=90))
    session.expire_all()
    part = world.parts(order)[0]
    shipment = fulfilling.pick(session, order, {part.id: 1}, by=world.staff, now=world.now)
    fulfilling.ship(session, shipment, "Kerry", "TH1", despite=True, by=world.staff, now=world.now)
    cancelling.cancel(session, order, "No need", by=world.manager, now=world.now)


EVENTS = ("freed", "disruption", "missed", "shipped", "cancelled")


@pytest.mark.parametrize("left", ["deactivated", "imported"])
def test_everybody_of_the_company_is_told_where_the_buyer_cannot_read_it(
    world: World, colleagues: list[int], left: str
) -> None:
    order = world.order({world.product(): 5})
    if left == "imported":
        order.buyer = None
    _leave(world, world.buyer)
    _live_through(world, order)
    assert {what: _readers(world, what) for what in EVENTS} == dict.fromkeys(EVENTS, colleagues)


def test_the_buyer_alone_is_told_while_they_can_sign_in(world: World, colleagues: list[int]) -> None:
    order = world.order({world.product(): 5})
    _live_through(world, order)
    assert {what: _readers(world, what) for what in EVENTS} == {what: [world.buyer.id] for what in EVENTS}


def test_a_colleague_hears_of_both_their_own_lines_and_those_nobody_else_reads(
    world: World, colleagues: list[int]
) -> None:
    soap = world.product(stock=9)
    world.order({soap: 1})
    world.order({soap: 2}, buyer=world.session.get_one(User, colleagues[0]))
    _leave(world, world.buyer)
    _disrupt(world)
    assert sorted(id_ or 0 for id_ in _readers(world, "disruption")) == [colleagues[0], *colleagues]


def test_an_offer_to_a_buyer_who_left_is_told_to_the_company(world: World, colleagues: list[int]) -> None:
    _leave(world, world.buyer)
    offered(world)
    assert _readers(world, "substitute_offered") == colleagues
