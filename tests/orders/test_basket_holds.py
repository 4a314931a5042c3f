"""What lies in a basket is held for its buyer for a while, and goes over to the order that is made of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory import transferring
from inventory.basket_holds import LONGEST, end_expired
from inventory.identifying import LotFacts
from inventory.in_baskets import Hold, holds_of, in_baskets, purpose_of
from inventory.ledger import Place
from inventory.models import Tracking
from inventory.proving import differences
from inventory.quarantine import hold as set_aside
from inventory.reserving import release
from inventory.running_out import mark_stock_outs
from inventory.siting import serve
from inventory.stock import Dealt, Reservation, Stock
from inventory.stocking import open_stock
from inventory.stockouts import StockOut
from orders import baskets
from orders.baskets import Particulars, find_basket, place_basket
from orders.previewing import preview
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.makers import make_warehouse, statements
from tests.makers import VAT, make_world
from tests.people import make_customer, make_user

MINUTES = 30


@pytest.fixture
def world(session):
    with transaction(session):
        return make_world(session, NOON)


@pytest.fixture
def rival(world):
    """The buyer of another company, served by the same warehouse."""
    with transaction(world.session):
        other = make_customer(world.session, "C2", now=NOON)
        return make_user(world.session, Role.BUYER, customer=other, now=NOON)


def sold(world, sku="SOAP-1", stock=10, **facts):
    with transaction(world.session):
        return world.product(sku, stock=stock, **facts)


def put(world, product, quantity, *, who=None, after=0, minutes=MINUTES):
    now = NOON + timedelta(minutes=after)
    with transaction(world.session):
        baskets.put(world.session, who or world.buyer, product, quantity, hold_minutes=minutes, now=now)


def change(world, quantities, *, after=0, minutes=MINUTES):
    now = NOON + timedelta(minutes=after)
    with transaction(world.session):
        wanted = {product.id: units for product, units in quantities.items()}
        baskets.change(world.session, world.buyer, wanted, hold_minutes=minutes, now=now)


def placed(world, *, who=None, after=0):
    session, who = world.session, who or world.buyer
    key = find_basket(session, who).key
    with transaction(session):
        now = NOON + timedelta(minutes=after)
        return place_basket(session, who, key, Particulars(), vat_rate_bp=VAT, now=now)


def held(world, product, *, who=None, after=0):
    """What is held for a buyer of a product: the units, and until how many minutes after noon."""
    world.session.rollback()
    now = NOON + timedelta(minutes=after)
    hold = holds_of(world.session, (who or world.buyer).id, [product.id], now=now).get(product.id)
    return (hold.units, (hold.until - NOON) // timedelta(minutes=1)) if hold else None


def stock(world, product):
    """On hand and reserved in the warehouse, after the books were proved."""
    world.session.rollback()
    assert differences(world.session) == []
    query = select(Stock.on_hand, Stock.reserved).where(Stock.product_id == product.id)
    return tuple(world.session.execute(query.where(Stock.warehouse_id == world.warehouse.id)).one())


def order(world, product, quantity, *, who=None):
    with transaction(world.session):
        return world.order({product: quantity}, buyer=who)


def holding(world, order):
    """What each part of an order holds of what it owes."""
    world.session.expire_all()
    parts = [part.reservation for part in world.parts(order)]
    return [(one.held, one.quantity) for one in parts]


def job(world, after):
    return end_expired(world.session, NOON + timedelta(minutes=after))


def test_what_is_put_into_a_basket_is_held_for_half_an_hour(world):
    soap = sold(world)
    put(world, soap, 4)
    assert held(world, soap) == (4, 30)
    assert held(world, soap, after=30) is None
    assert stock(world, soap) == (10, 4)


def test_no_more_is_held_than_is_free_and_nothing_waits_or_claims(world):
    soap = sold(world, stock=3)
    with transaction(world.session):
        receipt = world.receipt(soap, 20, business_day(NOON) + timedelta(days=2))
    put(world, soap, 5)
    assert held(world, soap) == (3, 30)
    assert stock(world, soap) == (3, 3)
    world.session.refresh(receipt)
    assert receipt.claimed == 0
    assert world.session.scalar(select(func.count(Reservation.id))) == 1


def test_of_what_never_was_in_stock_nothing_is_held_and_no_stock_row_is_made(world):
    soap = sold(world, stock=0)
    put(world, soap, 5)
    assert held(world, soap) is None
    assert world.session.scalar(select(func.count(Stock.id)).where(Stock.product_id == soap.id)) == 0


def test_putting_and_changing_renew_the_holds_of_the_whole_basket(world):
    soap, brush = sold(world), sold(world, "BRUSH-1")
    put(world, soap, 4)
    put(world, brush, 1, after=20)
    assert (held(world, soap, after=20), held(world, brush, after=20)) == ((4, 50), (1, 50))
    change(world, {brush: 2}, after=25)
    assert (held(world, soap, after=25), held(world, brush, after=25)) == ((4, 55), (2, 55))


def test_a_hold_is_renewed_until_four_times_its_minutes_after_it_began(world):
    soap = sold(world)
    put(world, soap, 1)
    for after in range(20, MINUTES * LONGEST, 20):
        change(world, {soap: 1}, after=after)
    assert held(world, soap, after=100) == (1, 120)
    assert job(world, 120) == 1
    assert held(world, soap, after=120) is None
    put(world, soap, 1, after=121)
    assert held(world, soap, after=121) == (2, 151)


def test_what_had_run_out_goes_first_to_who_waits_and_only_then_to_the_basket_again(world, rival):
    soap = sold(world, stock=3)
    put(world, soap, 3)
    waits = order(world, soap, 2, who=rival)
    assert holding(world, waits) == [(0, 2)]
    change(world, {soap: 3}, after=40)
    assert holding(world, waits) == [(2, 2)]
    assert held(world, soap, after=40) == (1, 70)
    assert stock(world, soap) == (3, 3)


def test_a_smaller_quantity_lets_go_of_the_rest(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    waits = order(world, soap, 2, who=rival)
    change(world, {soap: 4})
    assert held(world, soap) == (4, 30)
    assert holding(world, waits) == [(1, 2)]
    change(world, {soap: 0})
    assert held(world, soap) is None
    assert holding(world, waits) == [(2, 2)]
    assert stock(world, soap) == (5, 2)


def test_nothing_is_held_where_holding_is_switched_off_and_what_was_is_let_go(world):
    soap = sold(world)
    put(world, soap, 4)
    put(world, soap, 1, minutes=0)
    assert held(world, soap) is None
    assert stock(world, soap) == (10, 0)


def test_another_buyer_finds_only_what_is_not_held(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 4)
    put(world, soap, 4, who=rival)
    assert held(world, soap, who=rival) == (1, 30)
    made = placed(world, who=rival)
    assert holding(world, made) == [(1, 1), (0, 3)]
    assert held(world, soap) == (4, 30)
    assert stock(world, soap) == (5, 5)


def test_the_preview_counts_the_own_hold_as_free_for_its_buyer_alone(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    own = holds_of(world.session, world.buyer.id, [soap.id], now=NOON)
    assert own == {soap.id: Hold(5, NOON + timedelta(minutes=30), world.warehouse.id)}
    mine = preview(world.session, world.customer, [(soap, 5)], own=own, now=NOON)[soap.id]
    theirs = preview(world.session, rival.company, [(soap, 5)], now=NOON)[soap.id]
    assert [(one.part.quantity, one.backorder) for one in mine] == [(5, False)]
    assert [(one.part.quantity, one.backorder) for one in theirs] == [(5, True)]


def test_the_last_of_what_is_phased_out_can_be_ordered_by_who_holds_it(world, rival):
    soap = sold(world, stock=3)
    with transaction(world.session):
        world.session.merge(soap).lifecycle = "phase_out"
    put(world, soap, 2)
    put(world, soap, 1)
    with pytest.raises(Refused):
        put(world, soap, 1, who=rival)
    with pytest.raises(Refused):
        put(world, soap, 1)
    assert held(world, soap) == (3, 30)
    assert holding(world, placed(world)) == [(3, 3)]
    assert stock(world, soap) == (3, 3)


def test_placing_takes_the_own_holds_over_in_one_statement_for_all_lines(world):
    soap, brush = sold(world), sold(world, "BRUSH-1")
    with transaction(world.session):
        world.order({soap: 1, brush: 1})
    put(world, soap, 4, minutes=0)
    put(world, brush, 4, minutes=0)
    with statements(world.session) as without:
        placed(world)
    put(world, soap, 4)
    put(world, brush, 4)
    with statements(world.session) as sent:
        made = placed(world)
    assert len(sent) <= len(without)
    assert sum("DELETE FROM reservation" in statement for statement, _ in sent) == 1
    assert holding(world, made) == [(4, 4), (4, 4)]
    assert stock(world, soap) == (10, 9)
    assert held(world, soap) is None
    assert (
        world.session.scalar(select(func.count(Reservation.id)).where(Reservation.expires_at.is_not(None)))
        == 0
    )


def test_an_order_that_is_refused_leaves_the_holds_as_they_were(world):
    soap = sold(world)
    put(world, soap, 4)
    key = find_basket(world.session, world.buyer).key
    with pytest.raises(Refused), transaction(world.session):
        particulars = Particulars(seen_total_minor=1)
        place_basket(world.session, world.buyer, key, particulars, vat_rate_bp=VAT, now=NOON)
    assert held(world, soap) == (4, 30)
    assert stock(world, soap) == (10, 4)


def test_an_order_placed_otherwise_leaves_the_basket_its_holds(world):
    soap = sold(world, stock=5)
    put(world, soap, 4)
    made = order(world, soap, 5)
    assert holding(world, made) == [(1, 1), (0, 4)]
    assert held(world, soap) == (4, 30)


def test_an_order_short_of_units_gets_what_others_held_for_too_long(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    put(world, soap, 4, who=rival, after=29)
    made = placed(world, who=rival, after=31)
    assert holding(world, made) == [(4, 4)]
    assert held(world, soap, after=31) is None
    assert stock(world, soap) == (5, 4)


def test_who_waits_gets_it_before_an_order_that_comes_later(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    waits = order(world, soap, 2)
    with transaction(world.session):
        later = world.order({soap: 4}, buyer=rival, at=NOON + timedelta(minutes=31))
    assert holding(world, waits) == [(2, 2)]
    assert holding(world, later) == [(3, 3), (0, 1)]
    assert stock(world, soap) == (5, 5)


def test_a_late_buyer_still_gets_their_own_while_nobody_else_has_it(world):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    assert holding(world, placed(world, after=45)) == [(5, 5)]
    assert stock(world, soap) == (5, 5)


def test_the_job_lets_go_of_what_was_held_too_long_and_deals_it_out(world, rival):
    soap, brush = sold(world, stock=5), sold(world, "BRUSH-1", stock=5)
    put(world, soap, 5)
    put(world, brush, 2, who=rival, after=10)
    waits = order(world, soap, 3, who=rival)
    assert job(world, 29) == 0
    assert job(world, 30) == 1
    assert holding(world, waits) == [(3, 3)]
    assert stock(world, soap) == (5, 3)
    assert held(world, brush, who=rival, after=30) == (2, 40)
    assert world.session.scalar(select(func.sum(Dealt.units))) == 3
    assert job(world, 30) == 0
    assert job(world, 40) == 1


def test_the_job_killed_before_its_commit_lets_go_of_nothing_and_is_run_again(world, monkeypatch):
    soap, brush = sold(world), sold(world, "BRUSH-1")
    put(world, soap, 5)
    put(world, brush, 2)
    monkeypatch.setattr("inventory.basket_holds.AT_ONCE", 1)
    commit, commits = world.session.commit, []

    def die_at_the_second():
        commits.append(1)
        if len(commits) == 2:
            raise KeyboardInterrupt
        commit()

    monkeypatch.setattr(world.session, "commit", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        job(world, 30)
    assert sorted((stock(world, soap), stock(world, brush))) in ([(10, 0), (10, 2)], [(10, 0), (10, 5)])
    monkeypatch.setattr(world.session, "commit", commit)
    assert job(world, 30) == 1
    assert (stock(world, soap), stock(world, brush)) == ((10, 0), (10, 0))


def test_goods_put_into_quarantine_are_taken_from_baskets_before_promises(world, rival):
    soap = sold(world, stock=10)
    promised = order(world, soap, 4)
    put(world, soap, 3)
    put(world, soap, 3, who=rival, after=1)
    place = Place(soap.id, world.warehouse.id)
    with transaction(world.session):
        assert set_aside(world.session, place, 4, "Q-1", by=None, now=NOON) == []
    assert (held(world, soap), held(world, soap, who=rival)) == ((2, 30), None)
    assert holding(world, promised) == [(4, 4)]
    assert stock(world, soap) == (6, 6)
    with transaction(world.session):
        gave_way = set_aside(world.session, place, 3, "Q-2", by=None, now=NOON)
    assert gave_way == [part.reservation_id for part in world.parts(promised)]
    assert held(world, soap) is None
    assert holding(world, promised) == [(3, 4)]
    assert stock(world, soap) == (3, 3)


def test_a_transfer_takes_what_baskets_hold_where_too_few_are_free(world):
    soap = sold(world, stock=5)
    other = make_warehouse(world.session, "N1")
    put(world, soap, 4)
    send = (soap, world.warehouse, other)
    with pytest.raises(Refused), transaction(world.session):
        transferring.send(world.session, *send, 6, business_day(NOON), by=None, now=NOON)
    assert held(world, soap) == (4, 30)
    with transaction(world.session):
        transferring.send(world.session, *send, 3, business_day(NOON), by=None, now=NOON)
    assert held(world, soap) == (2, 30)
    assert stock(world, soap) == (2, 2)


def test_a_transfer_takes_from_baskets_what_expired_lots_only_seem_to_leave_free(world):
    milk, session = sold(world, "MILK", stock=0, tracking=Tracking.LOT), world.session
    tomorrow = NOON + timedelta(days=1)
    with transaction(session):
        lots = {LotFacts("OLD", business_day(NOON)): 4, LotFacts("NEW"): 6}
        open_stock(session, milk, world.warehouse, 10, lots=lots, by=world.staff, now=NOON)
    put(world, milk, 6, after=24 * 60)
    other = make_warehouse(session, "N1")
    send = (milk, world.warehouse, other)
    with pytest.raises(Refused), transaction(session):
        transferring.send(session, *send, 7, business_day(tomorrow), by=None, now=tomorrow)
    assert stock(world, milk) == (10, 6)
    with transaction(session):
        transferring.send(session, *send, 5, business_day(tomorrow), by=None, now=tomorrow)
    assert stock(world, milk) == (5, 1)
    assert differences(session) == []


def test_a_place_emptied_by_baskets_alone_is_not_out_of_stock(world):
    soap = sold(world, stock=5)
    put(world, soap, 5)
    with transaction(world.session):
        assert mark_stock_outs(world.session, NOON) == 0
    made = placed(world)
    with transaction(world.session):
        assert mark_stock_outs(world.session, NOON) == 1
    with transaction(world.session):
        release(world.session, [part.reservation_id for part in world.parts(made)], now=NOON)
    put(world, soap, 5)
    with transaction(world.session):
        assert mark_stock_outs(world.session, NOON) == 1
    assert world.session.scalars(select(StockOut.ended_at)).all() == [NOON]


def test_staff_see_what_lies_in_baskets_in_each_warehouse(world, rival):
    soap = sold(world, stock=5)
    put(world, soap, 2)
    put(world, soap, 2, who=rival, after=5)
    (one,) = in_baskets(world.session, soap)
    assert (one.warehouse, one.units, one.until) == (world.warehouse.code, 4, NOON + timedelta(minutes=35))


def test_who_moves_to_another_warehouse_holds_there_from_the_next_change_on(world):
    soap = sold(world, stock=5)
    put(world, soap, 2)
    elsewhere = make_warehouse(world.session, "N1")
    with transaction(world.session):
        open_stock(world.session, soap, elsewhere, 1, by=None, now=NOON)
        serve(world.session, world.customer.ship_to.province, elsewhere, 1, by=None, now=NOON)
    change(world, {soap: 3}, after=1)
    assert held(world, soap, after=1) == (1, 31)
    assert stock(world, soap) == (5, 0)


def test_a_hold_tells_nobody_and_its_purpose_names_person_and_product(world):
    soap = sold(world)
    with transaction(world.session):
        before = world.session.scalar(select(func.count(Notice.id)))
    put(world, soap, 2)
    purposes = world.session.scalars(select(Reservation.purpose)).all()
    assert purposes == [purpose_of(world.buyer.id, soap.id)]
    assert world.session.scalar(select(func.count(Notice.id))) == before
