"""The business calendar: seeded from Thailand's public holidays, kept by managers."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import holidays
from sqlalchemy import Date, and_, bindparam, select
from sqlalchemy.orm import Session, selectinload

from policies.clocks import WorkingDays
from policies.places import CARRIERS, MAIN, places
from policies.working_weeks import BusinessCalendar, Closure
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import first_to_write, lock
from portal.i18n import N_
from portal.refusal import Refused, Unknown

FARTHEST = timedelta(days=3 * 366)
YEARS_AHEAD = 3
YEARS_KEPT = 3
"""How many years, counting this one, have their public holidays without anybody asking."""
NOT_PUBLIC = ("National Children's Day",)
"""Days the library lists although offices are open."""


class Verb(StrEnum):
    """Acts on the calendar, for the audit trail."""

    HOLIDAYS_ADDED = "calendar.holidays_added"
    CLOSED = "calendar.closed"
    REOPENED = "calendar.reopened"
    OPENED = "calendar.opened"
    HOURS_CHANGED = "calendar.hours_changed"
    REMOVED = "calendar.removed"


_WORKING_DAYS = (
    select(BusinessCalendar.week, Closure.day)
    .outerjoin(
        Closure,
        and_(Closure.calendar_id == BusinessCalendar.id, Closure.day >= bindparam("since", type_=Date())),
    )
    .where(BusinessCalendar.code == MAIN)
)


def main_calendar(session: Session) -> BusinessCalendar:
    """The distributor's calendar; refused while none has been set up."""
    found = find_calendar(session)
    if found is None:
        raise Refused(N_("The business calendar has not been set up yet, so no day can be counted."))
    return found


def calendar_of(session: Session, place: str) -> BusinessCalendar:
    """The calendar of a place; the distributor's is refused while it has not been set up, others raise Unknown."""
    if place == MAIN:
        return main_calendar(session)
    found = find_calendar(session, place)
    if found is None:
        raise Unknown(place)
    return found


def locked_calendar(session: Session, place: str) -> BusinessCalendar:
    """The calendar of a place, locked and read anew; raises Unknown when it was taken away in the meantime."""
    for found in lock(session, BusinessCalendar, [calendar_of(session, place).id]):
        return found
    raise Unknown(place)


def working_days(session: Session, since: date | None = None) -> WorkingDays:
    """The distributor's working days, read in one query; `since` leaves out closures before that day."""
    rows = session.execute(_WORKING_DAYS, {"since": since or date.min}).all()
    if not rows:
        raise Refused(N_("The business calendar has not been set up yet, so no day can be counted."))
    return WorkingDays.of(rows[0].week, (row.day for row in rows if row.day is not None))


def closed_on(session: Session, day: date) -> bool:
    """Whether the calendar has this day as closed, whatever its weekday."""
    query = select(Closure.id).join(Closure.calendar).where(BusinessCalendar.code == MAIN, Closure.day == day)
    return session.scalar(query) is not None


def closures_between(session: Session, first: date, last: date) -> set[date]:
    """The days from `first` to `last` that the distributor's calendar has as closed, whatever their weekday."""
    query = select(Closure.day).join(Closure.calendar)
    return set(session.scalars(query.where(BusinessCalendar.code == MAIN, Closure.day.between(first, last))))


def find_calendar(session: Session, place: str = MAIN) -> BusinessCalendar | None:
    """The calendar of a place, the distributor's own unless another is named, with its closures; None without one."""
    query = select(BusinessCalendar).where(BusinessCalendar.code == place)
    return session.scalars(query.options(selectinload(BusinessCalendar.closures))).one_or_none()


def carriers_week(session: Session) -> str:
    """The working week of the carriers, empty where they follow the distributor's."""
    return session.scalar(select(BusinessCalendar.week).where(BusinessCalendar.code == CARRIERS)) or ""


def all_places(session: Session) -> list[BusinessCalendar]:
    """Every calendar, the distributor's own first, then by code."""
    query = select(BusinessCalendar).order_by(BusinessCalendar.code != MAIN, BusinessCalendar.code)
    return list(session.scalars(query))


def set_up(session: Session, years: range, *, now: datetime, week: str = "1111100") -> BusinessCalendar:
    """The distributor's calendar with the public holidays of these years; days already there are left alone."""
    calendar = session.scalars(select(BusinessCalendar).where(BusinessCalendar.code == MAIN)).one_or_none()
    if calendar is None:
        calendar = BusinessCalendar(code=MAIN, week=week)
        session.add(calendar)
        session.flush()  # closures need the calendar's id
    known = set(session.scalars(select(Closure.day).where(Closure.calendar_id == calendar.id)))
    thai, english = (holidays.country_holidays("TH", years=years, language=code) for code in ("th", "en_US"))
    for day, name in sorted(english.items()):
        if day.year in years and day not in known and name not in NOT_PUBLIC:
            names = {"name_th": thai.get(day, name)[:200], "name_en": name[:200]}
            session.add(Closure(calendar_id=calendar.id, day=day, declared_on=business_day(now), **names))
    session.expire(calendar, ["closures"])
    return calendar


