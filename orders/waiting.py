"""The parts of lines that wait for stock, and when other goods for one of them would arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory.ledger import Place
from inventory.reserving import Part
from inventory.stock import Reservation
from orders.dating import Dated, Standstill, Terms, date_part
from orders.models import Order, OrderLine, ScheduleLine
from orders.pricing import LineSum
from orders.protecting import Replaced
from orders.standstills import standstills
from policies.book import in_force
from policies.kinds import Kind
from policies.models import PolicyVersion, ServiceLevel
from policies.places import Places, places
from policies.promises import Promise, PromiseState
from portal.clock import business_day, end_of


def waiting_units(part: ScheduleLine) -> int:
    """Units of a part that are still owed and not in stock for it."""
    return part.reservation.quantity - part.reservation.held if part.reservation else 0


def waiting_parts(
    session: Session, *conditions: Any, limit: int | None = None, anew: bool = True
) -> list[ScheduleLine]:
    """The parts that wait for stock, of those that fit, with all that an offer for them needs; one query.

    What the session knows of them already is read `anew`, as under a lock, unless they are only shown.
    """
    query = (
        select(ScheduleLine)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .join(ScheduleLine.reservation)
        .outerjoin(ScheduleLine.promise)
        .options(
            contains_eager(ScheduleLine.line)
            .contains_eager(OrderLine.order)
            .options(
                joinedload(Order.warehouse),
                joinedload(Order.buyer),
                joinedload(Order.customer),
            ),
            contains_eager(ScheduleLine.reservation).joinedload(Reservation.receipt),
            contains_eager(ScheduleLine.promise)
            .joinedload(Promise.service_level)
            .joinedload(ServiceLevel.version)
            .joinedload(PolicyVersion.policy),
        )
        .where(Reservation.held < Reservation.quantity, *conditions)
        .order_by(ScheduleLine.id)
        .limit(limit)
        .execution_options(populate_existing=anew)
    )
    return list(session.scalars(query).unique())


@dataclass(frozen=True)
class Clock:
    """The working days, by warehouse the times in which nothing leaves it, and when an answer may come."""

    now: datetime
    places: Places
    standstills: Mapping[int, Sequence[Standstill]]

    @classmethod
    def at(cls, session: Session, now: datetime) -> "Clock":
        """The clock at an instant, on the distributor's calendar."""
        return cls(now, places(session), standstills(session, business_day(now)))

    @property
    def answer_by(self) -> datetime:
        """Until when an offer made now can be answered: the end of the next working day."""
        return end_of(self.places.days().after(business_day(self.now), 1))


def arrival(
    session: Session, part: ScheduleLine, product_id: int, units: int, ordered_at: datetime, clock: Clock
) -> Dated:
    """When units in stock would arrive in place of a part, counted as an order at that moment would be.

    The lead time is that of the order's own promise; Refused when it has none and no policy in force sets one.
    """
    order = part.line.order
    terms = Terms.at(
        clock.places,
        order.warehouse,
        ordered_at,
        level_of(session, part, business_day(ordered_at)),
        order.transit_days,
        order.requested_on,
        clock.standstills.get(order.warehouse_id, ()),
    )
    return date_part(Part(Place(product_id, order.warehouse_id), units, held=True), terms, 0)


def level_of(session: Session, part: ScheduleLine, today: date) -> ServiceLevel:
    """The service level that a part was promised under, or for one brought in from elsewhere that in force now."""
    promised = part.promise.service_level if part.promise else None
    return promised or in_force(session, part.line.order.customer, Kind.LEAD_TIME, today)


def replaced(part: ScheduleLine, quantity: int) -> Replaced:
    """Units of a part's line as its price protects a substitute."""
    line = part.line
    return Replaced(
        line.unit_price,
        line.discount_bp,
        line.vat_rate_bp,
        line.order.currency,
        line.wanted,
        quantity,
        LineSum(line.net_minor, line.vat_minor),
    )


def would_come_sooner(part: ScheduleLine, due_on: date) -> bool:
    """Whether a day beats the one promised for a part, or that one may not hold anyway."""
    promise = part.promise
    if promise is None or promise.state in (PromiseState.AT_RISK, PromiseState.MISSED):
        return True
    return due_on < business_day(promise.due_at)
