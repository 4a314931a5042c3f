"""The carriers of the demo work on Saturdays too; other places follow the distributor's calendar."""

from datetime import time

from sqlalchemy.orm import Session

from policies.closing import Week, change_week
from policies.opening_places import open_place
from policies.places import CARRIERS
from portal.demo.cast import Cast

SIX_DAYS = Week(tuple((day, time(8), time(20)) for day in range(6)))


def load_places(session: Session, cast: Cast) -> None:
    """A calendar for the carriers, from the first day of the demo on."""
    by, now = cast.managers[0], cast.began
    open_place(session, CARRIERS, "ผู้ขนส่ง", "Carriers", by=by, now=now)
    session.flush()  # the week is written under its lock
    change_week(session, SIX_DAYS, place=CARRIERS, by=by, now=now)
