"""Stock-outs begin and end by themselves, and whoever follows a product hears of it once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inventory import following
from inventory.assorting import For, set_rule
from inventory.following import follow, followed_among, followed_by, followers_at, tell_followers, unfollow
from inventory.ledger import Place
from inventory.receiving import book_in
from inventory.reserving import release
from inventory.running_out import mark_stock_outs, watch_stock
from inventory.stocking import open_stock
from inventory.stockouts import Follow, StockOut, Supply
from portal import mailing
from portal.accounts.roles import Role
from portal.customers.grouping import form_group, put_into_group
from portal.db import transaction
from portal.i18n import speaking
from portal.outbox import Notice
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.makers import (
    expect,
    make_product,
    make_scene,
    make_warehouse,
    speak_for,
    statements,
)
from tests.people import make_customer, make_user

LATER = NOON + timedelta(hours=3)


def stock_outs(session) -> list[StockOut]:
    return list(session.scalars(select(StockOut).order_by(StockOut.id)))


def marked(session, now=NOON) -> int:
    with transaction(session):
        return mark_stock_outs(session, now)


def taken(session, product) -> None:
    with transaction(session):
        session.merge(product).lifecycle = "discontinued"


def here(session, scene, on_hand):
    """Another product in the warehouse of a scene, and its place."""
    product = make_product(session)
    with transaction(session):
        open_stock(session, product, scene.warehouse, on_hand, by=None, now=NOON)
    return product, Place(product.id, scene.warehouse.id)


@pytest.fixture
def buyer(session):
    with transaction(session):
        return make_user(session, Role.BUYER, customer=make_customer(session, "C1", now=NOON), now=NOON)


@pytest.fixture
def scene(session):
    return make_scene(session, on_hand=10)


def followed(session, buyer, product, now=NOON):
    with transaction(session):
        follow(session, buyer, product, now=now)


def told(session, now=NOON) -> int:
    with transaction(session):
        return tell_followers(session, now)


def test_a_product_with_nothing_available_is_out_from_the_watch_on_until_something_is(session, scene):
    assert marked(session) == 0
    speak_for(session, scene.place, 10)
    assert marked(session) == 1
    (one,) = stock_outs(session)
    assert (one.product_id, one.warehouse_id, one.started_at, one.ended_at) == (
        scene.product.id,
        scene.warehouse.id,
        NOON,
        None,
    )
    assert marked(session, LATER) == 0, "it is on record already"
    receipt = expect(session, scene, 5)
    with transaction(session):
        book_in(session, receipt, 5, last=True, by=None, now=LATER)
    assert marked(session, LATER) == 1
    session.expire_all()
    assert stock_outs(session)[0].ended_at == LATER


def test_running_out_again_is_another_stock_out(session, scene):
    (held,) = speak_for(session, scene.place, 10)
    for hours, act in enumerate((None, release, None)):
        if act is not None:
            with transaction(session):
                act(session, [held], now=NOON)
        elif hours:
            speak_for(session, scene.place, 10)
        assert marked(session, NOON + timedelta(hours=hours)) == 1
    session.expire_all()
    assert [one.ended_at is None for one in stock_outs(session)] == [False, True]


def test_what_is_not_sold_any_more_is_not_out_of_stock(session, scene):
    speak_for(session, scene.place, 10)
    marked(session)
    taken(session, scene.product)
    assert marked(session, LATER) == 1
    session.expire_all()
    assert stock_outs(session)[0].ended_at == LATER
    assert marked(session, LATER) == 0


def test_the_watch_takes_the_same_number_of_statements_for_many_products(session, buyer, scene):
    counts = []
    for n, some in enumerate((2, 8)):
        for _ in range(some):
            product, place = here(session, scene, 4)
            followed(session, buyer, product)
            speak_for(session, place, 4)
        with statements(session) as sent:
            assert watch_stock(session, NOON + timedelta(minutes=n)) == 2 * some
        counts.append(len(sent))
    assert counts[0] == counts[1]


# --- following ---


def test_a_follower_hears_that_it_ran_out_and_that_it_is_back_each_once(session, buyer, scene):
    with transaction(session):
        session.merge(scene.warehouse).main = True
    followed(session, buyer, scene.product)
    assert told(session) == 0, "nothing has changed since they began"
    speak_for(session, scene.place, 10)
    assert told(session) == 1
    assert told(session, LATER) == 0
    receipt = expect(session, scene, 6)
    with transaction(session):
        book_in(session, receipt, 6, last=True, by=None, now=LATER)
    assert told(session, LATER) == 1
    first, second = session.scalars(select(Notice).order_by(Notice.id))
    with speaking("en"):
        assert "Out of stock" in mailing.written(first)[1]
        assert "back in stock; 6 can be promised" in mailing.written(second)[1]
    assert first.path == following.PATH


def test_running_low_is_said_at_the_reorder_point(session, buyer, scene):
    with transaction(session):
        session.merge(scene.product).reorder_point = 4
    followed(session, buyer, scene.product)
    speak_for(session, scene.place, 5)
    assert told(session) == 0
    speak_for(session, scene.place, 1)
    assert told(session) == 1
    assert session.scalar(select(Follow.told)) == Supply.LOW


def test_all_changes_of_a_run_come_in_one_notice_for_each_person(session, buyer, scene):
    for _ in range(3):
        product, place = here(session, scene, 5)
        followed(session, buyer, product)
        speak_for(session, place, 5)
    assert told(session) == 3
    (notice,) = session.scalars(select(Notice))
    assert len(notice.facts["products"]) == 3


def test_nobody_is_told_of_what_they_stopped_following(session, buyer, scene):
    followed(session, buyer, scene.product)
    with transaction(session):
        unfollow(session, buyer, scene.product)
    speak_for(session, scene.place, 10)
    assert told(session) == 0
    assert followed_among(session, buyer, [scene.product.id]) == set()


def test_following_twice_is_following_once(session, buyer, scene):
    followed(session, buyer, scene.product)
    followed(session, buyer, scene.product)
    assert session.scalar(select(func.count()).select_from(Follow)) == 1
    assert followed_among(session, buyer, [scene.product.id]) == {scene.product.id}


def test_a_product_that_is_not_sold_cannot_be_followed(session, buyer):
    gone = make_product(session, lifecycle="discontinued")
    with pytest.raises(Refused):
        followed(session, buyer, gone)
    assert session.scalar(select(func.count()).select_from(Follow)) == 0


def test_nobody_follows_more_than_the_most_there_may_be(session, buyer, scene, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 1)
    followed(session, buyer, scene.product)
    with pytest.raises(Refused):
        followed(session, buyer, make_product(session))
    assert session.scalar(select(func.count()).select_from(Follow)) == 1


def test_the_list_says_what_can_be_promised_where_the_buyer_is_served(session, buyer, scene):
    far = make_warehouse(session)
    other = make_scene(session)
    with transaction(session):
        open_stock(session, scene.product, far, 500, by=None, now=NOON)
    for one in (scene.product, other.product):
        followed(session, buyer, one)
    expect(session, other, 8, in_days=2)
    rows = {row.product.sku: row for row in followed_by(session, buyer, NOON.date())}
    assert (rows[scene.product.sku].supply, rows[scene.product.sku].available) == (Supply.IN, 10)
    assert rows[other.product.sku].supply == Supply.OUT
    here = Place(scene.product.id, scene.warehouse.id)
    assert followers_at(session, [here, Place(scene.product.id, far.id)]) == {
        here: 1,
        Place(scene.product.id, far.id): 0,
    }


def test_nobody_hears_of_what_their_company_may_not_see(session, buyer, scene):
    other = make_scene(session, on_hand=5)
    with transaction(session):
        chain = form_group(session, "CHAIN", "เครือ", "Chain", by=buyer, now=NOON)
    for one in (scene, other):
        followed(session, buyer, one.product)
    with transaction(session):
        session.merge(scene.warehouse).main = True
        open_stock(session, other.product, scene.warehouse, 5, by=None, now=NOON)
    speak_for(session, scene.place, 10)

    def ruled(product, whom, *, shown):
        with transaction(session):
            set_rule(session, session.merge(product), whom, shown=shown, by=session.merge(buyer), now=NOON)

    ruled(scene.product, For(), shown=False)
    ruled(other.product, For(), shown=False)
    ruled(other.product, For(group=chain), shown=True)
    assert told(session) == 0, "both are hidden from the company, which is in no group"
    assert followed_by(session, buyer, NOON.date()) == []
    with pytest.raises(Refused):
        followed(session, buyer, scene.product)
    with transaction(session):
        put_into_group(session, session.merge(buyer).customer, chain, by=None, now=NOON)
    assert told(session) == 1
    (notice,) = session.scalars(select(Notice))
    assert [one["sku"] for one in notice.facts["products"]] == [other.product.sku]
    assert [row.product.sku for row in followed_by(session, buyer, NOON.date())] == [other.product.sku]


def test_a_notice_names_what_can_be_promised_when_it_runs_low(session, buyer, scene):
    with transaction(session):
        session.merge(scene.product).reorder_point = 4
    followed(session, buyer, scene.product)
    speak_for(session, scene.place, 7)
    assert told(session) == 1
    with speaking("en"):
        assert "Running low; 3 can be promised" in mailing.written(session.scalars(select(Notice)).one())[1]
