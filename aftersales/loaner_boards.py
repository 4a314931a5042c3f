"""Reading the loaner pool: what is out to whom and until when, what is free, and how much it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Select, and_, bindparam, case, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from aftersales.repairs import Loan, LoanerUnit, Repair
from inventory.identities import Identity
from inventory.models import Product
from inventory.tracing import tidy
from portal.db import Instant, whole_seconds
from portal.i18n import N_
from portal.keyset import Keyset, keyset
from portal.numbered import Page, numbered

WINDOW = timedelta(days=90)


class Shown(StrEnum):
    """Which units of the pool a board shows."""

    OUT = "out"
    FREE = "free"
    RETIRED = "retired"


SHOWN_TITLES = {Shown.OUT: N_("Lent"), Shown.FREE: N_("Free"), Shown.RETIRED: N_("Retired")}


@dataclass(frozen=True)
class Slot:
    """A unit of the pool, and its loan when it is out."""

    unit: LoanerUnit
    loan: Loan | None


@dataclass(frozen=True)
class Utilisation:
    """The share of the pool's unit-days on which a unit was lent; None when there was no pool.

    `units` and `loans` say on how many of each it rests.
    """

    share: Decimal | None
    units: int
    loans: int


def board(session: Session, shown: Shown, text: str = "", *, page: int = 1) -> Page[Slot]:
    """A page of the pool as slots; what is out comes soonest due first, so that the overdue lead. Two queries."""
    out = and_(Loan.unit_id == LoanerUnit.id, Loan.returned_at.is_(None))
    query = (
        select(LoanerUnit, Loan)
        .join(LoanerUnit.identity)
        .join(Identity.product)
        .outerjoin(Loan, out)
        .options(
            contains_eager(LoanerUnit.identity).contains_eager(Identity.product),
            joinedload(LoanerUnit.warehouse),
            joinedload(Loan.repair),
            joinedload(Loan.customer),
        )
    )
    match shown:
        case Shown.OUT:
            query = query.where(Loan.id.is_not(None)).order_by(Loan.due_at, Loan.id)
        case Shown.FREE:
            query = query.where(Loan.id.is_(None), LoanerUnit.retired_at.is_(None)).order_by(LoanerUnit.id)
        case Shown.RETIRED:
            query = query.where(LoanerUnit.retired_at.is_not(None)).order_by(LoanerUnit.retired_at.desc())
    if text.strip():
        query = query.where(
            or_(
                Identity.number.contains(tidy(text), autoescape=True),
                Product.sku.icontains(text.strip(), autoescape=True),
            )
        )
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    found = numbered(session, query, counted, page=page)
    return found.made(lambda rows: [Slot(unit, loan) for unit, loan in rows])


def counted(session: Session, now: datetime) -> dict[str, int]:
    """How many units are out, overdue and free."""
    out = Loan.returned_at.is_(None)
    query = select(
        select(func.count(Loan.id)).where(out).scalar_subquery(),
        select(func.count(Loan.id)).where(out, Loan.due_at < now).scalar_subquery(),
        select(func.count(LoanerUnit.id)).where(LoanerUnit.retired_at.is_(None)).scalar_subquery(),
    )
    lent, overdue, kept = session.execute(query).one()
    return {"out": lent, "overdue": overdue, "free": kept - lent}


def free_units(session: Session, instead_of: Product, *, most: int = 100) -> list[LoanerUnit]:
    """Units that can be handed out while one of a product is repaired: of the same product, then of its category."""
    out = select(Loan.id).where(Loan.unit_id == LoanerUnit.id, Loan.returned_at.is_(None)).exists()
    query = (
        select(LoanerUnit)
        .join(LoanerUnit.identity)
        .join(Identity.product)
        .where(
            LoanerUnit.retired_at.is_(None),
            ~out,
            or_(
                Product.id == instead_of.id,
                # Of a product on no shelf only the same one fits.
                and_(Product.category_id.is_not(None), Product.category_id == instead_of.category_id),
            ),
        )
        .options(
            contains_eager(LoanerUnit.identity).contains_eager(Identity.product),
            joinedload(LoanerUnit.warehouse),
        )
        .order_by(case((Product.id == instead_of.id, 0), else_=1), Product.sku, Identity.number)
        .limit(most)
    )
    return list(session.scalars(query))


def loans_of(
    session: Session,
    customer_id: int,
    *,
    out_only: bool = False,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Loan]:
    """A company's loans, newest first."""
    query = (
        select(Loan)
        .where(Loan.customer_id == customer_id)
        .options(
            joinedload(Loan.unit).joinedload(LoanerUnit.identity).joinedload(Identity.product),
            joinedload(Loan.repair),
        )
    )
    if out_only:
        query = query.where(Loan.returned_at.is_(None))
    return keyset(session, query, Loan.id, older_than=older_than, newer_than=newer_than)


def loans_for_repair(session: Session, repair: Repair) -> list[Loan]:
    """The loans of a repair, first to last."""
    return list(session.scalars(_loans().where(Loan.repair_id == repair.id).order_by(Loan.id)))


def loans_with(session: Session, identity_ids: Sequence[int]) -> list[Loan]:
    """Every loan of these serials, first to last."""
    query = _loans().join(Loan.unit).where(LoanerUnit.identity_id.in_(identity_ids))
    return list(session.scalars(query.order_by(Loan.id)))


def utilisation(session: Session, now: datetime) -> Utilisation:
    """How much of the pool was lent over the last 90 days: days lent of days in the pool. Two queries.

    Source: asset utilisation, time in use ÷ time available.
    """
    since = now - WINDOW
    units, available = session.execute(_time(LoanerUnit.added_at, LoanerUnit.retired_at, since, now)).one()
    loans, lent = session.execute(_time(Loan.handed_out_at, Loan.returned_at, since, now)).one()
    return Utilisation(Decimal(lent) / available if available else None, units, loans)


def _loans() -> Select[Loan]:
    return select(Loan).options(
        joinedload(Loan.unit).joinedload(LoanerUnit.identity).joinedload(Identity.product),
        joinedload(Loan.repair),
        joinedload(Loan.customer),
        joinedload(Loan.handed_out_by),
    )


def _time(
    began: InstrumentedAttribute[datetime],
    ended: InstrumentedAttribute[datetime | None],
    since: datetime,
    until: datetime,
) -> Select[int, int]:
    """How many spans reach into a window, and their seconds within it; one that has not ended lasts on."""
    first, last = bindparam("since", since, Instant()), bindparam("until", until, Instant())
    end = case((ended < last, ended), else_=last)
    start = case((began > first, began), else_=first)
    seconds = cast(func.coalesce(func.sum(whole_seconds(end) - whole_seconds(start)), 0), BigInteger)
    return select(func.count(), seconds).where(began < last, or_(ended.is_(None), ended > first))
