"""Products come, go, and are followed by others."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from inventory.cataloguing import add_product, change_product, upsert_products
from inventory.goods import ProductFacts
from inventory.models import Lifecycle, Product
from inventory.stock import Stock
from inventory.succeeding import successor_of
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.inventory.makers import make_product, make_warehouse


def change(session: Session, product: Product, now: datetime, **facts: object) -> None:
    with transaction(session):
        change_product(session, product, ProductFacts(product.sku, **facts), by=None, now=now)  # type: ignore[arg-type]


def test_a_product_is_sold_until_it_is_discontinued(session: Session, now: datetime) -> None:
    soap = make_product(session, lifecycle=Lifecycle.NEW)
    for lifecycle, sold in (("new", True), ("phase_out", True), ("discontinued", False), ("active", True)):
        change(session, soap, now, lifecycle=lifecycle)
        session.expire_all()
        assert (soap.lifecycle, soap.active) == (lifecycle, sold)


def test_being_on_sale_leaves_a_product_where_it_is_in_its_life(session: Session, now: datetime) -> None:
    ending, gone = (
        make_product(session, lifecycle="phase_out"),
        make_product(session, lifecycle="discontinued"),
    )
    with transaction(session):
        facts = [ProductFacts(one.sku, sold=True) for one in (ending, gone)]
        upsert_products(session, facts, by=None, now=now)
    assert (ending.lifecycle, gone.lifecycle) == ("phase_out", "active")
    change(session, ending, now, sold=False)
    assert ending.lifecycle == "discontinued"


def test_the_successor_is_the_first_that_is_still_sold(session: Session, now: datetime) -> None:
    third = make_product(session, "C")
    second = make_product(session, "B", successor="C")
    first = make_product(session, "A", lifecycle="discontinued", successor="B")
    assert successor_of(session, first) is second
    change(session, second, now, lifecycle="discontinued")
    assert successor_of(session, first) is third
    change(session, third, now, lifecycle="discontinued")
    assert successor_of(session, first) is None
    change(session, first, now, successor="")
    assert first.successor_id is None


@pytest.mark.parametrize("successor", ["A", "GONE", "NONE", "B", "C"])
def test_a_successor_that_cannot_be_is_refused_at_its_field(
    session: Session, now: datetime, successor: str
) -> None:
    soap = make_product(session, "A")
    make_product(session, "B", successor="A")
    make_product(session, "C", successor="B")  # A after it would make a circle of three
    make_product(session, "GONE", lifecycle="discontinued")
    with pytest.raises(Refused) as no:
        change(session, soap, now, successor=successor)
    assert no.value.field == "successor"
    session.expire_all()
    assert soap.successor_id is None


def test_a_file_that_makes_a_circle_is_refused_as_a_whole(session: Session, now: datetime) -> None:
    soap, tea = make_product(session, "A"), make_product(session, "B")
    rows = [ProductFacts("A", successor="B"), ProductFacts("B", successor="A")]
    with pytest.raises(Refused), transaction(session):
        upsert_products(session, rows, by=None, now=now)
    session.expire_all()
    assert (soap.successor_id, tea.successor_id) == (None, None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"order_least": 0}, "order_least"),
        ({"order_multiple": -6}, "order_multiple"),
        ({"order_least": 12, "order_most": 10}, "order_most"),
        ({"order_least": 10, "order_multiple": 6, "order_most": 11}, "order_most"),
        ({"weight_g": -1}, "weight_g"),
        ({"volume_cm3": -1}, "volume_cm3"),
        ({"shelf_life_days": 40_000}, "shelf_life_days"),
        ({"lifecycle": "asleep"}, "lifecycle"),
    ],
)
def test_facts_that_cannot_be_are_refused_at_their_field(
    session: Session, now: datetime, facts: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as no, transaction(session):
        add_product(session, ProductFacts("SOAP", name_en="Soap", **facts), by=None, now=now)  # type: ignore[arg-type]
    assert no.value.field == field


def test_the_most_agrees_with_the_least_that_is_known(session: Session, now: datetime) -> None:
    soap = make_product(session, order_least=12)
    with pytest.raises(Refused) as no:
        change(session, soap, now, order_most=6)
    assert no.value.field == "order_most"
    change(session, soap, now, order_most=24, weight_g=75, volume_cm3=90, shelf_life_days=365)
    change(session, soap, now, order_most=0, weight_g=0)
    assert (soap.order_most, soap.weight_g, soap.volume_cm3, soap.shelf_life_days) == (None, None, 90, 365)


def test_a_circle_of_others_is_passed_through_once(session: Session, now: datetime) -> None:
    soap, tea, rice = (make_product(session, sku) for sku in ("A", "B", "C"))
    with transaction(session):  # what two people can make at once, each seeing nothing of the other
        soap.successor_id, tea.successor_id = tea.id, soap.id
    change(session, rice, now, successor="A")
    session.expire_all()
    assert rice.successor_id == soap.id


@pytest.mark.postgres
def test_what_refers_to_a_product_is_written_while_its_particulars_change(
    postgres_url: str, now: datetime
) -> None:
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    with sessions() as one, sessions() as other:
        soap = make_product(one, "SOAP-1")
        warehouse = make_warehouse(one)
        with transaction(one):
            change_product(one, soap, ProductFacts("SOAP-1", name_en="Bar of soap"), by=None, now=now)
            other.execute(text("SET lock_timeout = '2s'"))
            other.add(Stock(product_id=soap.id, warehouse_id=warehouse.id))
            other.commit()
    engine.dispose()
