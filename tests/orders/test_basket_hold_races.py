"""Two buyers reach for the last units at the same moment: what is held for one is never had by the other."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory.basket_holds import end_expired, keep
from inventory.in_baskets import holds_of, purpose_of
from inventory.proving import differences
from inventory.reserving import Supply
from inventory.stock import Reservation, Stock
from orders import baskets
from orders.baskets import Particulars, find_basket, place_basket
from orders.models import Order
from orders.placing import place
from orders.wishes import Wish
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import make_engine, make_sessions, transaction
from tests.conftest import NOON
from tests.makers import VAT, make_world
from tests.people import make_customer, make_user
from tests.racing import meet

pytestmark = pytest.mark.postgres
LATER = NOON + timedelta(minutes=31)


@pytest.fixture
def engine(postgres_url):
    engine = make_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine):
    with make_sessions(engine)() as session:
        with transaction(session):
            made = make_world(session, NOON)
        yield made


@pytest.fixture
def rival(world):
    with transaction(world.session):
        other = make_customer(world.session, "C2", now=NOON)
        return make_user(world.session, Role.BUYER, customer=other, now=NOON)


@pytest.fixture
def soap(world):
    with transaction(world.session):
        return world.product(stock=5)


def putting(user, product, quantity, now=NOON):
    """Put units into a person's basket."""
    user_id, product_id = user.id, product.id

    def act(session):
        who, what = session.get_one(User, user_id), session.get_one(type(product), product_id)
        baskets.put(session, who, what, quantity, hold_minutes=30, now=now)

    return act


def placing(user, key, now=NOON):
    """Place what lies in a person's basket."""
    user_id = user.id

    def act(session):
        who = session.get_one(User, user_id)
        place_basket(session, who, key, Particulars(), vat_rate_bp=VAT, now=now)

    return act


def ordering(user, product, quantity, now=NOON):
    """Order units without a basket."""
    user_id, product_id = user.id, product.id

    def act(session):
        who = session.get_one(User, user_id)
        wish = Wish(key=f"straight-{user_id}", lines=[(product_id, quantity)])
        place(session, who.company, wish, vat_rate_bp=VAT, by=who, now=now)

    return act


def nothing(_session):
    """Go on without doing anything more."""


def put(world, user, product, quantity, now=NOON):
    with transaction(world.session):
        putting(user, product, quantity, now)(world.session)
    return find_basket(world.session, user).key


def held(world, user, product, now=NOON):
    world.session.rollback()
    hold = holds_of(world.session, user.id, [product.id], now=now).get(product.id)
    return hold.units if hold else 0


def units_of(world, buyer):
    """What the orders of a buyer hold."""
    world.session.expire_all()
    orders = world.session.scalars(select(Order).where(Order.buyer_id == buyer.id)).all()
    return sum(part.reservation.held for order in orders for part in world.parts(order))


def reserved(world, product):
    world.session.rollback()
    assert differences(world.session) == []
    return world.session.scalar(select(Stock.reserved).where(Stock.product_id == product.id))


def test_of_two_who_put_the_last_units_into_their_baskets_the_second_gets_what_is_left(
    engine, world, rival, soap
):
    said = meet(engine, putting(world.buyer, soap, 3), nothing, putting(rival, soap, 3))
    assert said == ["", ""]
    assert (held(world, world.buyer, soap), held(world, rival, soap)) == (3, 2)
    assert reserved(world, soap) == 5


def test_what_a_basket_holds_goes_to_its_order_and_to_nobody_between(engine, world, rival, soap):
    key = put(world, world.buyer, soap, 4)

    def take(session):
        own = [purpose_of(world.buyer.id, soap.id)]
        Supply(session, [soap.id], world.warehouse.id, NOON.date(), own=own, now=NOON)
        session.rollback()

    with make_sessions(engine)() as session:
        take(session)  # taken over and given up again, as by an order that is refused
    said = meet(engine, placing(world.buyer, key), nothing, ordering(rival, soap, 4))
    assert said == ["", ""]
    assert (units_of(world, world.buyer), units_of(world, rival)) == (4, 1)
    assert reserved(world, soap) == 5


def test_an_order_begun_before_cannot_have_what_a_basket_holds(engine, world, rival, soap):
    key = put(world, world.buyer, soap, 4)
    said = meet(engine, ordering(rival, soap, 4), nothing, placing(world.buyer, key))
    assert said == ["", ""]
    assert (units_of(world, world.buyer), units_of(world, rival)) == (4, 1)
    assert reserved(world, soap) == 5


def test_a_hold_that_runs_out_as_another_orders_is_let_go_once(engine, world, rival, soap):
    put(world, world.buyer, soap, 5)
    first = ordering(rival, soap, 2, now=LATER)

    def let_go(session):
        buyer = session.get_one(User, world.buyer.id)
        keep(session, buyer, {soap.id: 5}, world.warehouse.id, 30, now=LATER)

    assert meet(engine, first, nothing, let_go) == ["", ""]
    assert units_of(world, rival) == 2
    assert held(world, world.buyer, soap, now=LATER) == 3
    assert reserved(world, soap) == 5
    assert end_expired(world.session, LATER) == 0


def test_the_job_and_the_order_of_the_same_basket_take_turns(engine, world, rival, soap):
    key = put(world, world.buyer, soap, 5)

    def job(session):
        session.rollback()
        session.info["acting"] = False
        end_expired(session, LATER)

    assert meet(engine, placing(world.buyer, key, now=LATER), nothing, job) == ["", ""]
    assert units_of(world, world.buyer) == 5
    assert reserved(world, soap) == 5
    left = select(func.count(Reservation.id)).where(Reservation.expires_at.is_not(None))
    assert world.session.scalar(left) == 0
