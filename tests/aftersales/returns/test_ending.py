"""A return that does not take place frees its units, and two people acting at once take turns."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales import calling_off, requesting
from aftersales.expiring import expire_authorisations
from aftersales.models import ReturnLine, ReturnState
from aftersales.requesting import Asked
from aftersales.returning import Back, take_back
from orders.models import Order
from portal.accounts.models import User
from portal.db import make_sessions, transaction
from portal.refusal import Refused
from tests.aftersales.returns.acting import CREDIT, DAMAGED, SCRAP, UNWANTED, ask, authorise, counts, receive


def test_goods_that_are_here_cannot_be_called_off(session, world, order, now):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        calling_off.cancel(session, found, by=world.buyer, now=now)
    assert counts(session) == before


def test_an_authorisation_past_its_day_is_closed_once_and_its_units_are_free_again(
    session, world, order, now
):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    assert expire_authorisations(session, now + timedelta(days=14)) == 0
    late = now + timedelta(days=15)
    assert expire_authorisations(session, late) == 1
    before = counts(session)
    assert expire_authorisations(session, late) == 0
    assert counts(session) == before
    session.refresh(found)
    assert found.state == ReturnState.CANCELLED
    assert ask(session, world, order, 5, at=late).state == "requested"


def test_goods_taken_back_unannounced_leave_nothing_for_what_is_asked_for(session, world, order, now):
    found = ask(session, world, order, 4)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        take_back(session, order, [Back(1, 2, DAMAGED, SCRAP)], by=world.staff, now=now)
    assert counts(session) == before
    with transaction(session):
        take_back(session, order, [Back(1, 1, DAMAGED, SCRAP)], by=world.staff, now=now)
    authorise(session, world, found)
    receive(session, world, found, 4)
    session.refresh(order.lines[0])
    assert order.lines[0].returned == 5


def test_two_tabs_asking_at_once_get_no_more_than_was_delivered(session, engine, world, order, now):
    order_id, buyer_id = order.id, world.buyer.id
    refused, start = [], threading.Barrier(2)

    def tab() -> None:
        with make_sessions(engine)() as own:
            mine, buyer = own.get_one(Order, order_id), own.get_one(User, buyer_id)
            start.wait()
            try:
                with transaction(own):
                    requesting.ask(own, mine, [Asked(1, 4, UNWANTED)], CREDIT, by=buyer, now=now)
            except Refused:
                refused.append(1)

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert len(refused) == 1
    assert session.scalar(select(func.sum(ReturnLine.quantity))) == 4
