"""Refusals at the desk change nothing, keep what was typed, and tell the second of two clerks."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orders import fulfilling
from orders.shipments import Shipment, ShipmentState
from orders.states import LineState
from portal.clock import local
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import World
from tests.orders.desk_pages.clerking import (
    deliver_form,
    field,
    fresh,
    only_shipment,
    rows_of,
    saved,
    ship_form,
    url,
)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9", "Only 3 of"),
        ("0", "Pick at least one unit"),
        ("-1", "between"),
        ("many", "Not a valid integer"),
        ("", "Pick at least one unit"),
    ],
)
def test_a_pick_that_cannot_be_is_refused(desk: FlaskClient, world: World, typed: str, says: str) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    answer = desk.post(url(order, "pick"), data={field(part): typed})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{typed}"' in answer.text
    assert rows_of(world, Shipment) == 0


def test_a_pick_without_its_fields_picks_nothing(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    answer = desk.post(url(order, "pick"), data={})
    assert (answer.status_code, "Pick at least one unit" in answer.text) == (422, True)
    assert rows_of(world, Shipment) == 0


def test_a_fault_in_a_field_is_said_once(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    answer = desk.post(url(order, "pick"), data={field(part): "many"})
    assert "Not a valid integer" in answer.text
    assert "Number must be" not in answer.text


def test_shipping_needs_a_carrier_and_a_tracking_number(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    target = url(order, "shipments", shipment.number, "ship")
    answer = desk.post(target, data=ship_form(shipment, other="  ", tracking_no="TH-KEEP"))
    assert (answer.status_code, "Name the carrier." in answer.text) == (422, True)
    assert 'value="TH-KEEP"' in answer.text
    answer = desk.post(target, data=ship_form(shipment, other="Nim Express", tracking_no=" "))
    assert answer.status_code == 422
    assert 'value="Nim Express"' in answer.text
    assert desk.post(target, data=ship_form(shipment, carrier="Unheard of")).status_code == 422
    assert only_shipment(world, order).state == ShipmentState.PICKED


def test_a_delivery_is_neither_before_shipping_nor_in_the_future(
    desk: FlaskClient, world: World, now: datetime
) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.shipped(order)
    saved(world, order)
    target = url(order, "shipments", shipment.number, "deliver")
    for when, says in (
        (world.now - timedelta(days=1), "cannot be earlier"),
        (now + timedelta(days=1), "cannot lie in the future"),
    ):
        answer = desk.post(target, data=deliver_form(shipment, when, "Malee"))
        assert (answer.status_code, says in answer.text) == (422, True)
        assert 'value="Malee"' in answer.text
        assert f'value="{local(when):%Y-%m-%dT%H:%M}"' in answer.text
    answer = desk.post(target, data={f"{shipment.number}-deliver-delivered_at": "soon"})
    assert answer.status_code == 422
    assert only_shipment(world, order).state == ShipmentState.SHIPPED


def test_cancelling_needs_a_reason_and_something_to_cancel(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=10)
    order, gone = world.order({soap: 3}), world.order({soap: 3})
    world.shipped(gone)
    saved(world, order)
    for reason in ("", "   "):
        assert desk.post(url(order, "cancel"), data={"reason": reason}).status_code == 422
    assert fresh(world, order).state is LineState.ALLOCATED
    answer = desk.post(url(gone, "cancel"), data={"reason": "Too late"})
    assert (answer.status_code, "nothing can be cancelled" in answer.text) == (422, True)
    assert fresh(world, gone).state is LineState.SHIPPED


def test_the_second_clerk_to_pick_is_told(desk: FlaskClient, world: World) -> None:
    order = saved(world, world.order({world.product(stock=10): 3}))
    (part,) = world.parts(order)
    assert desk.post(url(order, "pick"), data={field(part): "3"}).status_code == 302
    answer = desk.post(url(order, "pick"), data={field(part): "3"})
    assert (answer.status_code, "Only 0 of" in answer.text) == (422, True)
    assert rows_of(world, Shipment) == 1


def test_the_second_clerk_to_ship_or_deliver_is_told(desk: FlaskClient, world: World, now: datetime) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    for act, form in (("ship", ship_form(shipment)), ("deliver", deliver_form(shipment, now))):
        target = url(order, "shipments", shipment.number, act)
        assert desk.post(target, data=form).status_code == 302
        answer = desk.post(target, data=form)
        assert (answer.status_code, "already done this step" in answer.text) == (422, True)
    assert only_shipment(world, order).state == ShipmentState.DELIVERED


def test_whoever_ships_what_a_colleague_put_back_is_told(desk: FlaskClient, world: World) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    form = ship_form(shipment)
    number = shipment.number
    saved(world, order)
    desk.post(url(order, "shipments", number, "put-back"))
    answer = desk.post(url(order, "shipments", number, "ship"), data=form, follow_redirects=True)
    assert (answer.status_code, "back on the shelf" in answer.text) == (200, True)
    assert rows_of(world, Shipment) == 0


def test_a_shipment_that_vanishes_under_the_act_is_refused(world: World, now: datetime, app: Flask) -> None:
    order = world.order({world.product(stock=10): 3})
    shipment = world.picked(order)
    saved(world, order)
    with app.extensions["sessions"]() as colleague:
        found = colleague.scalars(select(Shipment)).one()
        with transaction(colleague):
            fulfilling.put_back(colleague, found, by=world.staff, now=now)
    with pytest.raises(Refused), transaction(world.session):
        fulfilling.ship(world.session, shipment, "Kerry", "TH1", by=world.staff, now=now)
