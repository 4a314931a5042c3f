"""A policy that also promises answers, for tests of requests and cases."""

from policies import revising
from policies.kinds import Kind
from policies.terms import Clause, Terms
from portal.clock import business_day
from tests.makers import World
from tests.publishing import publish_reviewed


def promise_answers(world: World, *kinds: Kind, days: int = 2) -> None:
    """Promise this world's customer an answer to such cases within so many working days."""
    session, by, now = world.session, world.manager, world.now
    own = revising.open_policy(session, "ข้อตกลง", "Agreement", customer=world.customer, by=by, now=now)
    session.flush()
    cases = tuple(Clause(kind, days) for kind in kinds)
    revising.change_draft(session, own, Terms(cases), by=by, now=now)
    publish_reviewed(session, own, business_day(now), "Agreed", reviewer=world.admin, now=now)
    session.flush()
