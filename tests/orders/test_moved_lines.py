"""A line that waits for stock from another warehouse: its promise is judged by that transfer, and kept by it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from inventory import transferring
from inventory.inbound import Transfer
from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stocking import open_stock
from orders import delivering
from orders.models import Order
from orders.watching import mark
from policies.promises import Cause, PromiseState
from portal.clock import business_day
from tests.makers import World, make_world, sign_in


@pytest.fixture
def world(session: Session, now) -> World:
    return make_world(session, now)


def _moved(world: World) -> tuple[Order, Transfer]:
    """An order for rice, which only the northern warehouse has; it is sent for."""
    rice = world.product("RICE-1")
    north = put_warehouse(
        world.session, WarehouseFacts("CNX", "เหนือ", "North"), by=world.manager, now=world.now
    )
    world.session.flush()
    open_stock(world.session, rice, north, 9, by=world.staff, now=world.now)
    order = world.order({rice: 4})
    transfer = transferring.send(
        world.session,
        rice,
        north,
        world.warehouse,
        4,
        business_day(world.now) + timedelta(days=2),
        purpose=f"{order.number}/1.1",
        by=world.staff,
        now=world.now,
    )
    world.session.flush()
    return order, transfer


def test_a_transfer_that_comes_too_late_puts_the_line_at_risk_and_says_why(world: World) -> None:
    order, transfer = _moved(world)
    (part,) = world.parts(order)
    mark(world.session, world.now)
    world.session.refresh(part.promise)
    assert part.promise.state == PromiseState.OPEN
    assert part.ship_by is not None
    late = part.ship_by + timedelta(days=1)
    transferring.replan(world.session, transfer, late, by=world.staff, now=world.now)
    world.session.flush()
    mark(world.session, world.now)
    world.session.refresh(part.promise)
    assert (part.promise.state, part.promise.cause) == (PromiseState.AT_RISK, Cause.IN_TRANSIT)


def test_the_desk_sees_on_the_order_what_is_on_its_way_for_it(app, session, working_noon) -> None:
    world = make_world(session, working_noon)
    order, transfer = _moved(world)
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.staff)
    page = client.get(f"/desk/orders/{order.number}").text
    assert f"/desk/transfers/{transfer.number}" in page
    assert "are on the way from North" in page
    sign_in(client, world.buyer)
    assert transfer.number not in client.get(f"/my/orders/{order.number}").text


def test_a_line_filled_from_another_warehouse_is_picked_sent_and_kept(world: World) -> None:
    order, transfer = _moved(world)
    there = world.now + timedelta(days=2)
    transferring.arrive(world.session, transfer, by=world.staff, now=there)
    world.session.flush()
    shipment = world.shipped(order, at=there)
    delivering.deliver(world.session, shipment, there, "Somchai", by=world.staff, now=there)
    assert world.parts(order)[0].promise.state == PromiseState.KEPT
