"""Some of an order is cancelled, also after a substitute was taken."""

import pytest

from orders import cancelling, fulfilling
from orders.states import LineState
from policies.promises import PromiseState
from portal.refusal import Refused
from tests.orders.short_lines import lines, offered
from tests.orders.substituting.acting import accept, as_it_stands


def test_some_parts_of_an_order_are_cancelled_and_the_others_stay(world):
    soap, rice = world.product("SOAP-1", stock=3), world.product("RICE-1", stock=9)
    order = world.order({soap: 10, rice: 2})
    there, waits, _rice = world.parts(order)
    count = cancelling.cancel_parts(
        world.session, order, [waits.id], "Too late", by=world.buyer, now=world.now
    )
    world.session.flush()
    assert (count, waits.open, there.open) == (7, 0, 3)
    assert waits.promise.state == PromiseState.WITHDRAWN
    assert order.closed_at is None


@pytest.mark.parametrize("which", ["nothing", "foreign", "picked", "twice"])
def test_parts_that_cannot_be_cancelled_are_refused_as_a_whole(world, which):
    soap = world.product("SOAP-1", stock=50)
    order, other = world.order({soap: 10}), world.order({soap: 4})
    (part,), (foreign,) = world.parts(order), world.parts(other)
    ids = {"nothing": [], "foreign": [part.id, foreign.id]}.get(which, [part.id])
    if which == "picked":
        fulfilling.pick(world.session, order, {part.id: 10}, by=world.staff, now=world.now)
    if which == "twice":
        cancelling.cancel_parts(world.session, order, ids, "x", by=world.buyer, now=world.now)
    before = as_it_stands(world, order)
    with pytest.raises(Refused):
        cancelling.cancel_parts(world.session, order, ids, "Again", by=world.buyer, now=world.now)
    assert as_it_stands(world, order) == before


def test_cancelling_after_a_substitution_cancels_only_what_is_still_owed(world):
    made = offered(world)
    order = made.part.line.order
    accept(world, made)
    world.session.expire_all()
    assert cancelling.cancel(world.session, order, "No longer", by=world.buyer, now=world.now) == 10
    first, second = lines(world, order)
    assert (first.cancelled, first.substituted_out, second.cancelled) == (10, 7, 7)
    assert order.state is LineState.CANCELLED
