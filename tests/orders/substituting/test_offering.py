"""A short line is offered what stands for it, at a protected price, and only when that helps."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from inventory.identifying import LotFacts
from inventory.identities import Identity
from inventory.models import Price, Tracking
from inventory.receiving import book_in
from inventory.stocking import open_stock
from inventory.stockouts import SubstituteKind
from inventory.stopping import stop
from orders.consenting import give_consent
from orders.models import OrderLine
from orders.offering import choices, offer
from orders.offering_round import go_round, offer_for_product
from orders.substitutions import ConsentRule, OfferState
from orders.waiting import waiting_parts
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from portal.clock import business_day, end_of
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.orders.short_lines import offered, offers, stands_for
from tests.orders.substituting.acting import accept, as_it_stands, available, templates


def test_an_offer_holds_the_substitute_at_a_protected_price_until_the_end_of_the_next_working_day(world):
    made = offered(world, instead="12.00")
    assert (made.quantity, made.units, made.state) == (7, 7, OfferState.OFFERED)
    assert (made.unit_price, made.list_price) == (Decimal("10.0000"), Decimal("12.0000"))
    assert made.answer_by == end_of(date(2026, 4, 2))
    assert made.due_on == date(2026, 4, 8), "three working days from 2 April; 6 April is Chakri Day"
    assert available(world, "BAR-1") == 93
    assert made.reservation.purpose == made.number
    assert "orders/notices/substitute_offered.txt" in templates(world)


def test_several_units_of_a_smaller_pack_stand_for_one(world):
    made = offered(world, instead="5.00", per_unit=3, kind=SubstituteKind.SMALLER_PACK)
    assert (made.quantity, made.units, made.unit_price) == (7, 21, Decimal("3.3333"))


def test_the_promise_to_offer_is_made_when_a_line_is_short_and_kept_by_the_offer(world):
    soap, bar = world.product("SOAP-1", stock=3), world.product("BAR-1")
    stands_for(world, soap, bar)
    order = world.order({soap: 10})
    kind = Promise.kind == Kind.SUBSTITUTION_OFFER
    (promise,) = world.session.scalars(select(Promise).where(kind))
    assert promise.subject_no == f"{order.number}/1.2"
    assert (promise.state, offers(world)) == (PromiseState.OPEN, [])
    receipt = world.receipt(bar, 50, business_day(world.now))
    book_in(world.session, receipt, 50, last=True, by=world.staff, now=world.now)
    world.session.commit()
    assert go_round(world.session, world.now + timedelta(hours=1)) == 1
    (made,) = offers(world)
    world.session.refresh(promise)
    assert made.promise_id == promise.id
    assert (promise.state, promise.fulfilled_at) == (PromiseState.KEPT, world.now + timedelta(hours=1))


def test_the_round_leaves_alone_what_no_substitute_in_stock_can_serve(world):
    soap, bar = world.product("SOAP-1", stock=3), world.product("BAR-1", stock=6)
    stands_for(world, soap, bar)
    world.session.commit()
    with statements(world.session) as idle:
        assert go_round(world.session, world.now) == 0
    world.order({soap: 10})
    world.session.commit()
    with statements(world.session) as waiting:
        assert go_round(world.session, world.now) == 0
    assert len(waiting) == len(idle)
    receipt = world.receipt(bar, 1, business_day(world.now))
    book_in(world.session, receipt, 1, last=True, by=world.staff, now=world.now)
    world.session.commit()
    assert go_round(world.session, world.now) == 1


def test_a_short_line_is_offered_a_substitute_as_the_order_is_placed(world):
    soap, bar = world.product("SOAP-1", stock=3), world.product("BAR-1", stock=50, price="9.00")
    stands_for(world, soap, bar)
    order = world.order({soap: 10})
    (made,) = offers(world)
    assert (made.part.line.order_id, made.units, made.offered_by) == (order.id, 7, None)
    assert not made.automatic


def test_the_best_ranked_substitute_that_is_all_in_stock_is_offered(world):
    soap = world.product("SOAP-1")
    for rank, (sku, stock) in enumerate({"GONE": 0, "SCARCE": 4, "THERE": 9, "LAST": 90}.items(), 1):
        stands_for(world, soap, world.product(sku, stock=stock), rank=rank)
    world.order({soap: 5})
    assert [made.stands_in.sku for made in offers(world)] == ["THERE"]


def test_a_substitute_of_which_only_stopped_lots_lie_there_leaves_the_offer_to_the_next(world):
    soap, best = world.product("SOAP-1"), world.product("BEST", tracking=Tracking.LOT)
    lots = {LotFacts("BAD"): 9}
    open_stock(world.session, best, world.warehouse, 9, lots=lots, by=world.staff, now=world.now)
    stop(world.session, world.session.scalars(select(Identity.id)).all(), now=world.now)
    for rank, stands_in in enumerate((best, world.product("NEXT", stock=9)), 1):
        stands_for(world, soap, stands_in, rank=rank)
    world.order({soap: 5})
    assert [made.stands_in.sku for made in offers(world)] == ["NEXT"]


def test_two_lines_are_not_offered_the_same_units(world):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1", stock=8)
    stands_for(world, soap, bar)
    world.order({soap: 5})
    world.order({soap: 5})
    assert len(offers(world)) == 1
    assert available(world, "BAR-1") == 3


def test_nothing_is_offered_that_would_come_no_sooner(world):
    soap, bar = world.product("SOAP-1"), world.product("BAR-1", stock=90)
    world.receipt(soap, 50, business_day(world.now) + timedelta(days=1))
    stands_for(world, soap, bar)
    world.order({soap: 5})
    assert offers(world) == []
    kinds = world.session.scalars(select(Promise.kind).distinct())
    assert Kind.SUBSTITUTION_OFFER not in set(kinds)


def test_the_round_offers_once_and_a_second_round_changes_nothing(world):
    soap = world.product("SOAP-1")
    world.order({soap: 5})
    stands_for(world, soap, world.product("BAR-1", stock=90))
    world.session.commit()
    assert go_round(world.session, world.now) == 1
    assert go_round(world.session, world.now) == 0
    assert len(offers(world)) == 1


def test_staff_offer_to_everybody_who_waits_for_a_product(world):
    soap = world.product("SOAP-1")
    for _ in range(3):
        world.order({soap: 5})
    stands_for(world, soap, world.product("BAR-1", stock=12))
    count = offer_for_product(world.session, soap, world.warehouse, by=world.staff, now=world.now)
    assert count == 2
    assert {made.offered_by for made in offers(world)} == {world.staff}


def test_choices_are_ranked_by_consent_stock_price_and_only_then_by_rank(world):
    soap = world.product("SOAP-1")
    order = world.order({soap: 5})
    facts = {
        "UNASKED-GONE": {"stock": 0, "price": "1.00", "kind": SubstituteKind.BETTER, "rank": 9},
        "UNASKED": {"stock": 9, "price": "8.00", "kind": SubstituteKind.EQUAL, "rank": 5},
        "UNASKED-CHEAP": {"stock": 9, "price": "7.00", "kind": SubstituteKind.EQUAL, "rank": 6},
        "SAME-PRICE": {"stock": 9, "price": "7.00", "kind": SubstituteKind.EQUAL, "rank": 4},
        "ASKED": {"stock": 90, "price": "1.00", "kind": SubstituteKind.SMALLER_PACK, "rank": 1},
    }
    for sku, said in facts.items():
        stock, price = said.pop("stock"), said.pop("price")
        stands_for(world, soap, world.product(sku, stock=stock, price=price), **said)

    def ranked() -> list[str]:
        (part,) = waiting_parts(world.session, OrderLine.order_id == order.id)
        return [
            one.substitute.stands_in.sku for one in choices(world.session, [part], now=world.now)[part.id]
        ]

    assert ranked() == ["ASKED", "SAME-PRICE", "UNASKED-CHEAP", "UNASKED", "UNASKED-GONE"]
    give_consent(world.session, world.customer, ConsentRule.AUTOMATIC, by=world.buyer, now=world.now)
    assert ranked() == ["SAME-PRICE", "UNASKED-CHEAP", "UNASKED", "UNASKED-GONE", "ASKED"]


def test_a_carton_stands_for_packs_that_were_named_for_it_and_costs_no_more(world):
    pack, carton = world.product("PACK-6", price="10.00"), world.product("CARTON-12", stock=9, price="18.00")
    stands_for(world, carton, pack, per_unit=2, two_way=True, kind=SubstituteKind.SMALLER_PACK)
    order = world.order({pack: 5})
    (made,) = offers(world)
    assert (made.stands_in.sku, made.quantity, made.units) == ("CARTON-12", 5, 3)
    assert made.unit_price * made.units <= Decimal(50) < made.list_price * made.units
    assert available(world, "CARTON-12") == 6
    before = order.total_minor
    accept(world, made)
    world.session.refresh(order)
    assert order.total_minor <= before


def test_the_round_counts_what_a_turned_ratio_needs(world):
    pack, carton = world.product("PACK-6"), world.product("CARTON-12", stock=2)
    world.order({pack: 5})
    stands_for(world, carton, pack, per_unit=2, two_way=True, kind=SubstituteKind.SMALLER_PACK)
    world.session.commit()
    go_round(world.session, world.now)
    assert offers(world) == [], "five packs take three cartons"
    receipt = world.receipt(carton, 1, business_day(world.now))
    book_in(world.session, receipt, 1, last=True, by=world.staff, now=world.now)
    world.session.commit()
    go_round(world.session, world.now)
    assert [made.units for made in offers(world)] == [3]


def test_staff_offer_the_other_way_round_by_the_pair_itself(world):
    pack, carton = world.product("PACK-6"), world.product("CARTON-12", stock=2)
    order = world.order({pack: 4})
    named = stands_for(world, carton, pack, per_unit=2, two_way=True, kind=SubstituteKind.SMALLER_PACK)
    (part,) = world.parts(order)
    made = offer(world.session, part, named, by=world.staff, now=world.now)
    assert (made.stands_in.sku, made.units) == ("CARTON-12", 2)


def test_the_choices_of_a_part_are_ranked_with_stock_price_and_day(world):
    soap = world.product("SOAP-1")
    order = world.order({soap: 5})
    stands_for(world, soap, world.product("SECOND", stock=2, price="4.00"), rank=2)
    stands_for(world, soap, world.product("FIRST", stock=7, price="30.00"), rank=1)
    (part,) = waiting_parts(world.session, OrderLine.order_id == order.id)
    first, second = choices(world.session, [part], now=world.now)[part.id]
    assert (first.substitute.stands_in.sku, first.possible, first.unit_price) == ("FIRST", True, Decimal(10))
    assert (second.substitute.stands_in.sku, second.possible, second.unit_price) == (
        "SECOND",
        False,
        Decimal(4),
    )
    assert first.due_on == date(2026, 4, 8)


@pytest.mark.parametrize("why", ["never", "open", "too few", "all there", "no price", "not named"])
def test_what_cannot_be_offered_is_refused_and_nothing_is_held(world, why):
    soap = world.product("SOAP-1", stock=20 if why == "all there" else 3)
    order = world.order({soap: 10})
    bar = world.product("BAR-1", stock=2 if why == "too few" else 100)
    substitute = stands_for(world, soap, bar)
    part = world.parts(order)[-1]
    if why == "never":
        give_consent(world.session, world.customer, ConsentRule.NEVER, by=world.buyer, now=world.now)
    if why == "open":
        offer(world.session, part, substitute, by=world.staff, now=world.now)
    if why == "no price":
        world.session.execute(delete(Price).where(Price.product_id == bar.id))
    if why == "not named":
        substitute.valid_from = business_day(world.now) + timedelta(days=1)
    before = as_it_stands(world, order)
    with pytest.raises(Refused):
        offer(world.session, part, substitute, by=world.staff, now=world.now)
    assert as_it_stands(world, order) == before


def test_what_is_not_ordered_in_the_quantity_that_waits_is_not_offered(world):
    soap = world.product("SOAP-1", stock=3)
    order = world.order({soap: 10})
    dozen = world.product("BAR-1", stock=100, order_multiple=12)
    fitting = world.product("GEL-1", stock=100, order_least=7, lifecycle="phase_out")
    stands_for(world, soap, dozen)
    stands_for(world, soap, fitting, rank=2)
    parts = waiting_parts(world.session, OrderLine.order_id == order.id)
    (found,) = choices(world.session, parts, now=world.now).values()
    assert [(one.substitute.stands_in.sku, one.units, one.possible) for one in found] == [("GEL-1", 7, True)]
