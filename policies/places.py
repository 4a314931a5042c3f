"""The places that keep a calendar: the distributor itself, and warehouses and carriers with one of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time

from sqlalchemy import Date, and_, bindparam, select
from sqlalchemy.orm import Session

from policies.clocks import Hours, WorkingDays, WorkingHours
from policies.working_weeks import BusinessCalendar, CalendarBlock, Closure
from portal.i18n import N_
from portal.refusal import Refused

MAIN = "main"
CARRIERS = "carriers"
USUAL_HOURS: Hours = ((time(9), time(17)),)
"""The hours of a working day for which none are written down."""

Block = tuple[int, time, time]
"""A weekday from 0 for Monday, and when work begins and ends on it."""


@dataclass(frozen=True)
class Place:
    """The calendar of one place as read: its week, hours and cut-off, its public holidays and other closed days."""

    code: str
    week: str
    holidays: frozenset[date] = frozenset()
    closed: frozenset[date] = frozenset()
    blocks: tuple[Block, ...] = ()
    cut_off: time | None = None
    works_on_holidays: bool = False


@dataclass(frozen=True)
class Places:
    """Every calendar by the code of its place; a place without one follows the distributor's.

    Public holidays of the distributor are kept everywhere but in places that work on holidays.
    """

    by_code: Mapping[str, Place]
    _days: dict[str, WorkingDays] = field(default_factory=dict, repr=False, compare=False)
    _hours: dict[str, WorkingHours] = field(default_factory=dict, repr=False, compare=False)

    def days(self, code: str = MAIN) -> WorkingDays:
        """The working days of a place."""
        place = self.at(code)
        if place.code not in self._days:
            inherited = frozenset() if place.works_on_holidays else self.by_code[MAIN].holidays
            self._days[place.code] = WorkingDays.of(place.week, place.holidays | place.closed | inherited)
        return self._days[place.code]

    def hours(self, code: str = MAIN) -> WorkingHours:
        """The working hours of a place."""
        place = self.at(code)
        if place.code not in self._hours:
            self._hours[place.code] = WorkingHours.of(self.days(code), place.blocks, USUAL_HOURS)
        return self._hours[place.code]

    def carriers_of(self, warehouse_code: str) -> WorkingDays | None:
        """The days on which goods of a warehouse travel; None where they are simply the warehouse's own."""
        if warehouse_code not in self.by_code and CARRIERS not in self.by_code:
            return None
        return self.days(CARRIERS)

    def at(self, code: str) -> Place:
        """The calendar that holds for a place."""
        return self.by_code.get(code) or self.by_code[MAIN]

    def but(self, place: Place) -> "Places":
        """The same with another calendar for one place."""
        return Places({**self.by_code, place.code: place})

    def without(self, code: str) -> "Places":
        """The same where one place follows the distributor."""
        return Places({known: place for known, place in self.by_code.items() if known != code})

    def closing(self, code: str, day: date, *, public: bool = False) -> "Places":
        """The same with a place closed on a day, or with one more public holiday."""
        place = self.by_code[code]
        if public:
            return self.but(replace(place, holidays=place.holidays | {day}))
        return self.but(replace(place, closed=place.closed | {day}))


def places(session: Session, since: date | None = None, *, hours: bool = False) -> Places:
    """Every calendar in one query, with `hours` in two; `since` leaves out closures before that day.

    Refused while the distributor has none.
    """
    found: dict[str, tuple[Place, tuple[list[date], list[date]]]] = {}
    rows = session.execute(_DAYS, {"since": since or date.min})
    for code, week, cut_off, works_on_holidays, day, public in rows:
        if code not in found:
            place = Place(code, week, cut_off=cut_off, works_on_holidays=works_on_holidays)
            found[code] = (place, ([], []))
        if day is not None:
            found[code][1][0 if public else 1].append(day)
    if MAIN not in found:
        raise Refused(N_("The business calendar has not been set up yet, so no day can be counted."))
    blocks = _blocks(session) if hours else {}
    return Places(
        {
            code: replace(
                place,
                holidays=frozenset(holidays),
                closed=frozenset(closed),
                blocks=tuple(blocks.get(code, ())),
            )
            for code, (place, (holidays, closed)) in found.items()
        }
    )


def working_hours(session: Session, since: date | None = None) -> WorkingHours:
    """The distributor's working hours, in two queries; `since` leaves out closures before that day."""
    return places(session, since, hours=True).hours()


def week_of(blocks: Iterable[Block]) -> str:
    """The working week that blocks make: seven digits beginning on Monday, 1 for a working day."""
    worked = {weekday for weekday, _opens, _closes in blocks}
    return "".join("1" if weekday in worked else "0" for weekday in range(7))


def blocks_of(place: Place) -> tuple[Block, ...]:
    """The blocks in which a place works, the usual hours where none are written down."""
    written = {weekday for weekday, _opens, _closes in place.blocks}
    usual = [
        (weekday, *block)
        for weekday, digit in enumerate(place.week)
        if digit == "1" and weekday not in written
        for block in USUAL_HOURS
    ]
    return tuple(sorted([*(block for block in place.blocks if place.week[block[0]] == "1"), *usual]))


def _blocks(session: Session) -> dict[str, list[Block]]:
    query = select(BusinessCalendar.code, CalendarBlock.weekday, CalendarBlock.opens, CalendarBlock.closes)
    found: dict[str, list[Block]] = {}
    for code, weekday, opens, closes in session.execute(query.join(CalendarBlock.calendar)):
        found.setdefault(code, []).append((weekday, opens, closes))
    return found


_DAYS = select(
    BusinessCalendar.code,
    BusinessCalendar.week,
    BusinessCalendar.cut_off,
    BusinessCalendar.works_on_holidays,
    Closure.day,
    Closure.public_holiday,
).outerjoin(
    Closure, and_(Closure.calendar_id == BusinessCalendar.id, Closure.day >= bindparam("since", type_=Date()))
)
