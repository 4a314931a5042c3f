"""The demo's flood excuses what it made late: the lines that came late because of it are exempt."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import exempting_lines
from orders.contingencies import steps_text
from orders.disruptions import Disruption, DisruptionKind, DisruptionState
from portal.demo.cast import Cast

STEPS = "Goods for the south went from Bangkok instead, and each customer was told the new day on the same morning."


def load_exemptions(session: Session, cast: Cast) -> None:
    """A manager exempts the late lines of each flood that is over, with the steps taken against it."""
    floods = select(Disruption).where(
        Disruption.kind == DisruptionKind.FLOOD,
        Disruption.state == DisruptionState.CONFIRMED,
        Disruption.ends_on < cast.today,
    )
    for flood in session.scalars(floods.order_by(Disruption.id)).all():
        steps = steps_text(session, flood) or STEPS
        exempting_lines.exempt_lines(session, flood, steps, by=cast.managers[0], now=cast.now)
