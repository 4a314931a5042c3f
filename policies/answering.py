"""Who is asked about a matter: the unit that answers, who of it is on duty now, or when it is there again."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from policies.directory import unit_for, unit_open
from policies.rota_boards import on_duty_now, opens_next
from policies.units import MATTER_TITLES, Matter, ServiceUnit
from portal.i18n import N_, gettext


def who_answers(session: Session, matter: Matter, now: datetime, about: str = "") -> dict[str, Any]:
    """What `policies/_unit.html` shows of the unit for a matter, with a way to ask it about a number.

    At most three queries, however many people are on duty.
    """
    unit = unit_for(session, matter)
    if unit is None:
        return {"unit": None, "unit_open": False, "duty": [], "opens_next": None, "ask": None}
    is_open = unit_open(session, unit, now)
    return {
        "unit": unit,
        "unit_open": is_open,
        "duty": on_duty_now(session, now, [unit]).get(unit.id, []) if is_open else [],
        "opens_next": None if is_open else opens_next(session, unit, now),
        "ask": ask_address(unit, matter, about),
    }


def ask_address(unit: ServiceUnit, matter: Matter, about: str = "") -> str | None:
    """Where one click asks a unit about a number, or about a matter in general: by e-mail, LINE or telephone."""
    words = gettext(N_("Question about %(what)s"), what=about or gettext(MATTER_TITLES[matter]))
    if unit.email:
        return f"mailto:{quote(unit.email, safe='@')}?subject={quote(words)}"
    if unit.line_id:
        return f"https://line.me/R/oaMessage/{quote(unit.line_id, safe='')}/?{quote(words)}"
    return f"tel:{unit.phone.replace(' ', '')}" if unit.phone else None
