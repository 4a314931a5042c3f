"""What the pages of stock-outs and fill rate are asked for, by their address, and how a number leads to its lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort, request, url_for

from inventory import queries
from inventory.models import Category, Product, Warehouse
from orders.filling import Asked, By, Filled, Group, Outcome
from orders.measures import Share, first_month
from portal.clock import at
from portal.customers.models import Customer
from portal.i18n import N_, gettext, name_of
from portal.web.narrowing import company_asked
from portal.web.session import db

PERIODS = {3: N_("3 months"), 6: N_("6 months"), 12: N_("12 months"), 24: N_("24 months")}
USUAL_PERIOD = 12
NAMES = {By.PRODUCT: "sku", By.WAREHOUSE: "warehouse", By.CUSTOMER: "customer"}
"""How an address names one of each."""


@dataclass(frozen=True)
class View:
    """What a page counts, and the words of its address that ask for it."""

    asked: Asked
    kept: dict[str, Any]
    category: Category | None

    def lines_url(self, outcome: str, **narrower: str) -> str:
        """Where the lines stand that a number counts."""
        return url_for(".lines", outcome=outcome, **self._said(narrower))

    def stock_outs_url(self, **narrower: str) -> str:
        """Where the stock-outs stand that a number counts."""
        return url_for(".stock_outs", **self._said(narrower))

    def narrower(self, by: By, about: Product | Warehouse | Customer) -> dict[str, str]:
        """The words that ask for one product, warehouse or customer more."""
        return {NAMES[by]: about.sku if isinstance(about, Product) else about.code}

    def _said(self, narrower: dict[str, str]) -> dict[str, Any]:
        said = {**self.kept, **narrower}
        if "month" in said:
            said.pop("months", None)
        return said


def read_view(now: datetime) -> View:
    """What the address asks for; 404 for what there is not."""
    kept: dict[str, Any] = {}
    since, until = _period(now, kept)
    warehouse, category, product = _warehouse(kept), _category(kept), _product(kept)
    customer = company_asked("customer")
    if customer is not None:
        kept["customer"] = customer.code
    category_id = category.id if category else None
    return View(Asked(since, until, now, warehouse, category_id, customer, product), kept, category)


def asked_by() -> By:
    """What the figures are told apart by, the product unless the address says; 404 for a word that is none."""
    try:
        return By(request.args.get("by", By.PRODUCT))
    except ValueError:
        abort(404)


def asked_outcome() -> Outcome:
    """Which lines are shown; 404 for a word that is none."""
    try:
        return Outcome(request.args.get("outcome", Outcome.ALL))
    except ValueError:
        abort(404)


def months_of(asked: Asked, found: dict[str, Filled]) -> list[tuple[date, Filled]]:
    """Every month of the time asked for, oldest first, with its figures."""
    months, month = [], first_month(asked.since, 1)
    while at(month) < asked.until and at(month) <= asked.now:
        months.append((month, found.get(f"{month:%Y-%m}", Filled())))
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    return months


def as_rows(first: str, rows: list[tuple[list[object], Filled]]) -> Iterator[list[object]]:
    """The table as it is exported: what each row is about, named as `first` says, and its figures."""
    heads = (
        N_("Code"),
        N_("Line fill rate, %"),
        N_("Lines"),
        N_("Complete from stock"),
        N_("Not complete from stock"),
        N_("Stock-out level, %"),
        N_("Unit fill rate, %"),
        N_("Units"),
        N_("Units filled"),
        N_("Units lost"),
        N_("Stock-outs"),
        N_("Hours out of stock"),
    )
    yield [gettext(first), *(gettext(head) for head in heads)]
    for named, one in rows:
        yield [*named, *_cells(one)]


def named_group(group: Group) -> list[object]:
    """A product, warehouse or customer as the export names it."""
    about = group.about
    return [name_of(about), about.sku if isinstance(about, Product) else about.code]


def _cells(one: Filled) -> list[object]:
    short = Share(one.lines.cases, one.lines.cases - one.lines.good)
    return [
        _percent(one.lines),
        one.lines.cases,
        one.lines.good,
        short.good,
        _percent(short),
        _percent(one.units),
        one.units.cases,
        one.units.good,
        one.lost,
        one.stock_outs,
        one.hours,
    ]


def _percent(share: Share) -> str:
    return f"{share.of_one * 100:.1f}" if share.of_one is not None else ""


def _period(now: datetime, kept: dict[str, str]) -> tuple[datetime, datetime]:
    if month := request.args.get("month"):
        try:
            first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month, no instant
        except ValueError:
            abort(404)
        if not 2000 <= first.year <= 2200:
            abort(404)
        kept["month"] = f"{first:%Y-%m}"
        after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        return at(first), at(after)
    months = request.args.get("months", str(USUAL_PERIOD))
    if months not in {str(period) for period in PERIODS}:
        abort(404)
    kept["months"] = months
    this = first_month(now, 1)
    after = this.replace(year=this.year + this.month // 12, month=this.month % 12 + 1)
    return at(first_month(now, int(months))), at(after)


def _warehouse(kept: dict[str, str]) -> Warehouse | None:
    code = request.args.get("warehouse", "")
    if not code:
        return None
    kept["warehouse"] = code
    return queries.find_warehouse(db(), code) or abort(404)


def _category(kept: dict[str, str]) -> Category | None:
    code = request.args.get("category", "")
    if not code:
        return None
    kept["category"] = code
    return queries.category_by_code(db(), code) or abort(404)


def _product(kept: dict[str, str]) -> Product | None:
    sku = request.args.get("sku", "")
    if not sku:
        return None
    kept["sku"] = sku
    return queries.find_product(db(), sku) or abort(404)
