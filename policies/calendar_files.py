"""Calendar files (.ics) of a seminar or an appointment, which the reader's own calendar takes in."""

from datetime import datetime
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from policies.consultations import Slot
from policies.seminars import Seminar
from portal.i18n import N_, gettext, name_of

MEDIA_TYPE = "text/calendar; charset=utf-8"


def seminar_file(seminar: Seminar, url: str, *, now: datetime) -> bytes:
    """A seminar in the language being spoken; `url` is the address of its page."""
    return _file(
        seminar.number,
        name_of(seminar.title),
        name_of(seminar.about),
        name_of(seminar.place),
        (seminar.starts_at, seminar.ends_at),
        url,
        now,
    )


def appointment_file(slot: Slot, url: str, *, now: datetime) -> bytes:
    """A booked time in the language being spoken; `url` is the address of its page."""
    consultant = slot.consultant
    title = gettext(
        N_("%(subject)s with %(name)s"), subject=name_of(consultant.subject), name=consultant.person.name
    )
    return _file(
        slot.number, title, slot.question, name_of(consultant.place), (slot.starts_at, slot.ends_at), url, now
    )


def _file(
    number: str,
    title: str,
    about: str,
    place: str,
    span: tuple[datetime, datetime],
    url: str,
    now: datetime,
) -> bytes:
    """One event; the same number on the same host replaces what an earlier file of it put into a calendar."""
    event = Event()
    event.add("uid", f"{number}@{urlsplit(url).hostname or 'sanya'}")
    event.add("dtstamp", now)
    event.add("dtstart", span[0])
    event.add("dtend", span[1])
    event.add("summary", title)
    event.add("location", place)
    event.add("description", f"{about}\n\n{url}".strip())
    event.add("url", url)
    calendar = Calendar()
    calendar.add("prodid", "-//Sanya//Seminars and advice//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
