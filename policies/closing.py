"""A place is closed on a day, or works at other hours: seen beforehand, then done together with all that it moves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from policies import calendars
from policies.calendars import Verb, locked_calendar
from policies.places import MAIN, Block, Place, Places, blocks_of, places, week_of
from policies.redating import Change, Effect, Follower, effect_of, redate
from policies.working_weeks import BusinessCalendar, CalendarBlock
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused

LOOK_BACK = timedelta(days=400)
"""How far back the calendar is read: the oldest open promise may have begun a year ago."""
MOST_BLOCKS = 4
WEEKDAY_FIELDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Week:
    """When a place works: its blocks of hours, until when an order counts as of that day, and whether on holidays."""

    blocks: tuple[Block, ...]
    cut_off: time | None = None
    works_on_holidays: bool = False

    def as_facts(self) -> dict[str, Any]:
        """The week as the audit trail keeps it."""
        return {
            "hours": [f"{day} {opens:%H:%M}-{closes:%H:%M}" for day, opens, closes in self.blocks],
            "cut_off": f"{self.cut_off:%H:%M}" if self.cut_off else None,
            "works_on_holidays": self.works_on_holidays,
        }


def week_now(place: Place) -> Week:
    """The week of a place as it is."""
    return Week(blocks_of(place), place.cut_off, place.works_on_holidays)


def preview_closing(
    session: Session,
    day: date,
    name_th: str,
    name_en: str,
    *,
    place: str = MAIN,
    public: bool = False,
    followers: Sequence[Follower] = (),
    now: datetime,
) -> Effect:
    """What closing a place on a day would move; refused as the closing would be."""
    calendars.check_closing(session, day, name_th, name_en, place=place, public=public, now=now)
    before = places_now(session, now)
    after = before.closing(place, day, public=public)
    return effect_of(session, _closing(before, after, day, name_th, name_en, place, now), followers, now=now)


def close_day(
    session: Session,
    day: date,
    name_th: str,
    name_en: str,
    *,
    place: str = MAIN,
    public: bool = False,
    followers: Sequence[Follower] = (),
    by: User,
    now: datetime,
) -> Effect:
    """Close a place on a day, and move the open promises that counted on it; refused as `calendars.close` is."""
    locked_calendar(session, place)  # whoever else changes it has done so
    before = places_now(session, now)
    calendars.close(session, day, name_th, name_en, place=place, public=public, by=by, now=now)
    after = before.closing(place, day, public=public)
    change = _closing(before, after, day, name_th, name_en, place, now)
    return redate(session, change, followers, by=by, now=now)


def preview_week(
    session: Session, week: Week, *, place: str = MAIN, followers: Sequence[Follower] = (), now: datetime
) -> Effect:
    """What other hours of a place would move; refused as the change would be."""
    check_week(week, place)
    before = places_now(session, now)
    return effect_of(session, _reworking(before, week, place, now), followers, now=now)


def change_week(
    session: Session,
    week: Week,
    *,
    place: str = MAIN,
    followers: Sequence[Follower] = (),
    by: User,
    now: datetime,
) -> Effect:
    """Other hours for a place from now on; open promises that counted on hours which are gone move.

    Refused for blocks that overlap, end before they begin, or are none at all.
    """
    check_week(week, place)
    calendar = locked_calendar(session, place)
    before = places_now(session, now)
    write_week(session, calendar, week)
    audit.record(
        session,
        Verb.HOURS_CHANGED,
        "calendar",
        place,
        by=by,
        now=now,
        before=week_now(before.by_code[place]).as_facts(),
        after=week.as_facts(),
    )
    return redate(session, _reworking(before, week, place, now), followers, by=by, now=now)


def write_week(session: Session, calendar: BusinessCalendar, week: Week) -> None:
    """Put a week that was checked into a calendar."""
    for old in list(calendar.blocks):
        session.delete(old)
    session.flush()  # the new blocks may begin when old ones did
    calendar.week, calendar.cut_off = week_of(week.blocks), week.cut_off
    calendar.works_on_holidays = week.works_on_holidays
    session.add_all(
        CalendarBlock(calendar_id=calendar.id, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in week.blocks
    )
    session.flush()
    session.expire(calendar, ["blocks"])


def check_week(week: Week, place: str) -> None:
    """Refuse a week that cannot be, at the field of its weekday."""
    if not week.blocks:
        raise Refused(N_("Somebody has to work on at least one day."), field=WEEKDAY_FIELDS[0])
    if week.works_on_holidays and place == MAIN:
        raise Refused(
            N_("Public holidays are the distributor's own; reopen the days on which you work."),
            field="works_on_holidays",
        )
    days: dict[int, list[Block]] = {}
    for block in sorted(week.blocks):
        days.setdefault(block[0], []).append(block)
    for weekday, blocks in days.items():
        field = WEEKDAY_FIELDS[weekday]
        if len(blocks) > MOST_BLOCKS:
            raise Refused(N_("At most %(most)s times of work a day."), field=field, most=MOST_BLOCKS)
        if any(opens >= closes for _, opens, closes in blocks):
            raise Refused(N_("Work must end after it begins; night work is two days."), field=field)
        if any(later[1] < earlier[2] for earlier, later in pairwise(blocks)):
            raise Refused(N_("These times of work overlap."), field=field)


def places_now(session: Session, now: datetime) -> Places:
    """Every calendar with its hours, as far back as an open promise may have begun."""
    return places(session, business_day(now) - LOOK_BACK, hours=True)


def _closing(
    before: Places, after: Places, day: date, name_th: str, name_en: str, place: str, now: datetime
) -> Change:
    what_th, what_en = name_th.strip() or name_en.strip(), name_en.strip() or name_th.strip()
    key = f"{place}:{day}:{now:%Y%m%d%H%M%S}"
    return Change(place, before, after, what_th, what_en, key, day)


def _reworking(before: Places, week: Week, place: str, now: datetime) -> Change:
    changed = replace(
        before.by_code[place],
        week=week_of(week.blocks),
        blocks=week.blocks,
        cut_off=week.cut_off,
        works_on_holidays=week.works_on_holidays,
    )
    return Change(place, before, before.but(changed), "", "", f"{place}:hours:{now:%Y%m%d%H%M%S}")