def add_holidays(session: Session, year: int, *, by: User, now: datetime) -> None:
    """Take a year's public holidays into the calendar, which is set up by the first of them.

    Refuses a past year, one too far ahead to be known, and one that has its holidays already.
    """
    this_year = business_day(now).year
    if not this_year <= year <= this_year + YEARS_AHEAD:
        raise Refused(
            N_("Public holidays can be added for this year and the next %(years)s."), years=YEARS_AHEAD
        )
    calendar = find_calendar(session)
    if calendar and any(closure.public_holiday and closure.day.year == year for closure in calendar.closures):
        raise Refused(N_("The public holidays of that year are in the calendar already."))
    meanwhile = Refused(N_("The public holidays of that year are in the calendar already."))
    with first_to_write(session, meanwhile):
        set_up(session, range(year, year + 1), now=now)
    audit.record(session, Verb.HOLIDAYS_ADDED, "calendar", str(year), by=by, now=now)


def fill_in(session: Session, *, now: datetime) -> list[int]:
    """The years from this one to two on that had no public holidays yet, filled in now.

    A year that has any is a manager's business: a holiday taken back is not put in again.
    """
    this_year = business_day(now).year
    calendar = find_calendar(session)
    filled = (
        {closure.day.year for closure in calendar.closures if closure.public_holiday} if calendar else set()
    )
    years = [year for year in range(this_year, this_year + YEARS_KEPT) if year not in filled]
    for year in years:
        set_up(session, range(year, year + 1), now=now)
        audit.record(session, Verb.HOLIDAYS_ADDED, "calendar", str(year), by=None, now=now)
    return years


def close(
    session: Session,
    day: date,
    name_th: str,
    name_en: str,
    *,
    place: str = MAIN,
    public: bool = False,
    by: User,
    now: datetime,
) -> Closure:
    """A day on which a place is closed, from now on; a `public` holiday of the distributor is one for other places too.

    Refuses a past day, one already closed, a closure without a name and, unless it is a public holiday, a day on which
    nobody works anyway.
    """
    calendar = locked_calendar(session, place)
    check_closing(session, day, name_th, name_en, place=place, public=public, now=now)
    closure = Closure(
        calendar_id=calendar.id,
        day=day,
        name_th=name_th.strip() or name_en.strip(),
        name_en=name_en.strip() or name_th.strip(),
        public_holiday=public and place == MAIN,
        declared_on=business_day(now),
    )
    session.add(closure)
    names = {"name_th": closure.name_th, "name_en": closure.name_en}
    audit.record(session, Verb.CLOSED, "calendar", _subject(place, day), by=by, now=now, after=names)
    return closure


def check_closing(
    session: Session,
    day: date,
    name_th: str,
    name_en: str,
    *,
    place: str = MAIN,
    public: bool = False,
    now: datetime,
) -> None:
    """Refuse what `close` refuses, without closing anything."""
    if day < business_day(now):
        raise Refused(N_("A past day cannot be closed: promises that counted it are settled."), field="day")
    if day > business_day(now) + FARTHEST:
        raise Refused(N_("That day is more than three years away. Please check the year."), field="day")
    if not name_th.strip() and not name_en.strip():
        raise Refused(N_("Say why we are closed, in at least one language."), field="name_th")
    calendar = calendar_of(session, place)
    if public and place == MAIN:  # other places may work on that weekday, and keep the holiday
        if _closed(session, calendar, day):
            raise Refused(N_("That day is already closed."), field="day")
        return
    if calendar.week[day.weekday()] != "1" and not _closed(session, calendar, day):
        raise Refused(N_("Nobody works on that weekday anyway."), field="day")
    if not places(session, day).days(place).works(day):
        raise Refused(N_("That day is already closed."), field="day")


def reopen(session: Session, day: date, *, place: str = MAIN, by: User, now: datetime) -> None:
    """Take a closed day of a place back; refuses a past day and one that is not closed there. No promise moves."""
    if day < business_day(now):
        raise Refused(N_("A past day cannot be reopened: promises that counted it are settled."), field="day")
    calendar = locked_calendar(session, place)
    closure = session.scalars(
        select(Closure).where(Closure.calendar_id == calendar.id, Closure.day == day)
    ).one_or_none()
    if closure is None:
        raise Refused(N_("That day is not closed."), field="day")
    session.delete(closure)
    names = {"name_th": closure.name_th, "name_en": closure.name_en, "public_holiday": closure.public_holiday}
    audit.record(session, Verb.REOPENED, "calendar", _subject(place, day), by=by, now=now, before=names)


def _closed(session: Session, calendar: BusinessCalendar, day: date) -> bool:
    query = select(Closure.id).where(Closure.calendar_id == calendar.id, Closure.day == day)
    return session.scalar(query) is not None


def _subject(place: str, day: date) -> str:
    return str(day) if place == MAIN else f"{place} {day}"
