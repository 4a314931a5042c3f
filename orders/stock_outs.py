"""What is out of stock, what that costs, and what has been out lately."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from inventory.coming import expected_day
from inventory.following import followers_at
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at
from inventory.standing_in import count_substitutes
from inventory.stock import Reservation, Stock
from inventory.stockouts import StockOut
from orders.lost_sales import Lasted, Toll, lasted, tolls
from orders.measures import Share, line_fill_since
from orders.models import Order, OrderLine, ScheduleLine
from portal.clock import business_day
from portal.keyset import Keyset, keyset
from portal.money import line_amount

LATELY = timedelta(days=90)


@dataclass(frozen=True)
class Waiting:
    """Lines and units that wait for a product in a warehouse, and what they are worth (minor units, by currency).

    `purpose` names one of the demands that wait.
    """

    lines: int
    units: int
    worth: dict[str, int]
    purpose: str = ""


@dataclass(frozen=True)
class OutNow:
    """A product that is out in a warehouse: for how long, what it cost so far, what comes next, and what could mend it.

    `waiting` is everybody who waits there, whenever they ordered; `toll` counts what was ordered while it was out.
    """

    stock_out: StockOut
    next_on: date | None
    next_units: int
    waiting: Waiting
    followers: int
    substitutes: int
    elsewhere: int
    lasted: Lasted
    toll: Toll


@dataclass(frozen=True)
class WasOut:
    """A stock-out, how long it lasted, or has so far, and what it cost."""

    stock_out: StockOut
    lasted: Lasted
    toll: Toll


@dataclass(frozen=True)
class Level:
    """The stock-out level of the last months: lines found short of all lines, and how often and long goods were out."""

    lines: Share
    stock_outs: int

    @property
    def of_one(self) -> float | None:
        """One less the line fill rate, as a fraction of one; None without lines."""
        filled = self.lines.of_one
        return None if filled is None else 1 - filled


def level(session: Session, now: datetime) -> Level:
    """The stock-out level of the last 90 days, with what it counts; two queries."""
    since = now - LATELY
    begun = select(func.count(StockOut.id)).where(StockOut.started_at >= since)
    return Level(line_fill_since(session, since), session.scalar(begun) or 0)


def count_out(session: Session, warehouse_id: int | None = None) -> int:
    """How many products are out now, each counted in every warehouse where it is."""
    return session.scalar(select(func.count(StockOut.id)).where(*_open(warehouse_id))) or 0


def out_now(
    session: Session,
    now: datetime,
    *,
    warehouse_id: int | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[OutNow]:
    """A page of what is out now, the longest first, in eleven queries whatever there is."""
    today = business_day(now)
    begun = _stock_outs(_open(warehouse_id))
    page = keyset(session, begun, StockOut.id, rising=True, older_than=older_than, newer_than=newer_than)
    places = [Place(one.product_id, one.warehouse_id) for one in page.rows]
    coming, waiting = _coming(session, places, today), _waiting(session, places)
    followers, elsewhere = followers_at(session, places), _elsewhere(session, places)
    instead = count_substitutes(session, {place.product_id for place in places}, today)
    how_long, cost = _told(session, page.rows, now)
    rows = []
    for one, place in zip(page.rows, places, strict=True):
        next_on, next_units = coming.get(place, (None, 0))
        rows.append(
            OutNow(
                one,
                next_on,
                next_units,
                waiting.get(place, Waiting(0, 0, {})),
                followers.get(place, 0),
                instead.get(place.product_id, 0),
                elsewhere.get(place, 0),
                how_long[one.id],
                cost.get(one.id, Toll()),
            )
        )
    return Keyset(rows, page.older, page.newer)


def was_out(
    session: Session,
    now: datetime,
    *,
    warehouse_id: int | None = None,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[WasOut]:
    """A page of the stock-outs that ended within the last 90 days, the latest first; five queries."""
    over = [StockOut.ended_at.is_not(None), StockOut.ended_at >= now - LATELY]
    if warehouse_id is not None:
        over.append(StockOut.warehouse_id == warehouse_id)
    page = keyset(session, _stock_outs(over), StockOut.id, older_than=older_than, newer_than=newer_than)
    return _costed(session, page, now)


def begun_within(
    session: Session,
    since: datetime,
    until: datetime,
    *conditions: ColumnElement[bool],
    now: datetime,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[WasOut]:
    """A page of the stock-outs that began from `since` until before `until`, the latest first; five queries."""
    begun = [StockOut.started_at >= since, StockOut.started_at < until, *conditions]
    page = keyset(session, _stock_outs(begun), StockOut.id, older_than=older_than, newer_than=newer_than)
    return _costed(session, page, now)


def _costed(session: Session, page: Keyset[StockOut], now: datetime) -> Keyset[WasOut]:
    how_long, cost = _told(session, page.rows, now)
    return page.made(lambda one: WasOut(one, how_long[one.id], cost.get(one.id, Toll())))


def _told(
    session: Session, stock_outs: Sequence[StockOut], now: datetime
) -> tuple[dict[int, Lasted], dict[int, Toll]]:
    return lasted(session, stock_outs, now), tolls(session, [one.id for one in stock_outs])


def _open(warehouse_id: int | None) -> list[ColumnElement[bool]]:
    here = [] if warehouse_id is None else [StockOut.warehouse_id == warehouse_id]
    return [StockOut.ended_at.is_(None), *here]


def _stock_outs(conditions: Sequence[ColumnElement[bool]]) -> Select[StockOut]:
    """Some stock-outs; one that began later has a higher id."""
    sides = joinedload(StockOut.product), joinedload(StockOut.warehouse)
    return select(StockOut).options(*sides).where(*conditions)


def _coming(session: Session, places: Collection[Place], today: date) -> dict[Place, tuple[date, int]]:
    """The next receipt at each place: its day, and how many units it brings."""
    if not places:
        return {}
    query = (
        select(InboundReceipt)
        .where(at(InboundReceipt, places), InboundReceipt.closed_at.is_(None))
        .options(joinedload(InboundReceipt.supplier))
    )
    found: dict[Place, tuple[date, int]] = {}
    for receipt in session.scalars(query):
        place, day = Place(receipt.product_id, receipt.warehouse_id), expected_day(receipt, today)
        known, units = found.get(place, (day, 0))
        brings = receipt.quantity - receipt.received
        if day < known:
            found[place] = (day, brings)
        elif day == known:
            found[place] = (day, units + brings)
    return found


def _waiting(session: Session, places: Collection[Place]) -> dict[Place, Waiting]:
    """Who waits at each place. What they wait for is counted by price, so that its worth is exact."""
    if not places:
        return {}
    units = func.sum(Reservation.quantity - Reservation.held)
    key = (
        Reservation.product_id,
        Reservation.warehouse_id,
        Order.currency,
        OrderLine.unit_price,
        OrderLine.discount_bp,
    )
    query = (
        select(*key, func.count(func.distinct(OrderLine.id)), units, func.min(Reservation.purpose))
        .join(ScheduleLine, ScheduleLine.reservation_id == Reservation.id)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .where(at(Reservation, places), Reservation.held < Reservation.quantity)
        .group_by(*key)
    )
    found: dict[Place, Waiting] = {}
    for product_id, warehouse_id, currency, price, discount_bp, lines, count, purpose in session.execute(
        query
    ):
        place = Place(product_id, warehouse_id)
        so_far = found.get(place, Waiting(0, 0, {}))
        amount = line_amount(Decimal(price), int(count), currency, discount_bp=discount_bp)
        worth = so_far.worth | {currency: so_far.worth.get(currency, 0) + amount}
        found[place] = Waiting(so_far.lines + lines, so_far.units + int(count), worth, purpose)
    return found


def _elsewhere(session: Session, places: Collection[Place]) -> dict[Place, int]:
    """By place, units of the same product that can be promised in other warehouses."""
    if not places:
        return {}
    query = select(Stock.product_id, Stock.warehouse_id, Stock.on_hand - Stock.reserved).where(
        Stock.product_id.in_({place.product_id for place in places}), Stock.on_hand > Stock.reserved
    )
    found: dict[Place, int] = {}
    for product_id, warehouse_id, units in session.execute(query):
        for place in places:
            if place.product_id == product_id and place.warehouse_id != warehouse_id:
                found[place] = found.get(place, 0) + units
    return found
