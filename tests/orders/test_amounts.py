"""An order costs what stays of it: cancelled and replaced units leave its lines, its total and its acknowledgement."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Seller
from inventory.receiving import book_in
from orders import cancelling, disrupting, disruption_choosing, substituting
from orders.acknowledging import KIND, acknowledgement_of
from orders.amounts import worth_of
from orders.disrupting import Declared
from orders.disruptions import DisruptionEffect, DisruptionKind
from orders.documents import acknowledgement_pdf
from orders.expedite_sheets import margin_of
from orders.models import Order, OrderLine
from orders.offering import offer
from orders.offers import offers_of
from orders.pricing import line_sum, share_of
from orders.queries import Filter, order_page
from orders.telling import parts_told, stages_told
from portal.archive import StoredDocument
from portal.clock import business_day
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import World, make_world
from tests.orders.short_lines import lines, offered, stands_for
from tests.papers import text_of


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def half_there(world: World) -> Order:
    """Ten at ฿10.00, three of them in stock, seven to wait for; and two of something else at ฿5.55."""
    soap, rice = world.product("SOAP-1", stock=3), world.product("RICE-1", price="5.55", stock=9)
    return world.order({soap: 10, rice: 2})


def cancel_what_waits(world: World, order: Order) -> None:
    waits = next(part for part in world.parts(order) if part.backorder)
    cancelling.cancel_parts(
        world.session, order, [waits.id], "No longer needed", by=world.buyer, now=world.now
    )
    world.session.flush()


def amounts(world: World, order: Order) -> list[tuple[int, int]]:
    return [(line.net_minor, line.vat_minor) for line in lines(world, order)]


def adds_up(world: World, order: Order) -> bool:
    """Every line costs what stays of it, the order what its lines cost, and the latest paper says the same."""
    rows, sheet = lines(world, order), acknowledgement_of(world.session, order)
    for line in rows:
        stays = line_sum(
            line.unit_price,
            line.ordered - line.cancelled,
            order.currency,
            vat_rate_bp=line.vat_rate_bp,
            discount_bp=line.discount_bp,
        )
        assert (line.net_minor, line.vat_minor) == (stays.net_minor, stays.vat_minor)
    assert order.net_minor == sum(line.net_minor for line in rows)
    assert order.total_minor == order.net_minor + sum(line.vat_minor for line in rows)
    told = [(line.n, line.ordered - line.cancelled, line.net_minor) for line in rows]
    assert [(line.n, line.quantity, line.net_minor) for line in sheet.lines] == told
    return (sheet.net_minor, sheet.total_minor) == (order.net_minor, order.total_minor)


# --- cancelling ---


def test_cancelled_units_cost_nothing_and_the_order_costs_what_stays(world: World) -> None:
    order = half_there(world)
    assert amounts(world, order) == [(10000, 700), (1110, 78)]
    assert order.total_minor == 11888
    cancel_what_waits(world, order)
    assert amounts(world, order) == [(3000, 210), (1110, 78)]
    assert (order.net_minor, order.vat_minor, order.total_minor) == (4110, 288, 4398)
    assert adds_up(world, order)


def test_a_new_edition_of_the_acknowledgement_says_how_many_were_cancelled(world: World) -> None:
    order = half_there(world)
    cancel_what_waits(world, order)
    sheet = acknowledgement_of(world.session, order)
    first, second = sheet.lines
    assert (sheet.edition, sheet.total_minor) == (2, 4398)
    assert (first.quantity, first.cancelled, first.ordered) == (3, 7, 10)
    assert (second.quantity, second.cancelled) == (2, 0)
    assert [part.quantity for part in first.parts] == [3]
    english = " ".join(text_of(acknowledgement_pdf(sheet, "en", Seller())).split())
    assert "10 ordered, 7 of them cancelled" in english
    assert "43.98" in english
    assert acknowledgement_pdf(sheet, "th", Seller())


def test_the_earlier_edition_stays_as_it_was_issued(world: World) -> None:
    order = half_there(world)
    cancel_what_waits(world, order)
    query = select(StoredDocument).where(StoredDocument.kind == KIND).order_by(StoredDocument.edition)
    first, second = world.session.scalars(query)
    assert (first.sheet["total_minor"], second.sheet["total_minor"]) == (11888, 4398)
    assert first.sheet["lines"][0]["quantity"] == 10


def test_an_order_that_was_cancelled_whole_costs_nothing_and_its_paper_says_so(world: World) -> None:
    order = half_there(world)
    cancelling.cancel(world.session, order, "Shop closed", by=world.staff, now=world.now)
    assert (order.net_minor, order.vat_minor, order.total_minor) == (0, 0, 0)
    assert adds_up(world, order)
    for language, said in (("en", "All of this order was cancelled"), ("th", "0.00")):
        paper = text_of(acknowledgement_pdf(acknowledgement_of(world.session, order), language, Seller()))
        assert said in " ".join(paper.split())


def test_a_part_given_up_because_of_a_disruption_costs_nothing_either(world: World) -> None:
    order = half_there(world)
    today = business_day(world.now)
    facts = Declared(
        DisruptionKind.SHORTAGE, world.warehouse, today, today + timedelta(days=40), "ของขาด", "Shortage"
    )
    disruption = disrupting.declare(world.session, facts, by=world.manager, now=world.now)
    disrupting.confirm(world.session, disruption, by=world.manager, now=world.now)
    world.session.flush()
    effects = world.session.scalars(select(DisruptionEffect)).all()
    assert effects
    for effect in effects:
        disruption_choosing.cancel(world.session, effect, by=world.buyer, now=world.now)
    world.session.flush()
    assert any(line.cancelled for line in lines(world, order))
    assert adds_up(world, order)


def test_a_refused_cancellation_leaves_amounts_and_papers_alone(world: World) -> None:
    order = half_there(world)
    world.shipped(order)
    cancel_what_waits(world, order)
    before = (amounts(world, order), order.total_minor, acknowledgement_of(world.session, order))
    with pytest.raises(Refused):
        cancelling.cancel(world.session, order, "All of it", by=world.buyer, now=world.now)
    assert (amounts(world, order), order.total_minor, acknowledgement_of(world.session, order)) == before


def test_an_order_brought_in_from_elsewhere_gets_no_paper_but_right_amounts(world: World) -> None:
    order = half_there(world)
    order.number = "OLD-1"
    cancel_what_waits(world, order)
    assert order.total_minor == 4398
    kept = select(func.count()).where(StoredDocument.kind == KIND)
    assert world.session.scalar(kept) == 1, "only the one it was placed with, under its own number"


def test_the_discount_of_a_line_holds_for_what_stays(world: World) -> None:
    order = half_there(world)
    first = lines(world, order)[0]
    first.discount_bp = 250
    cancel_what_waits(world, order)
    assert amounts(world, order)[0] == (2925, 205)


def test_the_buyer_is_told_what_stays_to_be_paid(world: World) -> None:
    cancel_what_waits(world, half_there(world))
    template = Notice.template == "orders/notices/cancelled.txt"
    notice = world.session.scalars(select(Notice).where(template)).one()
    said = " ".join(written(notice))
    assert "7 units" in said
    assert "costs ฿43.98 with VAT" in said


# --- cancelling and substituting together ---


def test_what_was_replaced_and_then_cancelled_is_counted_once(world: World) -> None:
    made = offered(world, instead="9.00")
    order = made.part.line.order
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    assert order.total_minor == 9951
    world.session.flush()
    cancelling.cancel(world.session, order, "Too late", by=world.buyer, now=world.now)
    first, second = lines(world, order)
    assert (first.called_off, first.substituted_out, second.called_off) == (3, 7, 7)
    assert order.total_minor == 0
    assert adds_up(world, order)
    sheet = acknowledgement_of(world.session, order)
    assert [(line.cancelled, line.substituted) for line in sheet.lines] == [(3, 7), (7, 0)]


def test_a_substitute_is_protected_by_what_stays_of_the_line_that_it_stands_for(world: World) -> None:
    soap = world.product("SOAP-1", price="19.9900", stock=1)
    world.receipt(soap, 4, business_day(world.now))
    order = world.order({soap: 9})
    substitute = stands_for(world, soap, world.product("BAR-1", price="50.00", stock=50))
    _there, soon, later = world.parts(order)
    cancelling.cancel_parts(world.session, order, [soon.id], "Too many", by=world.buyer, now=world.now)
    before = order.total_minor
    made = offer(world.session, later, substitute, by=world.staff, now=world.now)
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    assert order.total_minor <= before
    assert adds_up(world, order)


def test_the_margin_counts_what_stays(world: World) -> None:
    order = half_there(world)
    for line in order.lines:
        line.product.unit_cost = Decimal("2.00")
    cancel_what_waits(world, order)
    assert margin_of(world.session, order).minor == 4110 - 5 * 200


# --- what the pages say ---


def test_header_parts_and_list_agree_after_a_substitution(world: World) -> None:
    made = offered(world)
    order = made.part.line.order
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    world.session.flush()
    world.session.expire_all()
    first = world.parts(order)[0]
    assert first.line.n == 1
    told, row = _told(world, order)
    assert told == [(3, "In stock for you"), (7, "Replaced by another product"), (7, "In stock for you")]
    assert (row.lines, row.total_minor) == (2, order.total_minor)
    with speaking("en"):
        assert [stage.when for stage in stages_told(order, [])][1:] == ["", "", ""]
    shipment = world.picked(order)
    world.session.expire_all()
    with speaking("en"):
        picked = stages_told(order, [shipment])[1]
    assert picked.state == "done", "all ten that stay are picked, three of one and seven of the other"


def test_a_part_shows_what_stays_of_it(world: World) -> None:
    soap = world.product("SOAP-1")
    order = world.order({soap: 10})
    receipt = world.receipt(soap, 4, business_day(world.now))
    book_in(world.session, receipt, 4, last=True, by=world.staff, now=world.now)
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50))
    made = offer(world.session, world.parts(order)[0], substitute, by=world.staff, now=world.now)
    substituting.accept(world.session, made, by=world.buyer, now=world.now)
    world.session.flush()
    world.session.expire_all()
    told, row = _told(world, order)
    assert [units for units, _state in told] == [4, 6]
    cancelling.cancel_parts(
        world.session, order, [world.parts(order)[0].id], "Too late", by=world.buyer, now=world.now
    )
    world.session.flush()
    world.session.expire_all()
    told, row = _told(world, order)
    assert told == [(4, "Cancelled"), (6, "In stock for you")]
    assert (row.lines, row.total_minor) == (1, order.total_minor)
    assert sum(line.wanted for line in lines(world, order)) == 6


def _told(world: World, order: Order):
    """What stays of each part and how it stands, and the order's row in the list."""
    found = offers_of(world.session, order)
    with speaking("en"):
        told = [
            (one.quantity, one.state)
            for line in lines(world, order)
            for one in parts_told(line, found.substituted, {})
        ]
    (row,) = order_page(world.session, Filter(customer_id=order.customer_id)).rows
    return told, row


# --- rounding ---


@given(
    price=st.decimals("0.0001", "99999.9999", places=4),
    units=st.integers(0, 5000),
    discount_bp=st.sampled_from([0, 0, 250, 3333, 10000]),
    currency=st.sampled_from(["THB", "JPY"]),
)
def test_what_stays_costs_as_if_no_more_had_been_ordered(price, units, discount_bp, currency) -> None:
    line = OrderLine(unit_price=price, discount_bp=discount_bp, vat_rate_bp=700)
    expected = line_sum(price, units, currency, vat_rate_bp=700, discount_bp=discount_bp)
    found = worth_of(line, units, currency)
    assert found == expected
    assert (type(found.net_minor), type(found.vat_minor)) == (int, int)


@given(net=st.integers(0, 10**15), units=st.integers(0, 9999), more=st.integers(0, 9999))
def test_a_share_of_a_line_is_rounded_half_up_without_ever_leaving_whole_numbers(net, units, more) -> None:
    of_units = units + more
    share = share_of(net, units, of_units)
    assert type(share) is int
    exact = Fraction(net * units, of_units) if of_units else Fraction(0)
    assert share == floor(exact + Fraction(1, 2))
    assert share <= net
