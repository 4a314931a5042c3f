"""A buyer asks to send goods back, as many as were delivered and within the window."""

from datetime import timedelta

import pytest

from aftersales import calling_off
from policies.promises import PromiseState
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.returns.acting import ask, counts


def test_a_buyer_asks_and_a_decision_is_promised(session, world, order, now):
    found = ask(session, world, order, 2)
    assert (found.number, found.state, found.note) == ("RT-2026-00001", "requested", "note")
    promise = found.decision_promise
    assert (promise.kind, promise.subject_no) == ("return_decision", "RT-2026-00001")
    assert promise.due_at == end_of(business_day(now + timedelta(days=2)))
    assert order.lines[0].returned == 0


@pytest.mark.parametrize("quantity", [0, -1, 6])
def test_more_than_was_delivered_or_nothing_cannot_be_asked_for(session, world, order, quantity):
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, order, quantity)
    assert no.value.field == (None if quantity == 0 else "quantity_1")
    assert counts(session) == before


def test_what_is_asked_for_already_cannot_be_asked_for_again_until_it_is_called_off(
    session, world, order, now
):
    first = ask(session, world, order, 4)
    with pytest.raises(Refused) as no:
        ask(session, world, order, 2)
    assert no.value.params["left"] == 1
    with transaction(session):
        calling_off.cancel(session, first, by=world.buyer, now=now)
    assert (first.state, first.decision_promise.state) == ("cancelled", PromiseState.WITHDRAWN)
    assert ask(session, world, order, 5).state == "requested"


def test_goods_that_are_not_delivered_yet_cannot_be_sent_back(session, world, now):
    with transaction(session):
        order = world.order({world.product(stock=5): 5})
        world.shipped(order)
    before = counts(session)
    with pytest.raises(Refused):
        ask(session, world, order, 1)
    assert counts(session) == before


def test_the_window_counts_from_the_delivery_and_its_last_day_is_still_in_it(session, world, order, now):
    last = now + timedelta(days=30)
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, order, 1, at=last + timedelta(days=1))
    assert no.value.field == "quantity_1"
    assert counts(session) == before
    assert ask(session, world, order, 1, at=last).state == "requested"
