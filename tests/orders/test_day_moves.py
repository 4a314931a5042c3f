"""A day that moved says why it moved; how the first one was found stands below, and says that it does."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from orders import expediting
from orders.day_moves import moves_told
from orders.models import Order
from orders.panels import coming
from orders.placing import place
from orders.telling import parts_told
from orders.wishes import Wish
from portal.clock import business_day
from portal.i18n import day_text, speaking
from tests.makers import VAT, World, make_world
from tests.orders.expediting.asking import a_part, asked_for, fast_world, service_named
from tests.orders.flooding import confirmed


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with speaking("en"):
        yield


def _why(world: World, order: Order) -> list[str]:
    world.session.flush()
    world.session.expire_all()
    moves = moves_told(world.session, order)
    return [one for line in order.lines for part in parts_told(line, {}, moves) for one in part.why]


def _first(world: World, order: Order) -> str:
    return day_text(world.parts(order)[0].promise.original_due_at)


def test_a_day_that_never_moved_is_explained_as_it_was_found(session, now) -> None:
    world = make_world(session, now)
    order = world.order({world.product(stock=10): 3})
    assert _why(world, order)[0] == "3 in stock in Bangkok warehouse."


def test_a_flood_leads_the_explanation_of_the_day_it_moved(session, now) -> None:
    world = make_world(session, now)
    order = world.order({world.product(stock=10): 3})
    confirmed(world, 1, 20)
    moved, first, *steps = _why(world, order)
    assert moved.startswith(f"Moved from {_first(world, order)} to ")
    assert "Flood: nothing can leave Bangkok warehouse from" in moved
    assert first == f"The first promised day, {_first(world, order)}, was found like this:"
    assert steps[0] == "3 in stock in Bangkok warehouse."


def test_a_faster_delivery_leads_it_as_well_and_both_moves_are_told_latest_first(session, now) -> None:
    world = fast_world(session, now)
    order, part = a_part(world)
    assert part.ship_by is not None
    confirmed(world, part.ship_by.day, part.ship_by.day)
    world.session.flush()
    world.session.expire_all()
    request = asked_for(world, part, business_day(part.promise.due_at) - timedelta(days=1))
    expediting.approve(world.session, request, service_named(world, "NEXT"), by=world.staff, now=world.now)
    sooner, flood, first, *_steps = _why(world, order)
    assert sooner.endswith("it was expedited.")
    assert "Flood" in flood
    assert first.startswith("The first promised day")


def test_what_is_coming_says_why_a_day_moved(session, now) -> None:
    world = make_world(session, now)
    order = world.order({world.product(stock=10): 3})
    assert _causes(world) == [""]
    confirmed(world, 1, 20)
    (cause,) = _causes(world)
    assert cause == f"first promised for {_first(world, order)}; a disruption that was declared"


def test_a_wish_for_a_later_day_is_shown_as_one(session, now) -> None:
    world = make_world(session, now)
    later = business_day(now) + timedelta(days=20)
    lines = [(world.product(stock=10).id, 3)]
    wish = Wish(key="later", lines=lines, requested_on=later)
    order = place(session, world.customer, wish, vat_rate_bp=VAT, by=world.buyer, now=now)
    (wished,) = [one for one in _why(world, order) if day_text(later) in one]
    assert wished.startswith("That is sooner than you want it: you asked for")


def _causes(world: World) -> list[Any]:
    world.session.flush()
    panel = coming(world.session, world.buyer, world.now)
    assert panel is not None
    return [row.cause for row in panel.facts["rows"]]
