"""A dealing of scarce goods that an address can name."""

from inventory.dealing_rules import publish
from inventory.stock import Reservation
from inventory.turns import Key
from orders.dealing_again import deal_again, simulate
from portal.accounts.roles import Role
from tests.makers import World, make_customer, make_user


def dealings_of(world: World) -> dict[str, str]:
    """Values for the arguments of the routes of dealings."""
    session, by, now = world.session, world.manager, world.now
    tea = world.product("TEA-1", stock=6)
    world.order({tea: 6})
    first = make_customer(session, "FIRST", now=now)
    buyer = make_user(session, Role.BUYER, customer=first, now=now, email="first@example.com")
    session.flush()
    (part,) = world.parts(world.order({tea: 4}, buyer=buyer))
    session.get_one(Reservation, part.reservation_id).allocation_class = 1
    session.flush()
    publish(session, [Key.ALLOCATION_CLASS], "Hospitals first", seen=0, by=by, now=now)
    digest = simulate(session, tea, world.warehouse, now=now).simulation.digest
    made = deal_again(session, tea, world.warehouse, digest, "Too few for all", by=by, now=now)
    return {"dealing_no": made.number}
