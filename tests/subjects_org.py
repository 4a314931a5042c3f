"""One object of every kind that the addresses of the rota, of contingency plans and of their steps name."""

from datetime import timedelta

from sqlalchemy import select

from orders import planning_ahead, taking_steps
from orders.disruptions import Disruption
from policies.calendars import working_days
from policies.directory import find_unit
from policies.rota import Duty, put_on_duty
from portal.clock import business_day
from tests.makers import World


def org_of(world: World, unit_code: str, disruption_no: str) -> dict[str, str]:
    """A duty of the unit on the next working day, a plan, and a step of the disruption."""
    session, now, today = world.session, world.now, business_day(world.now)
    unit = find_unit(session, unit_code)
    assert unit is not None
    duty = Duty(world.staff, working_days(session).after(today, 1), unit.opens, unit.closes)
    shift = put_on_duty(session, unit, duty, by=world.manager, now=now)
    facts = planning_ahead.PlanFacts(
        "คนขับหยุดงาน",
        "The drivers strike",
        "สหภาพประกาศหยุดงาน",
        "The union announces a strike",
        ("โทรหาผู้ขนส่งสำรอง",),
        ("Call the second carrier",),
        world.manager,
        today + timedelta(days=90),
        frozenset({"strike"}),
    )
    plan = planning_ahead.write_plan(session, facts, by=world.manager, now=now)
    disruption = session.scalars(select(Disruption).where(Disruption.number == disruption_no)).one()
    step = taking_steps.add_step(session, disruption, "", "Pump the yard dry", by=world.staff, now=now)
    return {"shift_id": str(shift.id), "plan_no": plan.number, "step_id": str(step.id)}
