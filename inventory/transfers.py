"""Reading the transfers between warehouses, and where else a product that somebody waits for can be had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from inventory.allotting import unfit
from inventory.identities import TransferIdentity
from inventory.inbound import Transfer
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.stock import Reservation, Stock
from policies.calendars import working_days
from policies.clocks import WorkingDays
from portal.clock import business_day
from portal.keyset import Keyset, keyset

USUAL_DAYS = 2
"""Working days on the road between two warehouses while none has gone that way yet."""
REMEMBERED = 20
"""How many earlier transfers between two warehouses tell how long the next one takes."""


@dataclass(frozen=True)
class Waiting:
    """A reservation that waits for units, and the line it is for; `expected_on` is the day of its receipt, if any."""

    purpose: str
    product: Product
    warehouse: Warehouse
    units: int
    expected_on: date | None


@dataclass(frozen=True)
class Elsewhere:
    """Free units of a product in another warehouse, and the day they would be here when sent today."""

    warehouse: Warehouse
    available: int
    here_on: date


def transfer_page(
    session: Session, *, arrived: bool, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Transfer]:
    """The transfers on the way, the next to arrive first, or those that have arrived, latest first; one query."""
    state = Transfer.arrived_at.is_not(None) if arrived else Transfer.arrived_at.is_(None)
    return keyset(
        session,
        select(Transfer).where(state).options(*_SIDES),
        Transfer.id,
        by=Transfer.arrived_at if arrived else Transfer.expected_on,
        rising=not arrived,
        older_than=older_than,
        newer_than=newer_than,
    )


def find_transfer(session: Session, number: str) -> Transfer | None:
    """The transfer of this number, with its product and warehouses."""
    return session.scalars(select(Transfer).where(Transfer.number == number).options(*_SIDES)).one_or_none()


def identities_of(session: Session, transfer: Transfer) -> list[TransferIdentity]:
    """The lots and serials that travel with a transfer."""
    query = select(TransferIdentity).where(TransferIdentity.transfer_id == transfer.id)
    named = query.options(joinedload(TransferIdentity.identity)).order_by(TransferIdentity.identity_id)
    return list(session.scalars(named))


def under_way_for(session: Session, purposes: Sequence[str]) -> list[Transfer]:
    """The transfers on the way for reservations of these purposes, the next to arrive first; one query."""
    query = select(Transfer).where(Transfer.purpose.in_(purposes), Transfer.arrived_at.is_(None))
    return list(session.scalars(query.options(*_SIDES).order_by(Transfer.expected_on, Transfer.id)))


def in_transit(session: Session, product_id: int) -> int:
    """Units of a product that have left one of our warehouses and not arrived at the other."""
    query = select(func.sum(Transfer.quantity))
    on_the_way = query.where(Transfer.product_id == product_id, Transfer.arrived_at.is_(None))
    return int(session.scalar(on_the_way) or 0)


def waiting_for(session: Session, purpose: str) -> Waiting | None:
    """The reservation of this purpose while it waits for units."""
    return next(iter(waiting_all(session, [purpose])), None)


def waiting_all(session: Session, purposes: Sequence[str]) -> list[Waiting]:
    """The reservations of these purposes that wait for units, in one query."""
    query = (
        select(Reservation, Product, Warehouse)
        .join(Product, Product.id == Reservation.product_id)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .options(joinedload(Reservation.receipt))
        .where(Reservation.purpose.in_(purposes), Reservation.held < Reservation.quantity)
        .order_by(Reservation.id)
    )
    return [
        Waiting(
            one.purpose,
            product,
            warehouse,
            one.quantity - one.held,
            one.receipt.expected_on if one.receipt else None,
        )
        for one, product, warehouse in session.execute(query)
    ]


def elsewhere(session: Session, waiting: Sequence[Waiting], today: date) -> dict[str, list[Elsewhere]]:
    """Where else each of these could be served from, soonest here first; three queries for any number of them.

    A fourth where lots lie: those that are stopped or have expired can be sent nowhere.
    """
    if not waiting:
        return {}
    query = (
        select(Stock)
        .options(joinedload(Stock.warehouse))
        .where(Stock.product_id.in_({one.product.id for one in waiting}), Stock.on_hand > Stock.reserved)
        .order_by(Stock.id)
    )
    rows = list(session.scalars(query))
    barred = unfit(session, rows, today=today)
    free = {row: row.available - barred[Place(row.product_id, row.warehouse_id)] for row in rows}
    if not rows:
        return {}
    days, usual = working_days(session, today), _usual_days(session, {one.warehouse.id for one in waiting})
    found: dict[str, list[Elsewhere]] = {}
    for one in waiting:
        options = [
            Elsewhere(row.warehouse, units, _here_on(days, today, usual, row, one.warehouse))
            for row, units in free.items()
            if units > 0 and row.product_id == one.product.id and row.warehouse_id != one.warehouse.id
        ]
        found[one.purpose] = sorted(options, key=lambda option: (option.here_on, -option.available))
    return found


def _here_on(
    days: WorkingDays, today: date, usual: dict[tuple[int, int], int], row: Stock, target: Warehouse
) -> date:
    known = usual.get((row.warehouse_id, target.id))
    return days.after(today, USUAL_DAYS) if known is None else days.first_from(today + timedelta(days=known))


def _usual_days(session: Session, target_ids: set[int]) -> dict[tuple[int, int], int]:
    """How many days the latest transfers to these warehouses took, by the way they went: the median, rounded up."""
    query = (
        select(Transfer.from_warehouse_id, Transfer.to_warehouse_id, Transfer.left_at, Transfer.arrived_at)
        .where(Transfer.to_warehouse_id.in_(target_ids), Transfer.arrived_at.is_not(None))
        .order_by(Transfer.id.desc())
        .limit(REMEMBERED * 10)
    )
    took: dict[tuple[int, int], list[int]] = {}
    for source, target, left_at, arrived_at in session.execute(query):
        so_far = took.setdefault((source, target), [])
        if arrived_at is not None and len(so_far) < REMEMBERED:
            so_far.append((business_day(arrived_at) - business_day(left_at)).days)
    return {way: sorted(days)[len(days) // 2] for way, days in took.items()}


_SIDES = (
    joinedload(Transfer.product),
    joinedload(Transfer.from_warehouse),
    joinedload(Transfer.to_warehouse),
)
