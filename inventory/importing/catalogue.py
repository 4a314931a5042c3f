"""Products, their categories and prices brought in from spreadsheets."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.cataloguing import category_code, put_category, write_register
from inventory.goods import ProductFacts
from inventory.importing.fields import CATEGORIES, CATEGORIES_SHEET, OPTIONS, PRODUCT_COLUMNS, PRODUCTS_SHEET
from inventory.models import Category, PackKind, Price, PriceList, Product
from inventory.packs import PackFacts
from inventory.pricing import put_price_list, set_prices
from inventory.registering import Register
from portal.i18n import N_
from portal.importing.kinds import Booking, Given, ImportKind, Row
from portal.importing.telling import Told
from portal.refusal import Refused

COLUMN_OF = {"name_th": "name", "weight_g": "weight", "volume_cm3": "volume", "units": "pack_units"}
"""The columns that say what another name is given elsewhere."""


class Catalogue:
    """Books the rows of one run; an empty cell leaves what is known of the product."""

    def __init__(self, session: Session, given: Given) -> None:
        self._given = given
        self._prices = None
        self._waiting: list[Row] = []
        if given.maps("price"):
            options = given.options
            self._prices = put_price_list(
                session, options["currency"], options["tier"], by=given.by, now=given.now
            ).id

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book some categories, or some products with their prices."""
        good = []
        for row in rows:
            if row.problems:
                told.reported_cells(row)
            else:
                good.append(row)
        if sheet == CATEGORIES:
            self._take_categories(session, good, told)
        else:
            self._take_products(session, good, told)

    def finish(self, session: Session, told: Told) -> None:
        """Book what waited for its successor, as long as one of them is there; what is left names none."""
        while self._waiting:
            rows, self._waiting = self._waiting, []
            self._take_products(session, rows, told)
            if len(self._waiting) == len(rows):
                rows, self._waiting = self._waiting, []
                self._take_products(session, rows, told, last=True)

    def _take_categories(self, session: Session, rows: Sequence[Row], told: Told) -> None:
        known = {one.code: (one.name_th, one.name_en) for one in session.scalars(select(Category))}
        for row in rows:
            code, name = row.values["code"], row.values["name"]
            there = known.get(code)
            names = row.values.get("name_th") or (there[0] if there else name), name
            if there == names:
                told.unchanged(row)
                continue
            put_category(session, code, *names, by=self._given.by, now=self._given.now)
            session.flush()
            known[code] = names
            told.booked(row)

    def _take_products(
        self, session: Session, rows: Sequence[Row], told: Told, *, last: bool = False
    ) -> None:
        """Book products; until the `last` time rows wait whose successor may stand further down."""
        categories = self._categories(session, rows)
        named = {row.values["sku"] for row in rows} | {row.values.get("successor") or "" for row in rows}
        spelt = _spelt(session, named)
        said: list[tuple[Row, ProductFacts]] = []
        for row in rows:
            try:
                said.append((row, self._facts(row.values, spelt, categories)))
            except Refused as no:
                told.reported(row, _column_of(no.field), no.message, **no.params)
        register = Register(session, [one for _, one in said])
        prices = self._known_prices(session, register.rows)
        new_prices: dict[str, Decimal] = {}
        for row, one in said:
            if not last and one.successor and one.successor not in register.line.ids:
                self._waiting.append(row)
                continue
            try:
                taken = register.take(one)
            except Refused as no:
                told.reported(row, _column_of(no.field), no.message, **no.params)
                continue
            price = row.values.get("price") if self._prices else None
            dearer = price is not None and prices.get(one.sku) != price
            (told.booked if taken.changes or dearer else told.unchanged)(row)
            if price is not None and dearer:
                prices[one.sku] = new_prices[one.sku] = price
        write_register(session, register, by=self._given.by, now=self._given.now)
        self._set_prices(session, new_prices)

    def _facts(
        self,
        values: Mapping[str, Any],
        spelt: Mapping[str, str],
        categories: Mapping[str, tuple[str, int]],
    ) -> ProductFacts:
        name, unit, category = values.get("name"), values.get("unit"), values.get("category")
        if category is not None and category.casefold() not in categories:
            raise Refused(N_("There is no category %(code)s."), field="category", code=category)
        code = spelt.get(values["sku"], values["sku"])
        return ProductFacts(
            sku=code,
            name_th=values.get("name_th") or (name if name and _is_thai(name) else None),
            name_en=values.get("name_en") or (name if name and not _is_thai(name) else None),
            brand=values.get("brand"),
            brand_th=values.get("brand_th"),
            category=None if category is None else categories[category.casefold()][0],
            unit_th=unit if unit and _is_thai(unit) else None,
            unit_en=unit if unit and not _is_thai(unit) else None,
            units_per_carton=values.get("units_per_carton"),
            gtin=values.get("gtin"),
            tracking=values.get("tracking"),
            warranty_months=values.get("warranty_months"),
            replenishment_days=values.get("replenishment_days"),
            unit_cost=values.get("unit_cost"),
            reorder_point=values.get("reorder_point"),
            lifecycle=values.get("lifecycle"),
            sold=_sold(values),
            successor=spelt.get(values.get("successor") or "", values.get("successor")),
            order_least=values.get("order_least"),
            order_multiple=values.get("order_multiple"),
            order_most=values.get("order_most"),
            weight_g=values.get("weight"),
            volume_cm3=values.get("volume"),
            shelf_life_days=values.get("shelf_life_days"),
            carton_gtin=values.get("carton_gtin"),
            packs=_packs(values),
        )

    def _categories(self, session: Session, rows: Sequence[Row]) -> dict[str, tuple[str, int]]:
        """Categories by code and by either name; those that the rows name and nobody knows are added if asked for."""
        known = _known_categories(session)
        if not self._given.options["add_categories"]:
            return known
        missing = {
            name for row in rows if (name := row.values.get("category")) and name.casefold() not in known
        }
        for name in sorted(missing):
            if code := category_code(name):
                put_category(session, code, name, name, by=self._given.by, now=self._given.now)
                session.flush()
        return _known_categories(session) if missing else known

    def _known_prices(self, session: Session, states: Mapping[str, Any]) -> dict[str, Decimal]:
        if self._prices is None:
            return {}
        query = (
            select(Product.sku, Price.unit_price)
            .join(Price, Price.product_id == Product.id)
            .where(Price.price_list_id == self._prices, Price.from_units == 1, Product.sku.in_(states))
        )
        return {code: price for code, price in session.execute(query)}  # noqa: C416 - a result is no dict of pairs

    def _set_prices(self, session: Session, prices: Mapping[str, Decimal]) -> None:
        if not prices or self._prices is None:
            return
        query = select(Product.sku, Product.id).where(Product.sku.in_(prices))
        by_id = {id_: prices[sku] for sku, id_ in session.execute(query)}
        price_list = session.get_one(PriceList, self._prices)
        set_prices(session, price_list, by_id, by=self._given.by, now=self._given.now)


