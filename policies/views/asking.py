"""Whom one asks about a kind of case, for its page."""

from typing import Any

from policies.answering import who_answers
from policies.escalating import passed_on
from policies.units import Matter
from portal import clock
from portal.accounts.roles import Audience
from portal.web.session import db, me

TOGETHER = {Matter.REPAIR: (Matter.REPAIR, Matter.LOANER)}
"""Matters that are asked about on one page."""


def answering(matter: Matter, number: str = "") -> dict[str, Any]:
    """What `policies/_unit.html` shows beside a case of this number, or where one is begun.

    Only our own people see that it was passed on.
    """
    now, known = clock.now(), None
    if number and me().audience is Audience.STAFF:
        known = passed_on(db(), TOGETHER.get(matter, (matter,)), [number]).get(number)
    return {**who_answers(db(), matter, now, number), "passed_on": known, "now": now}
