"""Two people at once: an offer is answered once, and orders that want each other's substitutes do not lock up."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.stock import Stock
from orders import substituting
from orders.models import OrderLine
from orders.placing import place
from orders.substitutions import OfferState, SubstituteOffer
from orders.wishes import Wish
from portal.accounts.models import User
from tests.makers import VAT, World, make_world
from tests.orders.short_lines import offered, stands_for
from tests.races import at_once


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


@pytest.mark.parametrize("other", [substituting.accept, substituting.refuse])
def test_of_two_answers_at_once_one_counts_and_the_other_is_refused(world, engine, other):
    made = offered(world)
    offer_id, buyer_id = made.id, world.buyer.id
    world.session.commit()

    def answering(answer):
        def act(session: Session) -> None:
            offer = session.get_one(SubstituteOffer, offer_id)
            answer(session, offer, by=session.get_one(User, buyer_id), now=world.now)

        return act

    assert at_once(engine, answering(substituting.accept), answering(other)) == ["done", "refused"]
    world.session.expire_all()
    offer = world.session.get_one(SubstituteOffer, offer_id)
    lines = world.session.scalar(select(func.count(OrderLine.id)))
    assert lines == (2 if offer.state == OfferState.ACCEPTED else 1)
    held = world.session.scalar(select(func.sum(Stock.reserved)))
    assert held == (10 if offer.state == OfferState.ACCEPTED else 3)


def test_orders_that_want_each_others_goods_and_substitutes_all_go_through(world, engine):
    one, two = world.product("ONE", stock=30), world.product("TWO", stock=30)
    stands_for(world, one, two)
    stands_for(world, two, one)
    ids, buyer_id = (one.id, two.id), world.buyer.id
    world.session.commit()

    def ordering(key: str, *lines: tuple[int, int]):
        def act(session: Session) -> None:
            buyer = session.get_one(User, buyer_id)
            wish = Wish(key=key, lines=lines)
            place(
                session, buyer.company, wish, vat_rate_bp=VAT, by=buyer, now=world.now + timedelta(minutes=1)
            )

        return act

    for turn in range(6):
        acts = [ordering(f"{turn}-{n}", (ids[n % 2], 9)) for n in range(2)]
        acts.append(ordering(f"{turn}-both", (ids[0], 2), (ids[1], 2)))
        assert at_once(engine, *acts) == ["done"] * 3
    for stock in world.session.scalars(select(Stock).execution_options(populate_existing=True)):
        assert 0 <= stock.reserved <= stock.on_hand
