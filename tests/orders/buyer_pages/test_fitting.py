"""Buyers order by packs and in the quantities in which goods are sold."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from inventory.cataloguing import change_product
from inventory.goods import ProductFacts
from inventory.models import Price, Product
from orders import baskets, reordering
from orders.placing import place
from orders.reordering import Change
from orders.wishes import Wish
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import VAT, World
from tests.orders.buyer_pages.buying import count_orders, in_basket, placing, put


def change(world: World, product: Product, **facts: object) -> None:
    with transaction(world.session):
        said = ProductFacts(product.sku, **facts)  # type: ignore[arg-type]
        change_product(world.session, product, said, by=world.manager, now=world.now)


def test_a_carton_is_put_into_the_basket_as_its_units(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", stock=100, units_per_carton=24)
    world.session.commit()
    assert '<option value="24">' in shop.get("/my/catalogue").text

    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "2", "unit": "24"})
    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "24", "unit": "1"})

    assert in_basket(world) == {"SOAP-1": 72}
    assert "= 3 × carton" in shop.get("/my/basket").text


@pytest.mark.parametrize("unit", ["12", "0", "-24", "carton"])
def test_an_unknown_unit_is_refused_and_nothing_is_added(shop: FlaskClient, world: World, unit: str) -> None:
    world.product("SOAP-1", units_per_carton=24)
    world.session.commit()
    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "1", "unit": unit})
    assert "notice-bad" in shop.get("/my/catalogue").text
    assert in_basket(world) == {}


def test_the_quantities_in_which_goods_are_sold_are_told_before_and_held_to(
    shop: FlaskClient, world: World
) -> None:
    world.product("SOAP-1", order_least=10, order_multiple=6, order_most=40)
    world.session.commit()
    for page in ("/my/catalogue", "/my/catalogue/SOAP-1"):
        assert "at least 12, in multiples of 6, at most 36" in shop.get(page).text

    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "7"})
    assert "the nearest quantity is 12" in shop.get("/my/catalogue").text
    assert in_basket(world) == {}
    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "12"})
    assert in_basket(world) == {"SOAP-1": 12}


def test_a_line_that_does_not_fit_says_so_at_its_row_and_is_put_right_by_one_press(
    shop: FlaskClient, world: World
) -> None:
    soap = world.product("SOAP-1", stock=50)
    put(world, soap, 7)
    change(world, soap, order_multiple=6)

    page = shop.get("/my/basket").text
    assert "SOAP-1 is ordered in multiples of 6; the nearest quantity is 12." in page
    answer = shop.post("/my/basket", data=placing(shop))
    assert (answer.status_code, count_orders(world)) == (422, 0)
    assert in_basket(world) == {"SOAP-1": 7}

    shop.post("/my/basket", data={f"q-{soap.id}": "7", "fit": str(soap.id)})
    assert in_basket(world) == {"SOAP-1": 12}
    assert shop.post("/my/basket", data=placing(shop)).status_code == 303
    assert count_orders(world) == 1


def test_of_what_is_being_phased_out_only_what_is_in_stock_is_sold(shop: FlaskClient, world: World) -> None:
    soap = world.product("SOAP-1", stock=5, lifecycle="phase_out", order_multiple=3)
    world.receipt(soap, 100, world.now.date())
    world.session.commit()
    assert "Being phased out" in shop.get("/my/catalogue").text

    shop.post("/my/basket/add", data={"sku": "SOAP-1", "quantity": "6"})
    assert "SOAP-1 is being phased out; only 5 units are left." in shop.get("/my/catalogue").text
    put(world, soap, 5)  # the last ones are sold whatever the multiple
    assert shop.post("/my/basket", data=placing(shop)).status_code == 303
    with pytest.raises(Refused, match="none are left"), transaction(world.session):
        baskets.put(world.session, world.buyer, soap, 1, hold_minutes=0, now=world.now)
    wish = Wish("late", [(soap.id, 1)])
    with pytest.raises(Refused, match="none are left"), transaction(world.session):
        place(world.session, world.customer, wish, vat_rate_bp=VAT, by=world.buyer, now=world.now)
    assert count_orders(world) == 1


def test_ordering_again_takes_the_nearest_quantity_and_leaves_out_what_is_gone(world: World) -> None:
    soap, tea = world.product("SOAP-1", stock=50), world.product("TEA-1", stock=20)
    order = world.order({soap: 7, tea: 20})
    world.session.commit()
    change(world, soap, order_multiple=6)
    change(world, tea, lifecycle="phase_out")

    seen = {
        again.product.sku: again
        for again in reordering.compare(world.session, world.buyer, order, now=world.now)
    }
    assert (seen["SOAP-1"].quantity, seen["SOAP-1"].changes) == (12, [Change.REFITTED])
    assert (seen["TEA-1"].orderable, seen["TEA-1"].changes) == (False, [Change.NONE_LEFT])
    with transaction(world.session):
        assert reordering.put_again(world.session, world.buyer, order, hold_minutes=0, now=world.now) == 1
    assert in_basket(world) == {"SOAP-1": 12}


def test_a_product_that_is_gone_leads_to_its_successor(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-2", weight_g=75)
    world.product("SOAP-1", lifecycle="discontinued", successor="SOAP-2")
    world.session.commit()
    page = shop.get("/my/catalogue/SOAP-1").text
    assert 'href="/my/catalogue/SOAP-2"' in page
    assert "75 g" in shop.get("/my/catalogue/SOAP-2").text
    found = shop.get("/my/catalogue?q=soap-1").text
    assert "is not sold any more" in found
    assert 'href="/my/catalogue/SOAP-2"' in found
    assert "Available now" not in page
    assert "restocking" not in page


def test_what_has_no_price_is_refused_at_the_basket(shop: FlaskClient, world: World) -> None:
    product = world.product("FREE-1", stock=5)
    for price in world.session.scalars(select(Price).where(Price.product_id == product.id)):
        world.session.delete(price)
    world.session.commit()
    answer = shop.post("/my/basket/add", data={"sku": "FREE-1", "quantity": "1"}, follow_redirects=True)
    assert "FREE-1 has no price in THB for you" in answer.text
    assert in_basket(world) == {}


def test_a_new_product_says_so(shop: FlaskClient, world: World) -> None:
    world.product("SOAP-1", lifecycle="new", price=str(Decimal("9.50")))
    world.session.commit()
    assert ">New<" in shop.get("/my/catalogue").text
