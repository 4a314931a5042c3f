"""What pages of seminars and advice answer alike: a calendar file, and a word about two things at the same time."""

from collections.abc import Iterable

from flask import Response, flash

from policies.calendar_files import MEDIA_TYPE
from policies.consultations import Slot
from policies.seminars import Seminar
from portal.i18n import N_, gettext, name_of


def calendar_answer(file: bytes, number: str) -> Response:
    """A calendar file to be taken in or kept."""
    headers = {"Content-Disposition": f'attachment; filename="{number}.ics"'}
    return Response(file, content_type=MEDIA_TYPE, headers=headers)


def warn_of_seminars(seminars: Iterable[Seminar]) -> None:
    """Say on the next page that these seminars are at the same time; nothing is refused for it."""
    for seminar in seminars:
        said = N_("Please note: you are signed up for “%(title)s” at the same time.")
        flash(gettext(said, title=name_of(seminar.title)), "risk")


def warn_of_bookings(slots: Iterable[Slot]) -> None:
    """Say on the next page that these appointments are at the same time; nothing is refused for it."""
    for slot in slots:
        said = N_("Please note: you have an appointment with %(name)s at the same time.")
        flash(gettext(said, name=slot.consultant.person.name), "risk")
