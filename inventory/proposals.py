"""Reading what is proposed and planned: the proposals with their reasons, and a product's demand week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.forecasting import WHOLE_DAY
from inventory.inbound import Supplier
from inventory.models import Product, Warehouse
from inventory.plans import DemandDay, Proposal, ProposalState, StockPlan
from inventory.searching import search_words
from inventory.stock import Stock
from portal.clock import business_day
from portal.i18n import _, day_text, quantity_text
from portal.keyset import Keyset, keyset
from portal.money import half_up

SOON = timedelta(days=7)
WEEKS_BACK, WEEKS_AHEAD = 26, 8
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Wanted:
    """What part of the proposals is asked for; those that are open are asked for unless `decided` ones are."""

    query: str = ""
    decided: bool = False
    warehouse_id: int | None = None
    supplier_id: int | None = None


@dataclass(frozen=True)
class Week:
    """The units of a week: asked for and lost, or forecast, and the share of the week in which there were none."""

    monday: date
    asked: int | None
    lost: int
    forecast: Decimal | None
    out: Decimal


def list_proposals(
    session: Session, wanted: Wanted, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Proposal]:
    """Proposals with their products, places and suppliers: open ones most urgent first, decided ones latest first."""
    query = (
        select(Proposal)
        .join(Proposal.product)
        .options(
            contains_eager(Proposal.product),
            joinedload(Proposal.warehouse),
            joinedload(Proposal.supplier),
            joinedload(Proposal.decided_by),
            joinedload(Proposal.purchase_order),
        )
        .where(*_conditions(wanted))
    )
    return keyset(
        session,
        query,
        Proposal.id,
        by=None if wanted.decided else Proposal.need_by,
        rising=not wanted.decided,
        older_than=older_than,
        newer_than=newer_than,
    )


def count_open(session: Session, today: date) -> tuple[int, int]:
    """How many proposals wait for a decision, and how many of them are needed within a week."""
    soon = func.count(Proposal.id).filter(Proposal.need_by <= today + SOON)
    query = select(func.count(Proposal.id), soon).where(Proposal.state == ProposalState.OPEN)
    waiting, urgent = session.execute(query).one()
    return waiting, urgent


def oldest_open(session: Session, today: date) -> tuple[int, datetime | None, date | None, int]:
    """How many proposals wait, since when the oldest, for which day the first is needed, how many are needed by now."""
    late = func.count(Proposal.id).filter(Proposal.need_by < today)
    query = select(func.count(Proposal.id), func.min(Proposal.made_at), func.min(Proposal.need_by), late)
    count, since, due, overdue = session.execute(query.where(Proposal.state == ProposalState.OPEN)).one()
    return count, since, due, overdue


def reason_of(one: Proposal) -> str:
    """Why units are proposed, in a sentence of the language being spoken."""
    facts = {
        "available": quantity_text(one.available),
        "on_order": quantity_text(one.on_order),
        "waiting": quantity_text(one.waiting),
        "point": quantity_text(one.reorder_point),
        "wanted": quantity_text(one.wanted),
        "day": day_text(one.need_by),
    }
    if one.waiting:
        return _(
            "%(available)s available, %(on_order)s on order, %(waiting)s waited for, reorder point %(point)s: "
            "%(wanted)s are proposed, needed by %(day)s",
            **facts,
        )
    return _(
        "%(available)s available, %(on_order)s on order, reorder point %(point)s: "
        "%(wanted)s are proposed, needed by %(day)s",
        **facts,
    )


def plans_of(session: Session, product: Product) -> list[tuple[Warehouse, StockPlan | None]]:
    """The warehouses that keep or plan a product, the main one first, each with its plan."""
    here = and_(StockPlan.product_id == product.id, StockPlan.warehouse_id == Warehouse.id)
    stocked = and_(Stock.product_id == product.id, Stock.warehouse_id == Warehouse.id)
    query = (
        select(Warehouse, StockPlan)
        .outerjoin(StockPlan, here)
        .outerjoin(Stock, stocked)
        .where(or_(StockPlan.product_id.is_not(None), Stock.id.is_not(None)))
        .order_by(Warehouse.main.desc(), Warehouse.code)
    )
    return [(warehouse, plan) for warehouse, plan in session.execute(query)]


def open_proposal(session: Session, product: Product, warehouse: Warehouse) -> Proposal | None:
    """The proposal that waits for a decision at a place, if any."""
    query = select(Proposal).where(
        Proposal.product_id == product.id,
        Proposal.warehouse_id == warehouse.id,
        Proposal.state == ProposalState.OPEN,
    )
    return session.scalars(query).one_or_none()


def find_proposals(session: Session, ids: Sequence[int]) -> list[Proposal]:
    """The proposals of these ids that there are."""
    return list(session.scalars(select(Proposal).where(Proposal.id.in_(ids)).order_by(Proposal.id)))


def weeks_of(
    session: Session, product: Product, warehouse: Warehouse, plan: StockPlan | None, now: datetime
) -> list[Week]:
    """Half a year of demand by week, then eight weeks as they are forecast; the week under way is not over yet."""
    this = _monday(business_day(now))
    first = this - WEEKS_BACK * _WEEK
    query = select(DemandDay).where(
        DemandDay.product_id == product.id, DemandDay.warehouse_id == warehouse.id, DemandDay.day >= first
    )
    days: dict[date, list[DemandDay]] = {}
    for one in session.scalars(query):
        days.setdefault(_monday(one.day), []).append(one)
    if not days:
        return []
    behind = [_behind(first + n * _WEEK, days.get(first + n * _WEEK, [])) for n in range(WEEKS_BACK)]
    if plan is None or plan.daily_mean <= 0:
        return behind
    weekly = half_up(plan.daily_mean * 7, Decimal("0.1"))
    ahead = [Week(this + n * _WEEK, None, 0, weekly, Decimal(0)) for n in range(WEEKS_AHEAD)]
    return behind + ahead


def suppliers_of_proposals(session: Session) -> list[Supplier]:
    """The suppliers of whom something is proposed, by code."""
    query = (
        select(Supplier)
        .join(Proposal, Proposal.supplier_id == Supplier.id)
        .where(Proposal.state == ProposalState.OPEN)
        .distinct()
        .order_by(Supplier.code)
    )
    return list(session.scalars(query))


def _behind(monday: date, days: Sequence[DemandDay]) -> Week:
    out = Decimal(sum(one.out_minutes for one in days)) / (7 * WHOLE_DAY)
    return Week(
        monday,
        sum(one.ordered for one in days),
        sum(one.lost for one in days),
        None,
        out.quantize(Decimal("0.01")),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.decided:
        found: list[ColumnElement[bool]] = [Proposal.state != ProposalState.OPEN]
    else:
        found = [Proposal.state == ProposalState.OPEN]
    if wanted.warehouse_id is not None:
        found.append(Proposal.warehouse_id == wanted.warehouse_id)
    if wanted.supplier_id is not None:
        found.append(Proposal.supplier_id == wanted.supplier_id)
    found += [Product.search_text.contains(word, autoescape=True) for word in search_words(wanted.query)]
    return found
