"""A return is settled by a credit or a replacement for what stays with us."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from orders.models import Origin
from orders.shipments import CreditNote
from policies.promises import PromiseState
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.returns.acting import (
    CREDIT,
    REPLACEMENT,
    SCRAP,
    TO_CUSTOMER,
    ask,
    authorise,
    counts,
    inspect,
    receive,
    settle,
)


def test_what_stays_with_us_is_credited_and_what_goes_back_is_not(session, world, order):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    receive(session, world, found, 5)
    before = counts(session)
    with pytest.raises(Refused):
        settle(session, world, found)
    assert counts(session) == before
    inspect(session, world, found, (SCRAP, 3), (TO_CUSTOMER, 2))
    settle(session, world, found)
    session.refresh(found)
    assert (found.state, found.refund_promise.state) == ("settled", PromiseState.KEPT)
    assert [line.quantity for line in found.credit_note.lines] == [3]
    assert found.credit_note.net_minor == 3704
    before = counts(session)
    with pytest.raises(Refused):
        settle(session, world, found)
    assert counts(session) == before


def test_goods_that_all_go_back_to_the_customer_settle_without_a_credit(session, world, order):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    inspect(session, world, found, (TO_CUSTOMER, 2))
    settle(session, world, found)
    session.refresh(found)
    assert (found.state, found.credit_note, found.replacement) == ("settled", None, None)
    assert session.scalar(select(func.count()).select_from(CreditNote)) == 0
    assert ask(session, world, order, 5).state == "requested"


def test_a_refund_after_its_promised_day_is_missed(session, world, order, now):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    inspect(session, world, found, (SCRAP, 2))
    settle(session, world, found, at=now + timedelta(days=9))
    session.refresh(found)
    assert found.refund_promise.state == PromiseState.MISSED


def test_a_replacement_is_an_order_free_of_charge_with_promised_days(session, world, order, now):
    found = ask(session, world, order, 3, remedy=REPLACEMENT)
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (SCRAP, 3))
    settle(session, world, found)
    session.refresh(found)
    again = found.replacement
    assert (again.origin, again.total_minor, again.buyer_id) == (Origin.REPLACEMENT, 0, world.buyer.id)
    (line,) = again.lines
    assert (line.ordered, line.discount_bp, line.unit_price) == (3, 10000, order.lines[0].unit_price)
    (part,) = line.parts
    assert part.held == 3
    assert part.promise.due_at == end_of(business_day(now + timedelta(days=6)))
    assert found.credit_note is None
    with transaction(session):
        world.delivered(again)
    assert again.state == "delivered"


def test_another_remedy_than_asked_for_can_be_agreed(session, world, order):
    found = ask(session, world, order, 3, remedy=REPLACEMENT)
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (SCRAP, 3))
    settle(session, world, found, CREDIT)
    session.refresh(found)
    assert (found.remedy, found.replacement) == ("credit", None)
    assert found.credit_note is not None
