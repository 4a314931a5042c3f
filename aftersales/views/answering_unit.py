"""Which unit answers for a kind of case, for its page."""

from typing import Any

from policies.directory import unit_for, unit_open
from policies.units import Matter
from portal import clock
from portal.web.session import db


def answering(matter: Matter) -> dict[str, Any]:
    """What `policies/_unit.html` shows: the unit, if there is one, and whether it is on duty now."""
    now, unit = clock.now(), unit_for(db(), matter)
    return {"unit": unit, "unit_open": unit is not None and unit_open(db(), unit, now), "now": now}
