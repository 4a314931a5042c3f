"""Prices are set in price lists, one at a time or a whole file at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count, islice, pairwise

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inventory.cataloguing import Counts
from inventory.models import Price, PriceList, Product
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Tier
from portal.db import first_to_write, upsert
from portal.i18n import N_
from portal.money import unit_price
from portal.refusal import Refused

AT_ONCE = 2000
MOST_UNITS = 1_000_000


class Verb(StrEnum):
    """Acts on prices, for the audit trail."""

    LIST_MADE = "price_list.made"
    SET = "price.set"
    REMOVED = "price.removed"
    MANY_SET = "price_list.filled"


def put_price_list(
    session: Session, currency: str, tier: str = Tier.STANDARD, *, by: User | None, now: datetime
) -> PriceList:
    """The price list of a currency for a tier that is in force today, made when there is none.

    One without a last day goes before those that end, then the one that began later.
    """
    today = business_day(now)
    every = select(PriceList).where(
        PriceList.currency == currency,
        PriceList.tier == tier,
        PriceList.customer_id.is_(None),
        PriceList.group_id.is_(None),
    )
    in_force = every.where(
        or_(PriceList.valid_from.is_(None), PriceList.valid_from <= today),
        or_(PriceList.valid_until.is_(None), PriceList.valid_until >= today),
    ).order_by(
        PriceList.valid_until.is_not(None), PriceList.valid_from.desc().nulls_last(), PriceList.id.desc()
    )
    found = session.scalars(in_force.limit(1)).one_or_none()
    if found is None:
        others = session.scalar(every.with_only_columns(PriceList.id).limit(1))
        found = PriceList(
            code=_free_code(session, f"{currency}-{tier}"),
            currency=currency,
            tier=tier,
            valid_from=None if others is None else today,
        )
        session.add(found)
        audit.record(session, Verb.LIST_MADE, "price_list", found.code, by=by, now=now)
        session.flush()  # prices name it by its id
    return found


def set_price(
    session: Session,
    price_list: PriceList,
    product: Product,
    price: Decimal,
    *,
    from_units: int = 1,
    by: User | None,
    now: datetime,
) -> bool:
    """What a unit costs in a list when at least `from_units` are ordered at once, to four decimals.

    Says whether that is new. Refused unless price and quantity are positive.
    """
    price = unit_price(price)
    _refuse_impossible(price, from_units)
    session.flush()  # a product that was just added gets its id
    row = session.get(Price, (price_list.id, product.id, from_units), with_for_update=True)
    before = row.unit_price if row else None
    if before == price:
        return False
    if row is None:
        faster = Refused(N_("Somebody else has just set this price. Please look again."), field="unit_price")
        new = Price(
            price_list_id=price_list.id, product_id=product.id, from_units=from_units, unit_price=price
        )
        with first_to_write(session, faster):
            session.add(new)
            session.flush()
    else:
        row.unit_price = price
    named = _named(price_list, from_units)
    audit.record(
        session,
        Verb.SET,
        "product",
        product.sku,
        by=by,
        now=now,
        before={named: str(before)} if before is not None else None,
        after={named: str(price)},
    )
    return True


def dearer_in_quantity(session: Session, price_list: PriceList, product: Product) -> bool:
    """Whether a list asks more for a unit in a larger quantity than in a smaller one, which is rarely meant."""
    query = select(Price.unit_price).where(
        Price.price_list_id == price_list.id, Price.product_id == product.id
    )
    return any(
        more > fewer for fewer, more in pairwise(session.scalars(query.order_by(Price.from_units)).all())
    )


def remove_price(
    session: Session, price_list: PriceList, product: Product, from_units: int, *, by: User, now: datetime
) -> None:
    """A list says no more what a product costs from so many units on; refused when it did not say so."""
    row = session.get(Price, (price_list.id, product.id, from_units), with_for_update=True)
    if row is None:
        raise Refused(N_("This price was taken out already."))
    session.delete(row)
    before = {_named(price_list, from_units): str(row.unit_price)}
    audit.record(session, Verb.REMOVED, "product", product.sku, by=by, now=now, before=before)


def set_prices(
    session: Session, price_list: PriceList, prices: Mapping[int, Decimal], *, by: User | None, now: datetime
) -> Counts:
    """Set many prices (product id: price, from one unit on) of a list at once; refused unless all are positive."""
    return set_steps(session, price_list, {(id_, 1): price for id_, price in prices.items()}, by=by, now=now)


def set_steps(
    session: Session,
    price_list: PriceList,
    steps: Mapping[tuple[int, int], Decimal],
    *,
    by: User | None,
    now: datetime,
) -> Counts:
    """Set many prices (product id and units: price) of a list at once.

    Refused as a whole unless all prices and quantities are positive.
    """
    counts = Counts()
    session.flush()  # the list and its products are named by their ids
    for some in _chunks(steps.items()):
        wanted = {step: unit_price(price) for step, price in some}
        for (_, from_units), price in wanted.items():
            _refuse_impossible(price, from_units)
        query = select(Price.product_id, Price.from_units, Price.unit_price).where(
            Price.price_list_id == price_list.id, Price.product_id.in_({id_ for id_, _ in wanted})
        )
        known = {(row.product_id, row.from_units): row.unit_price for row in session.execute(query)}
        differing = {step: price for step, price in wanted.items() if known.get(step) != price}
        counts.new += len(wanted.keys() - known.keys())
        counts.changed += len(differing.keys() & known.keys())
        counts.unchanged += len(wanted) - len(differing)
        if differing:
            _write(session, price_list, differing)
    if counts.new or counts.changed:
        after = {"new": counts.new, "changed": counts.changed}
        audit.record(session, Verb.MANY_SET, "price_list", price_list.code, by=by, now=now, after=after)
    return counts


def _free_code(session: Session, wanted: str) -> str:
    """This code of a list, with a number behind it when it is taken."""
    similar = PriceList.code.startswith(wanted, autoescape=True)
    taken = set(session.scalars(select(PriceList.code).where(similar)))
    return next(code for n in count(1) if (code := wanted if n == 1 else f"{wanted}-{n}") not in taken)


def _refuse_impossible(price: Decimal, from_units: int) -> None:
    if price <= 0:
        raise Refused(N_("A price is more than zero."), field="unit_price")
    if not 1 <= from_units <= MOST_UNITS:
        raise Refused(
            N_("A price holds from a number of units between 1 and %(most)s."),
            field="from_units",
            most=MOST_UNITS,
        )


def _named(price_list: PriceList, from_units: int) -> str:
    """How the audit trail names a price of a list."""
    return price_list.code if from_units == 1 else f"{price_list.code} ({from_units}+)"


def _write(session: Session, price_list: PriceList, steps: Mapping[tuple[int, int], Decimal]) -> None:
    put = upsert(session, Price)
    put = put.on_conflict_do_update(
        index_elements=["price_list_id", "product_id", "from_units"],
        set_={"unit_price": put.excluded.unit_price},
    )
    rows = [
        {"price_list_id": price_list.id, "product_id": id_, "from_units": from_units, "unit_price": price}
        for (id_, from_units), price in steps.items()
    ]
    session.execute(put, rows)
    for row in session.identity_map.values():
        if isinstance(row, Price):
            session.expire(row)


def _chunks(
    steps: Iterable[tuple[tuple[int, int], Decimal]],
) -> Iterator[list[tuple[tuple[int, int], Decimal]]]:
    remaining = iter(steps)
    while some := list(islice(remaining, AT_ONCE)):
        yield some
