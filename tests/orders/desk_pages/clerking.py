"""What clerks send at their pages, and what is there afterwards."""

import re
from datetime import datetime

from sqlalchemy import func, select

from orders.models import Order, ScheduleLine
from orders.shipments import Shipment
from portal.clock import local
from tests.makers import World


def saved(world: World, order: Order) -> Order:
    world.session.commit()
    return order


def fresh(world: World, order: Order) -> Order:
    world.session.rollback()
    world.session.expire_all()
    return world.session.get_one(Order, order.id)


def only_shipment(world: World, order: Order) -> Shipment:
    fresh(world, order)
    return world.session.scalars(select(Shipment).where(Shipment.order_id == order.id)).one()


def field(part: ScheduleLine) -> str:
    return f"part_{part.id}"


def ship_form(shipment: Shipment, **facts: str) -> dict[str, str]:
    usual = {"carrier": "-", "other": "Kerry", "tracking_no": "TH0001"} | facts
    return {f"{shipment.number}-ship-{name}": value for name, value in usual.items()}


def deliver_form(shipment: Shipment, when: datetime, received_by: str = "Somchai") -> dict[str, str]:
    start = f"{shipment.number}-deliver-"
    return {f"{start}delivered_at": f"{local(when):%Y-%m-%dT%H:%M}", f"{start}received_by": received_by}


def url(order: Order, *rest: str) -> str:
    return "/".join([f"/desk/orders/{order.number}", *rest])


def primary(page: str) -> int:
    """How many primary buttons a page has beside the house's own dialog."""
    return page[page.index("<main") : page.index("</main>")].count("btn-primary")


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


def rows_of(world: World, model: type) -> int:
    world.session.rollback()
    return world.session.scalar(select(func.count()).select_from(model)) or 0
