"""A short line is offered a substitute, which is taken, refused, withdrawn or left until its time has run out."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select

from inventory.models import Price, Product
from inventory.receiving import book_in
from inventory.stock import Reservation, Stock
from inventory.stockouts import SubstituteKind
from orders import cancelling, fulfilling, substituting
from orders.acknowledging import acknowledgement_of
from orders.consenting import find_consent, give_consent, rule_of
from orders.documents import acknowledgement_pdf
from orders.lapsing import expire_offers, withdraw_offer, withdraw_stale
from orders.models import Order, OrderLine
from orders.offering import choices, offer
from orders.offering_round import go_round, offer_for_product
from orders.states import LineState
from orders.substitutions import ConsentRule, OfferState, SubstituteOffer
from orders.waiting import waiting_parts
from policies.kinds import Kind
from policies.promises import Cause, Happening, Promise, PromiseState
from portal.clock import business_day, end_of
from portal.outbox import Notice
from portal.refusal import Refused
from tests.conftest import settings_for
from tests.makers import World, make_world
from tests.orders.short_lines import lines, offered, offers, stands_for
from tests.papers import text_of


@pytest.fixture
def world(session, now) -> World:
    return make_world(session, now)


def available(world: World, sku: str) -> int:
    query = select(Stock).join(Stock.product).where(Product.sku == sku)
    return world.session.scalars(query.execution_options(populate_existing=True)).one().available


def accept(world: World, made: SubstituteOffer, later: timedelta = timedelta(0)):
    added = substituting.accept(world.session, made, by=world.buyer, now=world.now + later)
    world.session.flush()
    return added


def templates(world: World) -> list[str]:
    return list(world.session.scalars(select(Notice.template).order_by(Notice.id)))


def as_it_stands(world: World, order: Order):
    """Everything a refusal must leave alone."""
    world.session.flush()
    world.session.expire_all()
    return (
        [
            (line.ordered, line.cancelled, line.substituted_out, line.net_minor)
            for line in lines(world, order)
        ],
        (order.net_minor, order.vat_minor, order.total_minor),
        world.session.execute(
            select(Reservation.purpose, Reservation.quantity, Reservation.held).order_by(Reservation.id)
        ).all(),
        world.session.execute(select(Stock.product_id, Stock.reserved).order_by(Stock.id)).all(),
        world.session.execute(select(SubstituteOffer.id, SubstituteOffer.state)).all(),
        world.session.execute(select(Promise.subject_no, Promise.state).order_by(Promise.id)).all(),
    )


# --- offering ---


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


# --- accepting ---


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


# --- answers that are refused ---


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


# --- offers that end by themselves ---


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
    with pytest.raises(Refused):
        withdraw_offer(world.session, made, by=world.staff, now=world.now)


# --- cancelling some of an order ---


def test_some_parts_of_an_order_are_cancelled_and_the_others_stay(world):
    soap, rice = world.product("SOAP-1", stock=3), world.product("RICE-1", stock=9)
    order = world.order({soap: 10, rice: 2})
    there, waits, _rice = world.parts(order)
    count = cancelling.cancel_parts(
        world.session, order, [waits.id], "Too late", by=world.buyer, now=world.now
    )
    world.session.flush()
    assert (count, waits.open, there.open) == (7, 0, 3)
    assert waits.promise.state == PromiseState.WITHDRAWN
    assert order.closed_at is None


@pytest.mark.parametrize("which", ["nothing", "foreign", "picked", "twice"])
def test_parts_that_cannot_be_cancelled_are_refused_as_a_whole(world, which):
    soap = world.product("SOAP-1", stock=50)
    order, other = world.order({soap: 10}), world.order({soap: 4})
    (part,), (foreign,) = world.parts(order), world.parts(other)
    ids = {"nothing": [], "foreign": [part.id, foreign.id]}.get(which, [part.id])
    if which == "picked":
        fulfilling.pick(world.session, order, {part.id: 1}, by=world.staff, now=world.now)
    if which == "twice":
        cancelling.cancel_parts(world.session, order, ids, "x", by=world.buyer, now=world.now)
    before = as_it_stands(world, order)
    with pytest.raises(Refused):
        cancelling.cancel_parts(world.session, order, ids, "Again", by=world.buyer, now=world.now)
    assert as_it_stands(world, order) == before


def test_cancelling_after_a_substitution_cancels_only_what_is_still_owed(world):
    made = offered(world)
    order = made.part.line.order
    accept(world, made)
    world.session.expire_all()
    assert cancelling.cancel(world.session, order, "No longer", by=world.buyer, now=world.now) == 10
    first, second = lines(world, order)
    assert (first.cancelled, first.substituted_out, second.cancelled) == (10, 7, 7)
    assert order.state is LineState.CANCELLED


# --- consent ---


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
