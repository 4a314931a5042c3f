"""Stock is spoken for, let go and shipped: under the lock of the stock row, so that it can't be promised twice."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from inventory.allotting import settle, unfit
from inventory.basket_holds import take_over
from inventory.coming import expected_day, receipts_at
from inventory.dealing import deal
from inventory.inbound import InboundReceipt
from inventory.ledger import Move, Place, stock_rows, write_movements
from inventory.stock import MovementKind, Reservation, Stock
from portal.accounts.models import User
from portal.batches import increase, insert_all
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import NN_
from portal.refusal import Refused


@dataclass(frozen=True)
class Part:
    """Some units of a demand and where they come from: stock (`held`), a receipt on `available_on`, or nowhere yet."""

    place: Place
    quantity: int
    held: bool
    available_on: date | None = None
    receipt: InboundReceipt | None = None
    stock: Stock | None = None


class Supply:
    """The locked stock of some products in one warehouse and, where it runs short, the receipts still to come.

    Every split takes from what the earlier ones left, so the lines of one order do not compete for the same units.
    What was split off is to be put on record by `reserve`. With `now`, what baskets held there for longer than they may
    counts as free. `own` are the holds (by purpose) of the basket that is being ordered: they end, what they held can
    be split off by nobody else, and `reserve` is told of it as `taken_over`.
    """

    def __init__(
        self,
        session: Session,
        product_ids: Iterable[int],
        warehouse_id: int,
        today: date,
        *,
        own: Collection[str] = (),
        now: datetime | None = None,
    ) -> None:
        self._session, self._warehouse_id, self._today = session, warehouse_id, today
        self._stock = stock_rows(session, [Place(id_, warehouse_id) for id_ in product_ids])
        self._barred = unfit(session, self._stock.values(), today=today)
        self._inbound: dict[Place, list[InboundReceipt]] | None = None
        self._now, self.taken_over = now, Counter[Stock]()
        self._left = self._free()
        if own:
            self._let_go(own)

    def left(self, product_id: int, wanted: int = 0) -> int:
        """Units in stock that nobody has been promised and no split has taken.

        Where fewer than `wanted` are, what baskets held for too long is let go first.
        """
        place = Place(product_id, self._warehouse_id)
        if self._left[place] < wanted:
            self._let_go()
        return self._left[place]

    def split(self, product_id: int, quantity: int) -> list[Part]:
        """Where `quantity` units come from, soonest first: from stock, from receipts, or from nowhere yet."""
        place = Place(product_id, self._warehouse_id)
        parts = []
        if held := min(quantity, self.left(product_id, quantity)):
            self._left[place] -= held
            parts.append(Part(place, held, held=True, stock=self._stock[place]))
        rest = quantity - held
        for receipt in self._receipts(product_id) if rest else ():
            if taken := min(rest, receipt.unclaimed):
                receipt.claimed += taken
                rest -= taken
                parts.append(Part(place, taken, False, expected_day(receipt, self._today), receipt))
            if not rest:
                break
        if rest:
            parts.append(Part(place, rest, held=False))
        return parts

    def _let_go(self, own: Collection[str] = ()) -> None:
        """End the own holds, and those at any of these places that have run out; asked again it does nothing."""
        if self._now is None:
            return
        before = self._free()
        self.taken_over = take_over(self._session, self._stock, own, now=self._now)
        for place, units in self._free().items():
            self._left[place] += units - before[place]
        self._now = None

    def _free(self) -> dict[Place, int]:
        """Units by place that can be promised now; what was taken over from own holds is among them."""
        return {
            place: max(0, row.available + self.taken_over[row] - self._barred[place])
            for place, row in self._stock.items()
        }

    def _receipts(self, product_id: int) -> list[InboundReceipt]:
        if self._inbound is None:
            self._inbound = receipts_at(self._session, list(self._stock), self._today)
        return self._inbound.get(Place(product_id, self._warehouse_id), [])


def reserve(
    session: Session,
    parts: Sequence[tuple[str, Part, datetime]],
    customer: Customer | None = None,
    *,
    taken_over: Mapping[Stock, int] | None = None,
    now: datetime,
) -> list[int]:
    """Put the parts of a supply on record, each for a purpose and due; gives the ids in the same order.

    They bear the allocation class of the customer whose they are. What the supply took over from holds is reserved
    already, and only changes hands.
    """
    of_customer = (
        {"customer_id": customer.id, "allocation_class": customer.allocation_class} if customer else {}
    )
    rows = [
        {
            "purpose": purpose,
            "warehouse_id": part.place.warehouse_id,
            "product_id": part.place.product_id,
            "quantity": part.quantity,
            "held": part.quantity if part.held else 0,
            "receipt_id": part.receipt.id if part.receipt else None,
            "due_at": due_at,
            "created_at": now,
            **of_customer,
        }
        for purpose, part, due_at in parts
    ]
    taken = Counter[Stock]()
    for _, part, _ in parts:
        if part.stock is not None:
            taken[part.stock] += part.quantity
    changes = taken.copy()
    changes.subtract(taken_over or {})
    increase(session, "reserved", {row: units for row, units in changes.items() if units})
    ids = insert_all(session, Reservation, rows)
    settle(session, taken, now=now)
    return ids


def consume_all(
    session: Session, taken: Mapping[str, Mapping[int, int]], *, by: User | None, now: datetime
) -> None:
    """Ship units held by reservations (by cause: id: units): they leave the stock and the ledger says so.

    Refused as a whole when a reservation holds fewer than are to leave; then nothing does.
    """
    leaving = Counter[int]()
    for units in taken.values():
        leaving.update(units)
    held, stock = _locked(session, leaving)
    for reservation in held.values():
        if leaving[reservation.id] > reservation.held:
            raise Refused(
                NN_(
                    "Only %(held)s unit is in stock for this line; %(units)s cannot leave.",
                    "Only %(held)s units are in stock for this line; %(units)s cannot leave.",
                    "held",
                ),
                held=reservation.held,
                units=leaving[reservation.id],
            )
    for reservation in held.values():
        reservation.held -= leaving[reservation.id]
        reservation.quantity -= leaving[reservation.id]
        reservation.picked = max(0, reservation.picked - leaving[reservation.id])
    moves = []
    for cause_no, units in taken.items():
        changes = Counter[Place]()
        for reservation_id, count in units.items():
            reservation = held[reservation_id]
            changes[Place(reservation.product_id, reservation.warehouse_id)] -= count
        moves += [Move(place, change, cause_no) for place, change in changes.items()]
    for one in moves:
        stock[one.place].reserved += one.quantity
        stock[one.place].on_hand += one.quantity
    write_movements(session, moves, MovementKind.ISSUE, "", by=by, now=now)
    settle(session, stock.values(), now=now)


def release(
    session: Session,
    reservation_ids: Iterable[int],
    *,
    keeping: Mapping[int, int] | None = None,
    now: datetime,
) -> None:
    """Let go of what some reservations still speak for, but for the units of them (by id) that are for `keeping`.

    What they held beyond that goes to whoever waits longest.
    """
    kept = keeping or {}
    locked, stock = _locked(session, reservation_ids)
    reservations = list(locked.values())
    receipts = {
        r.id: r for r in lock(session, InboundReceipt, (r.receipt_id for r in reservations if r.receipt_id))
    }
    for reservation in reservations:
        waited = reservation.quantity - reservation.held
        quantity = min(kept.get(reservation.id, 0), reservation.quantity)
        held = min(quantity, reservation.held)
        stock[Place(reservation.product_id, reservation.warehouse_id)].reserved -= reservation.held - held
        reservation.quantity, reservation.held = quantity, held
        reservation.picked = min(reservation.picked, held)
        if reservation.receipt_id:
            receipts[reservation.receipt_id].claimed -= waited - (quantity - held)
            if held == quantity:
                reservation.receipt_id = None
    session.flush()  # the deal below reads which reservations still wait
    deal(session, stock, now=now)


def lock_behind(session: Session, reservations: Select[Any]) -> None:
    """Lock the stock rows that the reservations selected (by id) draw on, as everybody does before changing some.

    One statement for any number of them. Whoever holds these rows locks the reservations in whatever order.
    """
    places = select(Reservation.product_id, Reservation.warehouse_id).where(Reservation.id.in_(reservations))
    drawn_on = tuple_(Stock.product_id, Stock.warehouse_id).in_(places)
    session.execute(select(Stock.id).where(drawn_on).order_by(Stock.id).with_for_update()).all()


def _locked(session: Session, ids: Iterable[int]) -> tuple[dict[int, Reservation], dict[Place, Stock]]:
    """The reservations, locked after the stock rows they draw on, as everywhere."""
    wanted = list(ids)
    places = session.execute(
        select(Reservation.product_id, Reservation.warehouse_id).where(Reservation.id.in_(wanted)).distinct()
    )
    stock = stock_rows(session, [Place(*row) for row in places])
    return {row.id: row for row in lock(session, Reservation, wanted)}, stock
