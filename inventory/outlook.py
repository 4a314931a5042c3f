"""What comes and what is owed of some products in some warehouses, day by day, and what of it can be promised."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, any_, bindparam, case, func, select
from sqlalchemy.orm import Session

from inventory.allotting import unfit_at
from inventory.coming import TRANSFER_DELAY_DAYS
from inventory.inbound import InboundReceipt, Supplier
from inventory.ledger import Place
from inventory.promisable import Balance, balances, in_parts
from inventory.stock import Reservation, Stock
from portal.clock import business_day
from portal.i18n import N_, NN_, day_text, gettext


class Coming(NamedTuple):
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
    session.flush()
    connection, asked = session.connection(), {"products": list(product_ids), "houses": list(warehouse_ids)}
    questions = _questions(connection.dialect.name)
    coming: dict[tuple[int, int], list[Coming]] = {}
    days: dict[int, date] = {}
    for id_, product, house, number, expected_on, units, delay in connection.execute(
        questions.receipts, asked
    ).all():
        days[id_] = day = _counted_on(expected_on, delay, today)
        one = Coming(number, day, units, expected_on < today)
        coming.setdefault((product, house), []).append(one)
    owed: dict[tuple[int, int], list[tuple[date, int]]] = {}
    for product, house, receipt_id, due_at, units in connection.execute(questions.waiting, asked).all():
        day = days.get(receipt_id) or business_day(due_at)
        owed.setdefault((product, house), []).append((max(day, today), int(units)))
    stock = {(row[0], row[1]): row for row in connection.execute(questions.stock, asked).all()}
    barred = unfit_at(session, {Place(*place) for place, row in stock.items() if row.by_lot}, today)
    found = {}
    for place in (Place(product, house) for product in product_ids for house in warehouse_ids):
        _, _, on_hand, reserved, by_lot = stock.get(place, _NONE)
        there = max(reserved, on_hand - barred[place]) if by_lot else max(reserved, on_hand)
        comes = sorted(coming.get(place, ()), key=_SOONEST)
        found[place] = Outlook(today, there, reserved, comes, sorted(owed.get(place, ())))
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


_SOONEST = attrgetter("day", "number")
_NONE = (0, 0, 0, 0, False)


@dataclass(frozen=True)
class _Questions:
    """What is read of places, as statements."""

    stock: Select[*tuple[Any, ...]]
    receipts: Select[*tuple[Any, ...]]
    waiting: Select[*tuple[Any, ...]]


@cache
def _questions(dialect: str) -> _Questions:
    """Made once for each kind of database; PostgreSQL takes the places as lists, and so knows the statement again."""

    def at(table: Any) -> list[ColumnElement[bool]]:
        columns = {"products": table.product_id, "houses": table.warehouse_id}
        if dialect == "postgresql":
            return [column == any_(bindparam(name, type_=ARRAY(Integer))) for name, column in columns.items()]
        return [column.in_(bindparam(name, expanding=True)) for name, column in columns.items()]

    stock = select(Stock.product_id, Stock.warehouse_id, Stock.on_hand, Stock.reserved, Stock.by_lot)
    receipts = select(
        InboundReceipt.id,
        InboundReceipt.product_id,
        InboundReceipt.warehouse_id,
        InboundReceipt.number,
        InboundReceipt.expected_on,
        InboundReceipt.quantity - InboundReceipt.received,
        func.coalesce(Supplier.usual_delay_days, TRANSFER_DELAY_DAYS),
    ).outerjoin(Supplier, Supplier.id == InboundReceipt.supplier_id)
    # What is owed and not held waits for a receipt that is open at the same place, or for nothing.
    waiting = select(
        Reservation.product_id,
        Reservation.warehouse_id,
        Reservation.receipt_id,
        func.min(Reservation.due_at),
        func.sum(Reservation.quantity - Reservation.held),
    ).group_by(
        Reservation.product_id,
        Reservation.warehouse_id,
        Reservation.receipt_id,
        case((Reservation.receipt_id.is_(None), Reservation.due_at)),
    )
    return _Questions(
        stock.where(*at(Stock)),
        receipts.where(*at(InboundReceipt), InboundReceipt.closed_at.is_(None)),
        waiting.where(*at(Reservation), Reservation.held < Reservation.quantity),
    )


def _counted_on(expected_on: date, delay: int, today: date) -> date:
    return expected_on if expected_on >= today else today + timedelta(days=delay)
