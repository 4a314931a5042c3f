"""One object of every kind of this slice that an address can name: requests, disruptions, transfers, legs."""

from datetime import timedelta

from inventory import transferring
from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stocking import open_stock
from orders import disrupting, expediting, fulfilling
from orders.disruptions import Disruption, DisruptionKind
from orders.expedite_terms import ServiceFacts, put_service
from orders.shipments import Mode
from orders.shipping_legs import Leg
from portal.clock import business_day
from tests.makers import World


def moves_of(world: World) -> dict[str, str]:
    """Values for the arguments of the routes of faster delivery, disruptions, transfers and legs."""
    session, now, today = world.session, world.now, business_day(world.now)
    rope = world.product("ROPE-1", stock=20)
    north = put_warehouse(session, WarehouseFacts("CNX", "คลังเหนือ", "North"), by=world.manager, now=now)
    session.flush()
    far = world.product("FAR-1")
    open_stock(session, far, north, 9, by=world.staff, now=now)
    world.order({far: 2})
    transfer = transferring.send(
        session, far, north, world.warehouse, 3, today + timedelta(days=2), by=world.staff, now=now
    )
    put_service(session, ServiceFacts("NEXT", "ด่วน", "Next day", 1, 5_000), by=world.manager, now=now)
    asked = world.order({rope: 2})
    request = expediting.ask(
        session, world.parts(asked)[0], today + timedelta(days=1), "", by=world.buyer, now=now
    )
    two_legs = world.order({rope: 1})
    shipment = world.picked(two_legs)
    way = [
        Leg(Mode.TRUCK, "Kerry", "Bangkok", "Laem Chabang", today + timedelta(days=1)),
        Leg(Mode.SEA, "Talay Line", "Laem Chabang", "Phuket", today + timedelta(days=2)),
    ]
    fulfilling.ship(session, shipment, "Kerry", "TH1", legs=way, by=world.staff, now=now)
    disruption = _disruption(world, 6)
    session.flush()
    disrupting.confirm(session, disruption, by=world.manager, now=now)
    _disruption(world, 9)
    session.flush()
    named = {"request_no": request.number, "disruption_no": disruption.number, "transfer_no": transfer.number}
    for act in ("show", "arrive", "leave", "replan"):
        named |= {f"legs.{act}:number": two_legs.number, f"legs.{act}:shipment_no": shipment.number}
        named[f"legs.{act}:n"] = "1"
    named["my_expedites.ask:number"] = asked.number
    return named


def _disruption(world: World, days: int) -> Disruption:
    today = business_day(world.now)
    facts = disrupting.Declared(
        DisruptionKind.FLOOD, world.warehouse, today, today + timedelta(days=days), "น้ำท่วม", "Flood"
    )
    return disrupting.declare(world.session, facts, by=world.manager, now=world.now)
