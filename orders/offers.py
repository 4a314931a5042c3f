"""Reading offers of substitutes: of one order, of one company, of all by their state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from orders.models import Order, OrderLine, ScheduleLine
from orders.substitutions import OfferState, SubstituteOffer
from portal.keyset import Keyset, keyset


@dataclass(frozen=True)
class OrderOffers:
    """The offers of one order: those that wait for an answer, and what stands for what, by the line's id."""

    open: list[SubstituteOffer]
    replacing: dict[int, list[SubstituteOffer]]
    standing: dict[int, SubstituteOffer]

    @property
    def substituted(self) -> dict[int, int]:
        """By the id of a part, of how many of its units something else was accepted instead."""
        units: dict[int, int] = {}
        for accepted in self.replacing.values():
            for offer in accepted:
                units[offer.part_id] = units.get(offer.part_id, 0) + offer.quantity
        return units


def offers_of(session: Session, order: Order) -> OrderOffers:
    """What was offered for the lines of an order, and what became of it; one query."""
    query = _sides().join(SubstituteOffer.part).join(ScheduleLine.line).where(OrderLine.order_id == order.id)
    found = OrderOffers([], {}, {})
    for offer in session.scalars(query.order_by(SubstituteOffer.id)):
        if offer.state == OfferState.OFFERED:
            found.open.append(offer)
        elif offer.new_line_id is not None:
            found.replacing.setdefault(offer.part.line_id, []).append(offer)
            found.standing[offer.new_line_id] = offer
    return found


def open_offers(session: Session, customer_id: int, limit: int = 50) -> list[SubstituteOffer]:
    """What a company has been offered and not answered, the first deadline on top; one query."""
    query = _sides().where(
        SubstituteOffer.customer_id == customer_id, SubstituteOffer.state == OfferState.OFFERED
    )
    return list(session.scalars(query.order_by(SubstituteOffer.answer_by, SubstituteOffer.id).limit(limit)))


def offer_page(
    session: Session,
    *,
    customer_id: int | None = None,
    states: Sequence[str] = (),
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[SubstituteOffer]:
    """A page of offers by keyset, of one company or of all, in these states or any; one query."""
    query = _sides()
    if customer_id is not None:
        query = query.where(SubstituteOffer.customer_id == customer_id)
    if states:
        query = query.where(SubstituteOffer.state.in_(states))
    return keyset(session, query, SubstituteOffer.id, older_than=older_than, newer_than=newer_than)


def count_by_state(session: Session, since: datetime | None = None) -> dict[str, int]:
    """How many offers stand in each state, of all or of those made since an instant; one query."""
    query = select(SubstituteOffer.state, func.count()).group_by(SubstituteOffer.state)
    if since is not None:
        query = query.where(SubstituteOffer.offered_at >= since)
    return dict(session.execute(query).all())


def count_of(session: Session, customer_id: int) -> dict[str, int]:
    """How many offers of a company stand in each state; one query."""
    query = select(SubstituteOffer.state, func.count()).where(SubstituteOffer.customer_id == customer_id)
    return dict(session.execute(query.group_by(SubstituteOffer.state)).all())


def _sides() -> Any:
    return select(SubstituteOffer).options(
        joinedload(SubstituteOffer.customer),
        joinedload(SubstituteOffer.stands_in),
        joinedload(SubstituteOffer.new_line),
        joinedload(SubstituteOffer.part).options(
            joinedload(ScheduleLine.promise),
            joinedload(ScheduleLine.line).joinedload(OrderLine.order),
        ),
    )
