"""Lists of requests for faster delivery and of disruptions, each in a fixed number of queries, paged by keyset."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from orders.disruptions import Disruption, DisruptionEffect, DisruptionState
from orders.expedites import ExpediteRequest, FastService, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.moves_access import REQUEST_SIDES
from portal.accounts.models import User
from portal.customers.models import Customer

PAGE = 25
TO_DECIDE = select(func.count(ExpediteRequest.id)).where(ExpediteRequest.state == RequestState.ASKED.value)
"""How many requests for faster delivery wait for a decision."""


@dataclass(frozen=True)
class Listed:
    """A page of a list, newest first; `older` and `newer` are the places to page on from, None at either end."""

    rows: list[Any]
    older: int | None
    newer: int | None


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
    due_after: Any
    choice: str | None
    chosen_by: str | None


def requests(
    session: Session,
    *,
    customer_id: int | None = None,
    waiting: bool = False,
    older: int | None,
    newer: int | None,
) -> Listed:
    """The requests of one company or of all; those waiting for a decision only, or every one."""
    query = select(ExpediteRequest).options(*REQUEST_SIDES)
    if customer_id is not None:
        query = query.where(ExpediteRequest.customer_id == customer_id)
    if waiting:
        query = query.where(ExpediteRequest.state == RequestState.ASKED)
    return _paged(session, query, ExpediteRequest.id, older, newer)


def count_waiting(session: Session) -> int:
    """How many requests wait for a decision."""
    return session.scalar(TO_DECIDE) or 0


def services(session: Session) -> list[FastService]:
    """Every fast service, those in use first, the fastest on top."""
    order = (FastService.active.desc(), FastService.days, FastService.code)
    return list(session.scalars(select(FastService).order_by(*order)))


def disruptions(session: Session, *, older: int | None = None, newer: int | None = None) -> Listed:
    """The disruptions, newest first."""
    query = select(Disruption).options(joinedload(Disruption.warehouse))
    return _paged(session, query, Disruption.id, older, newer)


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


def delayed(session: Session, disruption: Disruption, *, page: int = 1, per_page: int = 50) -> list[Delayed]:
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
            DisruptionEffect.due_after,
            DisruptionEffect.choice,
            User.name,
        )
        .select_from(DisruptionEffect)
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == DisruptionEffect.customer_id)
        .outerjoin(User, User.id == DisruptionEffect.chosen_by_id)
        .where(DisruptionEffect.disruption_id == disruption.id)
        .order_by(DisruptionEffect.due_before, DisruptionEffect.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [Delayed(*tuple(row)) for row in session.execute(query)]


def choices_made(session: Session, disruption: Disruption) -> dict[str | None, int]:
    """How many parts of a confirmed disruption have which choice; those without one under None."""
    query = (
        select(DisruptionEffect.choice, func.count())
        .where(DisruptionEffect.disruption_id == disruption.id)
        .group_by(DisruptionEffect.choice)
    )
    return {choice: count for choice, count in session.execute(query)}  # noqa: C416 - rows are no pairs to dict()


def own_effects(
    session: Session, disruption: Disruption, customer_id: int | None, *, page: int = 1, per_page: int = 50
) -> tuple[list[DisruptionEffect], int]:
    """A page of what a disruption does to a company's parts, and how many there are."""
    mine = (DisruptionEffect.disruption_id == disruption.id, DisruptionEffect.customer_id == customer_id)
    total = session.scalar(select(func.count()).where(*mine)) or 0
    query = (
        select(DisruptionEffect)
        .where(*mine)
        .options(
            joinedload(DisruptionEffect.part).options(
                joinedload(ScheduleLine.line).joinedload(OrderLine.order),
                joinedload(ScheduleLine.promise),
                joinedload(ScheduleLine.reservation),
            )
        )
        .order_by(DisruptionEffect.due_before, DisruptionEffect.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return list(session.scalars(query)), total


def unanswered(session: Session, customer_id: int | None) -> list[tuple[Disruption, int]]:
    """The disruptions that delay parts of a company for which it has chosen nothing yet, and how many parts."""
    query = (
        select(Disruption, func.count())
        .join(DisruptionEffect, DisruptionEffect.disruption_id == Disruption.id)
        .join(ScheduleLine, ScheduleLine.id == DisruptionEffect.part_id)
        .where(
            DisruptionEffect.customer_id == customer_id,
            DisruptionEffect.choice.is_(None),
            ScheduleLine.quantity > ScheduleLine.cancelled + ScheduleLine.shipped,
        )
        .group_by(Disruption.id)
        .order_by(Disruption.id.desc())
    )
    return [(disruption, count) for disruption, count in session.execute(query)]


def _paged(session: Session, query: Select[Any], key: Any, older: int | None, newer: int | None) -> Listed:
    if newer is not None:
        query = query.where(key > newer).order_by(key)
    else:
        query = query.where(key < older if older is not None else key > 0).order_by(key.desc())
    found = list(session.scalars(query.limit(PAGE + 1)))
    more, rows = len(found) > PAGE, found[:PAGE]
    if newer is not None:
        rows.reverse()
    has_newer, has_older = (more, True) if newer is not None else (older is not None, more)
    return Listed(
        rows,
        older=rows[-1].id if rows and has_older else None,
        newer=rows[0].id if rows and has_newer else None,
    )
