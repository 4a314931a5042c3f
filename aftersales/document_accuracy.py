"""Document accuracy: documents on which no mistake was recorded, of those issued."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, literal, select, true
from sqlalchemy.orm import Session

from aftersales.document_errors import DocumentError, ErrorState
from aftersales.papers import issued
from orders.models import Order
from orders.shipments import CreditNote, Shipment
from policies.kinds import Kind
from portal.db import business_month
from portal.feature import Rate
from portal.i18n import N_
from portal.recording import EVERYBODY

BY_ISSUE = N_(
    "Order acknowledgements, delivery notes and credit notes count in the month in which they were issued. "
    "One that was found to be right after all counts as such."
)


def document_accuracy(
    session: Session, since: datetime, until: datetime, customers: Collection[int] | None
) -> Mapping[int, Sequence[Rate]]:
    """The accuracy of what was issued from `since` until before `until`; none where nothing was. One query.

    Of each of these customers by their id, or of everybody together.
    """
    papers = issued(
        _within(Order.placed_at, Order.customer_id, since, until, customers),
        _within(Shipment.shipped_at, Order.customer_id, since, until, customers),
        _within(CreditNote.issued_at, CreditNote.customer_id, since, until, customers),
    ).subquery("papers")
    wrong = (
        select(DocumentError.id)
        .where(
            DocumentError.paper == papers.c.paper,
            DocumentError.paper_no == papers.c.paper_no,
            DocumentError.state != ErrorState.UNFOUNDED,
        )
        .exists()
    )
    whose: ColumnElement[Any] = literal(EVERYBODY) if customers is None else papers.c.customer_id
    one = select(
        whose.label("whose"),
        business_month(papers.c.issued_at).label("month"),
        case((wrong, 0), else_=1).label("good"),
    ).subquery("one")
    query = select(one.c.whose, one.c.month, func.count(), cast(func.sum(one.c.good), Integer))
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for customer_id, month, cases, good in session.execute(query.group_by(one.c.whose, one.c.month)):
        found.setdefault(customer_id, {})[month] = cases, good
    return {customer_id: [_rate(months)] for customer_id, months in found.items()}


def _within(
    moment: Any, customer_id: Any, since: datetime, until: datetime, customers: Collection[int] | None
) -> ColumnElement[bool]:
    theirs = true() if customers is None else customer_id.in_(customers)
    return and_(moment >= since, moment < until, theirs)


def _rate(months: Mapping[str, tuple[int, int]]) -> Rate:
    cases, good = (sum(counts[place] for counts in months.values()) for place in (0, 1))
    return Rate(Kind.DOCUMENT_ACCURACY, cases, good, months, BY_ISSUE)
