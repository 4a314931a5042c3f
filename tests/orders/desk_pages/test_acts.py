"""At the desk an order is picked, shipped, delivered and cancelled."""

from datetime import datetime, timedelta

from flask.testing import FlaskClient

from orders import fulfilling
from orders.shipments import ShipmentState
from orders.states import LineState
from tests.makers import World
from tests.orders.desk_pages.clerking import (
    deliver_form,
    field,
    fresh,
    only_shipment,
    primary,
    saved,
    ship_form,
    url,
)


def test_an_order_goes_from_the_shelf_to_the_customer(desk: FlaskClient, world: World, now: datetime) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    page = desk.get(url(order)).text
    assert 'value="3"' in page
    assert primary(page) == 1

    assert desk.post(url(order, "pick"), data={field(part): "3"}).status_code == 302
    shipment = only_shipment(world, order)
    page = desk.get(url(order)).text
    assert "Ship" in page
    assert primary(page) == 1

    answer = desk.post(url(order, "shipments", shipment.number, "ship"), data=ship_form(shipment))
    assert answer.status_code == 302
    shipment = only_shipment(world, order)
    assert (shipment.state, shipment.carrier, shipment.tracking_no) == (
        ShipmentState.SHIPPED,
        "Kerry",
        "TH0001",
    )
    page = desk.get(url(order)).text
    assert primary(page) == 1

    answer = desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, now))
    assert answer.status_code == 302
    assert fresh(world, order).state is LineState.DELIVERED
    page = desk.get(url(order)).text
    assert "Somchai" in page
    assert primary(page) == 0


def test_a_carrier_used_before_is_offered_and_can_be_chosen(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=10)
    world.shipped(world.order({soap: 1}))
    order = world.order({soap: 1})
    shipment = world.picked(order)
    saved(world, order)
    assert '<option value="Kerry">' in desk.get(url(order)).text
    form = ship_form(shipment, carrier="Kerry", other="")
    assert desk.post(url(order, "shipments", shipment.number, "ship"), data=form).status_code == 302
    assert only_shipment(world, order).carrier == "Kerry"


def test_a_delivery_in_the_minute_of_shipping_is_taken(
    desk: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product(stock=10): 3})
    left = now.replace(second=0) - timedelta(minutes=1, seconds=-41)
    shipment = world.shipped(order, at=left)
    saved(world, order)
    answer = desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, left))
    assert answer.status_code == 302
    assert only_shipment(world, order).delivered_at == left


def test_the_time_typed_is_the_time_in_bangkok(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.shipped(order)
    saved(world, order)
    when = (world.now + timedelta(hours=20)).replace(second=0)
    desk.post(url(order, "shipments", shipment.number, "deliver"), data=deliver_form(shipment, when))
    assert only_shipment(world, order).delivered_at == when


def test_what_was_picked_can_be_put_back(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    assert desk.post(url(order, "shipments", shipment.number, "put-back")).status_code == 302
    order = fresh(world, order)
    assert order.state is LineState.ALLOCATED
    assert "Put back on the shelf" in desk.get(url(order)).text


def test_cancelling_takes_only_what_nobody_has_picked(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3, world.product("TOWEL-1", stock=10): 4})
    first, _second = world.parts(order)
    fulfilling.pick(world.session, order, {first.id: 3}, by=world.staff, now=world.now)
    saved(world, order)
    assert "4 units" in desk.get(url(order)).text
    assert desk.post(url(order, "cancel"), data={"reason": "Shop closed"}).status_code == 302
    assert [line.cancelled for line in fresh(world, order).lines] == [0, 4]
    assert "Shop closed" in desk.get(url(order)).text
