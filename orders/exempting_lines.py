"""Lines that were late because of a disruption are exempt: which promises it touched, and what can be done of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from orders import disruption_ending
from orders.disruptions import Disruption, DisruptionEffect, DisruptionState
from orders.models import Order, OrderLine, ScheduleLine
from policies.exempting import WHY_NOT, Answer, answer_to, exempt_all
from policies.kinds import Kind
from policies.models import PolicyVersion, ServiceLevel
from policies.promises import Promise, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.clock import at, business_day, end_of
from portal.customers.models import Customer
from portal.db import lock
from portal.feature import Excuse
from portal.i18n import N_
from portal.keyset import Keyset, keyset
from portal.refusal import Refused

MOST_EXCUSES = 100


class Verb(StrEnum):
    """Exemptions of whole disruptions, for the audit trail."""

    EXEMPTED = "disruption.lines_exempted"


@dataclass(frozen=True)
class Line:
    """A part of a line that a disruption touched and that was late, and whether it can be exempt."""

    promise: Promise
    part: ScheduleLine
    customer: Customer
    policy: PolicyVersion | None
    answer: Answer

    @property
    def why_not(self) -> str:
        """Why it cannot be exempt, untranslated; empty where it can."""
        return WHY_NOT.get(self.answer, "")


def excuse_by(session: Session, number: str, now: datetime) -> Excuse | None:
    """The confirmed disruption of this number with the time in which it held, if it ever did until now.

    One that was called off on the day it began, or before, held nothing up.
    """
    disruption = session.scalars(select(Disruption).where(Disruption.number == number)).one_or_none()
    return excuse(session, disruption, now) if disruption is not None else None


def excuses_between(session: Session, since: datetime, until: datetime, now: datetime) -> list[Excuse]:
    """The confirmed disruptions that held at some time from `since` to `until`, the latest begun first."""
    query = select(Disruption).where(
        Disruption.confirmed_at.is_not(None),
        Disruption.starts_on <= business_day(until),
        Disruption.ends_on >= business_day(since),
    )
    latest = query.order_by(Disruption.starts_on.desc(), Disruption.id.desc()).limit(MOST_EXCUSES)
    latest = latest.options(joinedload(Disruption.warehouse))
    found = (excuse(session, disruption, now) for disruption in session.scalars(latest))
    return [one for one in found if one is not None]


def excuse(session: Session, disruption: Disruption, now: datetime) -> Excuse | None:
    """The same of a disruption at hand."""
    today = business_day(now)
    if disruption.confirmed_at is None or disruption.starts_on > today:
        return None
    if disruption.state == DisruptionState.CANCELLED and _dropped_in_time(session, disruption):
        return None
    held = at(disruption.starts_on), end_of(disruption.ends_on)
    there = disruption.warehouse
    return Excuse(disruption.number, disruption.kind, *held, there, _elsewhere(disruption))


def late_lines(
    session: Session,
    disruption: Disruption,
    found: Excuse,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Line]:
    """A page of the parts that it touched and that were missed or are exempt, those promised last on top."""
    query = _asked(Promise, ScheduleLine, Customer, PolicyVersion, answer_to(found)).options(
        contains_eager(ScheduleLine.line).contains_eager(OrderLine.order), joinedload(PolicyVersion.policy)
    )
    rows = keyset(
        session,
        query.where(_touched(disruption)),
        Promise.id,
        by=Promise.due_at,
        older_than=older_than,
        newer_than=newer_than,
    )
    return rows.made(lambda row: Line(row[0], row[1], row[2], row[3], Answer(row[4])))


def counts(session: Session, disruption: Disruption, found: Excuse) -> dict[Answer, int]:
    """How many of these parts can be exempt, are so already, or cannot be, by the reason."""
    answer = answer_to(found).label("answer")
    query = _asked(answer, func.count()).where(_touched(disruption)).group_by(answer)
    return {Answer(said): count for said, count in session.execute(query)}


def exempt_lines(session: Session, disruption: Disruption, steps: str, *, by: User, now: datetime) -> int:
    """Exempt every late line of a disruption whose version excuses it, with the steps taken; says how many those were.

    A second time exempts only what has become possible since. Refused when the disruption was never in force, and
    without steps.
    """
    (disruption,) = lock(session, Disruption, [disruption.id])
    found = excuse(session, disruption, now)
    if found is None:
        raise Refused(N_("This disruption was never in force, so it excuses nothing."))
    done = exempt_all(session, _touched(disruption), found, steps, by=by, now=now)
    if done:
        after = {"parts": done, "steps": steps.strip()}
        audit.record(session, Verb.EXEMPTED, "disruption", found.number, by=by, now=now, after=after)
    return done


def _asked(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Promise)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == Promise.customer_id)
        .outerjoin(ServiceLevel, ServiceLevel.id == Promise.service_level_id)
        .outerjoin(PolicyVersion, PolicyVersion.id == Promise.version_id)
    )


def _touched(disruption: Disruption) -> ColumnElement[bool]:
    """Promises that were late because of it: of parts that it moved, and of those that had to leave while it held."""
    moved = select(DisruptionEffect.promise_id).where(DisruptionEffect.disruption_id == disruption.id)
    stuck = (
        select(ScheduleLine.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            ScheduleLine.promise_id == Promise.id,
            ScheduleLine.ship_by.between(disruption.starts_on, disruption.ends_on),
            Order.warehouse_id == disruption.warehouse_id,
        )
        .correlate(Promise)
        .exists()
    )
    return and_(
        Promise.kind == Kind.LEAD_TIME,
        Promise.state.in_((PromiseState.MISSED, PromiseState.WAIVED)),
        Promise.due_at >= at(disruption.starts_on),
        or_(Promise.id.in_(moved), stuck),
    )


def _elsewhere(disruption: Disruption) -> ColumnElement[bool]:
    """Promises of parts that leave from another warehouse, and that it did not move either."""
    moved = select(DisruptionEffect.promise_id).where(
        DisruptionEffect.disruption_id == disruption.id, DisruptionEffect.promise_id.is_not(None)
    )
    other = (
        select(ScheduleLine.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(ScheduleLine.promise_id == Promise.id, Order.warehouse_id != disruption.warehouse_id)
        .correlate(Promise)
        .exists()
    )
    return and_(other, Promise.id.not_in(moved))


def _dropped_in_time(session: Session, disruption: Disruption) -> bool:
    """Whether it was called off before a day of it was over, as the audit trail says."""
    query = select(func.min(AuditEntry.at)).where(
        AuditEntry.subject_kind == "disruption",
        AuditEntry.subject_no == disruption.number,
        AuditEntry.verb == disruption_ending.Verb.CALLED_OFF,
    )
    called_off = session.scalar(query)
    return called_off is not None and business_day(called_off) - timedelta(days=1) < disruption.starts_on
