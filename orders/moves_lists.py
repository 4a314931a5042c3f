"""Lists of requests for faster delivery and of disruptions, each in a fixed number of queries, paged by keyset."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from orders.disruptions import Disruption, DisruptionEffect, DisruptionState
from orders.expedites import ExpediteRequest, FastService, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.moves_access import REQUEST_SIDES
from policies.promises import Promise
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset

PARTS = 50
"""How many parts of a disruption a page shows."""
TO_DECIDE = select(func.count(ExpediteRequest.id)).where(ExpediteRequest.state == RequestState.ASKED.value)
"""How many requests for faster delivery wait for a decision."""


@dataclass(frozen=True)
class Delayed:
    """A part that a confirmed disruption has moved, for staff: whose it is, its days, and what was chosen."""

    order_no: str
    customer_th: str
    customer_en: str
    customer_code: str
    sku: str
    name_th: str
    name_en: str
    units: int
    due_before: Any
    due_now: Any
    choice: str | None
    chosen_by: str | None


def requests(
    session: Session,
    *,
    customer_id: int | None = None,
    waiting: bool = False,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[ExpediteRequest]:
    """The requests of one company or of all; those waiting for a decision only, or every one."""
    query = select(ExpediteRequest).options(*REQUEST_SIDES)
    if customer_id is not None:
        query = query.where(ExpediteRequest.customer_id == customer_id)
    if waiting:
        query = query.where(ExpediteRequest.state == RequestState.ASKED)
    return keyset(session, query, ExpediteRequest.id, older_than=older_than, newer_than=newer_than)


def charges_to_answer(session: Session, customer_id: int, most: int) -> list[ExpediteRequest]:
    """The requests of a company for which it is to pay and has not answered yet, those due first on top."""
    query = (
        select(ExpediteRequest)
        .where(
            ExpediteRequest.customer_id == customer_id,
            ExpediteRequest.state == RequestState.OFFERED,
        )
        .options(*REQUEST_SIDES)
        .order_by(ExpediteRequest.answer_by, ExpediteRequest.id)
        .limit(most)
    )
    return list(session.scalars(query))


def count_waiting(session: Session) -> int:
    """How many requests wait for a decision."""
    return session.scalar(TO_DECIDE) or 0


def services(session: Session) -> list[FastService]:
    """Every fast service, those in use first, the fastest on top."""
    order = (FastService.active.desc(), FastService.days, FastService.code)
    return list(session.scalars(select(FastService).order_by(*order)))


def disruptions(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Disruption]:
    """The disruptions, newest first."""
    query = select(Disruption).options(joinedload(Disruption.warehouse))
    return keyset(session, query, Disruption.id, older_than=older_than, newer_than=newer_than)


def not_over(session: Session, today: date, limit: int) -> list[Disruption]:
    """The disruptions that are drafted or in force and have not ended, the first to end on top."""
    query = (
        select(Disruption)
        .where(Disruption.state != DisruptionState.CANCELLED, Disruption.ends_on >= today)
        .options(joinedload(Disruption.warehouse))
        .order_by(Disruption.ends_on, Disruption.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def delayed(
    session: Session,
    disruption: Disruption,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Delayed]:
    """A page of the parts that a confirmed disruption has moved, those due first on top."""
    query = (
        select(
            Order.number,
            Customer.name_th,
            Customer.name_en,
            Customer.code,
            OrderLine.sku,
            OrderLine.name_th,
            OrderLine.name_en,
            ScheduleLine.quantity,
            DisruptionEffect.due_before,
            Promise.due_at,
            DisruptionEffect.choice,
            User.name,
        )
        .select_from(DisruptionEffect)
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == DisruptionEffect.customer_id)
        .join(Promise, Promise.id == DisruptionEffect.promise_id)
        .outerjoin(User, User.id == DisruptionEffect.chosen_by_id)
        .where(DisruptionEffect.disruption_id == disruption.id)
    )
    found = _first_due_on_top(session, query, older_than, newer_than)
    return found.made(lambda row: Delayed(*tuple(row)[:-1]))


def choices_made(session: Session, disruption: Disruption) -> dict[str | None, int]:
    """How many parts of a confirmed disruption have which choice; those without one under None."""
    query = (
        select(DisruptionEffect.choice, func.count())
        .where(DisruptionEffect.disruption_id == disruption.id)
        .group_by(DisruptionEffect.choice)
    )
    return {choice: count for choice, count in session.execute(query)}  # noqa: C416 - rows are no pairs to dict()


def own_effects(
    session: Session,
    disruption: Disruption,
    customer_id: int | None,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> tuple[Keyset[DisruptionEffect], int]:
    """A page of what a disruption does to a company's parts, and how many there are."""
    mine = (DisruptionEffect.disruption_id == disruption.id, DisruptionEffect.customer_id == customer_id)
    total = session.scalar(select(func.count()).where(*mine)) or 0
    query = (
        select(DisruptionEffect)
        .where(*mine)
        .options(
            joinedload(DisruptionEffect.part).options(
                joinedload(ScheduleLine.line).options(
                    joinedload(OrderLine.order), selectinload(OrderLine.parts)
                ),
                joinedload(ScheduleLine.promise),
                joinedload(ScheduleLine.reservation),
            )
        )
    )
    return _first_due_on_top(session, query, older_than, newer_than), total


def unanswered(session: Session, customer_id: int | None) -> list[tuple[Disruption, int]]:
    """The disruptions that delay parts of a company for which it has chosen nothing yet, and how many parts."""
    query = (
        select(Disruption, func.count())
        .join(DisruptionEffect, DisruptionEffect.disruption_id == Disruption.id)
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .join(Promise, Promise.id == DisruptionEffect.promise_id)
        .where(
            DisruptionEffect.customer_id == customer_id,
            DisruptionEffect.choice.is_(None),
            Disruption.state == DisruptionState.CONFIRMED,
            Promise.due_at > DisruptionEffect.due_before,
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.shipped,
        )
        .group_by(Disruption.id)
        .order_by(Disruption.id.desc())
    )
    return [(disruption, count) for disruption, count in session.execute(query)]


def _first_due_on_top(
    session: Session, query: Select[*tuple[Any, ...]], older_than: int | None, newer_than: int | None
) -> Keyset[Any]:
    return keyset(
        session,
        query,
        DisruptionEffect.id,
        by=DisruptionEffect.due_before,
        rising=True,
        older_than=older_than,
        newer_than=newer_than,
        most=PARTS,
    )
