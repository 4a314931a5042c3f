"""What a company holds: the serials and lots delivered or lent to it, each with its warranty and open repair."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager

from aftersales.covering import NOT_YOURS, Cover, cover
from aftersales.repairs import Loan, Repair, RepairState, Warranty
from inventory.identities import Identity, IdentityBalance, Keeping
from inventory.models import Product
from inventory.searching import search_words
from inventory.tracing import tidy
from portal.customers.models import Customer
from portal.i18n import N_
from portal.keyset import Keyset, keyset

HOLDING_TITLES = {
    Keeping.OWNED: N_("With you"),
    Keeping.LENT: N_("Lent to you"),
    Keeping.REPAIR: N_("In our workshop"),
}
"""How a company's units are kept, in words to the company."""

CLOSED = (RepairState.RETURNED, RepairState.CANCELLED)


@dataclass(frozen=True)
class Unit:
    """Units of one lot or serial that a company holds, or that lie in our workshop for it."""

    identity: Identity
    quantity: int
    keeping: Keeping
    warranty: Warranty | None
    repair_no: str | None


@dataclass(frozen=True)
class Owned:
    """How many units a company holds and has under warranty, the day the first warranty ends, its repairs and loans."""

    units: int
    covered: int
    next_end: date | None
    in_repair: int
    lent: int


@dataclass(frozen=True)
class Checked:
    """A unit that a company asked about, with the answer."""

    identity: Identity
    cover: Cover


def units_of(
    session: Session,
    customer_id: int,
    text: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Unit]:
    """What a company holds, last delivered first, found by number or product. One query."""
    query = _held(customer_id)
    if words := search_words(text):
        named = and_(*(Product.search_text.contains(word, autoescape=True) for word in words))
        query = query.where(or_(Identity.number.contains(tidy(text), autoescape=True), named))
    found = keyset(session, query, IdentityBalance.id, older_than=older_than, newer_than=newer_than)
    return found.made(_unit)


def owned(session: Session, customer_id: int, today: date) -> Owned:
    """What a company holds, summed up. One query."""
    running = (Warranty.customer_id == customer_id, Warranty.voided_at.is_(None), Warranty.ends_on > today)
    units = select(func.coalesce(func.sum(IdentityBalance.quantity), 0)).where(
        IdentityBalance.id.in_(balances_of_company(customer_id))
    )
    query = select(
        units.scalar_subquery(),
        select(func.count(Warranty.id)).where(*running).scalar_subquery(),
        select(func.min(Warranty.ends_on)).where(*running).scalar_subquery(),
        select(func.count(Repair.id))
        .where(Repair.customer_id == customer_id, Repair.state.not_in(CLOSED))
        .scalar_subquery(),
        select(func.count(Loan.id))
        .where(Loan.customer_id == customer_id, Loan.returned_at.is_(None))
        .scalar_subquery(),
    )
    held, covered, next_end, in_repair, lent = session.execute(query).one()
    return Owned(int(held), covered, next_end, in_repair, lent)


def named_units(session: Session, customer_id: int, number: str, sku: str = "") -> list[Unit]:
    """The units with this number that a company holds; a number may be borne by units of several products."""
    query = _held(customer_id).where(Identity.number == tidy(number))
    if sku:
        query = query.where(Product.sku == sku)
    return [_unit(row) for row in session.execute(query.order_by(IdentityBalance.id))]


def check_cover(session: Session, customer: Customer, number: str, on: date) -> list[Checked]:
    """Whether the company's units with this number are covered on a day; empty when it holds none.

    The caller answers an empty list with `NOT_YOURS`, which says nothing of units that others hold.
    """
    return [
        Checked(unit.identity, cover_of(unit, on))
        for unit in named_units(session, customer.id, number)
        if unit.identity.kind == "serial"
    ]


def cover_of(unit: Unit, on: date) -> Cover:
    """Whether a unit that a company holds is covered; what is lent stays ours and needs no cover."""
    if unit.keeping is Keeping.LENT:
        return NOT_YOURS
    return cover(unit.warranty, unit.identity.product, on)


def warranties_of(session: Session, identity_ids: Iterable[int]) -> list[Warranty]:
    """Every warranty that these serials ever had, first to last."""
    query = select(Warranty).where(Warranty.identity_id.in_(set(identity_ids))).order_by(Warranty.id)
    return list(session.scalars(query))


def _held(customer_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Identity,
            IdentityBalance.quantity,
            IdentityBalance.keeping,
            Warranty,
            Repair.number,
            IdentityBalance.id,
        )
        .select_from(IdentityBalance)
        .join(Identity, Identity.id == IdentityBalance.identity_id)
        .join(Identity.product)
        .outerjoin(
            Warranty,
            and_(
                Warranty.identity_id == Identity.id,
                Warranty.customer_id == customer_id,
                Warranty.voided_at.is_(None),
            ),
        )
        .outerjoin(
            Repair,
            and_(
                Repair.identity_id == Identity.id,
                Repair.customer_id == customer_id,
                Repair.state.not_in(CLOSED),
            ),
        )
        .where(IdentityBalance.id.in_(balances_of_company(customer_id)))
        .options(contains_eager(Identity.product))
    )


def balances_of_company(customer_id: int) -> Select[int]:
    """The balances with a company, and those of its units that we repair."""
    with_them = select(IdentityBalance.id).where(
        IdentityBalance.customer_id == customer_id, IdentityBalance.quantity > 0
    )
    with_us = (
        select(IdentityBalance.id)
        .join(Repair, Repair.identity_id == IdentityBalance.identity_id)
        .where(
            Repair.customer_id == customer_id,
            Repair.state.not_in(CLOSED),
            IdentityBalance.warehouse_id.is_not(None),
            IdentityBalance.keeping == Keeping.REPAIR,
            IdentityBalance.quantity > 0,
        )
    )
    both = union_all(with_them, with_us).subquery()
    return select(both.c.id)


def _unit(row: Any) -> Unit:
    identity, quantity, keeping, warranty, repair_no, *_ = row
    return Unit(identity, quantity, Keeping(keeping), warranty, repair_no)
