"""Prices brought in from spreadsheets into the lists that each row names, with breaks for larger quantities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.importing.fields import positive_price, sku
from inventory.importing.spelling import products_meant
from inventory.models import Price, PriceList
from inventory.pricing import MOST_UNITS, set_steps
from portal.i18n import N_
from portal.importing import cells as parse
from portal.importing.kinds import Booking, Choices, Given, ImportKind, Option, Row, Sheet, Worth
from portal.importing.mapping import Column
from portal.importing.telling import Told
from portal.refusal import Refused

BREAKS = (2, 3, 4, 5)
_FROM_TITLES = {2: N_("From units 2"), 3: N_("From units 3"), 4: N_("From units 4"), 5: N_("From units 5")}
_PRICE_TITLES = {2: N_("Unit price 2"), 3: N_("Unit price 3"), 4: N_("Unit price 4"), 5: N_("Unit price 5")}
_FROM = partial(parse.whole_number, least=1, most=MOST_UNITS)
COLUMNS = (
    Column("price_list", N_("Price list"), partial(parse.code, most=40),
        synonyms=("list", "price list code", "list code", "รหัสรายการราคา", "รายการราคา")),
    Column("sku", N_("Product code"), sku, required=True,
        synonyms=("sku", "stock code", "product id", "item code", "item no", "รหัสสินค้า", "รหัส")),
    Column("from_units", N_("From units"), _FROM, synonyms=("from", "min qty", "from quantity", "ตั้งแต่")),
    Column("price", N_("Unit price"), positive_price, required=True,
        synonyms=("price", "unit price", "list price", "ราคา", "ราคาต่อหน่วย")),
    *(
        column
        for n in BREAKS
        for column in (
            Column(f"from_{n}", _FROM_TITLES[n], _FROM,
                synonyms=(f"from {n}", f"break {n}", f"qty {n}", f"ตั้งแต่ {n}")),
            Column(f"price_{n}", _PRICE_TITLES[n], positive_price, synonyms=(f"price {n}", f"ราคา {n}")),
        )
    ),
)  # fmt: skip

Step = tuple[int, int]


@dataclass
class _Wanted:
    """What the good rows say of one list, and which rows they were."""

    steps: dict[Step, Decimal] = field(default_factory=dict)
    rows: list[tuple[Row, dict[Step, Decimal]]] = field(default_factory=list)


class Prices:
    """Books the rows of one run; what a row says already changes nothing, and no price is ever taken out."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._said: dict[tuple[int, int, int], Decimal] = {}

    def take(self, session: Session, sheet: str, rows: Sequence[Row], told: Told) -> None:
        """Book the prices of some rows."""
        good = [row for row in rows if not row.problems]
        for row in rows:
            if row.problems:
                told.reported_cells(row)
        lists = {one.code.casefold(): one for one in session.scalars(select(PriceList))}
        products = products_meant(session, {row.values["sku"] for row in good})
        wanted: dict[int, _Wanted] = {}
        named: dict[int, PriceList] = {}
        for row in good:
            code = row.values.get("price_list") or self._given.options["price_list"]
            price_list = lists.get(code.casefold())
            try:
                if price_list is None:
                    message = (
                        N_("There is no price list %(code)s.") if code else N_("No price list is named.")
                    )
                    raise Refused(message, field="price_list", **({"code": code} if code else {}))
                if row.values["sku"] not in products:
                    message = N_("There is no product with the code %(code)s.")
                    raise Refused(message, field="sku", code=row.values["sku"])
                steps = _steps(products[row.values["sku"]], row.values)
                self._refuse_contrary(price_list.id, steps)
            except Refused as no:
                told.reported(row, no.field or "", no.message, **no.params)
                continue
            self._said |= {(price_list.id, *step): price for step, price in steps.items()}
            named[price_list.id] = price_list
            wanted.setdefault(price_list.id, _Wanted()).rows.append((row, steps))
        for list_id, one in wanted.items():
            self._take(session, named[list_id], one, told)

    def finish(self, session: Session, told: Told) -> None:
        """Nothing waits."""

    def _refuse_contrary(self, list_id: int, steps: Mapping[Step, Decimal]) -> None:
        """Refused where a row further up of this file says another price for the same."""
        for (product_id, from_units), price in steps.items():
            said = self._said.get((list_id, product_id, from_units), price)
            if said != price:
                raise Refused(
                    N_("A row further up says another price from %(units)s units on: %(price)s."),
                    field="price",
                    units=from_units,
                    price=f"{said.normalize():f}",
                )

    def _take(self, session: Session, price_list: PriceList, wanted: _Wanted, told: Told) -> None:
        ids = {id_ for _, steps in wanted.rows for id_, _ in steps}
        query = select(Price.product_id, Price.from_units, Price.unit_price).where(
            Price.price_list_id == price_list.id, Price.product_id.in_(ids)
        )
        known: dict[Step, Decimal] = {(row[0], row[1]): row[2] for row in session.execute(query)}
        for row, steps in wanted.rows:
            new = {step: price for step, price in steps.items() if known.get(step) != price}
            (told.booked if new else told.unchanged)(row)
            known |= new
            wanted.steps |= new
        if wanted.steps:
            set_steps(session, price_list, wanted.steps, by=self._given.by, now=self._given.now)


