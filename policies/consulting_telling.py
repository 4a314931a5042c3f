"""What is told of advice that was booked: to who booked it, and to the consultant."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from policies.consultations import Slot
from portal import outbox
from portal.accounts.models import User


def tell_booked(session: Session, slot: Slot, *, now: datetime) -> None:
    """Tell both that a time is booked."""
    _tell_both(session, slot, "booked", now=now)


def tell_freed(session: Session, slot: Slot, *, now: datetime) -> None:
    """Tell both that the customer cancelled; while the slot still says who had booked it."""
    _tell_both(session, slot, "cancelled", now=now)


def tell_withdrawn(session: Session, slot: Slot, reason: str, *, now: datetime) -> None:
    """Tell who booked a time that the consultant cannot keep it, and why."""
    _tell(session, slot, _guests(slot), "withdrawn", now=now, reason=reason)


def tell_reminded(session: Session, slot: Slot, *, now: datetime) -> int:
    """Remind both of what is booked, once; says how many were new."""
    return _tell_both(session, slot, "reminded", now=now)


def _tell_both(session: Session, slot: Slot, what: str, *, now: datetime) -> int:
    desk = f"{what}_desk"
    told = _tell(session, slot, _guests(slot), what, now=now)
    return told + _tell(session, slot, [slot.consultant.person], desk, now=now, at_desk=True)


def _guests(slot: Slot) -> list[User]:
    return [slot.booked_by] if slot.booked_by is not None else []


def _tell(
    session: Session,
    slot: Slot,
    people: Collection[User],
    what: str,
    *,
    now: datetime,
    at_desk: bool = False,
    **more: Any,
) -> int:
    assert slot.customer is not None
    assert slot.booked_at is not None
    consultant = slot.consultant
    facts: dict[str, Any] = {
        "number": slot.number,
        "consultant": consultant.person.name,
        "subject": consultant.subject,
        "place": consultant.place,
        "starts_at": slot.starts_at.isoformat(),
        "question": slot.question,
        "company": {"name_th": slot.customer.name_th, "name_en": slot.customer.name_en},
        **more,
    }
    # A time may be booked, freed and booked again; each booking is told of by itself.
    said = f"consulting:{slot.number}:{what}:{slot.booked_at.isoformat()}"
    path = f"/{'desk' if at_desk else 'my'}/events/appointments/{slot.number}"
    if what in ("cancelled", "withdrawn"):
        path = "/my/events/advice"  # it is their appointment no more
    messages = [(one.id, facts, f"{said}:{one.id}", path) for one in people]
    return outbox.post_all(session, messages, f"policies/notices/consulting_{what}.txt", now=now)
