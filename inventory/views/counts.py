"""Count sheets: drawn, counted in the aisle without seeing the books, handed in; and how accurate the books are."""

from datetime import date, timedelta

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import accuracy, count_boards, counting, drawing_counts, queries
from inventory.count_papers import count_sheet_pdf
from inventory.counting_terms import CURRENCY
from inventory.counts import (
    ADJUSTMENT_STATE_TITLES,
    CLASSES,
    SHEET_TITLES,
    TAKES_COUNTS,
    CountLine,
    CountSheet,
    SheetState,
)
from inventory.permissions import Inventory
from inventory.views.count_forms import CountForm, DrawForm
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, NN_, gettext, language, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("counts", __name__, url_prefix="/desk/counts", template_folder="../templates")
SHOWN = timedelta(days=365)
SAID = {
    SheetState.RECOUNT: N_("Handed in. What differs too much is counted again by somebody else."),
    SheetState.REVIEW: N_("Handed in. What differs waits for somebody else's approval."),
    SheetState.CLOSED: N_("Handed in and closed."),
}


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """The sheets that are open, or those that are done."""
    done = request.args.get("done") == "1"
    warehouses = queries.warehouses(db())
    place = next((one for one in warehouses if one.code == request.args.get("warehouse")), None)
    found = count_boards.sheet_page(db(), warehouse=place, done=done, **places())
    code = place.code if place else None
    return render_template(
        "inventory/staff/counts.html",
        rows=found.rows,
        page=links(found, ".index", done="1" if done else None, warehouse=code),
        done=done,
        warehouses=warehouses,
        place=place,
        titles=SHEET_TITLES,
        can_count=may(me(), Inventory.COUNT),
        today=clock.business_day(clock.now()),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.COUNT)
def new() -> ResponseReturnValue:
    """Draw sheets by hand."""
    warehouses = {one.code: one for one in queries.warehouses(db())}
    form = DrawForm(
        [(code, f"{code} · {name_of(one)}") for code, one in warehouses.items()],
        data={"warehouse": request.args.get("warehouse", ""), "skus": request.args.get("sku", "")[:40]},
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                warehouse = warehouses[form.warehouse.data]
                sheets = drawing_counts.draw(db(), warehouse, form.wanted, by=me(), now=clock.now())
            flash_done(
                NN_("%(count)s sheet is drawn.", "%(count)s sheets are drawn.", "count"), count=len(sheets)
            )
            if len(sheets) == 1:
                return redirect(url_for(".show", sheet_no=sheets[0].number))
            return redirect(url_for(".index", warehouse=warehouse.code))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/count_new.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.get("/accuracy")
@staff(Inventory.VIEW)
def record_accuracy() -> str:
    """How far the books agreed with what was counted in the last year, by month, warehouse and class."""
    now = clock.now()
    cells = accuracy.cells(db(), now - SHOWN, now + timedelta(days=1))
    months = accuracy.together(cells, lambda one: one.month)
    return render_template(
        "inventory/staff/count_accuracy.html",
        months=months,
        days={month: date.fromisoformat(f"{month}-01") for month in months},
        by_warehouse=accuracy.together(cells, lambda one: one.warehouse),
        by_class=accuracy.together(cells, lambda one: one.abc),
        classes=CLASSES,
        total=sum((accuracy.Share(one.lines, one.good) for one in cells), accuracy.Share()),
        by_month_and_class=accuracy.together(cells, lambda one: (one.month, one.abc)),
        definition=accuracy.DEFINITION,
        base=accuracy.BY_COUNT_DAY,
    )


@bp.get("/<sheet_no>")
@staff(Inventory.VIEW)
def show(sheet_no: str) -> str:
    """One sheet: to be counted, without what the books say, or with what came of it once it was handed in."""
    return _page(_sheet(sheet_no), CountForm(formdata=None))


@bp.post("/<sheet_no>/lines/<int:line_n>")
@staff(Inventory.COUNT)
def enter(sheet_no: str, line_n: int) -> ResponseReturnValue:
    """A count of one line; what the books say is not told, neither before nor after."""
    line = count_boards.find_line(db(), sheet_no, line_n) or abort(404)
    form = CountForm()
    try:
        if not form.validate() or (form.counted.data is None and not form.found):
            raise Refused(N_("A count is 0 or more, in whole units."), field="counted")
        with transaction(db()):
            counting.enter(db(), line, form.counted.data or 0, form.found, by=me(), now=clock.now())
    except Refused as no:
        if _asks_briefly():
            return jsonify(problem=gettext(no.message, **no.params)), 422
        return _page(_sheet(sheet_no), form.refuse(no), line_n), 422
    if _asks_briefly():
        return jsonify(saved=gettext("Saved"))
    return redirect(url_for(".show", sheet_no=sheet_no, _anchor=f"line-{line_n + 1}"))


@bp.post("/<sheet_no>/hand-in")
@staff(Inventory.COUNT)
def hand_in(sheet_no: str) -> ResponseReturnValue:
    """Everything on it is counted."""
    try:
        with transaction(db()):
            state = counting.hand_in(db(), _sheet(sheet_no), by=me(), now=clock.now())
        flash_done(SAID[state])
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", sheet_no=sheet_no))


@bp.post("/<sheet_no>/call-off")
@staff(Inventory.COUNT)
def call_off(sheet_no: str) -> ResponseReturnValue:
    """It is not counted after all."""
    try:
        with transaction(db()):
            counting.call_off(db(), _sheet(sheet_no), by=me(), now=clock.now())
        flash_done(N_("Sheet %(number)s is called off."), number=sheet_no)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".index"))


@bp.get("/<sheet_no>/sheet.pdf")
@staff(Inventory.VIEW)
def paper(sheet_no: str) -> ResponseReturnValue:
    """The sheet on paper, with bars to scan and without what the books say."""
    sheet, code = _sheet(sheet_no), request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    name = f'inline; filename="{sheet.number}-{code}.pdf"'
    made = count_sheet_pdf(sheet, code, settings().seller)
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": name})


def _asks_briefly() -> bool:
    """Whether the page itself asks, line by line, rather than the browser for a whole page."""
    return request.accept_mimetypes.best == "application/json"


def _page(sheet: CountSheet, form: CountForm, wrong: int | None = None) -> str:
    counting_now = sheet.state in TAKES_COUNTS and may(me(), Inventory.COUNT)
    again = sheet.state == SheetState.RECOUNT
    return render_template(
        "inventory/staff/count.html" if sheet.state in TAKES_COUNTS else "inventory/staff/count_done.html",
        sheet=sheet,
        form=form,
        wrong=wrong,
        again=again,
        lines=[line for line in sheet.lines if not again or line.accurate is False],
        can_enter=counting_now,
        mine=[line.n for line in sheet.lines if again and line.counted_by_id == me().id],
        done=_is_counted,
        codes=count_boards.codes_of(db(), sheet.lines),
        titles=SHEET_TITLES,
        decided=ADJUSTMENT_STATE_TITLES,
        currency=CURRENCY,
        today=clock.business_day(clock.now()),
    )


def _is_counted(line: CountLine) -> bool:
    return (line.recounted if line.sheet.state == SheetState.RECOUNT else line.counted) is not None


def _sheet(number: str) -> CountSheet:
    return count_boards.find_sheet(db(), number) or abort(404)
