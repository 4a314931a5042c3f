"""What the shelves, the receipts and the promises to others leave to be promised, told in a sentence."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from inventory.ledger import Place
from inventory.models import Product
from inventory.outlook import Outlook, explained, outlooks
from inventory.promisable import in_parts, promisable_on
from orders.models import Order
from portal.clock import business_day
from portal.i18n import speaking
from tests.makers import World, make_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


def outlook_of(world: World, product: Product, today: date | None = None) -> Outlook:
    found = outlooks(world.session, [product.id], [world.warehouse.id], today or business_day(world.now))
    return found[Place(product.id, world.warehouse.id)]


def test_seven_of_ten_come_with_a_receipt_of_which_twelve_are_promised_to_others(world: World):
    product = world.product(stock=3)
    today = business_day(world.now)
    receipt = world.receipt(product, 19, today + timedelta(days=15))
    world.order({product: 15})  # three from stock, twelve of the receipt
    outlook = outlook_of(world, product)
    assert (outlook.on_hand, outlook.reserved, outlook.waiting) == (3, 3, 12)
    assert in_parts(10, outlook.balances) == [(today + timedelta(days=15), 7)]
    with speaking("en"):
        assert explained(outlook, 10) == (
            f"7 of 10 on Thu 16 Apr 2026 because {receipt.number} arrives then; 3 units are not covered by anything on "
            "their way; 12 units on their way are promised to others."
        )


def test_what_lies_there_for_nobody_can_be_promised_now(world: World):
    product = world.product(stock=10)
    with speaking("en"):
        assert explained(outlook_of(world, product), 10) == "All 10 can be promised now."
    with speaking("en"):
        assert explained(outlook_of(world, product), 12).startswith("10 of 12 now; 2 units are not covered")


def test_nothing_there_and_nothing_coming_is_said_so(world: World):
    with speaking("en"):
        said = explained(outlook_of(world, world.product()), 1)
    assert said == "1 unit is not covered by anything on its way."


def test_an_overdue_receipt_is_counted_on_after_its_suppliers_usual_delay(world: World):
    product = world.product()
    today = business_day(world.now)
    world.receipt(product, 5, today)
    world.supplier.usual_delay_days = 4
    later = today + timedelta(days=6)
    (coming,) = outlook_of(world, product, later).coming
    assert (coming.day, coming.overdue) == (later + timedelta(days=4), True)
    assert promisable_on(outlook_of(world, product, later).balances, later + timedelta(days=3)) == 0


def test_an_order_is_never_promised_more_than_can_be_promised_from_its_day(world: World):
    product = world.product(stock=4)
    today = business_day(world.now)
    world.receipt(product, 6, today + timedelta(days=3))
    world.receipt(product, 9, today + timedelta(days=7))
    world.order({product: 5})
    before = outlook_of(world, product)
    order: Order = world.order({product: 16})
    held = sum(part.held for part in world.parts(order))
    coming = sum(
        part.quantity for part in world.parts(order) if part.reservation and part.reservation.receipt_id
    )
    assert held <= promisable_on(before.balances, today)
    assert held + coming == before.balances[-1].promisable == 14
    assert outlook_of(world, product).balances[-1].promisable == 0


def test_a_basket_over_several_warehouses_is_read_in_three_questions(world: World):
    products = [world.product(f"P-{n}", stock=n) for n in range(1, 6)]
    asked: list[str] = []
    engine = world.session.get_bind()

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    world.session.flush()
    event.listen(engine, "before_cursor_execute", note)
    try:
        found = outlooks(
            world.session, [one.id for one in products], [world.warehouse.id], business_day(world.now)
        )
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(asked) == 3
    assert [found[Place(one.id, world.warehouse.id)].on_hand for one in products] == [1, 2, 3, 4, 5]
