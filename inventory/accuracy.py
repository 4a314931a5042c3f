"""How far the books agree with what is counted: lines within tolerance at their first count, of all lines counted."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Integer, case, cast, func, select
from sqlalchemy.orm import Session

from inventory.counts import CountLine, CountSheet
from inventory.models import Product, Warehouse
from policies.kinds import Kind
from policies.measuring import Event
from portal.db import business_month
from portal.feature import Rate
from portal.i18n import N_
from portal.recording import EVERYBODY

Key = TypeVar("Key")
RECORDS = frozenset({Event.BIN_COUNTED, Event.STOCK_DIFFERENCE})
DEFINITION = N_(
    "Lines whose first count was within tolerance, divided by all lines counted on sheets that were handed in. "
    "A second count does not change the verdict on the first."
)
BY_COUNT_DAY = N_("A line counts in the month in which it was first counted.")


@dataclass(frozen=True)
class Cell:
    """Lines counted in a month in a warehouse of a class, and how many of them agreed."""

    month: str
    warehouse: str
    abc: str
    lines: int
    good: int


@dataclass(frozen=True)
class Share:
    """So many lines of so many."""

    lines: int = 0
    good: int = 0

    @property
    def of_one(self) -> float | None:
        """The share as a fraction of one; None without lines."""
        return self.good / self.lines if self.lines else None

    def __add__(self, other: "Share") -> "Share":
        return Share(self.lines + other.lines, self.good + other.good)


def cells(session: Session, since: datetime, until: datetime) -> list[Cell]:
    """What was counted from `since` until before `until`, by month, warehouse and class. One query."""
    month = business_month(CountLine.counted_at)
    abc = func.coalesce(CountSheet.abc, Product.abc, "C")
    query = (
        select(month, Warehouse.code, abc, func.count(), _good())
        .select_from(CountLine)
        .join(CountLine.sheet)
        .join(Warehouse, Warehouse.id == CountSheet.warehouse_id)
        .join(CountLine.product)
        .where(*_judged(since, until))
        .group_by(month, Warehouse.code, abc)
        .order_by(month, Warehouse.code, abc)
    )
    return [Cell(*row) for row in session.execute(query)]


def together(found: Iterable[Cell], by: Callable[[Cell], Key]) -> dict[Key, Share]:
    """The lines of cells that have something in common, added up, in the order in which they first come."""
    shares: dict[Key, Share] = {}
    for cell in found:
        shares[by(cell)] = shares.get(by(cell), Share()) + Share(cell.lines, cell.good)
    return shares


def stock_accuracy(
    session: Session, since: datetime, until: datetime, customers: Collection[int] | None
) -> Mapping[int, Sequence[Rate]]:
    """The accuracy of the books from `since` until before `until`: the same for every company. One query."""
    month = business_month(CountLine.counted_at)
    query = select(month, func.count(), _good()).where(*_judged(since, until)).group_by(month)
    months = {key: (lines, good) for key, lines, good in session.execute(query)}
    if not months:
        return {}
    lines, good = (sum(counts[place] for counts in months.values()) for place in (0, 1))
    rate = Rate(Kind.STOCK_ACCURACY, lines, good, months, BY_COUNT_DAY)
    return dict.fromkeys([EVERYBODY] if customers is None else customers, (rate,))


def _judged(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return CountLine.accurate.is_not(None), CountLine.counted_at >= since, CountLine.counted_at < until


def _good() -> ColumnElement[int]:
    return cast(func.sum(case((CountLine.accurate.is_(True), 1), else_=0)), Integer)
