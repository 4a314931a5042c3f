"""A service report to the company about its own policy, of the first whole month in which that held."""

from policies.clocks import ONE_DAY
from policies.kinds import Every
from policies.models import PolicyVersion
from policies.periods import period_with
from policies.reporting import make_report
from portal.clock import business_day
from tests.makers import World


def report_of(world: World, version: PolicyVersion) -> str:
    """The number of a report to the company, made as soon as its month is over."""
    month = period_with(Every.MONTH, business_day(world.now))
    if month.first < (version.valid_from or month.first):
        month = period_with(Every.MONTH, month.last + ONE_DAY)
    report = make_report(
        world.session, version.policy, month, world.customer, by=None, now=max(month.until, world.now)
    )
    return report.number
