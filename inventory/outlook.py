"""What comes and what is owed of some products in some warehouses, day by day, and what of it can be promised."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from inventory.allotting import unfit_at
from inventory.coming import TRANSFER_DELAY_DAYS
from inventory.ledger import Place
from inventory.promisable import Balance, balances, in_parts
from inventory.stock import InboundReceipt, Reservation, Stock, Supplier
from portal.clock import business_day
from portal.i18n import N_, NN_, day_text, gettext


@dataclass(frozen=True)
class Coming:
    """Units still to come on a receipt, and the day on which they can be counted on."""

    number: str
    day: date
    units: int
    overdue: bool = False


@dataclass(frozen=True)
class Outlook:
    """One product in one warehouse: units there, what comes, and what is owed by day; `reserved` of it lies there."""

    today: date
    on_hand: int = 0
    reserved: int = 0
    coming: list[Coming] = field(default_factory=list)
    owed: list[tuple[date, int]] = field(default_factory=list)

    @property
    def balances(self) -> list[Balance]:
        """Today and every day on which something changes. What is held for somebody is owed from today on."""
        changes = [(one.day, one.units) for one in self.coming]
        changes += [(day, -units) for day, units in self.owed]
        return balances(self.on_hand - self.reserved, changes, self.today)

    @property
    def waiting(self) -> int:
        """Units promised to others that are still to come."""
        return sum(units for _, units in self.owed)


@dataclass(frozen=True)
class Day:
    """One day of an outlook: what comes and is owed on it, and what is projected and can be promised at its end."""

    day: date
    coming: list[Coming]
    comes: int
    owed: int
    projected: int
    promisable: int


def day_by_day(outlook: Outlook, count: int) -> list[Day]:
    """Today and the days after it, `count` in all, each with what changes; what comes later is left out."""
    found = {one.day: one for one in outlook.balances}
    days, last = [], found[outlook.today]
    for n in range(count):
        day = outlook.today + timedelta(days=n)
        last = found.get(day, last)
        coming = [one for one in outlook.coming if one.day == day]
        owed = sum(units for when, units in outlook.owed if when == day)
        comes = sum(one.units for one in coming)
        days.append(Day(day, coming, comes, owed, last.projected, last.promisable))
    return days


def outlooks(
    session: Session, product_ids: Collection[int], warehouse_ids: Collection[int], today: date
) -> dict[Place, Outlook]:
    """By place, what is there, comes and is owed; three queries however many products, four with lots, and no lock.

    Every place asked for is there. What is there leaves out lots that are stopped or have expired. An overdue receipt
    counts on the day that its source's usual delay gives; what waits for one is owed on its day, what waits for nothing
    in particular when it was promised.
    """
    if not product_ids or not warehouse_ids:
        return {}
    found = {Place(product, house): Outlook(today) for product in product_ids for house in warehouse_ids}
    stock = select(Stock.product_id, Stock.warehouse_id, Stock.on_hand, Stock.reserved, Stock.by_lot).where(
        Stock.product_id.in_(product_ids), Stock.warehouse_id.in_(warehouse_ids)
    )
    rows = session.execute(stock).all()
    barred = unfit_at(session, {Place(row[0], row[1]) for row in rows if row.by_lot}, today)
    for product, house, on_hand, reserved, _ in rows:
        place = Place(product, house)
        found[place] = Outlook(today, max(reserved, on_hand - barred[place]), reserved)
    for row in session.execute(_receipts(product_ids, warehouse_ids)):
        day = _counted_on(row.expected_on, row.delay, today)
        one = Coming(row.number, day, row.units, row.expected_on < today)
        found[Place(row.product_id, row.warehouse_id)].coming.append(one)
    for row in session.execute(_waiting(product_ids, warehouse_ids)):
        day = _counted_on(row.expected_on, row.delay, today) if row.expected_on else business_day(row.due_at)
        found[Place(row.product_id, row.warehouse_id)].owed.append((max(day, today), int(row.units)))
    for outlook in found.values():
        outlook.coming.sort(key=lambda one: (one.day, one.number))
        outlook.owed.sort()
    return found


def explained(outlook: Outlook, quantity: int) -> str:
    """In one sentence of the reader's language: how many of so many units can be had, when, and why not sooner.

    "7 of 10 on 17 April because PO-221 arrives on 16 April and 12 are promised to others."
    """
    parts = in_parts(quantity, outlook.balances)
    if parts and parts[0] == (outlook.today, quantity):
        return gettext(N_("All %(quantity)s can be promised now."), quantity=quantity)
    said = [
        gettext(N_("%(units)s of %(quantity)s now"), units=units, quantity=quantity)
        if day == outlook.today
        else _later(outlook, day, units, quantity)
        for day, units in parts
    ]
    missing = quantity - sum(units for _, units in parts)
    if missing:
        said.append(
            gettext(
                NN_(
                    "%(missing)s unit is not covered by anything on its way",
                    "%(missing)s units are not covered by anything on their way",
                    "missing",
                ),
                missing=missing,
            )
        )
    sentence = "; ".join(said)
    if outlook.waiting and (missing or len(parts) > 1 or parts[0][0] > outlook.today):
        others = gettext(
            NN_(
                "%(units)s unit on its way is promised to others",
                "%(units)s units on their way are promised to others",
                "units",
            ),
            units=outlook.waiting,
        )
        sentence = f"{sentence}; {others}"
    return gettext(N_("%(parts)s."), parts=sentence)


def _later(outlook: Outlook, day: date, units: int, quantity: int) -> str:
    bringing = [one.number for one in outlook.coming if one.day == day]
    facts = {"units": units, "quantity": quantity, "day": day_text(day)}
    if not bringing:
        return gettext(N_("%(units)s of %(quantity)s on %(day)s"), **facts)
    return gettext(
        N_("%(units)s of %(quantity)s on %(day)s because %(numbers)s arrives then"),
        numbers=", ".join(bringing),
        **facts,
    )


def _receipts(product_ids: Collection[int], warehouse_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            InboundReceipt.product_id,
            InboundReceipt.warehouse_id,
            InboundReceipt.number,
            InboundReceipt.expected_on,
            (InboundReceipt.quantity - InboundReceipt.received).label("units"),
            func.coalesce(Supplier.usual_delay_days, TRANSFER_DELAY_DAYS).label("delay"),
        )
        .outerjoin(Supplier, Supplier.id == InboundReceipt.supplier_id)
        .where(
            InboundReceipt.product_id.in_(product_ids),
            InboundReceipt.warehouse_id.in_(warehouse_ids),
            InboundReceipt.closed_at.is_(None),
        )
    )


def _waiting(product_ids: Collection[int], warehouse_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """What is owed and not held, by place and by what it waits for."""
    due = case((Reservation.receipt_id.is_(None), Reservation.due_at))
    return (
        select(
            Reservation.product_id,
            Reservation.warehouse_id,
            InboundReceipt.expected_on,
            func.coalesce(Supplier.usual_delay_days, TRANSFER_DELAY_DAYS).label("delay"),
            due.label("due_at"),
            func.sum(Reservation.quantity - Reservation.held).label("units"),
        )
        .outerjoin(InboundReceipt, InboundReceipt.id == Reservation.receipt_id)
        .outerjoin(Supplier, Supplier.id == InboundReceipt.supplier_id)
        .where(
            Reservation.product_id.in_(product_ids),
            Reservation.warehouse_id.in_(warehouse_ids),
            Reservation.held < Reservation.quantity,
        )
        .group_by(
            Reservation.product_id,
            Reservation.warehouse_id,
            InboundReceipt.expected_on,
            Supplier.usual_delay_days,
            due,
        )
    )


def _counted_on(expected_on: date, delay: int, today: date) -> date:
    return expected_on if expected_on >= today else today + timedelta(days=delay)
