"""What the house makes of what its rooms know: one list of answers, one of what is late, one of what waits for us."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.roles import MANAGING_ROLES, Audience
from portal.clock import business_day
from portal.customers.models import Customer
from portal.feature import Danger, Panel, Queue, Task
from portal.i18n import N_

MOST_ANSWERS = 15
MOST_LATE = 12
MOST_LATE_OF_ONE = 6


def answers_needed(session: Session, person: User, now: datetime) -> Panel | None:
    """What a buyer's company is to answer or bring back: by deadline, then what has none, the oldest first."""
    if person.audience is not Audience.CUSTOMER:
        return None
    found: list[Task] = [task for offer in _offers("answers") for task in offer(session, person, now)]
    found.sort(key=lambda task: (not task.first, task.due_at is None, task.due_at or task.since))
    facts = {"rows": found[:MOST_ANSWERS], "total": len(found), "today": business_day(now)}
    return Panel(N_("Needs your answer"), "house/home_answers.html", facts, wide=True, order=10)


def late_and_at_risk(session: Session, person: User, now: datetime) -> Panel | None:
    """The promises of every kind that are missed or in danger, the longest overdue on top; for the service desk."""
    if person.audience is not Audience.STAFF or person.role in MANAGING_ROLES:
        return None
    facts = _dangers(session, person, now, None, MOST_LATE)
    return Panel(N_("Late and at risk now"), "house/home_late.html", facts, wide=True, order=10)


def late_of_company(session: Session, customer: Customer, viewer: User, now: datetime) -> Panel:
    """The promises to one company that are missed or in danger."""
    facts = _dangers(session, viewer, now, customer, MOST_LATE_OF_ONE)
    return Panel(N_("Late and at risk now"), "house/home_late.html", facts, wide=True, order=20)


def waiting_for_us(session: Session, person: User, now: datetime) -> Panel | None:
    """What waits for the distributor's people, by kind: answers, and for the service desk also the work of the day."""
    if person.audience is not Audience.STAFF:
        return None
    queues: list[Queue] = [queue for offer in _offers("queues") for queue in offer(session, person, now)]
    queues = sorted((queue for queue in queues if queue.count), key=lambda queue: queue.order)
    tables = [(N_("Waiting for our answer"), N_("Nobody waits for an answer of ours."), False)]
    if person.role not in MANAGING_ROLES:
        tables.append((N_("Today’s work"), N_("Nothing is left to do today."), True))
    facts = {
        "tables": [
            (title, nothing, [queue for queue in queues if queue.today is today])
            for title, nothing, today in tables
        ],
        "today": business_day(now),
    }
    return Panel(N_("Waiting for us"), "house/home_queues.html", facts, wide=True, order=80)


def _dangers(
    session: Session, person: User, now: datetime, customer: Customer | None, most: int
) -> dict[str, Any]:
    found: list[Danger] = [
        danger for offer in _offers("dangers") for danger in offer(session, person, now, customer)
    ]
    tasks = sorted((task for danger in found for task in danger.tasks), key=lambda task: task.due_at or now)
    return {
        "kinds": [danger for danger in found if danger.late or danger.at_risk],
        "rows": tasks[:most],
        "late": sum(danger.late for danger in found),
        "at_risk": sum(danger.at_risk for danger in found),
        "shown": sum(task.cases for task in tasks[:most]),
        "of_one": customer is not None,
    }


def _offers(hook: str) -> Sequence[Callable[..., Sequence[Any]]]:
    """What the rooms hang on a hook."""
    found: Sequence[Callable[..., Sequence[Any]]] = current_app.extensions[hook]
    return found
