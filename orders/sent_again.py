"""Goods sent again free of charge: on which line they were bought, and what has been credited of it in all."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from orders.models import Order, OrderLine, Origin
from orders.shipments import CreditLine
from orders.substitutions import SubstituteOffer

ONE = Fraction(1)


@dataclass(frozen=True)
class Credited:
    """What has been credited so far: units, and minor units of money."""

    units: int | Fraction = 0
    net_minor: int = 0
    vat_minor: int = 0

    def plus(self, units: int | Fraction, net_minor: int, vat_minor: int) -> "Credited":
        """The same with so much more."""
        return Credited(self.units + units, self.net_minor + net_minor, self.vat_minor + vat_minor)


@dataclass(frozen=True)
class Bought:
    """The line on which units were bought; each unit stands for `per` of its units."""

    line: OrderLine
    per: Fraction


def orders_behind(session: Session, order_id: int) -> list[int]:
    """An order with those whose goods it sends again, back to where they were bought.

    Whoever credits locks them together, for what is credited of a line counts wherever its goods were sent again.
    """
    found, layer = {order_id}, {order_id}
    before = aliased(OrderLine)
    while layer:
        query = (
            select(before.order_id)
            .join(OrderLine, OrderLine.stands_for_id == before.id)
            .where(OrderLine.order_id.in_(layer), before.order_id.not_in(found))
            .distinct()
        )
        layer = set(session.scalars(query))
        found |= layer
    return sorted(found)


def bought_on(session: Session, lines: Collection[OrderLine]) -> dict[int, Bought]:
    """By line id, where these lines were bought: by themselves, unless they were sent again for another."""
    roots = {line.id: _root(line) for line in lines}
    shares = _shares(session, {root.id for root in roots.values()})
    return {id_: Bought(root, shares[id_][1]) for id_, root in roots.items()}


def credited_of(session: Session, root_ids: Collection[int]) -> dict[int, Credited]:
    """By line on which goods were bought, what was credited of them, in its units, and of all that was sent again."""
    shares = _shares(session, root_ids)
    query = (
        select(
            CreditLine.order_line_id,
            func.sum(CreditLine.quantity),
            func.sum(CreditLine.net_minor),
            func.sum(CreditLine.vat_minor),
        )
        .where(CreditLine.order_line_id.in_(shares))
        .group_by(CreditLine.order_line_id)
    )
    found = dict.fromkeys(root_ids, Credited())
    rows: Any = session.execute(query)
    for line_id, units, net, vat in rows:
        root_id, per = shares[line_id]
        found[root_id] = found[root_id].plus(per * int(units), int(net), int(vat))
    return found


def _root(line: OrderLine) -> OrderLine:
    while line.order.origin == Origin.REPLACEMENT and line.stands_for is not None:
        line = line.stands_for
    return line


def _shares(session: Session, root_ids: Collection[int]) -> dict[int, tuple[int, Fraction]]:
    """By line, these and all that were sent again for them: for which of these, and how much of it a unit stands for.

    A substitute sent again may come in another number of units than what it stands for.
    """
    layer = {id_: (id_, ONE) for id_ in root_ids}
    found = dict(layer)
    while layer:
        query = (
            select(OrderLine.id, OrderLine.stands_for_id, SubstituteOffer.quantity, SubstituteOffer.units)
            .join(OrderLine.order)
            .outerjoin(SubstituteOffer, SubstituteOffer.new_line_id == OrderLine.id)
            .where(OrderLine.stands_for_id.in_(layer), Order.origin == Origin.REPLACEMENT)
        )
        further = {}
        rows: Any = session.execute(query)
        for id_, before_id, quantity, units in rows:
            root_id, per = layer[before_id]
            further[id_] = (root_id, per * Fraction(quantity, units) if units else per)
        layer = further
        found |= layer
    return found
