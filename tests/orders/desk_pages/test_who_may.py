"""Who may come to the desk, and what does not exist there."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from orders.shipments import ShipmentState
from orders.states import LineState
from tests.makers import World, sign_in
from tests.orders.desk_pages.clerking import fresh, only_shipment, saved, url


def test_buyers_and_strangers_find_no_desk(app: Flask, world: World) -> None:
    order = saved(world, world.order({world.product(stock=5): 1}))
    stranger, buyer = app.test_client(), app.test_client()
    sign_in(buyer, world.buyer)
    for path in ("/desk/orders", url(order), "/desk/picking", "/desk/credits", "/manage/measures"):
        assert stranger.get(path).status_code == 302
        assert buyer.get(path).status_code == 404
    assert buyer.post(url(order, "cancel"), data={"reason": "mine"}).status_code == 404
    assert fresh(world, order).state is LineState.ALLOCATED


def test_a_clerk_does_not_see_the_measures(desk: FlaskClient) -> None:
    assert desk.get("/manage/measures").status_code == 403


@pytest.mark.parametrize("path", ["", "/pick-list"])
def test_an_unknown_order_is_not_found(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/desk/orders/SO-0000{path}").status_code == 404


def test_acts_on_unknown_things_are_not_found(desk: FlaskClient, world: World) -> None:
    soap = world.product(stock=50)
    order, other = world.order({soap: 1}), world.order({soap: 1})
    foreign = world.picked(other)
    saved(world, order)
    for act in ("ship", "deliver", "put-back"):
        assert desk.post(url(order, "shipments", "SH-0000", act)).status_code == 404
        assert desk.post(url(order, "shipments", foreign.number, act)).status_code == 404
    for act in ("pick", "cancel"):
        assert desk.post(f"/desk/orders/SO-0000/{act}").status_code == 404
    assert only_shipment(world, other).state == ShipmentState.PICKED
