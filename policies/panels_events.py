"""What seminars and advice add to the page of a customer, and to what waits for our people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from policies.access_events import BOOKED
from policies.consultations import SLOT_TITLES, Consultant, Slot, SlotState
from policies.consulting_lists import bookings_of
from policies.permissions import GRANTS, Policies
from policies.seminar_lists import sign_ups_of
from policies.seminars import SEMINAR_TITLES, SIGN_UP_TITLES, Seminar, SeminarState, SignUp, SignUpState
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.customers.models import Customer
from portal.feature import Panel, Queue
from portal.i18n import N_

SHOWN = 4


def events_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """What the people of a company signed up for and booked of late, and how often they came."""
    attended = select(func.count(SignUp.id)).where(
        SignUp.customer_id == customer.id, SignUp.state == SignUpState.ATTENDED
    )
    booked = select(func.count(Slot.id)).where(Slot.customer_id == customer.id, Slot.state.in_(BOOKED))
    facts = {
        "attended": session.scalar(attended) or 0,
        "booked": session.scalar(booked) or 0,
        "sign_ups": sign_ups_of(session, customer).rows[:SHOWN],
        "bookings": bookings_of(session, customer).rows[:SHOWN],
        "sign_up_titles": SIGN_UP_TITLES,
        "seminar_titles": SEMINAR_TITLES,
        "slot_titles": SLOT_TITLES,
        "cancelled": SeminarState.CANCELLED,
    }
    return Panel(N_("Seminars and advice"), "policies/events/company_panel.html", facts, order=62)


def queues(session: Session, viewer: User, now: datetime) -> Sequence[Queue]:
    """Seminars that are over and of which nobody has recorded who came; the viewer's own appointments likewise."""
    if Policies.SEMINARS not in GRANTS.get(Role(viewer.role), frozenset()):
        return []
    over = Seminar.state == SeminarState.ANNOUNCED, Seminar.ends_at <= now
    seminars, since = session.execute(
        select(func.count(Seminar.id), func.min(Seminar.ends_at)).where(*over)
    ).one()
    unnoted = (
        select(func.count(Slot.id), func.min(Slot.ends_at))
        .join(Slot.consultant)
        .where(Consultant.user_id == viewer.id, Slot.state == SlotState.BOOKED, Slot.ends_at <= now)
    )
    slots, since_slot = session.execute(unnoted).one()
    return [
        Queue(
            N_("Seminars that are over"),
            N_("Record who came"),
            "desk_seminars.index",
            {"state": SeminarState.ANNOUNCED.value},
            seminars,
            since=since,
            today=True,
            order=82,
        ),
        Queue(
            N_("Your appointments that are over"),
            N_("Note what came of them"),
            "desk_consulting.appointments",
            {},
            slots,
            since=since_slot,
            today=True,
            order=84,
        ),
    ]
