"""Reading what is counted and adjusted, for lists and pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from inventory.counts import (
    OPEN_SHEETS,
    TAKES_COUNTS,
    AdjustmentState,
    CountLine,
    CountSheet,
    StockAdjustment,
)
from inventory.models import ProductPack, Warehouse
from portal.keyset import Keyset, keyset


@dataclass(frozen=True)
class SheetRow:
    """A sheet with how far it is: lines, lines counted, and differences that wait for approval."""

    sheet: CountSheet
    lines: int
    counted: int
    waiting: int


def sheet_page(
    session: Session,
    *,
    warehouse: Warehouse | None,
    done: bool,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[SheetRow]:
    """Sheets still open, or those that are done, the newest first. Two queries."""
    query = select(CountSheet).options(joinedload(CountSheet.warehouse), joinedload(CountSheet.counter))
    query = query.where(CountSheet.state.not_in(OPEN_SHEETS) if done else CountSheet.state.in_(OPEN_SHEETS))
    if warehouse is not None:
        query = query.where(CountSheet.warehouse_id == warehouse.id)
    found = keyset(session, query, CountSheet.id, older_than=older_than, newer_than=newer_than)
    figures = _figures(session, [sheet.id for sheet in found.rows])
    return found.made(lambda sheet: SheetRow(sheet, *figures.get(sheet.id, (0, 0, 0))))


def find_sheet(session: Session, number: str) -> CountSheet | None:
    """The sheet of this number with its lines, their products and lots, in a fixed number of statements."""
    query = (
        select(CountSheet)
        .where(CountSheet.number == number)
        .options(
            joinedload(CountSheet.warehouse),
            joinedload(CountSheet.counter),
            joinedload(CountSheet.drawn_by),
            selectinload(CountSheet.lines).options(
                joinedload(CountLine.product),
                joinedload(CountLine.identity),
                joinedload(CountLine.counted_by),
                joinedload(CountLine.recounted_by),
                joinedload(CountLine.adjustment).joinedload(StockAdjustment.decided_by),
            ),
        )
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def find_line(session: Session, number: str, n: int) -> CountLine | None:
    """A line of a sheet by its number in it."""
    query = (
        select(CountLine)
        .join(CountLine.sheet)
        .where(CountSheet.number == number, CountLine.n == n)
        .options(joinedload(CountLine.sheet), joinedload(CountLine.product), joinedload(CountLine.identity))
    )
    return session.scalars(query).one_or_none()


def codes_of(session: Session, lines: Sequence[CountLine]) -> dict[int, list[str]]:
    """What a scanner may read of each line, by its number: code, barcodes of unit and packs, and the lot."""
    query = select(ProductPack.product_id, ProductPack.gtin).where(
        ProductPack.product_id.in_({line.product_id for line in lines}), ProductPack.gtin.is_not(None)
    )
    packs: dict[int, list[str]] = {}
    for product_id, gtin in session.execute(query):
        packs.setdefault(product_id, []).append(gtin or "")
    found = {}
    for line in lines:
        own = [line.product.sku, line.product.gtin or "", line.identity.number if line.identity else ""]
        found[line.n] = [code for code in (*own, *packs.get(line.product_id, ())) if code]
    return found


def adjustment_page(
    session: Session,
    *,
    done: bool,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[StockAdjustment]:
    """Adjustments that wait for approval, or those decided, the newest first. One query."""
    query = select(StockAdjustment).options(
        joinedload(StockAdjustment.product),
        joinedload(StockAdjustment.warehouse),
        joinedload(StockAdjustment.proposed_by),
        joinedload(StockAdjustment.decided_by),
    )
    waits = StockAdjustment.state == AdjustmentState.PROPOSED
    query = query.where(~waits if done else waits)
    return keyset(session, query, StockAdjustment.id, older_than=older_than, newer_than=newer_than)


def lines_of(session: Session, adjustments: Sequence[StockAdjustment]) -> dict[int, CountLine]:
    """The count lines that adjustments come from, with their sheets, by the id of the adjustment."""
    ids = [one.id for one in adjustments]
    query = select(CountLine).where(CountLine.adjustment_id.in_(ids)).options(joinedload(CountLine.sheet))
    return {line.adjustment_id or 0: line for line in session.scalars(query)} if ids else {}


def find_adjustment(session: Session, number: str) -> StockAdjustment | None:
    """The adjustment of this number, with what it is of."""
    query = (
        select(StockAdjustment)
        .where(StockAdjustment.number == number)
        .options(
            joinedload(StockAdjustment.product),
            joinedload(StockAdjustment.warehouse),
            joinedload(StockAdjustment.proposed_by),
            joinedload(StockAdjustment.decided_by),
        )
    )
    return session.scalars(query).one_or_none()


def pile_of_sheets(session: Session, today: date) -> tuple[int, datetime | None, date | None, int]:
    """Sheets to be counted: how many, since when the oldest, the first day due, and how many are late. One query."""
    late = func.count().filter(CountSheet.due_on < today)
    query = select(func.count(), func.min(CountSheet.drawn_at), func.min(CountSheet.due_on), late).where(
        CountSheet.state.in_(TAKES_COUNTS)
    )
    count, since, due_on, overdue = session.execute(query).one()
    return count, since, due_on, overdue


def pile_of_adjustments(session: Session) -> tuple[int, datetime | None]:
    """Adjustments that wait for approval: how many, and since when the oldest. One query."""
    query = select(func.count(), func.min(StockAdjustment.proposed_at))
    query = query.where(StockAdjustment.state == AdjustmentState.PROPOSED)
    count, since = session.execute(query).one()
    return count, since


def _figures(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    if not ids:
        return {}
    query = (
        select(
            CountLine.sheet_id,
            func.count(),
            func.count(CountLine.counted),
            func.count().filter(StockAdjustment.state == AdjustmentState.PROPOSED),
        )
        .outerjoin(CountLine.adjustment)
        .where(CountLine.sheet_id.in_(ids))
        .group_by(CountLine.sheet_id)
    )
    return {id_: (lines, counted, waiting) for id_, lines, counted, waiting in session.execute(query)}
