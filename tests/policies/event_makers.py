"""Makers of seminars, consultants and people who sign up, through the use-cases that people use."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies.consultants import ConsultantFacts, name_consultant
from policies.consultations import Consultant, Slot
from policies.offering_times import offer
from policies.seminar_planning import SeminarFacts, announce, plan
from policies.seminars import Seminar, SignUp, SignUpState
from portal.accounts import inviting
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.customers.models import Customer
from portal.outbox import Notice
from tests.policies.makers import House

WEEK = timedelta(days=7)


def facts(house: House, **other: Any) -> SeminarFacts:
    """A morning in a week's time, with places for two."""
    begins = house.now + WEEK
    usual: dict[str, Any] = {
        "title_th": "วางแผนสต็อก",
        "title_en": "Planning stock",
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=3),
        "places": 2,
        "about_en": "How much to order, and when.",
        "place_th": "ห้องประชุม 1",
        "place_en": "Meeting room 1",
    }
    return SeminarFacts(**(usual | other))


def draft(house: House, **other: Any) -> Seminar:
    return plan(house.session, facts(house, **other), by=house.staff, now=house.now)


def announced(house: House, **other: Any) -> Seminar:
    seminar = draft(house, **other)
    announce(house.session, seminar, by=house.staff, now=house.now)
    return seminar


def people(house: House, count: int, *, customer: Customer | None = None) -> list[User]:
    """So many buyers of a company, the house's own at first."""
    company = customer or house.customer
    made = [
        inviting.add_user(
            house.session,
            f"p{n}.{company.code.lower()}@example.com",
            name=f"Person {n}",
            role=Role.BUYER,
            customer=company,
            language="en",
            by=None,
            now=house.now,
        )
        for n in range(1, count + 1)
    ]
    house.session.flush()
    return made


def consultant(house: House, code: str = "PLANNING", person: User | None = None) -> Consultant:
    known = ConsultantFacts("วางแผนสต็อก", "Planning stock", "ห้อง 2", "Room 2")
    return name_consultant(house.session, code, person or house.staff, known, by=house.manager, now=house.now)


def slot(
    house: House, who: Consultant, *, day: date | None = None, opens: time = time(10), minutes: int = 60
) -> Slot:
    """A time a week from now, an hour from 10 unless said otherwise."""
    day = day or business_day(house.now + WEEK)
    closes = (datetime.combine(day, opens) + timedelta(minutes=minutes)).time()
    return offer(house.session, who, day, opens, closes, by=house.manager, now=house.now)


def states(session: Session, seminar: Seminar) -> dict[str, list[int]]:
    """The queue numbers of a seminar by state."""
    found: dict[str, list[int]] = {}
    query = select(SignUp).where(SignUp.seminar_id == seminar.id).order_by(SignUp.queue_no)
    for one in session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(one.state, []).append(one.queue_no)
    return found


def holds(session: Session, seminar: Seminar) -> None:
    """Taken = number with a place <= places, and nobody waits while a place is free."""
    session.refresh(seminar)
    found = states(session, seminar)
    placed, waiting = found.get(SignUpState.PLACE, []), found.get(SignUpState.WAITING, [])
    assert seminar.taken == len(placed) <= seminar.places
    assert not waiting or len(placed) == seminar.places
    numbers = [number for numbers in found.values() for number in numbers]
    assert len(numbers) == len(set(numbers))


def told(session: Session, template: str) -> list[tuple[int | None, str]]:
    """Who was told by this notice, in order, with the key."""
    query = select(Notice).where(Notice.template == f"policies/notices/{template}.txt").order_by(Notice.id)
    return [(one.user_id, one.key) for one in session.scalars(query)]
