"""Instants are UTC and aware; days are business days of Asia/Bangkok."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock may be by which somebody says that a thing was done."""


def now() -> datetime:
    """This instant, in UTC. Only the edges call it; use-cases are handed their `now`."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """The wall-clock time in Bangkok at an instant."""
    return instant.astimezone(BANGKOK)


def business_day(instant: datetime) -> date:
    """The date in Bangkok at an instant."""
    return instant.astimezone(BANGKOK).date()


def at(day: date, wall: time = time(0)) -> datetime:
    """The instant at which the clocks of Bangkok show `wall` on `day`."""
    return datetime.combine(day, wall, BANGKOK).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The last moment that still counts as `day`: the instant the next day begins, less a second."""
    return at(day + timedelta(days=1)) - timedelta(seconds=1)