def begin(session: Session, given: Given) -> Booking:
    """Start booking prices."""
    return Prices(given)


def worth(sheet: str, values: Mapping[str, Any], given: Given) -> Worth:
    """The first price of a row, so that the sum of a file can be compared."""
    return "", Decimal(values.get("price") or 0)


def lists(session: Session) -> Choices:
    """The price lists by code."""
    codes = session.scalars(select(PriceList.code).order_by(PriceList.code).limit(500))
    return [("", N_("As a column says")), *((code, code) for code in codes)]


def _steps(product_id: int, values: Mapping[str, Any]) -> dict[Step, Decimal]:
    """Every price that a row says; refused when a break has no price or a higher one, or two begin with the same."""
    steps: dict[Step, Decimal] = {(product_id, values.get("from_units") or 1): values["price"]}
    for n in BREAKS:
        from_units, price = values.get(f"from_{n}"), values.get(f"price_{n}")
        if from_units is None and price is None:
            continue
        if from_units is None or price is None:
            missing = f"from_{n}" if from_units is None else f"price_{n}"
            raise Refused(N_("A break needs a quantity and a price."), field=missing)
        if (product_id, from_units) in steps:
            message = N_("Two prices of the row begin with %(units)s units.")
            raise Refused(message, field=f"from_{n}", units=from_units)
        steps[product_id, from_units] = price
    _refuse_dearer(steps)
    return steps


def _refuse_dearer(steps: Mapping[Step, Decimal]) -> None:
    """Refused where a unit of a row would cost more in a larger quantity."""
    for fewer, more in pairwise(sorted(steps)):
        if steps[more] > steps[fewer]:
            raise Refused(
                N_("From %(more)s units on a unit would cost more than from %(fewer)s units on."),
                field="price",
                more=more[1],
                fewer=fewer[1],
            )


PRICES = ImportKind(
    "prices",
    N_("Prices"),
    N_(
        "Prices of products that are known, into the price lists that the rows name, with up to four breaks. "
        "Prices that the file does not name stay."
    ),
    sheets=(
        Sheet(
            "prices",
            N_("Prices, one row for each list and product"),
            COLUMNS,
            examples=(
                {
                    "price_list": "THB-standard",
                    "sku": "SOAP-01",
                    "price": "12.50",
                    "from_2": "72",
                    "price_2": "11.90",
                },
                {"price_list": "THB-gold", "sku": "SOAP-01", "price": "11.75"},
            ),
        ),
    ),
    options=(
        Option("price_list", N_("Price list"), choices=lists),
        Option("decimal_comma", N_("Decimals are written with a comma"), flag=True),
    ),
    begin=begin,
    worth=worth,
)
