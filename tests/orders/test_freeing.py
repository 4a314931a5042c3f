"""Buyers hear that the goods they waited for have come: once for each order and run."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory.receiving import Arrival, book_in_all
from inventory.stock import Dealt
from orders.cancelling import cancel
from orders.freeing import tell_freed
from orders.substitutions import OfferState
from portal import mailing
from portal.clock import business_day
from portal.i18n import speaking
from portal.outbox import Notice
from tests.makers import World, make_world
from tests.orders.short_lines import offered, offers

FREED = "orders/notices/freed.txt"


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def arrive(world: World, *goods) -> None:
    """Goods come in, and everything is kept."""
    today = business_day(world.now)
    arrivals = [Arrival(world.receipt(product, units, today), units, last=True) for product, units in goods]
    book_in_all(world.session, arrivals, by=world.staff, now=world.now)
    world.session.commit()


def told(world: World) -> list[Notice]:
    return list(world.session.scalars(select(Notice).where(Notice.template == FREED).order_by(Notice.id)))


def untold(world: World) -> int:
    return world.session.scalar(select(func.count(Dealt.id)).where(Dealt.told_at.is_(None))) or 0


def test_one_notice_names_all_that_came_for_an_order(world):
    soap, rice = world.product("SOAP-1", stock=3), world.product("RICE-1")
    order = world.order({soap: 10, rice: 2})
    world.order({soap: 1})
    arrive(world, (soap, 50), (rice, 50))
    assert tell_freed(world.session, world.now) == 3
    first, second = told(world)
    assert first.facts["order"] == order.number
    assert [(line["sku"], line["quantity"]) for line in first.facts["lines"]] == [
        ("SOAP-1", 7),
        ("RICE-1", 2),
    ]
    assert len(second.facts["lines"]) == 1
    with speaking("en"):
        title, body = mailing.written(first)
    assert order.number in title
    assert "SOAP-1 Product SOAP-1, 7: promised for" in body


def test_a_second_run_says_nothing_more_and_the_next_goods_are_told_anew(world):
    soap = world.product("SOAP-1")
    world.order({soap: 10})
    arrive(world, (soap, 4))
    assert tell_freed(world.session, world.now) == 1
    assert tell_freed(world.session, world.now + timedelta(minutes=1)) == 0
    arrive(world, (soap, 6))
    assert tell_freed(world.session, world.now + timedelta(minutes=2)) == 1
    assert [notice.facts["lines"][0]["quantity"] for notice in told(world)] == [4, 6]
    assert untold(world) == 0


def test_nothing_is_said_of_what_was_cancelled_meanwhile(world):
    soap = world.product("SOAP-1")
    order = world.order({soap: 10})
    arrive(world, (soap, 10))
    cancel(world.session, order, "Changed my mind", by=world.buyer, now=world.now)
    world.session.commit()
    assert tell_freed(world.session, world.now) == 1
    assert told(world) == []
    assert untold(world) == 0


def test_nothing_is_said_of_what_has_left_already(world):
    soap = world.product("SOAP-1")
    order = world.order({soap: 10})
    arrive(world, (soap, 10))
    world.shipped(order)
    world.session.commit()
    tell_freed(world.session, world.now)
    assert told(world) == []


def test_an_offer_for_goods_that_have_come_is_withdrawn_with_the_news(world):
    made = offered(world)
    arrive(world, (made.part.line.product, 20))
    tell_freed(world.session, world.now)
    (made,) = offers(world)
    assert made.state == OfferState.WITHDRAWN
    world.session.refresh(made.reservation)
    assert (made.reservation.quantity, made.reservation.held) == (0, 0)
    assert len(told(world)) == 1


def test_more_than_fits_at_once_is_told_in_turns(world, monkeypatch):
    monkeypatch.setattr("orders.freeing.AT_ONCE", 2)
    soap = world.product("SOAP-1")
    for _ in range(5):
        world.order({soap: 1})
    arrive(world, (soap, 5))
    assert tell_freed(world.session, world.now) == 5
    assert len(told(world)) == 5
