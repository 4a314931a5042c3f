"""An offer never promises what a disruption has made impossible meanwhile."""

from datetime import timedelta

import pytest

from orders import disrupting
from orders.offer_days import put_off_late
from orders.offering_round import go_round
from orders.substituting import accept as take
from orders.substitutions import OfferState
from policies.promises import PromiseState
from portal.clock import business_day
from portal.refusal import Refused
from tests.makers import World
from tests.orders.flooding import confirmed
from tests.orders.short_lines import offered, offers
from tests.orders.substituting.acting import accept, as_it_stands, templates

PUT_OFF = "orders/notices/substitute_put_off.txt"


def _flooded(world: World, first: int = 1, last: int = 20) -> None:
    confirmed(world, first, last)
    world.session.flush()
    world.session.expire_all()


def test_a_disruption_dates_the_open_offers_of_its_warehouse_anew_and_tells_their_buyers(world):
    made = offered(world)
    before = made.due_on
    _flooded(world)
    (made,) = offers(world)
    assert made.state == OfferState.OFFERED
    assert made.due_on > before
    assert templates(world).count(PUT_OFF) == 1
    world.session.commit()
    assert go_round(world.session, world.now) == 0, "it is told once"


def test_what_is_accepted_then_is_promised_for_the_day_that_its_explanation_names(world):
    made = offered(world)
    _flooded(world)
    added = accept(world, offers(world)[0])
    (part,) = added.parts
    (flood,) = [facts for code, facts in part.found if code == "standstill"]
    assert part.ship_by.isoformat() == flood["leaves_on"]
    assert business_day(part.promise.due_at) > part.ship_by
    assert business_day(part.promise.due_at) <= made.due_on
    assert part.promise.state == PromiseState.OPEN


def test_offers_that_a_disruption_does_not_touch_stay_as_they_were(world):
    before = offered(world).due_on
    _flooded(world, 25, 30)
    assert offers(world)[0].due_on == before
    assert PUT_OFF not in templates(world)


def test_an_offer_whose_day_was_lost_otherwise_is_refused_until_the_round_has_dated_it_anew(
    world, monkeypatch
):
    made = offered(world)
    with monkeypatch.context() as patched:  # a change of the days that nobody told the offers of
        patched.setattr(disrupting, "put_off_at", lambda *_args, **_kwargs: 0)
        _flooded(world)
    (made,) = offers(world)
    stood = as_it_stands(world, made.part.line.order)
    with pytest.raises(Refused, match="cannot arrive by"):
        take(world.session, made, by=world.buyer, now=world.now)
    assert as_it_stands(world, made.part.line.order) == stood
    world.session.commit()
    assert put_off_late(world.session, world.now) == 1
    assert put_off_late(world.session, world.now + timedelta(minutes=1)) == 0
    (made,) = offers(world)
    assert accept(world, made).parts[0].ship_by > business_day(world.now)
