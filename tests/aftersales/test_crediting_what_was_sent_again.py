"""Goods that were sent again and are faulty too are credited at what was paid for the first ones, and never beyond."""

import threading
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from aftersales import deciding, inspecting, receiving, requesting, settling
from aftersales.inspecting import Finding
from aftersales.models import Disposition, Remedy, Return, ReturnReason
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from aftersales.returning import Back, take_back
from orders import cancelling, substituting
from orders.crediting import issue_credit
from orders.delivery_notes import delivery_note_pdf, note_facts
from orders.models import Order, OrderLine, Origin
from orders.offering import offer
from orders.reordering import compare
from orders.sent_again import bought_on, credited_of, orders_behind
from orders.shipments import CreditLine, CreditNote, Shipment
from portal.accounts.models import User
from portal.db import Base, make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.conftest import NOON, settings_for
from tests.makers import World, make_world
from tests.orders.short_lines import stands_for
from tests.papers import text_of

FAULTY, SCRAP = ReturnReason.QUALITY, Disposition.SCRAP


@pytest.fixture
def world(session: Session, now) -> World:
    with transaction(session):
        return make_world(session, now)


def bought(world: World, quantity: int = 3, price: str = "33.3350", **facts) -> Order:
    """Units of one product that were ordered and delivered; enough is there to send them again."""
    with transaction(world.session):
        order = world.order({world.product("SOAP", price=price, stock=50, **facts): quantity})
        world.delivered(order)
    return order


def sent_back(world: World, order: Order, units: int, remedy: Remedy, n: int = 1) -> Return:
    """Units of a line that were faulty: here again, judged, and settled as the buyer asked for."""
    session, now = world.session, world.now
    with transaction(session):
        found = requesting.ask(session, order, [Asked(n, units, FAULTY)], remedy, by=world.buyer, now=now)
        deciding.authorise(session, found, by=world.staff, now=now)
        receiving.receive(session, found, [Arrived(found.lines[0].id, units)], by=world.staff, now=now)
        findings = [Finding(found.lines[0].id, SCRAP, units)]
        inspecting.inspect(session, found, findings, by=world.staff, now=now)
        settling.settle(session, found, by=world.staff, now=now)
    return found


def sent_again(world: World, order: Order, units: int, n: int = 1) -> Order:
    """The order that sends units once more."""
    again = sent_back(world, order, units, Remedy.REPLACEMENT, n).replacement
    assert again is not None
    return again


def replaced(world: World, order: Order, units: int, n: int = 1) -> Order:
    """The same, delivered."""
    again = sent_again(world, order, units, n)
    with transaction(world.session):
        world.delivered(again)
    return again


def credited(world: World, order: Order, units: int, n: int = 1) -> CreditNote:
    note = sent_back(world, order, units, Remedy.CREDIT, n).credit_note
    assert note is not None
    return note


def notes(session: Session) -> list[int]:
    return list(session.scalars(select(CreditNote.total_minor).order_by(CreditNote.id)))


def test_a_faulty_replacement_is_credited_at_what_was_paid_for_the_first_unit(world: World) -> None:
    order = bought(world)
    again = replaced(world, order, 1)
    assert (again.total_minor, again.lines[0].stands_for_id) == (0, order.lines[0].id)
    note = credited(world, again, 1)
    assert (note.net_minor, note.vat_minor, note.total_minor) == (3334, 233, 3567)
    assert (note.order_id, note.lines[0].quantity, str(note.lines[0].unit_price)) == (again.id, 1, "33.3350")


def test_a_replacement_of_a_replacement_is_credited_by_the_first_unit_too(world: World) -> None:
    order = bought(world)
    twice = replaced(world, replaced(world, order, 2), 1)
    assert credited(world, twice, 1).net_minor == 3334
    assert orders_behind(world.session, twice.id)[0] == order.id
    assert len(orders_behind(world.session, twice.id)) == 3


def test_all_credits_together_give_exactly_what_was_paid(world: World) -> None:
    order = bought(world)
    line = order.lines[0]
    assert (line.net_minor, line.vat_minor) == (10001, 700)
    again = replaced(world, order, 2)
    twice = replaced(world, again, 1)
    given = [credited(world, one, 1) for one in (again, order, twice)]
    assert [note.net_minor for note in given] == [3334, 3333, 3334]
    assert sum(note.net_minor for note in given) == 10001
    assert sum(note.vat_minor for note in given) == 700


def test_nothing_is_credited_beyond_what_was_bought(world: World) -> None:
    order = bought(world, quantity=2)
    again = replaced(world, order, 2)
    credited(world, again, 2)
    before = notes(world.session)
    with pytest.raises(Refused) as no, transaction(world.session):
        issue_credit(world.session, order, {order.lines[0].id: 1}, "Again", by=world.staff, now=world.now)
    assert no.value.params["left"] == 0
    assert notes(world.session) == before


def test_a_discount_that_was_given_is_not_paid_out(world: World) -> None:
    order = bought(world, price="100.00")
    with transaction(world.session):
        line = order.lines[0]
        line.discount_bp, line.net_minor, line.vat_minor = 2500, 22500, 1575
        order.net_minor, order.vat_minor, order.total_minor = 22500, 1575, 24075
    assert credited(world, replaced(world, order, 1), 1).total_minor == 8025


def test_goods_taken_back_unannounced_are_credited_the_same(world: World) -> None:
    again = replaced(world, bought(world), 1)
    with transaction(world.session):
        backs = [Back(1, 1, FAULTY, SCRAP)]
        found = take_back(world.session, again, backs, by=world.staff, now=world.now)
    assert found.credit_note.total_minor == 3567


