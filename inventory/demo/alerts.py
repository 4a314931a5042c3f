"""The demo's alerts: those of the days before the stock was planned anew, and those of today, told in the morning."""

from datetime import timedelta

from sqlalchemy.orm import Session

from inventory.alerting import mark_alerts, tell_staff
from inventory.alerts import AlertKind
from portal.clock import at
from portal.demo.cast import Cast

BEGAN_AGO = timedelta(days=4)
LATELY = timedelta(minutes=40)
MORNING = timedelta(hours=7)


def begin(session: Session, cast: Cast) -> None:
    """What was low, expiring or too much before anybody planned; a morning later staff had read of it."""
    began = cast.now - BEGAN_AGO
    for kind in (AlertKind.OVERSTOCK, AlertKind.EXPIRING, AlertKind.LOW):
        mark_alerts(session, kind, began)
    tell_staff(session, at(cast.today - timedelta(days=3)) + MORNING)


def load(session: Session, cast: Cast) -> None:
    """What holds now: some of it since then, some no more, and some only since the last look, which nobody was told."""
    for kind in reversed(AlertKind):
        mark_alerts(session, kind, cast.now - LATELY)
