"""Units of lots and serials go from one place to another; where each lies is always the sum of its moves."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Row, case, func, select, update
from sqlalchemy.orm import Session, joinedload

from inventory.allotting import lots_came, settle_at
from inventory.identities import Identity, IdentityBalance, IdentityKind, IdentityMove, Keeping
from inventory.ledger import Place
from portal.accounts.models import User
from portal.batches import append
from portal.i18n import N_
from portal.refusal import Refused

AT_ONCE = 5000
"""How many identities a statement names at most."""
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Spot:
    """Where units are kept and how: in a warehouse, or with a customer who owns or borrows them."""

    keeping: Keeping
    warehouse_id: int | None = None
    customer_id: int | None = None


@dataclass(frozen=True)
class Shift:
    """Units of an identity that leave `source` for `target`; no source when they come into the house, no target when
    they leave what we keep books of. Several causes moved at once are named one by one.
    """

    identity_id: int
    quantity: int
    source: Spot | None
    target: Spot | None
    cause_no: str = ""


Known = Row[tuple[int, str, str, int]]
Balances = dict[tuple[int, Spot], tuple[int, int]]
Changes = Mapping[tuple[int, Spot], int]


def shift(
    session: Session, shifts: Sequence[Shift], what: str, cause_no: str, *, by: User | None, now: datetime
) -> None:
    """Move units of identities, with their ledger; `what` names the kind of act (`lifeline.Step`).

    What is held where lots came or went is allotted anew; its stock rows are locked by the caller. Refused as a whole
    when units are not at their source, or a serial would be in two places.
    """
    if any(one.quantity <= 0 for one in shifts):
        raise Refused(N_("The quantity must be at least 1."), field="quantity")
    session.flush()  # identities made in this act are in the database before their balances
    changes = Counter[tuple[int, Spot]]()
    for one in shifts:
        for spot, quantity in _sides(one):
            changes[one.identity_id, spot] += quantity
    known = locked(session, {one.identity_id for one in shifts})
    balances = _balances(session, known)
    _refuse_impossible(session, changes, balances, known)
    _bring_along(session, {key: change for key, change in changes.items() if change}, balances, known)
    moves = [
        {
            "identity_id": one.identity_id,
            "warehouse_id": spot.warehouse_id,
            "customer_id": spot.customer_id,
            "keeping": spot.keeping,
            "quantity": quantity,
            "what": what,
            "cause_no": one.cause_no or cause_no,
            "at": now,
            "by_id": by.id if by else None,
        }
        for one in shifts
        for spot, quantity in _sides(one)
    ]
    append(session, IdentityMove, moves)
    _allot_anew(session, changes, known, now=now)


def _allot_anew(session: Session, changes: Changes, known: Mapping[int, Known], *, now: datetime) -> None:
    """Lots that came to a shelf, or left it, are meant for what is held there."""
    shelves = {
        Place(known[id_].product_id, spot.warehouse_id): change
        for (id_, spot), change in sorted(changes.items(), key=lambda one: one[1])
        if change
        and spot.keeping == Keeping.GOOD
        and spot.warehouse_id is not None
        and known[id_].kind == IdentityKind.LOT
    }
    lots_came(session, [place for place, change in shelves.items() if change > 0])
    if shelves:
        settle_at(session, shelves, now=now)


def tidy(number: str) -> str:
    """A serial or lot number as it is kept: without spaces, in capitals."""
    return "".join(number.split()).upper()


def identity_named(session: Session, product_id: int, number: str) -> Identity | None:
    """The lot or serial of a product with this number."""
    query = select(Identity).where(Identity.product_id == product_id, Identity.number == tidy(number))
    return session.scalars(query).one_or_none()


def identities_named(session: Session, product_id: int, numbers: Iterable[str]) -> dict[str, Identity]:
    """The lots and serials of a product by their numbers; unknown ones are absent."""
    found: dict[str, Identity] = {}
    for some in chunks(sorted({tidy(number) for number in numbers})):
        query = select(Identity).where(Identity.product_id == product_id, Identity.number.in_(some))
        found |= {one.number: one for one in session.scalars(query)}
    return found


def balances_of(session: Session, identity_ids: Iterable[int]) -> list[IdentityBalance]:
    """Where the units of these identities are now, with warehouse, customer and identity."""
    found: list[IdentityBalance] = []
    for some in chunks(sorted(set(identity_ids))):
        query = (
            select(IdentityBalance)
            .where(IdentityBalance.identity_id.in_(some), IdentityBalance.quantity > 0)
            .options(
                joinedload(IdentityBalance.identity),
                joinedload(IdentityBalance.warehouse),
                joinedload(IdentityBalance.customer),
            )
            .order_by(IdentityBalance.identity_id, IdentityBalance.id)
            .execution_options(populate_existing=True)
        )
        found += session.scalars(query)
    return found


def held_by_customers(session: Session, identity_ids: Iterable[int]) -> dict[int, int]:
    """How many units of these identities each customer has, owned or borrowed, by customer id."""
    held = Counter[int]()
    for some in chunks(sorted(set(identity_ids))):
        query = (
            select(IdentityBalance.customer_id, func.sum(IdentityBalance.quantity))
            .where(
                IdentityBalance.identity_id.in_(some),
                IdentityBalance.customer_id.is_not(None),
                IdentityBalance.quantity > 0,
            )
            .group_by(IdentityBalance.customer_id)
        )
        for customer_id, units in session.execute(query):
            held[customer_id or 0] += int(units)
    return dict(held)


def locked(session: Session, identity_ids: Iterable[int]) -> dict[int, Known]:
    """Lock identities in id order, after the stock rows; gives their id, kind, number and product."""
    found: dict[int, Known] = {}
    for some in chunks(sorted(set(identity_ids))):
        query = (
            select(Identity.id, Identity.kind, Identity.number, Identity.product_id)
            .where(Identity.id.in_(some))
            .order_by(Identity.id)
            .with_for_update(key_share=True)
        )
        found |= {row.id: row for row in session.execute(query)}
    return found


def chunks(values: Iterable[Thing]) -> Iterator[list[Thing]]:
    """The values in portions that one statement may name."""
    remaining = iter(values)
    while some := list(islice(remaining, AT_ONCE)):
        yield some


def _sides(one: Shift) -> Iterator[tuple[Spot, int]]:
    if one.source is not None:
        yield one.source, -one.quantity
    if one.target is not None:
        yield one.target, one.quantity


def _balances(session: Session, identity_ids: Iterable[int]) -> Balances:
    """The balance rows of locked identities: id and units, by identity and spot."""
    found: Balances = {}
    for some in chunks(identity_ids):
        query = select(
            IdentityBalance.id,
            IdentityBalance.identity_id,
            IdentityBalance.keeping,
            IdentityBalance.warehouse_id,
            IdentityBalance.customer_id,
            IdentityBalance.quantity,
        ).where(IdentityBalance.identity_id.in_(some))
        for row in session.execute(query):
            spot = Spot(Keeping(row.keeping), row.warehouse_id, row.customer_id)
            found[row.identity_id, spot] = (row.id, row.quantity)
    return found


def _refuse_impossible(
    session: Session, changes: Changes, balances: Balances, known: Mapping[int, Known]
) -> None:
    after = {key: units for key, (_, units) in balances.items()}
    for (identity_id, spot), change in changes.items():
        there = after.get((identity_id, spot), 0)
        if there + change < 0:
            held = after.get((identity_id, Spot(Keeping.QUARANTINE, spot.warehouse_id)), 0)
            message = N_("%(units)s of %(number)s cannot be moved, for there are only %(there)s.")
            if not there:
                message = N_("%(number)s cannot be moved, for there is none of it.")
            if spot.keeping == Keeping.GOOD and held:
                message = N_("%(number)s is in quarantine and cannot leave the warehouse.")
            raise Refused(message, number=known[identity_id].number, there=there, units=-change)
        after[identity_id, spot] = there + change
    units = Counter[int]()
    for (identity_id, _), count in after.items():
        units[identity_id] += count
    for identity_id, count in units.items():
        if count > 1 and known[identity_id].kind == IdentityKind.SERIAL:
            raise Refused(
                N_("Serial %(number)s is already in our books and cannot come in twice."),
                field="serials",
                number=known[identity_id].number,
            )


def _marks(change: int) -> dict[str, ColumnElement[int]]:
    """What leaves a shelf is picked and allotted there no longer; what is true of the rest is counted anew after it."""
    if change >= 0:
        return {}
    left = IdentityBalance.quantity + change
    return {
        "picked": case((IdentityBalance.picked > left, left), else_=IdentityBalance.picked),
        "allocated": case((IdentityBalance.allocated > left, left), else_=IdentityBalance.allocated),
    }


def _bring_along(session: Session, changes: Changes, balances: Balances, known: Mapping[int, Known]) -> None:
    """Raise and lower the balances; what leaves goes first, as a serial may not lie in two places even for a moment."""
    by_change: dict[int, list[int]] = {}
    new = []
    for (identity_id, spot), change in changes.items():
        if (identity_id, spot) in balances:
            by_change.setdefault(change, []).append(balances[identity_id, spot][0])
        else:
            new.append(
                {
                    "identity_id": identity_id,
                    "serial": known[identity_id].kind == IdentityKind.SERIAL,
                    "warehouse_id": spot.warehouse_id,
                    "customer_id": spot.customer_id,
                    "keeping": spot.keeping,
                    "quantity": change,
                }
            )
    for change in sorted(by_change):
        for some in chunks(by_change[change]):
            session.execute(
                update(IdentityBalance)
                .where(IdentityBalance.id.in_(some))
                .values({"quantity": IdentityBalance.quantity + change, **_marks(change)}),
            )
    append(session, IdentityBalance, new)
