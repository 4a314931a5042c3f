"""What may stand for what, as it is read: a pair named both ways stands either way, its ratio turned round."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from inventory.models import Product
from inventory.stockouts import Substitute, SubstituteKind

TURNED = {
    SubstituteKind.EQUAL: SubstituteKind.EQUAL,
    SubstituteKind.SMALLER_PACK: SubstituteKind.LARGER_PACK,
    SubstituteKind.LARGER_PACK: SubstituteKind.SMALLER_PACK,
}
"""How the other way round compares; what is better one way is worse the other, so it stands one way only."""


def units_for(quantity: int, per_unit: int, for_units: int) -> int:
    """How many units stand for so many, at `per_unit` for each `for_units`, rounded up to whole ones.

    2 packs of 6 for 1 carton of 12: 5 cartons take 10 packs. The other way round, 1 for 2: 3 packs take 2 cartons. At 3
    for 2: 2 take 3, and 5 take 8.
    """
    return -(-quantity * per_unit // for_units)


@dataclass(frozen=True)
class Side:
    """One way round of a pair, as columns: what is short, what stands in, the ratio, and whether this way holds."""

    short: InstrumentedAttribute[int]
    instead: InstrumentedAttribute[int]
    per_unit: InstrumentedAttribute[int]
    for_units: InstrumentedAttribute[int]
    holds: ColumnElement[bool] | InstrumentedAttribute[bool]


AS_NAMED = Side(
    Substitute.product_id, Substitute.stands_in_id, Substitute.per_unit, Substitute.for_units, true()
)
TURNED_ROUND = Side(
    Substitute.stands_in_id,
    Substitute.product_id,
    Substitute.for_units,
    Substitute.per_unit,
    Substitute.two_way,
)
SIDES = (AS_NAMED, TURNED_ROUND)


@dataclass(frozen=True)
class StandIn:
    """What may stand for a product, read one way round: as it was named, or turned."""

    named: Substitute
    turned: bool = False

    @property
    def id(self) -> int:
        """The id of the pair, under which it is asked for and changed."""
        return self.named.id

    @property
    def product_id(self) -> int:
        """What it stands for."""
        return self.named.stands_in_id if self.turned else self.named.product_id

    @property
    def stands_in(self) -> Product:
        """What is sent instead."""
        return self.named.product if self.turned else self.named.stands_in

    @property
    def stands_in_id(self) -> int:
        """The id of what is sent instead."""
        return self.named.product_id if self.turned else self.named.stands_in_id

    @property
    def per_unit(self) -> int:
        """Units of what is sent for each `for_units` of what is short."""
        return self.named.for_units if self.turned else self.named.per_unit

    @property
    def for_units(self) -> int:
        """Units of what is short that `per_unit` stand for."""
        return self.named.per_unit if self.turned else self.named.for_units

    @property
    def kind(self) -> SubstituteKind:
        """How it compares."""
        kind = SubstituteKind(self.named.kind)
        return TURNED.get(kind, kind) if self.turned else kind

    @property
    def rank(self) -> int:
        """1 before 2, where nothing else tells two apart."""
        return self.named.rank

    @property
    def reason(self) -> dict[str, str]:
        """Why, by language; what was said of unlike packs would be wrong the other way round."""
        said = not self.turned or self.kind is SubstituteKind.EQUAL
        return {
            "name_th": self.named.reason_th if said else "",
            "name_en": self.named.reason_en if said else "",
        }

    def units_for(self, quantity: int) -> int:
        """How many units of it stand for so many, in whole units."""
        return units_for(quantity, self.per_unit, self.for_units)


def read_for(substitute: Substitute, product_id: int) -> StandIn:
    """A pair as it stands for one of its two products."""
    return StandIn(substitute, turned=substitute.product_id != product_id)


def substitutes_for(session: Session, product_ids: Collection[int], on: date) -> dict[int, list[StandIn]]:
    """By product, what may stand for it on a day and is sold, the best rank first; one query.

    Products that nothing may stand for are absent.
    """
    if not product_ids:
        return {}
    query = _both_products().where(_named_for(product_ids), valid_on(on))
    found: dict[int, list[StandIn]] = {}
    for one in _read(session, query, product_ids):
        if one.stands_in.active:
            found.setdefault(one.product_id, []).append(one)
    return found


def all_substitutes(session: Session, product: Product) -> Sequence[StandIn]:
    """Everything that was named as a substitute for a product, past and future ones too, the best rank first."""
    return _read(session, _both_products().where(_named_for([product.id])), [product.id])


def count_substitutes(session: Session, product_ids: Collection[int], on: date) -> dict[int, int]:
    """By product, how many others may stand for it on a day; one query."""
    if not product_ids:
        return {}
    instead = aliased(Product)
    standing = union_all(
        *(
            select(side.short.label("product_id"))
            .join(instead, instead.id == side.instead)
            .where(side.short.in_(product_ids), side.holds, instead.active, valid_on(on))
            for side in SIDES
        )
    ).subquery()
    query = select(standing.c.product_id, func.count()).group_by(standing.c.product_id)
    return dict(session.execute(query).all())


def reason_for(session: Session, product_id: int, stands_in_id: int) -> dict[str, str]:
    """Why one product stands for another, by language; empty where nobody said or the pair is named no more."""
    query = _both_products().where(_named_for([product_id]))
    ways = (one for one in _read(session, query, [product_id]) if one.stands_in_id == stands_in_id)
    return next((one.reason for one in ways), {"name_th": "", "name_en": ""})


def valid_on(on: date) -> Any:
    """That a substitute may be offered on a day."""
    return (Substitute.valid_from <= on) & or_(Substitute.valid_until.is_(None), Substitute.valid_until >= on)


def _named_for(product_ids: Collection[int]) -> ColumnElement[bool]:
    return or_(*(and_(side.short.in_(product_ids), side.holds) for side in SIDES))


def _both_products() -> Any:
    return select(Substitute).options(joinedload(Substitute.product), joinedload(Substitute.stands_in))


def _read(session: Session, query: Any, product_ids: Collection[int]) -> list[StandIn]:
    wanted = set(product_ids)
    rows = session.scalars(query.order_by(Substitute.rank, Substitute.id))
    return [one for row in rows for one in _ways(row) if one.product_id in wanted]


def _ways(row: Substitute) -> list[StandIn]:
    return [StandIn(row), StandIn(row, turned=True)] if row.two_way else [StandIn(row)]
