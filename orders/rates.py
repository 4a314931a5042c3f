"""The line fill rate beside the promises: of one company or of all, in total and by month."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, select
from sqlalchemy.orm import Session

from orders.measures import filled_lines
from orders.models import Order, OrderLine, ScheduleLine
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.promises import Promise
from portal.db import business_month
from portal.feature import Rate
from portal.i18n import N_
from portal.recording import EVERYBODY

BY_ORDER_DAY = N_("A line counts in the month in which it was ordered.")


def fill_rates(
    session: Session, since: datetime, until: datetime, customers: Collection[int] | None
) -> Mapping[int, Sequence[Rate]]:
    """The line fill rate of what was ordered from `since` until before `until`; none where nothing has shipped.

    Of each of these customers by their id, or of everybody together.
    A line is complete as the version under which it was promised says, which may tolerate a few units missing.
    """
    lines = _lines(session, since).where(Order.placed_at < until)
    whose: ColumnElement[int] = literal(EVERYBODY)
    if customers is not None:
        lines, whose = lines.where(Order.customer_id.in_(customers)), Order.customer_id.expression
    one = lines.add_columns(whose.label("whose")).subquery()
    month = business_month(one.c.placed_at)
    query = select(one.c.whose, month, func.count(), cast(func.sum(one.c.full), Integer))
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for customer_id, key, cases, good in session.execute(query.group_by(one.c.whose, month)):
        found.setdefault(customer_id, {})[key] = cases, good
    return {customer_id: [_rate(months)] for customer_id, months in found.items()}


def _rate(months: Mapping[str, tuple[int, int]]) -> Rate:
    cases, good = (sum(counts[place] for counts in months.values()) for place in (0, 1))
    return Rate(Kind.LINE_FILL, cases, good, months, BY_ORDER_DAY)


def _lines(session: Session, since: datetime) -> Select[Any]:
    """The lines that count; their versions are looked up only if any of them tolerates something."""
    tolerant = (ServiceLevel.kind == Kind.LINE_FILL) & (ServiceLevel.fill_tolerance_bp > 0)
    if session.scalar(select(ServiceLevel.id).where(tolerant).limit(1)) is None:
        return filled_lines(since)
    return (
        filled_lines(since, tolerated=func.coalesce(ServiceLevel.fill_tolerance_bp, 0))
        .outerjoin(ScheduleLine, (ScheduleLine.line_id == OrderLine.id) & (ScheduleLine.n == 1))
        .outerjoin(Promise, Promise.id == ScheduleLine.promise_id)
        .outerjoin(
            ServiceLevel,
            (ServiceLevel.version_id == Promise.version_id)
            & (ServiceLevel.kind == Kind.LINE_FILL)
            & (ServiceLevel.provinces == ""),
        )
    )
