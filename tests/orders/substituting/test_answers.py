"""An offer is answered once and in time, or ends by itself."""

from datetime import timedelta

import pytest

from inventory.receiving import book_in
from orders import cancelling, substituting
from orders.lapsing import expire_offers, withdraw_offer, withdraw_stale
from orders.offering_round import go_round
from orders.substitutions import OfferState
from policies.promises import PromiseState
from portal.clock import business_day
from portal.refusal import Refused
from tests.orders.short_lines import offered, offers
from tests.orders.substituting.acting import accept, as_it_stands, available, templates


@pytest.mark.parametrize("first", ["accept", "refuse"])
@pytest.mark.parametrize("second", ["accept", "refuse"])
def test_an_offer_is_answered_once(world, first, second):
    made = offered(world)
    getattr(substituting, first)(world.session, made, by=world.buyer, now=world.now)
    before = as_it_stands(world, made.part.line.order)
    with pytest.raises(Refused, match="already"):
        getattr(substituting, second)(world.session, made, by=world.buyer, now=world.now)
    assert as_it_stands(world, made.part.line.order) == before


@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_an_answer_after_the_deadline_is_refused_and_changes_nothing(world, answer):
    made = offered(world)
    before = as_it_stands(world, made.part.line.order)
    with pytest.raises(Refused, match="could be answered until"):
        getattr(substituting, answer)(
            world.session, made, by=world.buyer, now=made.answer_by + timedelta(seconds=1)
        )
    assert as_it_stands(world, made.part.line.order) == before


def test_a_substitute_is_not_taken_once_the_goods_have_come(world):
    made = offered(world)
    receipt = world.receipt(made.part.line.product, 50, business_day(world.now))
    book_in(world.session, receipt, 50, last=True, by=world.staff, now=world.now)
    before = as_it_stands(world, made.part.line.order)
    with pytest.raises(Refused, match="have come"):
        accept(world, made)
    assert as_it_stands(world, made.part.line.order) == before


def test_refusing_leaves_the_line_as_promised_and_gives_the_substitute_back(world):
    made = offered(world)
    substituting.refuse(world.session, made, by=world.buyer, now=world.now)
    world.session.flush()
    assert made.state == OfferState.REFUSED
    assert available(world, "BAR-1") == 100
    assert made.part.promise.state == PromiseState.OPEN
    world.session.commit()
    assert go_round(world.session, world.now) == 0, "what was refused is not offered again by itself"


def test_an_offer_that_nobody_answers_expires_once_and_the_buyer_is_told(world):
    made = offered(world)
    world.session.commit()
    late = made.answer_by + timedelta(minutes=1)
    assert expire_offers(world.session, made.answer_by) == 0
    assert expire_offers(world.session, late) == 1
    assert expire_offers(world.session, late) == 0
    (made,) = offers(world)
    assert (made.state, made.answered_at) == (OfferState.EXPIRED, late)
    assert available(world, "BAR-1") == 100
    assert templates(world).count("orders/notices/substitute_lapsed.txt") == 1


def test_an_offer_is_withdrawn_when_its_line_gets_its_goods_and_made_anew_for_what_is_left(world):
    made = offered(world)
    receipt = world.receipt(made.part.line.product, 5, business_day(world.now))
    book_in(world.session, receipt, 5, last=True, by=world.staff, now=world.now)
    world.session.commit()
    assert withdraw_stale(world.session, world.now) == 1
    assert withdraw_stale(world.session, world.now) == 0
    go_round(world.session, world.now)
    assert [(one.state, one.quantity) for one in offers(world)] == [
        (OfferState.WITHDRAWN, 7),
        (OfferState.OFFERED, 2),
    ]
    assert available(world, "BAR-1") == 98


def test_cancelling_a_line_withdraws_its_offer(world):
    made = offered(world)
    order = made.part.line.order
    units = cancelling.cancel_parts(
        world.session, order, [made.part_id], "Not needed", by=world.buyer, now=world.now
    )
    world.session.flush()
    assert (units, made.state, available(world, "BAR-1")) == (7, OfferState.WITHDRAWN, 100)


def test_staff_take_an_offer_back_once(world):
    made = offered(world)
    withdraw_offer(world.session, made, by=world.staff, now=world.now)
    world.session.flush()
    assert available(world, "BAR-1") == 100
    assert templates(world)[-1] == "orders/notices/substitute_withdrawn.txt"
    with pytest.raises(Refused):
        withdraw_offer(world.session, made, by=world.staff, now=world.now)
