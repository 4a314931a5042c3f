"""When a part counts as delivered, and what becomes of receipts when claims on them are let go."""

from datetime import timedelta

from inventory.stock import Reservation
from orders import cancelling, delivering, fulfilling
from policies.promises import PromiseState
from tests.makers import make_world


def test_a_part_is_late_when_its_last_units_were_in_whatever_order_the_deliveries_are_recorded(session, now):
    world = make_world(session, now)
    order = world.order({world.product("SOAP-1", stock=10): 10})
    (part,) = world.parts(order)
    shipments = []
    for _ in range(2):
        shipment = fulfilling.pick(session, order, {part.id: 5}, by=world.staff, now=now)
        session.flush()
        fulfilling.ship(session, shipment, "Siam Rod Duan", "TH1", by=world.staff, now=now)
        shipments.append(shipment)
    late, early = part.promise.due_at + timedelta(days=3), part.promise.due_at - timedelta(days=2)
    recorded = late + timedelta(days=1)
    delivering.deliver(session, shipments[0], late, "Malee", by=world.staff, now=recorded)
    delivering.deliver(session, shipments[1], early, "Malee", by=world.staff, now=recorded)
    session.flush()
    assert part.promise.state == PromiseState.MISSED
    assert part.promise.fulfilled_at == late


def test_units_of_a_receipt_let_go_by_a_cancelled_order_are_claimed_by_whoever_waits_for_nothing(
    session, now
):
    world = make_world(session, now)
    rare = world.product("RARE-1")
    receipt = world.receipt(rare, 6, now.date() + timedelta(days=3))
    first, second = world.order({rare: 6}), world.order({rare: 4})
    (waiting,) = world.parts(second)
    assert session.get_one(Reservation, waiting.reservation_id).receipt_id is None
    cancelling.cancel(session, first, "Not needed", by=world.staff, now=now)
    session.flush()
    session.refresh(receipt)
    assert session.get_one(Reservation, waiting.reservation_id).receipt_id == receipt.id
    assert receipt.claimed == 4


def test_an_overdue_receipt_is_not_promised_before_one_that_comes_sooner(session, now):
    world = make_world(session, now)
    rare = world.product("RARE-1")
    world.receipt(rare, 5, now.date())
    later = now + timedelta(days=5)
    world.now = later
    sooner = world.receipt(rare, 5, later.date() + timedelta(days=1))
    (part,) = world.parts(world.order({rare: 5}, at=later))
    assert session.get_one(Reservation, part.reservation_id).receipt_id == sooner.id
