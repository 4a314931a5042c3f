"""What can be had of a page of products, and where a province is served from."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from inventory import siting
from inventory.availability import Availability, availability, home_warehouse
from inventory.models import Warehouse
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import (
    Scene,
    expect,
    make_product,
    make_scene,
    make_warehouse,
    speak_for,
    statements,
)


def test_a_page_of_products_takes_two_queries(session: Session, now: datetime) -> None:
    today = business_day(now)
    there = make_scene(session, on_hand=7)
    speak_for(session, there.place, 2)
    coming = Scene(make_product(session), there.warehouse, there.supplier)
    expect(session, coming, 10, in_days=9)
    expect(session, coming, 6, in_days=4)
    expect(session, coming, 5, in_days=4)
    speak_for(session, coming.place, 3)
    taken = Scene(make_product(session), there.warehouse, there.supplier)
    expect(session, taken, 3, in_days=2)
    speak_for(session, taken.place, 3)
    never = make_product(session)
    ids = [there.product.id, coming.product.id, taken.product.id, never.id]
    warehouse_id = there.warehouse.id
    with statements(session) as sent:
        found = availability(session, ids, warehouse_id, today)
    assert len(sent) == 2
    assert found == {
        ids[0]: Availability(5),
        ids[1]: Availability(0, today + timedelta(days=4), 8),
        ids[2]: Availability(0),
        ids[3]: Availability(0),
    }
    assert availability(session, [], warehouse_id, today) == {}


def test_stock_of_another_warehouse_does_not_count(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=7)
    other = make_warehouse(session)
    found = availability(session, [scene.product.id], other.id, business_day(now))
    assert found == {scene.product.id: Availability()}


def test_a_province_is_served_by_its_warehouse_and_else_by_the_main_one(
    session: Session, now: datetime
) -> None:
    make_warehouse(session, "OLD")
    main, south = make_warehouse(session, "BKK", main=True), make_warehouse(session, "HDY")
    with transaction(session):
        siting.serve(session, "TH-90", south, 2, by=None, now=now)
    assert home_warehouse(session, "TH-90") == (south, 2)
    assert home_warehouse(session, "TH-50") == (main, 3)
    assert home_warehouse(session, None) == (main, 3)


def test_without_a_warehouse_nothing_can_be_delivered(session: Session) -> None:
    with pytest.raises(Refused):
        home_warehouse(session, "TH-10")


def test_there_is_one_main_warehouse(session: Session) -> None:
    first, second = make_warehouse(session, "BKK", main=True), make_warehouse(session, "HDY", main=True)
    session.expire_all()
    assert [session.get_one(Warehouse, one.id).main for one in (first, second)] == [False, True]


def test_goods_do_not_travel_longer_than_two_months(session: Session, now: datetime) -> None:
    warehouse = make_warehouse(session)
    with pytest.raises(Refused), transaction(session):
        siting.serve(session, "TH-90", warehouse, 61, by=None, now=now)
    with pytest.raises(Refused), transaction(session):
        siting.put_supplier(session, siting.SupplierFacts("S1", "ก", "A", -1), by=None, now=now)
