"""Stock-outs and fill rate: what was filled from stock, what ran out and what that lost, down to single lines."""

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from inventory import queries
from orders import filling
from orders.filling import BY_TITLES, OUTCOME_TITLES, By, Filled
from orders.permissions import Orders
from orders.views.filling_page import (
    PERIODS,
    View,
    as_rows,
    asked_by,
    asked_outcome,
    months_of,
    named_group,
    read_view,
)
from policies.kinds import KINDS
from portal import clock
from portal.i18n import N_, month_text
from portal.importing.sheets_out import as_csv
from portal.web.access import staff
from portal.web.session import db
from portal.web.turning import links, places

bp = Blueprint("fill_rates", __name__, url_prefix="/desk/fill-rates", template_folder="../templates")

SHOWN, EXPORTED = 25, 5000
HEADS = {By.PRODUCT: N_("Product"), By.WAREHOUSE: N_("Warehouse"), By.CUSTOMER: N_("Company")}


@bp.get("")
@staff(Orders.VIEW)
def figures() -> str:
    """The figures of all months, and by product, warehouse, customer or month."""
    view, by = read_view(clock.now()), asked_by()
    months = months_of(view.asked, filling.by_month(db(), view.asked))
    groups, every = ([], 0) if by is By.MONTH else filling.grouped(db(), view.asked, by, SHOWN)
    return render_template(
        "orders/staff/fill_rates.html",
        view=view,
        by=by,
        heads=HEADS,
        tabs=[
            (title, url_for(".figures", **view.kept, by=one.value), one is by)
            for one, title in BY_TITLES.items()
        ],
        months=months,
        total=sum((one for _, one in months), Filled()),
        groups=groups,
        every=every,
        periods=PERIODS,
        warehouses=queries.warehouses(db()),
        categories=queries.categories(db()),
        kinds=KINDS,
        csv_url=url_for(".export", **view.kept, by=by.value),
    )


@bp.get("/figures.csv")
@staff(Orders.VIEW)
def export() -> ResponseReturnValue:
    """The same table for a spreadsheet."""
    view, by = read_view(clock.now()), asked_by()
    headers = {"Content-Disposition": f'attachment; filename="fill-rates-by-{by.value}.csv"'}
    text = "".join(as_csv(as_rows(HEADS.get(by, N_("Month")), _rows(view, by))))
    return Response(text.encode(), content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/lines")
@staff(Orders.VIEW)
def lines() -> str:
    """The lines that a number counts, the latest first."""
    view, outcome = read_view(clock.now()), asked_outcome()
    found = filling.lines_behind(db(), view.asked, outcome, **places())
    return render_template(
        "orders/staff/fill_rate_lines.html",
        view=view,
        outcome=outcome,
        tabs=[(title, view.lines_url(one.value), one is outcome) for one, title in OUTCOME_TITLES.items()],
        rows=found.rows,
        page=links(found, ".lines", outcome=outcome.value, **view.kept),
    )


@bp.get("/stock-outs")
@staff(Orders.VIEW)
def stock_outs() -> str:
    """The stock-outs that a number counts, the latest first."""
    view = read_view(clock.now())
    found = filling.stock_outs_behind(db(), view.asked, **places())
    return render_template(
        "orders/staff/fill_rate_stock_outs.html",
        view=view,
        rows=found.rows,
        page=links(found, ".stock_outs", **view.kept),
    )


def _rows(view: View, by: By) -> list[tuple[list[object], Filled]]:
    if by is By.MONTH:
        months = months_of(view.asked, filling.by_month(db(), view.asked))
        return [([month_text(month), f"{month:%Y-%m}"], one) for month, one in months]
    groups, _every = filling.grouped(db(), view.asked, by, EXPORTED)
    return [(named_group(one), one.filled) for one in groups]
