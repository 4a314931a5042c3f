"""Everything that can be done about a line that waits, with its day, its cost and whom to ask."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory.dealing import deal
from inventory.identifying import LotFacts
from inventory.identities import Identity
from inventory.ledger import Move, Place, book, stock_rows
from inventory.models import Product, Tracking, Warehouse
from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stock import MovementKind
from inventory.stocking import open_stock
from inventory.stopping import stop
from inventory.transfer_costs import Costs, set_transfer_costs, transfer_costs
from inventory.transferring import send
from orders.cancelling import cancel_parts
from orders.comparing_ways import Short, compare
from orders.consenting import give_consent
from orders.expedite_terms import ServiceFacts, put_service
from orders.models import Order
from orders.offering import offer
from orders.substitutions import ConsentRule
from orders.ways_out import Kind, Way
from portal.clock import business_day
from portal.money import Money
from portal.refusal import Refused
from tests.inventory.makers import statements
from tests.makers import World, make_world
from tests.orders.short_lines import stands_for


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def north(world: World, product: Product, units: int) -> Warehouse:
    facts = WarehouseFacts(code="CNX", name_th="เชียงใหม่", name_en="Chiang Mai")
    warehouse = put_warehouse(world.session, facts, by=world.manager, now=world.now)
    world.session.flush()
    open_stock(world.session, product, warehouse, units, by=world.staff, now=world.now)
    world.session.flush()
    return warehouse


def short_of(world: World, order: Order) -> Short:
    world.session.flush()
    (found,) = compare(world.session, order, now=world.now)
    return found


def ways(world: World, order: Order) -> dict[Kind, Way]:
    return {one.way.kind: one.way for one in short_of(world, order).ways}


def late_line(world: World) -> tuple[Product, Order]:
    """Ten units of soap that cost ฿6.00 each and come on the 20th; promised for three working days after that."""
    soap = world.product("SOAP-1", price="10.00", unit_cost=Decimal("6.00"))
    world.receipt(soap, 50, date(2026, 4, 20))
    return soap, world.order({soap: 10})


def test_waiting_lasts_until_the_promised_day_and_costs_nothing_more(world):
    _, order = late_line(world)
    short = short_of(world, order)
    wait = ways(world, order)[Kind.WAIT]
    (part,) = world.parts(order)
    assert short.promised_on == wait.arrives_on == business_day(part.promise.due_at) == date(2026, 4, 23)
    assert (wait.cost, wait.pays, wait.consent, wait.no) == (
        Money(0, "THB"),
        Money(10_000, "THB"),
        False,
        None,
    )
    assert not wait.estimate


def test_goods_that_come_too_late_arrive_after_the_promised_day(world):
    soap, order = late_line(world)
    (part,) = world.parts(order)
    part.reservation.receipt.expected_on = date(2026, 4, 27)
    (found,) = [one for one in short_of(world, order).ways if one.way.kind is Kind.WAIT]
    assert (found.way.arrives_on, found.days_late) == (date(2026, 4, 28), 5)
    assert soap.sku == part.line.sku


def test_without_a_receipt_the_day_is_an_estimate(world):
    order = world.order({world.product("SOAP-1", replenishment_days=14): 4})
    wait = ways(world, order)[Kind.WAIT]
    assert wait.estimate
    assert wait.about is None


def test_another_warehouse_sends_what_it_has_at_the_cost_of_the_transfer(world):
    soap, order = late_line(world)
    north(world, soap, 4)
    assert ways(world, order)[Kind.MOVE].cost is None
    set_transfer_costs(world.session, Costs(150_00, 2_50), by=world.manager, now=world.now)
    move = ways(world, order)[Kind.MOVE]
    # Sent on Wednesday the 1st, two working days on the road: there on Friday, with the customer after the holiday.
    assert (move.units, move.cost, move.arrives_on) == (4, Money(160_00, "THB"), date(2026, 4, 7))
    assert not move.consent


def test_a_substitute_costs_what_is_given_up_of_its_price_and_asks_the_customer(world):
    soap, order = late_line(world)
    stands_for(world, soap, world.product("BAR-1", stock=50, price="12.00"))
    found = ways(world, order)[Kind.SUBSTITUTE]
    assert (found.cost, found.pays, found.consent, found.no) == (
        Money(20_00, "THB"),
        Money(100_00, "THB"),
        True,
        None,
    )
    give_consent(world.session, world.customer, ConsentRule.AUTOMATIC, by=world.buyer, now=world.now)
    assert not ways(world, order)[Kind.SUBSTITUTE].consent
    give_consent(world.session, world.customer, ConsentRule.NEVER, by=world.buyer, now=world.now)
    assert "no substitutes" in str(ways(world, order)[Kind.SUBSTITUTE].no)


def test_what_cannot_be_done_says_why(world):
    soap, order = late_line(world)
    found = ways(world, order)
    assert "No other warehouse" in str(found[Kind.MOVE].no)
    assert "Nothing may stand" in str(found[Kind.SUBSTITUTE].no)
    assert "no faster service" in str(found[Kind.EXPEDITE].no)
    stands_for(world, soap, world.product("BAR-1", stock=3))
    put_service(
        world.session, ServiceFacts("X", "ด่วน", "Express", 1, 200_00, 1_00), by=world.manager, now=world.now
    )
    found = ways(world, order)
    assert "Only 3 of the 10 needed" in str(found[Kind.SUBSTITUTE].no)
    # The goods are here on Monday the 20th and go at once: a day later instead of on the 23rd.
    assert (found[Kind.EXPEDITE].arrives_on, found[Kind.EXPEDITE].cost) == (
        date(2026, 4, 21),
        Money(210_00, "THB"),
    )
    assert "once the goods are here" in found[Kind.EXPEDITE].no.message


def test_cancelling_costs_the_margin_and_needs_the_customers_word(world):
    _, order = late_line(world)
    found = ways(world, order)[Kind.CANCEL]
    assert (found.cost, found.pays, found.consent) == (Money(40_00, "THB"), Money(0, "THB"), True)


def test_cancelling_counts_what_lies_in_stock_for_the_part_too(world):
    soap, order = late_line(world)
    (part,) = world.parts(order)
    place = Place(soap.id, world.warehouse.id)
    book(world.session, [Move(place, 4)], MovementKind.OPENING, "FOUND", by=None, now=world.now)
    deal(world.session, stock_rows(world.session, [place]), now=world.now)
    found = short_of(world, order)
    cancel = ways(world, order)[Kind.CANCEL]
    assert (found.units, cancel.units, cancel.cost) == (6, 10, Money(40_00, "THB"))
    units = cancel_parts(world.session, order, [part.id], "Not wanted", by=world.staff, now=world.now)
    assert units == cancel.units


def test_no_lot_that_has_expired_or_is_stopped_is_to_be_moved(world):
    milk = world.product("MILK", tracking=Tracking.LOT, replenishment_days=20)
    order, warehouse = world.order({milk: 5}), north(world, world.product("OTHER"), 1)
    lots = {LotFacts("OLD", business_day(world.now)): 4, LotFacts("BAD"): 2, LotFacts("GOOD"): 1}
    open_stock(world.session, milk, warehouse, 7, lots=lots, by=world.staff, now=world.now)
    bad = world.session.scalars(select(Identity.id).where(Identity.number == "BAD")).one()
    stop(world.session, [bad], now=world.now)

    def free(at: datetime) -> list[int]:
        (found,) = compare(world.session, order, now=at)
        return [one.way.about.available for one in found.ways if one.way.kind is Kind.MOVE and one.way.about]

    assert free(world.now) == [5]
    assert free(world.now + timedelta(days=1)) == [1]
    stop(world.session, world.session.scalars(select(Identity.id)).all(), now=world.now)
    assert free(world.now) == []


def test_a_part_whose_goods_come_while_the_page_is_made_is_left_out(world, monkeypatch):
    _, order = late_line(world)
    monkeypatch.setattr("orders.comparing_ways.waiting_all", lambda *_: [])
    assert compare(world.session, order, now=world.now) == []


def test_an_open_offer_and_what_is_on_the_way_stand_beside_the_ways(world):
    soap, order = late_line(world)
    warehouse = north(world, soap, 10)
    (part,) = world.parts(order)
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50))
    made = offer(world.session, part, substitute, by=world.staff, now=world.now)
    today = business_day(world.now)
    sent = send(
        world.session,
        soap,
        warehouse,
        world.warehouse,
        10,
        today + timedelta(days=2),
        purpose=part.reservation.purpose,
        by=world.staff,
        now=world.now,
    )
    short = short_of(world, order)
    assert (short.offer.id, [one.number for one in short.under_way]) == (made.id, [sent.number])
    assert Kind.SUBSTITUTE not in {one.way.kind for one in short.ways}


def test_the_best_stands_first_and_an_order_that_lacks_nothing_has_none(world):
    soap, order = late_line(world)
    north(world, soap, 30)
    set_transfer_costs(world.session, Costs(150_00), by=world.manager, now=world.now)
    stands_for(world, soap, world.product("BAR-1", stock=50))
    kinds = [one.way.kind for one in short_of(world, order).ways]
    assert kinds == [Kind.MOVE, Kind.WAIT, Kind.SUBSTITUTE, Kind.CANCEL, Kind.EXPEDITE]
    assert compare(world.session, world.order({world.product("RICE-1", stock=9): 2}), now=world.now) == []


def test_many_short_lines_take_as_many_statements_as_one(world):
    counts = []
    for some in (1, 6):
        goods = {world.product(f"P-{some}-{n}", replenishment_days=5): 3 for n in range(some)}
        for n, product in enumerate(goods):
            world.receipt(product, 10, date(2026, 4, 20))
            stands_for(world, product, world.product(f"S-{some}-{n}", stock=50))
        order = world.order(goods)
        world.session.flush()
        world.session.expire_all()
        order = world.session.get(Order, order.id)
        assert order.number
        with statements(world.session) as sent:
            found = compare(world.session, order, now=world.now)
        assert len(found) == some
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_costs_that_cannot_be_are_refused_and_change_nothing(world):
    set_transfer_costs(world.session, Costs(100, 5), by=world.manager, now=world.now)
    for wrong in (Costs(-1), Costs(1, -1), Costs(10**12)):
        with pytest.raises(Refused):
            set_transfer_costs(world.session, wrong, by=world.manager, now=world.now)
    assert transfer_costs(world.session) == Costs(100, 5)
