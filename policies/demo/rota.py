"""The demo's duty rota: every unit has people for this week and the next."""

from datetime import time

from sqlalchemy.orm import Session

from policies.directory import find_unit
from policies.rota_filling import Pattern, copy_week, fill, monday_of
from portal.clock import at
from portal.demo.cast import Cast

NOON, MORNING = time(12), time(7)


def load_rota(session: Session, cast: Cast) -> None:
    """Filled on Monday morning and copied to the next week; two colleagues change over between two units at noon."""
    first, second, third = cast.staff[0], cast.staff[1], cast.staff[-1]
    shares = (
        ("ORDERS", first, None, NOON),
        ("ORDERS", second, NOON, None),
        ("CLAIMS", second, None, NOON),
        ("CLAIMS", first, NOON, None),
        ("DELIVERY", third, None, None),
        ("WORKSHOP", cast.managers[0], None, None),
        ("ACCOUNTS", cast.managers[-1], None, None),
    )
    monday, by = monday_of(cast.today), cast.managers[0]
    now = at(monday, MORNING)
    for code, person, opens, closes in shares:
        unit = find_unit(session, code)
        if unit is None:
            continue
        weekdays = frozenset(day for day, digit in enumerate(unit.week) if digit == "1")
        pattern = Pattern(person, weekdays, opens or unit.opens, closes or unit.closes, monday, 1)
        fill(session, unit, pattern, by=by, now=now)
    for code in dict.fromkeys(share[0] for share in shares):
        unit = find_unit(session, code)
        if unit is not None:
            copy_week(session, unit, monday, 1, by=by, now=now)
