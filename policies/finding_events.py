"""Seminars and appointments found from anywhere by their exact number."""

from sqlalchemy.orm import Session

from policies.access_events import booking_for, seminar_for, slot_for
from policies.event_wording import span_text
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import N_, gettext, name_of
from portal.refusal import Unknown


def find_events(session: Session, viewer: User, text: str) -> list[Hit]:
    """The seminar or appointment of this number, if the viewer may see it: to a company's people only its own."""
    number = text.strip().upper()
    staff = viewer.audience is Audience.STAFF
    place = "/desk/events" if staff else "/my/events"
    try:
        match number.partition("-")[0]:
            case "SM":
                seminar = seminar_for(session, viewer, number)
                detail = f"{name_of(seminar.title)} · {span_text(seminar)}"
                return [Hit(gettext(N_("Seminar")), number, detail, f"{place}/seminars/{number}")]
            case "CS":
                slot = (slot_for if staff else booking_for)(session, viewer, number)
                detail = f"{slot.consultant.person.name} · {span_text(slot)}"
                return [Hit(gettext(N_("Appointment")), number, detail, f"{place}/appointments/{number}")]
            case _:
                return []
    except Unknown:
        return []
