"""Where goods are scarce now, and the dealings of scarce goods that were done, with who gained and who lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from inventory.dealings import Dealing, DealingEffect
from inventory.ledger import Place, at
from inventory.stock import NOTHING, OWED, Reservation, Stock
from inventory.turns import Key, earlier
from orders.dealing_again import agreed_at
from orders.models import Order, OrderLine, ScheduleLine
from portal.clock import at as start_of
from portal.keyset import Keyset, keyset
from portal.money import line_amount


@dataclass(frozen=True)
class Scarce:
    """A product in a warehouse for which a company waits while another holds units that nobody has picked."""

    stock: Stock
    lines_waiting: int
    units_waiting: int
    lines_holding: int
    units_holding: int


@dataclass(frozen=True)
class Change:
    """What one line held before a dealing and after it, and what the difference is worth."""

    effect: DealingEffect
    order: Order | None
    line: OrderLine | None
    worth_minor: int

    @property
    def gain(self) -> int:
        """Units more than before; fewer when negative."""
        return self.effect.held_after - self.effect.held_before


def scarce_now(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[Scarce]:
    """A page of the places where one company waits and another holds; two queries."""
    waits, holds = aliased(Reservation), aliased(Reservation)
    scarce = (
        select(waits.id)
        .join(
            holds,
            and_(
                holds.product_id == waits.product_id,
                holds.warehouse_id == waits.warehouse_id,
                holds.quantity > NOTHING,
                holds.held > holds.picked,
                holds.expires_at.is_(None),
                holds.customer_id.is_distinct_from(waits.customer_id),
            ),
        )
        .where(
            waits.product_id == Stock.product_id,
            waits.warehouse_id == Stock.warehouse_id,
            waits.held < waits.quantity,
        )
        .exists()
    )
    query = (
        select(Stock)
        .join(Stock.product)
        .join(Stock.warehouse)
        .options(contains_eager(Stock.product), contains_eager(Stock.warehouse))
        .where(Stock.reserved > 0, scarce)
    )
    page = keyset(session, query, Stock.id, older_than=older_than, newer_than=newer_than)
    counted = _counted(session, [Place(one.product_id, one.warehouse_id) for one in page.rows])
    return page.made(lambda one: Scarce(one, *counted[Place(one.product_id, one.warehouse_id)]))


def worth_dealing(
    session: Session, places: Collection[Place], keys: Sequence[Key], *, today: date
) -> set[Place]:
    """Of these places those where, under a rule, one that waits comes before one whose units may be dealt anew.

    Elsewhere a dealing changes nothing: the goods lie as the rule gives them. One query.
    """
    if not places:
        return set()
    waits, holds = aliased(Reservation), aliased(Reservation)
    query = (
        select(waits.product_id, waits.warehouse_id)
        .join(
            holds,
            and_(
                holds.product_id == waits.product_id,
                holds.warehouse_id == waits.warehouse_id,
                holds.quantity > NOTHING,
                holds.held > holds.picked,
                holds.expires_at.is_(None),
                holds.due_at >= start_of(today + timedelta(days=1)),
                holds.id.not_in(agreed_at(places)),
                earlier(waits, holds, keys),
            ),
        )
        .where(at(waits, places), waits.held < waits.quantity, waits.expires_at.is_(None))
        .distinct()
    )
    return {Place(*row) for row in session.execute(query)}


def dealings(
    session: Session, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[tuple[Dealing, int, int, int]]:
    """A page of the dealings done, the latest first, each with lines that gained, lines that lost, and units moved."""
    gain = DealingEffect.held_after - DealingEffect.held_before
    query = select(Dealing).options(
        joinedload(Dealing.product), joinedload(Dealing.warehouse), joinedload(Dealing.rule)
    )
    page = keyset(session, query, Dealing.id, older_than=older_than, newer_than=newer_than)
    sums = (
        select(
            DealingEffect.dealing_id,
            func.count().filter(gain > 0),
            func.count().filter(gain < 0),
            func.coalesce(func.sum(gain).filter(gain > 0), 0),
        )
        .where(DealingEffect.dealing_id.in_([one.id for one in page.rows]))
        .group_by(DealingEffect.dealing_id)
    )
    counted = {id_: (gained, lost, int(units)) for id_, gained, lost, units in session.execute(sums)}
    return page.made(lambda one: (one, *counted.get(one.id, (0, 0, 0))))


def find_dealing(session: Session, number: str) -> Dealing | None:
    """The dealing of this number, with its rule and who ran it."""
    query = select(Dealing).where(Dealing.number == number)
    return session.scalars(
        query.options(
            joinedload(Dealing.product),
            joinedload(Dealing.warehouse),
            joinedload(Dealing.rule),
            joinedload(Dealing.by),
        )
    ).one_or_none()


def changes(session: Session, dealing: Dealing) -> list[Change]:
    """Who gained and who lost by a dealing, those who gained most first; one query."""
    query = (
        select(DealingEffect, OrderLine)
        .outerjoin(ScheduleLine, ScheduleLine.reservation_id == DealingEffect.reservation_id)
        .outerjoin(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .options(
            joinedload(DealingEffect.reservation),
            joinedload(OrderLine.order).joinedload(Order.customer),
        )
        .where(DealingEffect.dealing_id == dealing.id)
        .order_by((DealingEffect.held_after - DealingEffect.held_before).desc(), DealingEffect.id)
    )
    return [_change(effect, line) for effect, line in session.execute(query)]


def worth(found: Sequence[Change], *, gained: bool) -> dict[str, int]:
    """What the units that changed hands are worth, by currency, for those who gained or those who lost."""
    sums: dict[str, int] = {}
    for one in found:
        if one.order is not None and (one.gain > 0) is gained:
            sums[one.order.currency] = sums.get(one.order.currency, 0) + one.worth_minor
    return sums


_HOLDS = (Reservation.held > Reservation.picked, Reservation.expires_at.is_(None))


def _change(effect: DealingEffect, line: OrderLine | None) -> Change:
    if line is None:
        return Change(effect, None, None, 0)
    units = abs(effect.held_after - effect.held_before)
    amount = line_amount(line.unit_price, units, line.order.currency, discount_bp=line.discount_bp)
    return Change(effect, line.order, line, amount)


def _counted(session: Session, places: Collection[Place]) -> dict[Place, tuple[Any, ...]]:
    """By place: lines and units that wait, lines and units that are held and not picked."""
    if not places:
        return {}
    waits, holds = Reservation.held < Reservation.quantity, and_(*_HOLDS)
    query = (
        select(
            Reservation.product_id,
            Reservation.warehouse_id,
            func.count().filter(waits),
            func.coalesce(func.sum(Reservation.quantity - Reservation.held).filter(waits), 0),
            func.count().filter(holds),
            func.coalesce(func.sum(Reservation.held - Reservation.picked).filter(holds), 0),
        )
        .where(at(Reservation, places), OWED, or_(waits, holds))
        .group_by(Reservation.product_id, Reservation.warehouse_id)
    )
    return {
        Place(product_id, warehouse_id): tuple(int(one) for one in sums)
        for product_id, warehouse_id, *sums in session.execute(query)
    }
