"""What is accepted becomes a line of its own, and the order never costs more."""

from datetime import date, timedelta

import pytest

from inventory.receiving import book_in
from orders.acknowledging import acknowledgement_of
from orders.documents import acknowledgement_pdf
from orders.offering import offer
from orders.states import LineState
from orders.substitutions import OfferState
from policies.promises import Cause, Happening, PromiseState
from portal.clock import business_day
from tests.conftest import settings_for
from tests.orders.short_lines import lines, offered, stands_for
from tests.orders.substituting.acting import accept
from tests.papers import text_of


def test_what_is_accepted_becomes_a_line_of_its_own_that_stands_for_the_other(world):
    made = offered(world, instead="9.00")
    order = made.part.line.order
    added = accept(world, made)
    first, second = lines(world, order)
    assert (first.ordered, first.cancelled, first.substituted_out) == (10, 7, 7)
    assert (second.id, second.sku, second.ordered, second.stands_for_id) == (added.id, "BAR-1", 7, first.id)
    assert second.state is LineState.ALLOCATED
    assert (first.net_minor, second.net_minor) == (3000, 6300)
    assert (order.net_minor, order.vat_minor, order.total_minor) == (9300, 651, 9951)
    assert (made.state, made.answered_by, made.new_line_id) == (OfferState.ACCEPTED, world.buyer, second.id)


def test_its_promise_is_counted_from_the_answer_and_the_old_one_is_withdrawn_as_substituted(world):
    made = offered(world)
    old = made.part.promise
    added = accept(world, made)
    (part,) = added.parts
    assert business_day(part.promise.due_at) == date(2026, 4, 7)
    assert part.promise.service_level_id == old.service_level_id
    assert part.found[0][0] == "stands_for"
    world.session.refresh(old)
    assert old.state == PromiseState.WITHDRAWN
    event = old.events[-1]
    assert (event.what, event.cause) == (Happening.WITHDRAWN, Cause.SUBSTITUTED)


def test_a_late_answer_is_promised_no_later_than_was_offered(world):
    made = offered(world)
    added = accept(world, made, timedelta(hours=34))
    assert business_day(added.parts[0].promise.due_at) == made.due_on


def test_the_units_that_waited_are_let_go_to_whoever_waits_next(world):
    made = offered(world, stock=0)
    soap = made.part.line.product
    receipt = world.receipt(soap, 10, date(2026, 4, 20))
    assert receipt.claimed == 10
    other = world.order({soap: 4})
    accept(world, made)
    world.session.refresh(receipt)
    (part,) = world.parts(other)
    world.session.refresh(part.reservation)
    assert (part.reservation.receipt_id, receipt.claimed) == (receipt.id, 4)


def test_what_is_partly_there_keeps_what_it_holds_and_its_promise(world):
    soap = world.product("SOAP-1")
    order = world.order({soap: 10})
    receipt = world.receipt(soap, 4, business_day(world.now))
    book_in(world.session, receipt, 4, last=True, by=world.staff, now=world.now)
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50))
    (part,) = world.parts(order)
    made = offer(world.session, part, substitute, by=world.staff, now=world.now)
    assert made.quantity == 6
    accept(world, made)
    (part,) = [part for part in world.parts(order) if part.line.sku == "SOAP-1"]
    world.session.refresh(part)
    assert (part.cancelled, part.held, part.open) == (6, 4, 4)
    assert part.promise.state == PromiseState.OPEN


def test_a_substitute_is_picked_shipped_and_delivered_as_any_line_and_its_promise_kept(world):
    made = offered(world, stock=0)
    order = made.part.line.order
    accept(world, made)
    world.session.refresh(order)
    world.delivered(order)
    world.session.refresh(order)
    assert order.state is LineState.DELIVERED
    assert order.closed_at is not None
    assert lines(world, order)[1].parts[0].promise.state == PromiseState.KEPT


@pytest.mark.parametrize(
    ("price", "instead", "ordered", "stock", "per_unit"),
    [("0.1250", "0.3000", 7, 2, 1), ("19.9900", "50.00", 3, 1, 1), ("1.0050", "9.00", 9, 4, 7)],
)
def test_the_order_never_costs_more_and_its_lines_add_up(world, price, instead, ordered, stock, per_unit):
    made = offered(world, price=price, instead=instead, ordered=ordered, stock=stock, per_unit=per_unit)
    order = made.part.line.order
    before = order.total_minor
    accept(world, made)
    rows = lines(world, order)
    assert order.total_minor <= before
    assert sum(line.net_minor for line in rows) == order.net_minor
    assert sum(line.net_minor + line.vat_minor for line in rows) == order.total_minor


def test_a_new_edition_of_the_acknowledgement_says_what_stands_for_what(world, tmp_path):
    made = offered(world)
    order = made.part.line.order
    first = acknowledgement_of(world.session, order)
    accept(world, made)
    sheet = acknowledgement_of(world.session, order)
    assert (first.edition, sheet.edition) == (1, 2)
    assert [(line.n, line.quantity, line.stands_for) for line in sheet.lines] == [(1, 3, None), (2, 7, 1)]
    assert sum(line.net_minor for line in sheet.lines) == sheet.net_minor
    seller = settings_for("sqlite://", tmp_path).seller
    english = text_of(acknowledgement_pdf(sheet, "en", seller))
    assert "Stands for 7 × SOAP-1 of line 1" in english
    assert "7 of these are replaced by line 2, BAR-1" in english
    assert acknowledgement_pdf(sheet, "th", seller)


def test_a_second_part_of_the_same_line_can_be_replaced_too(world):
    soap = world.product("SOAP-1", stock=3)
    world.receipt(soap, 2, date(2026, 4, 22))
    order = world.order({soap: 10})
    substitute = stands_for(world, soap, world.product("BAR-1", stock=50, price="11.00"))
    for part in world.parts(order)[1:]:
        accept(world, offer(world.session, part, substitute, by=world.staff, now=world.now))
    rows = lines(world, order)
    assert [(line.n, line.ordered, line.substituted_out) for line in rows] == [
        (1, 10, 7),
        (2, 2, 0),
        (3, 5, 0),
    ]
    assert order.total_minor == 10700
