"""Human numbers for documents: in order within a series and year; a rolled-back act leaves no gap."""

from datetime import date

from sqlalchemy import BigInteger, String, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import Base

_TAKE = text(
    "INSERT INTO number_series (series, value) VALUES (:series, :step) "
    "ON CONFLICT (series) DO UPDATE SET value = number_series.value + :step RETURNING value"
)


class NumberSeries(Base):
    """The last number given out in a series such as `SO-2026`."""

    __tablename__ = "number_series"
    series: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def next_number(session: Session, prefix: str, on: date) -> str:
    """The next number of the series of `on`'s year, e.g. SO-2026-00042; a rolled-back act gives it back.

    The row stays locked until the transaction ends, so take the number late.
    """
    series = f"{prefix}-{on.year}"
    value = session.execute(_TAKE, {"series": series, "step": 1}).scalar_one()
    return f"{series}-{value:05d}"


def next_numbers(session: Session, prefix: str, on: date, count: int) -> list[str]:
    """The next `count` numbers of the series of `on`'s year, in order."""
    if count <= 0:
        return []
    series = f"{prefix}-{on.year}"
    last = session.execute(_TAKE, {"series": series, "step": count}).scalar_one()
    return [f"{series}-{value:05d}" for value in range(last - count + 1, last + 1)]
