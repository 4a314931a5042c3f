"""The demo's counts: bins, classes, a year of sheets, and today one of each state, with adjustments to decide."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import adjusting, classing, counting, drawing_counts, shelving
from inventory.adjusting import Correction
from inventory.counts import AdjustmentReason, CountLine, CountSheet, SheetState
from inventory.drawing_counts import Wanted
from inventory.models import Product, Tracking, Warehouse
from inventory.stock import Stock
from portal.accounts.models import User
from portal.demo.cast import Cast

AISLES = "ABCDEF"
MONTHS = 8
"""Months back in which sheets were counted."""
MISSING = 30
"""So many units of one product are gone, which is worth an approval."""
MISCOUNTED = 9
"""One line in so many was counted wrong at first."""


def load(session: Session, cast: Cast) -> None:
    """Counts of the last months and of today, once there is stock to count."""
    classing.classify(session, cast.now)
    session.flush()
    warehouses = session.scalars(select(Warehouse).order_by(Warehouse.main.desc(), Warehouse.id)).all()
    for warehouse in warehouses:
        _shelve(session, warehouse, cast)
    session.flush()
    counter, other = (cast.staff * 2)[:2]
    if other is counter:
        other = cast.managers[0]
    for n in range(MONTHS, 0, -1):
        at = cast.now - timedelta(days=30 * n - 11)
        for warehouse in warehouses[:2]:
            for sheet in _draw(session, warehouse, "ABC"[n % 3], 4, counter, at):
                _count_through(session, sheet, counter, other, at)
    _today(session, warehouses[0], counter, other, cast)
    _adjustments(session, warehouses[0], counter, cast)


def _shelve(session: Session, warehouse: Warehouse, cast: Cast) -> None:
    query = select(Product.sku, Product.category_id).join(Stock, Stock.product_id == Product.id)
    bins = {}
    for sku, category_id in session.execute(query.where(Stock.warehouse_id == warehouse.id)):
        place = crc32(sku.encode())
        bins[sku] = f"{AISLES[(category_id or 0) % len(AISLES)]}-{place % 24 + 1:02d}-{place // 24 % 4 + 1}"
    shelving.set_bins(session, warehouse, bins, by=cast.staff[0], now=cast.now - timedelta(days=300))


def _draw(
    session: Session, warehouse: Warehouse, abc: str | None, most: int, by: User, at: datetime
) -> Sequence[CountSheet]:
    session.flush()  # what was counted before is read
    return drawing_counts.draw(session, warehouse, Wanted(abc, most=most), by=by, now=at)


def _expected(session: Session, sheet: CountSheet, line: CountLine) -> int:
    return counting.books_say(session, sheet, line)[0]


def _count_through(session: Session, sheet: CountSheet, counter: User, other: User, at: datetime) -> None:
    """Everything is counted; what was miscounted agrees when somebody else counts again."""
    for line in sheet.lines:
        said = _expected(session, sheet, line)
        slip = crc32(f"{sheet.number}{line.n}".encode()) % MISCOUNTED == 0
        counting.enter(session, line, said + 2 if slip else said, by=counter, now=at)
    if counting.hand_in(session, sheet, by=counter, now=at) == SheetState.RECOUNT:
        for line in sheet.lines:
            if line.accurate is False:
                said = _expected(session, sheet, line)
                counting.enter(session, line, said, by=other, now=at + timedelta(hours=3))
        counting.hand_in(session, sheet, by=other, now=at + timedelta(hours=3))


def _today(session: Session, warehouse: Warehouse, counter: User, other: User, cast: Cast) -> None:
    """A sheet just drawn, one half counted, one to be counted again, one to decide on, one called off."""
    at = cast.now - timedelta(hours=20)
    _draw(session, warehouse, "C", 8, cast.managers[0], at)
    (half,) = _draw(session, warehouse, "B", 6, cast.managers[0], at)[:1]
    for line in half.lines[: len(half.lines) // 2]:
        counting.enter(session, line, _expected(session, half, line), by=counter, now=at + timedelta(hours=1))
    (again,) = _draw(session, warehouse, "C", 4, cast.managers[0], at)[:1]
    _miscount(session, again, counter, at + timedelta(hours=2), 3)
    (review,) = _draw(session, warehouse, "A", 5, cast.managers[0], at)[:1]
    if _miscount(session, review, counter, at + timedelta(hours=3), -MISSING) == SheetState.RECOUNT:
        for line in review.lines:
            if line.accurate is False:
                found = max(0, _expected(session, review, line) - MISSING)
                counting.enter(session, line, found, by=other, now=at + timedelta(hours=4))
        counting.hand_in(session, review, by=other, now=at + timedelta(hours=4))
    (dropped,) = _draw(session, warehouse, "C", 3, cast.managers[0], at)[:1]
    counting.call_off(session, dropped, by=cast.managers[0], now=at + timedelta(hours=1))


def _miscount(session: Session, sheet: CountSheet, counter: User, at: datetime, slip: int) -> SheetState:
    """The first line that is not tracked differs by so many units, all others agree."""
    wrong = next((line.n for line in sheet.lines if line.product.tracking == Tracking.NONE), 0)
    for line in sheet.lines:
        said = _expected(session, sheet, line)
        counting.enter(session, line, max(0, said + slip) if line.n == wrong else said, by=counter, now=at)
    return counting.hand_in(session, sheet, by=counter, now=at)


def _adjustments(session: Session, warehouse: Warehouse, counter: User, cast: Cast) -> None:
    """One that waits, one approved, one refused and one that was booked at once."""
    query = (
        select(Stock)
        .join(Stock.product)
        .where(
            Stock.warehouse_id == warehouse.id,
            Product.tracking == Tracking.NONE,
            Product.active,
            Stock.on_hand - Stock.reserved > 20,
            Product.unit_cost.is_not(None),
        )
        .order_by(Product.unit_cost.desc(), Product.id)
    )
    rows = session.scalars(query).all()
    if len(rows) < 4:
        return
    dear, cheap = rows[:3], rows[-1]
    at = cast.now - timedelta(hours=5)

    def propose(row: Stock, units: int, reason: AdjustmentReason, note: str) -> str:
        facts = Correction(row.product, warehouse, units, reason, note)
        return adjusting.propose(session, facts, by=counter, now=at).number

    propose(dear[0], -6, AdjustmentReason.DAMAGED, "น้ำรั่วลงชั้นวาง")
    propose(cheap, 1, AdjustmentReason.FOUND, "พบหลังชั้นวาง")
    for row, reason in ((dear[1], AdjustmentReason.LOST), (dear[2], AdjustmentReason.LOST)):
        facts = Correction(row.product, warehouse, -5, reason)
        found = adjusting.propose(session, facts, by=counter, now=at)
        later = at + timedelta(hours=2)
        if found.decided_at is not None:
            continue
        if row is dear[1]:
            adjusting.approve(session, found, by=cast.managers[0], now=later)
        else:
            reason_refused = "อยู่บนรถส่งของ ยังไม่ได้ลงบัญชี"
            adjusting.refuse(session, found, reason_refused, by=cast.managers[0], now=later)