def test_a_substitute_is_credited_at_its_own_price_however_often_it_was_sent_again(world: World) -> None:
    session = world.session
    with transaction(session):
        soap = world.product("SOAP-1", stock=1, price="10.00")
        order = world.order({soap: 3})
        substitute = stands_for(world, soap, world.product("BAR-1", stock=50, price="9.00"))
        made = offer(session, world.parts(order)[1], substitute, by=world.staff, now=world.now)
        substituting.accept(session, made, by=world.buyer, now=world.now)
    with transaction(session):
        world.delivered(order)
    assert credited(world, replaced(world, order, 2, n=2), 1).net_minor == 900


def test_small_packs_sent_instead_of_a_replacement_are_worth_their_share(world: World) -> None:
    session = world.session
    order = bought(world, quantity=2, price="10.00")
    with transaction(session):
        soap = order.lines[0].product
        # Nothing is left to send again, so three small packs are sent for each.
        world.delivered(world.order({soap: 48}))
    again = sent_again(world, order, 2)
    with transaction(session):
        small = stands_for(world, soap, world.product("BAR-1", stock=50, price="4.00"), per_unit=3)
        made = offer(session, world.parts(again)[0], small, by=world.staff, now=world.now)
        added = substituting.accept(session, made, by=world.buyer, now=world.now)
        assert (added.ordered, added.net_minor) == (6, 0)
    with transaction(session):
        world.delivered(again)
        assert bought_on(session, [added])[added.id].per == Fraction(1, 3)
    given = [credited(world, again, units, n=2) for units in (1, 4, 1)]
    assert [note.net_minor for note in given] == [333, 1334, 333]
    assert str(given[0].lines[0].unit_price) == "3.3333"


def test_cancelling_a_replacement_leaves_what_was_bought_as_it_is(world: World) -> None:
    order = bought(world)
    again = sent_again(world, order, 2)
    with transaction(world.session):
        cancelling.cancel(world.session, again, "No longer needed", by=world.buyer, now=world.now)
    assert (again.total_minor, order.net_minor) == (0, 10001)
    assert credited(world, order, 1).net_minor == 3334


def test_it_is_ordered_again_as_goods_and_its_papers_speak_of_no_substitute(world: World, tmp_path) -> None:
    again = replaced(world, bought(world), 2)
    with transaction(world.session):
        (one,) = compare(world.session, world.buyer, again, now=world.now)
        assert (one.product.sku, one.quantity) == ("SOAP", 2)
        (shipment,) = world.session.scalars(select(Shipment).where(Shipment.order_id == again.id))
        seller = settings_for("sqlite://", tmp_path).seller
        note = delivery_note_pdf(note_facts(world.session, shipment), "en", seller)
    assert "Stands for" not in text_of(note)


def test_two_clerks_who_credit_the_same_goods_on_two_orders_take_turns(
    session: Session, engine: Engine, world: World
) -> None:
    order = bought(world, quantity=2, price="0.3350")
    again = replaced(world, order, 1)
    whole = order.lines[0].net_minor
    ids, staff_id = (order.id, again.id), world.staff.id
    session.rollback()
    start = threading.Barrier(2)

    def clerk(order_id: int) -> None:
        with make_sessions(engine)() as own:
            mine, staff = own.get_one(Order, order_id), own.get_one(User, staff_id)
            start.wait()
            with transaction(own):
                take_back(own, mine, [Back(1, 1, FAULTY, SCRAP)], by=staff, now=world.now)

    clerks = [threading.Thread(target=clerk, args=(id_,)) for id_ in ids]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert session.scalar(select(func.sum(CreditLine.net_minor))) == whole


class Chain:
    """One line that was bought, and whatever was sent again for it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.session, self.random = world, world.session, Random(seed)
        with transaction(self.session):
            price = f"{self.random.randrange(1, 400_000) / 10_000:.4f}"
            self.product = world.product(f"SOAP-{seed}", price=price, stock=500)
            order = world.order({self.product: self.random.randint(1, 7)}, key=f"chain-{seed}")
            world.delivered(order)
        self.line_id = order.lines[0].id

    def live(self, steps: int) -> None:
        for _step in range(steps):
            query = select(Order).join(OrderLine).where(OrderLine.product_id == self.product.id)
            orders = self.session.scalars(query.order_by(Order.id)).all()
            order = self.random.choice(orders)
            try:
                again = sent_back(
                    self.world, order, self.random.randint(1, 3), self.random.choice(list(Remedy))
                ).replacement
                if again is not None and again.origin == Origin.REPLACEMENT:
                    with transaction(self.session):
                        self.world.delivered(again)
            except Refused:
                self.session.rollback()
            self.look()

    def look(self) -> None:
        line = self.session.get_one(OrderLine, self.line_id, populate_existing=True)
        known = credited_of(self.session, [line.id])[line.id]
        assert known.units <= line.ordered
        assert known.net_minor <= line.net_minor
        assert known.vat_minor <= line.vat_minor
        if known.units == line.ordered:
            assert (known.net_minor, known.vat_minor) == (line.net_minor, line.vat_minor)
        given = select(func.sum(CreditLine.net_minor)).where(CreditLine.product_id == self.product.id)
        assert (self.session.scalar(given) or 0) == known.net_minor
        self.session.rollback()


def test_whatever_is_sent_back_again_and_again_no_more_is_credited_than_was_paid() -> None:
    engine = make_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    full = 0
    with make_sessions(engine)() as session:
        with transaction(session):
            world = make_world(session, NOON)
        for seed in range(8):
            chain = Chain(world, seed)
            chain.live(14)
            line = session.get_one(OrderLine, chain.line_id)
            full += credited_of(session, [line.id])[line.id].units == line.ordered
            session.rollback()
    assert full, "some were credited to the last unit"
    engine.dispose()