def begin(session: Session, given: Given) -> Booking:
    """Start booking products."""
    return Catalogue(session, given)


def _known_categories(session: Session) -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
    rows = session.execute(select(Category.code, Category.id, Category.name_th, Category.name_en)).all()
    for row in rows:
        known.setdefault(row.name_th.casefold(), (row.code, row.id))
        known.setdefault(row.name_en.casefold(), (row.code, row.id))
    known |= {row.code.casefold(): (row.code, row.id) for row in rows}
    return known


def _spelt(session: Session, skus: set[str]) -> dict[str, str]:
    """How the products that are kept in small letters spell their code."""
    lower = {sku.lower(): sku for sku in skus if sku.lower() != sku}
    found = set(session.scalars(select(Product.sku).where(Product.sku.in_([*skus, *lower]))))
    return {lower[sku]: sku for sku in found if sku in lower and lower[sku] not in found}


def _column_of(field: str | None) -> str:
    field = COLUMN_OF.get(field or "", field)
    return field if field in {column.key for column in PRODUCT_COLUMNS} else ""


def _sold(values: Mapping[str, Any]) -> bool | None:
    if values.get("active") is None and values.get("discontinued") is not None:
        return not values["discontinued"]
    return values.get("active")


def _packs(values: Mapping[str, Any]) -> tuple[PackFacts, ...]:
    units, gtin = values.get("pack_units"), values.get("pack_gtin")
    if units is None:
        if gtin:
            raise Refused(N_("Say how many units the pack holds that has this barcode."), field="pack_gtin")
        return ()
    return (PackFacts(PackKind.PACK, units, gtin=gtin),) if units > 1 else ()


def _is_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)


CATALOGUE = ImportKind(
    "catalogue",
    N_("Products and prices"),
    N_(
        "The catalogue with its categories and the prices of one price list; known products are brought up to date."
    ),
    sheets=(CATEGORIES_SHEET, PRODUCTS_SHEET),
    options=OPTIONS,
    begin=begin,
)
