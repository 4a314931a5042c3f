"""A place gets a calendar of its own, and follows the distributor's calendar again."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from policies.calendars import Verb, calendar_of, find_calendar, locked_calendar, main_calendar
from policies.closing import Week, places_now, write_week
from policies.places import MAIN, blocks_of
from policies.redating import Change, Effect, Follower, effect_of, redate
from policies.working_weeks import BusinessCalendar, CalendarBlock, Closure
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")


def open_place(
    session: Session, code: str, name_th: str, name_en: str, *, by: User, now: datetime
) -> BusinessCalendar:
    """A calendar for a warehouse (by its code) or for the `carriers`, to begin with the week of the distributor's.

    No promise moves by that. Refused for a code that is none or has a calendar already, and without a name.
    """
    if not _CODE.fullmatch(code):
        raise Refused(N_("Give the code of a warehouse, or carriers."), field="code")
    if not name_th.strip() and not name_en.strip():
        raise Refused(N_("Name the place in at least one language."), field="name_th")
    lock(session, BusinessCalendar, [main_calendar(session).id])
    if find_calendar(session, code) is not None:
        raise Refused(N_("That place has a calendar already."), field="code")
    main = places_now(session, now).by_code[MAIN]
    calendar = BusinessCalendar(
        code=code,
        week=main.week,
        name_th=name_th.strip() or name_en.strip(),
        name_en=name_en.strip() or name_th.strip(),
        cut_off=main.cut_off,
    )
    session.add(calendar)
    session.flush()  # its hours need its id
    write_week(session, calendar, Week(blocks_of(main), main.cut_off))
    session.add_all(
        Closure(
            calendar_id=calendar.id,
            day=closure.day,
            name_th=closure.name_th,
            name_en=closure.name_en,
            public_holiday=False,
            declared_on=closure.declared_on,
        )
        for closure in main_calendar(session).closures
        if not closure.public_holiday and closure.day >= business_day(now)
    )
    names = {"name_th": calendar.name_th, "name_en": calendar.name_en}
    audit.record(session, Verb.OPENED, "calendar", code, by=by, now=now, after=names)
    return calendar


def preview_removing(
    session: Session, code: str, *, followers: Sequence[Follower] = (), now: datetime
) -> Effect:
    """What it would move if a place followed the distributor's calendar again."""
    _refuse_main(code)
    calendar_of(session, code)
    return effect_of(session, _removing(session, code, now), followers, now=now)


def remove_place(
    session: Session, code: str, *, followers: Sequence[Follower] = (), by: User, now: datetime
) -> Effect:
    """From now on a place follows the distributor's calendar; promises that counted on more working days move.

    Refused for the distributor's own; raises Unknown for a place without a calendar, or not any more.
    """
    _refuse_main(code)
    calendar = locked_calendar(session, code)
    change = _removing(session, code, now)
    for table in (CalendarBlock, Closure):
        session.execute(delete(table).where(table.calendar_id == calendar.id))
    session.expire(calendar)
    session.delete(calendar)
    session.flush()
    audit.record(session, Verb.REMOVED, "calendar", code, by=by, now=now)
    return redate(session, change, followers, by=by, now=now)


def _refuse_main(code: str) -> None:
    if code == MAIN:
        raise Refused(N_("The distributor's own calendar stays."))


def _removing(session: Session, code: str, now: datetime) -> Change:
    before = places_now(session, now)
    return Change(code, before, before.without(code), "", "", f"{code}:removed:{now:%Y%m%d%H%M%S}")
