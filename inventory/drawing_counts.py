"""Sheets are drawn: each working day its share of every class, what was counted longest ago first, or by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from inventory.counting_terms import Terms, terms
from inventory.counts import CLASSES, OPEN_SHEETS, CountLine, CountSheet
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.models import Product, Tracking, Warehouse
from inventory.queries import products_typed
from inventory.stock import Stock
from inventory.tracing import chunks
from policies import calendars
from portal import audit
from portal.accounts.models import User
from portal.clock import at, business_day
from portal.db import lock, transaction
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "CS"
WORKING_DAYS = {"A": 21, "B": 63, "C": 250}
"""In so many working days everything of a class is counted once: a month, a quarter, a year."""
EPOCH = date(2024, 1, 1)
MOST_AT_ONCE = 500


class Verb(StrEnum):
    """Acts on count sheets, for the audit trail."""

    DRAWN = "count.drawn"


@dataclass(frozen=True)
class Wanted:
    """What is to be counted: of one class or of all, from a bin on that begins so, or products by code."""

    abc: str | None = None
    bin: str = ""
    skus: Sequence[str] = ()
    most: int = 25


@dataclass
class _Entry:
    """A line to be: of a lot, or of all units of a product without one."""

    stock: Stock
    identity: Identity | None = None


@dataclass
class _Pile:
    """Lines of one sheet to be."""

    entries: list[_Entry] = field(default_factory=list)


def draw_sheets(session: Session, now: datetime) -> int:
    """Job: on a working day draw each warehouse's share of every class; counts sheets. Once a day, however often run.

    Over the working days of a month, a quarter and a year everything of class A, B and C comes once. What is on an open
    sheet already is left out.
    """
    today = business_day(now)
    if calendars.find_calendar(session) is None or not calendars.working_days(session, EPOCH).works(today):
        return 0
    drawn = 0
    for warehouse_id in session.scalars(select(Warehouse.id).order_by(Warehouse.id)).all():
        with transaction(session):
            (warehouse,) = lock(session, Warehouse, [warehouse_id])
            drawn += _draw_day(session, warehouse, today, now)
    return drawn


def draw(
    session: Session, warehouse: Warehouse, wanted: Wanted, *, by: User, now: datetime
) -> list[CountSheet]:
    """Draw sheets by hand, of what was counted longest ago. Refused when nothing is left to draw.

    One draws in a warehouse at a time, so that nothing comes onto two open sheets.
    """
    if not 1 <= wanted.most <= MOST_AT_ONCE:
        raise Refused(N_("Draw between 1 and %(most)s products at once."), field="most", most=MOST_AT_ONCE)
    typed = {sku.strip() for sku in wanted.skus if sku.strip()}
    known = products_typed(session, typed)
    if missing := typed - known.keys():
        raise Refused(N_("There is no product %(sku)s."), field="skus", sku=min(missing))
    codes = {product.sku for product in known.values()}
    conditions: list[ColumnElement[bool]] = [Product.sku.in_(codes) if codes else _worth_counting()]
    if wanted.abc:
        conditions.append(_of_class(wanted.abc))
    if wanted.bin.strip():
        conditions.append(Stock.bin.startswith(wanted.bin.strip().upper(), autoescape=True))
    lock(session, Warehouse, [warehouse.id])
    places = _longest_ago(session, warehouse, conditions, wanted.most)
    if not places:
        raise Refused(N_("Nothing is left to draw there: it is on an open sheet, or there is none."))
    known_terms = terms(session)
    due = _due(session, business_day(now))
    return _write(session, warehouse, wanted.abc, places, known_terms, due, by=by, now=now)


def share_of(count: int, abc: str, index: int) -> int:
    """How many of `count` places of a class come on the working day of this index: all of them once in its time."""
    span = WORKING_DAYS[abc]
    day = index % span
    return count * (day + 1) // span - count * day // span


def _draw_day(session: Session, warehouse: Warehouse, today: date, now: datetime) -> int:
    known_terms, drawn = terms(session), 0
    index = calendars.working_days(session, EPOCH).count_between(EPOCH, today)
    due = _due(session, today)
    for abc in CLASSES:
        done = select(CountSheet.id).where(
            CountSheet.warehouse_id == warehouse.id,
            CountSheet.abc == abc,
            CountSheet.drawn_by_id.is_(None),
            CountSheet.drawn_at >= at(today),
        )
        if session.scalar(done.limit(1)) is not None:
            continue
        conditions = [_of_class(abc), _worth_counting()]
        counted = select(func.count(Stock.id)).join(Stock.product)
        count = session.scalar(counted.where(Stock.warehouse_id == warehouse.id, *conditions)) or 0
        share = share_of(count, abc, index)
        places = _longest_ago(session, warehouse, conditions, share) if share else []
        drawn += len(_write(session, warehouse, abc, places, known_terms, due, by=None, now=now))
    return drawn


def _due(session: Session, today: date) -> date:
    """The next working day."""
    if calendars.find_calendar(session) is None:
        return today
    return calendars.working_days(session, today).after(today, 1)


def _of_class(abc: str) -> ColumnElement[bool]:
    return func.coalesce(Product.abc, "C") == abc


def _worth_counting() -> ColumnElement[bool]:
    """What is there by the books, or is still sold: it may be there though the books say none."""
    return or_(Stock.on_hand > 0, Product.active)


def _longest_ago(
    session: Session, warehouse: Warehouse, conditions: Sequence[ColumnElement[bool]], most: int
) -> list[Stock]:
    """Places that are on no open sheet, what was never counted first, then what was counted longest ago."""
    of_here = and_(CountSheet.id == CountLine.sheet_id, CountSheet.warehouse_id == warehouse.id)
    last = (
        select(CountLine.product_id, func.max(CountLine.counted_at).label("at"))
        .join(CountSheet, of_here)
        .where(CountLine.counted_at.is_not(None))
        .group_by(CountLine.product_id)
        .subquery()
    )
    on_open = exists().where(
        CountLine.product_id == Stock.product_id, of_here, CountSheet.state.in_(OPEN_SHEETS)
    )
    query = (
        select(Stock)
        .join(Stock.product)
        .outerjoin(last, last.c.product_id == Stock.product_id)
        .options(contains_eager(Stock.product))
        .where(Stock.warehouse_id == warehouse.id, ~on_open, *conditions)
        .order_by(last.c.at.nulls_first(), Stock.bin, Product.sku)
        .limit(most)
    )
    return list(session.scalars(query))


def _write(
    session: Session,
    warehouse: Warehouse,
    abc: str | None,
    places: Sequence[Stock],
    known_terms: Terms,
    due: date,
    *,
    by: User | None,
    now: datetime,
) -> list[CountSheet]:
    """Put these places on sheets, in the order of the bins; the lots of a product stay on one sheet."""
    sheets = []
    for pile in _piles(_entries(session, warehouse, places), known_terms.lines_a_sheet):
        sheet = CountSheet(
            number=next_number(session, SERIES, business_day(now)),
            warehouse=warehouse,
            abc=abc,
            drawn_at=now,
            due_on=due,
            drawn_by=by,
            lines=[
                CountLine(
                    n=n,
                    product=one.stock.product,
                    identity=one.identity,
                    bin=one.stock.bin,
                    tolerance_bp=known_terms.tolerance_bp(one.stock.product.abc),
                )
                for n, one in enumerate(pile.entries, start=1)
            ],
        )
        session.add(sheet)
        session.flush()
        after = {"warehouse": warehouse.code, "class": abc or "", "lines": len(pile.entries)}
        audit.record(session, Verb.DRAWN, "count_sheet", sheet.number, by=by, now=now, after=after)
        sheets.append(sheet)
    return sheets


def _entries(session: Session, warehouse: Warehouse, places: Sequence[Stock]) -> list[_Entry]:
    lots: dict[int, list[Identity]] = {}
    known: dict[int, int] = {}
    by_lot = [place.product_id for place in places if place.product.tracking == Tracking.LOT]
    for some in chunks(by_lot):
        query = (
            select(Identity, IdentityBalance.quantity)
            .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
            .where(
                Identity.product_id.in_(some),
                IdentityBalance.warehouse_id == warehouse.id,
                IdentityBalance.keeping == Keeping.GOOD,
                IdentityBalance.quantity > 0,
            )
            .order_by(Identity.number)
        )
        for identity, units in session.execute(query):
            lots.setdefault(identity.product_id, []).append(identity)
            known[identity.product_id] = known.get(identity.product_id, 0) + units
    entries = []
    for place in sorted(places, key=lambda one: (one.bin, one.product.sku)):
        mine = lots.get(place.product_id, [])
        entries += [_Entry(place, identity) for identity in mine]
        if not mine or place.on_hand > known[place.product_id]:
            entries.append(_Entry(place))
    return entries


def _piles(entries: Sequence[_Entry], most: int) -> Iterator[_Pile]:
    pile = _Pile()
    for _, group in groupby(entries, key=lambda one: one.stock.id):
        lines = list(group)
        if pile.entries and len(pile.entries) + len(lines) > most:
            yield pile
            pile = _Pile()
        pile.entries += lines
    if pile.entries:
        yield pile
