"""When something is, in words of the language being spoken."""

from policies.consultations import Slot
from policies.seminars import Seminar
from portal.clock import local
from portal.i18n import day_text, moment_text


def times_text(thing: Seminar | Slot) -> str:
    """From when to when on its day: 09:00–10:00."""
    return f"{local(thing.starts_at):%H:%M}–{local(thing.ends_at):%H:%M}"


def span_text(thing: Seminar | Slot) -> str:
    """The day and the times, or both ends where it lasts longer than a day: Thu 20 Apr 2026 09:00–12:00."""
    if local(thing.starts_at).date() == local(thing.ends_at).date():
        return f"{day_text(thing.starts_at)} {times_text(thing)}"
    return f"{moment_text(thing.starts_at)} – {moment_text(thing.ends_at)}"
