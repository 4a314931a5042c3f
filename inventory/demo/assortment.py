"""The demo's price lists with breaks and dates, what some companies do not see, and codes that companies use."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import assorting, own_codes, price_lists, pricing
from inventory.assorting import For
from inventory.models import Category, Price, PriceList, Product
from inventory.own_codes import OwnCode
from inventory.price_lists import ListFacts
from portal.customers.grouping import all_groups
from portal.customers.models import Tier
from portal.demo.cast import Cast
from portal.money import unit_price

BREAKS = ((24, Decimal("0.97")), (96, Decimal("0.94")))
OWN, CODED, PROMOTED = 12, 40, 8


def load(session: Session, cast: Cast) -> None:
    """Breaks in the standard list, a company's own prices and codes, a promotion that is on, and two rules."""
    by, now = cast.managers[0], cast.now
    company = next(iter(cast.customers.values()))
    standard = session.scalars(
        select(PriceList).where(PriceList.currency == "THB", PriceList.tier == Tier.STANDARD)
    ).first()
    if standard is None:
        return
    query = select(Product, Price.unit_price).join(Price, Price.product_id == Product.id)
    priced = session.execute(
        query.where(Price.price_list_id == standard.id, Price.from_units == 1, Product.active).order_by(
            Product.sku
        )
    ).all()
    breaks = {
        (product.id, units): unit_price(price * factor)
        for product, price in priced
        if product.units_per_carton >= BREAKS[0][0]
        for units, factor in BREAKS
    }
    pricing.set_steps(session, standard, breaks, by=by, now=now)
    own = ListFacts(f"{company.code}-OWN", "THB", "ราคาตามสัญญา", "Contract prices", customer=company.code)
    contract = price_lists.make_list(session, own, by=by, now=now)
    steps = {
        (product.id, units): unit_price(price * factor)
        for product, price in priced[:OWN]
        for units, factor in ((1, Decimal("0.90")), (48, Decimal("0.86")))
    }
    pricing.set_steps(session, contract, steps, by=by, now=now)
    month = ListFacts(
        "PROMOTION", "THB", "ราคาโปรโมชั่น", "Promotion", valid_from=cast.today - timedelta(days=3),
        valid_until=cast.today + timedelta(days=25),
    )  # fmt: skip
    promotion = price_lists.make_list(session, month, by=by, now=now)
    reduced = {product.id: unit_price(price * Decimal("0.95")) for product, price in priced[-PROMOTED:]}
    pricing.set_prices(session, promotion, reduced, by=by, now=now)
    codes = {
        product.id: OwnCode(f"{7000 + n}", product.name_th[:30] if n % 3 == 0 else "")
        for n, (product, _) in enumerate(priced[:CODED], 1)
    }
    own_codes.put_items(session, company, codes, by=by, now=now)
    _rules(session, cast)


def _rules(session: Session, cast: Cast) -> None:
    """The last category is hidden from the smallest company, but for one product; a group sees one product less."""
    by, now = cast.managers[0], cast.now
    company = list(cast.customers.values())[-1]
    category = session.scalars(select(Category).order_by(Category.id.desc())).first()
    if category is None:
        return
    assorting.set_rule(session, category, For(customer=company), shown=False, by=by, now=now)
    products = session.scalars(
        select(Product).where(Product.category_id == category.id).order_by(Product.sku).limit(2)
    ).all()
    for product in products[:1]:
        assorting.set_rule(session, product, For(customer=company), shown=True, by=by, now=now)
    for product, group in zip(products[1:], all_groups(session), strict=False):
        assorting.set_rule(session, product, For(group=group), shown=False, by=by, now=now)
    session.flush()
