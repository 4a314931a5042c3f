"""What a company has said once about substitutes holds for all its orders."""

import pytest
from sqlalchemy import select

from inventory.stockouts import SubstituteKind
from orders.consenting import find_consent, give_consent, rule_of
from orders.offering_round import go_round
from orders.substitutions import ConsentRule, OfferState
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from portal.refusal import Refused
from tests.orders.short_lines import lines, offers, stands_for
from tests.orders.substituting.acting import templates


def test_a_standing_consent_sends_an_equal_product_at_once(world):
    give_consent(world.session, world.customer, ConsentRule.AUTOMATIC, by=world.buyer, now=world.now)
    soap, bar = world.product("SOAP-1", stock=3), world.product("BAR-1", stock=50, price="9.00")
    stands_for(world, soap, bar)
    order = world.order({soap: 10})
    (made,) = offers(world)
    assert (made.state, made.automatic, made.answered_by) == (OfferState.ACCEPTED, True, None)
    assert made.consent_id == find_consent(world.session, world.customer.id).id
    assert [line.sku for line in lines(world, order)] == ["SOAP-1", "BAR-1"]
    assert "orders/notices/substitute_sent_instead.txt" in templates(world)


def test_another_pack_is_asked_about_even_with_that_consent(world):
    give_consent(world.session, world.customer, ConsentRule.AUTOMATIC, by=world.buyer, now=world.now)
    soap, small = world.product("SOAP-1"), world.product("SMALL-1", stock=50)
    stands_for(world, soap, small, kind=SubstituteKind.SMALLER_PACK, per_unit=2)
    world.order({soap: 10})
    (made,) = offers(world)
    assert (made.state, made.automatic) == (OfferState.OFFERED, False)


def test_nothing_is_offered_or_promised_to_a_company_that_wants_no_substitutes(world):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1", stock=50)
    stands_for(world, soap, bar)
    give_consent(world.session, world.customer, ConsentRule.NEVER, by=world.buyer, now=world.now)
    world.order({soap: 10})
    world.session.commit()
    assert go_round(world.session, world.now) == 0
    assert offers(world) == []


def test_the_promise_to_offer_is_withdrawn_when_the_goods_come_or_the_company_wants_none(world):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1")
    stands_for(world, soap, bar)
    world.order({soap: 10})
    give_consent(world.session, world.customer, ConsentRule.NEVER, by=world.buyer, now=world.now)
    world.session.commit()
    assert go_round(world.session, world.now) == 1
    kind = Promise.kind == Kind.SUBSTITUTION_OFFER
    assert world.session.scalars(select(Promise.state).where(kind)).all() == [PromiseState.WITHDRAWN]


def test_a_company_is_asked_until_it_says_otherwise(world):
    assert rule_of(find_consent(world.session, world.customer.id)) is ConsentRule.ASK
    told = [
        give_consent(world.session, world.customer, rule, by=world.buyer, now=world.now)
        for rule in (ConsentRule.AUTOMATIC, ConsentRule.AUTOMATIC, ConsentRule.NEVER)
    ]
    assert told == [True, False, True]
    with pytest.raises(Refused):
        give_consent(world.session, world.customer, "always", by=world.buyer, now=world.now)
    assert rule_of(find_consent(world.session, world.customer.id)) is ConsentRule.NEVER
