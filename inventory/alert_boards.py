"""Reading alerts: those that are open, those that ended lately, how many there are, and what helps already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.alerts import AlertKind, StockAlert
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at
from inventory.models import Product
from inventory.plans import Proposal, ProposalState
from inventory.searching import search_words
from portal.keyset import Keyset, keyset

LATELY = timedelta(days=30)
"""For how long an alert that ended is shown."""


@dataclass(frozen=True)
class Sought:
    """Which alerts are looked for: those that are open, or those that `ended` lately."""

    kind: AlertKind | None = None
    warehouse_id: int | None = None
    query: str = ""
    ended: bool = False


@dataclass(frozen=True)
class Shown:
    """An alert with what helps already: units on their way and the first day they are expected on, units proposed."""

    alert: StockAlert
    coming: int = 0
    coming_on: date | None = None
    proposed: int = 0


def list_alerts(
    session: Session,
    sought: Sought,
    now: datetime,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Shown]:
    """A page of alerts, the newest first, in three queries."""
    query = (
        select(StockAlert)
        .join(StockAlert.product)
        .options(contains_eager(StockAlert.product), joinedload(StockAlert.warehouse))
        .where(*_conditions(sought, now))
    )
    page: Keyset[StockAlert] = keyset(
        session, query, StockAlert.id, older_than=older_than, newer_than=newer_than
    )
    places = [Place(one.product_id, one.warehouse_id) for one in page.rows]
    coming, proposed = _coming(session, places), _proposed(session, places)

    def shown(one: StockAlert) -> Shown:
        place = Place(one.product_id, one.warehouse_id)
        return Shown(one, *coming.get(place, (0, None)), proposed.get(place, 0))

    return page.made(shown)


def count_open(session: Session, warehouse_id: int | None = None) -> dict[str, int]:
    """How many alerts of each kind are open, in one warehouse or in all; one query."""
    query = select(StockAlert.kind, func.count()).where(StockAlert.ended_at.is_(None))
    if warehouse_id is not None:
        query = query.where(StockAlert.warehouse_id == warehouse_id)
    known = dict(session.execute(query.group_by(StockAlert.kind)).all())
    return {kind.value: known.get(kind.value, 0) for kind in AlertKind}


def _conditions(sought: Sought, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = (
        [StockAlert.ended_at >= now - LATELY] if sought.ended else [StockAlert.ended_at.is_(None)]
    )
    if sought.kind is not None:
        found.append(StockAlert.kind == sought.kind)
    if sought.warehouse_id is not None:
        found.append(StockAlert.warehouse_id == sought.warehouse_id)
    found += [Product.search_text.contains(word, autoescape=True) for word in search_words(sought.query)]
    return found


def _coming(session: Session, places: Sequence[Place]) -> dict[Place, tuple[int, date | None]]:
    if not places:
        return {}
    receipt = InboundReceipt
    query = (
        select(
            receipt.product_id,
            receipt.warehouse_id,
            func.sum(receipt.quantity - receipt.received),
            func.min(receipt.expected_on),
        )
        .where(at(receipt, places), receipt.closed_at.is_(None))
        .group_by(receipt.product_id, receipt.warehouse_id)
    )
    return {Place(row[0], row[1]): (int(row[2]), row[3]) for row in session.execute(query)}


def _proposed(session: Session, places: Sequence[Place]) -> dict[Place, int]:
    if not places:
        return {}
    here = tuple_(Proposal.product_id, Proposal.warehouse_id).in_(
        [(place.product_id, place.warehouse_id) for place in places]
    )
    query = select(Proposal.product_id, Proposal.warehouse_id, Proposal.wanted).where(
        here, Proposal.state == ProposalState.OPEN
    )
    return {Place(row[0], row[1]): row[2] for row in session.execute(query)}
