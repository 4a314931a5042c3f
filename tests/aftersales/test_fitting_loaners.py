"""A loaner stands in for the unit in repair: it is of the same product, or of its category."""

import pytest

from aftersales.lending import hand_out, loan_out
from aftersales.loaner_boards import free_units
from inventory.models import Category
from portal.db import transaction
from portal.refusal import Refused
from tests.aftersales.owners import pooled, printer, received, repair_of, sold
from tests.makers import make_world
from tests.people import sign_in


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def repair(session, world):
    with transaction(session):
        (serial,) = sold(world, printer(world))
        return received(world, repair_of(world, serial, loaner_wanted=True))


def spare(session, world, sku):
    """A unit in the pool of another product, on no shelf of the catalogue."""
    with transaction(session):
        return pooled(world, printer(world, sku), f"{sku}-0001")


def on_one_shelf(session, *products):
    with transaction(session):
        shelf = Category(code="printers", name_th="เครื่องพิมพ์", name_en="Printers")
        for product in products:
            product.category = shelf


def test_only_units_of_the_same_product_or_category_are_offered(session, world, repair):
    broken = repair.identity.product
    with transaction(session):
        same = pooled(world, broken, "PRINTER-0008")
    label, iron = spare(session, world, "LABELS"), spare(session, world, "IRON")
    assert free_units(session, broken) == [same]
    on_one_shelf(session, broken, label.identity.product)
    assert free_units(session, broken) == [same, label]
    assert iron not in free_units(session, broken)


def test_a_unit_of_another_category_is_not_lent(session, world, repair, now):
    iron = spare(session, world, "IRON")
    with pytest.raises(Refused, match="same product"), transaction(session):
        hand_out(session, repair, iron, by=world.staff, now=now)
    assert loan_out(session, repair) is None


def test_the_desk_reads_that_no_loaner_fits(app, session, world, repair):
    spare(session, world, "IRON")
    desk = app.test_client()
    sign_in(desk, world.staff)
    page = desk.get(f"/desk/repairs/{repair.number}").text
    assert "no unit of the same product or its category is free" in page
    assert 'id="lend"' not in page
