"""Returns as the customer sees them: what came back, and the money for it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from aftersales.access import return_for
from aftersales.models import DISPOSITION_TITLES, REASON_TITLES
from aftersales.queries import return_page
from aftersales.views.paging import pages_of
from portal.web.access import customer
from portal.web.session import db, me

bp = Blueprint("my_returns", __name__, url_prefix="/my/returns", template_folder="../templates")


@bp.get("")
@customer
def returns() -> ResponseReturnValue:
    """Goods this company sent back, newest first."""
    older, newer = (request.args.get(name, type=int) for name in ("older", "newer"))
    found = return_page(db(), customer_id=me().company.id, older_than=older, newer_than=newer)
    return render_template("aftersales/customer/list.html", rows=found.rows, page=pages_of(found, ".returns"))


@bp.get("/<number>")
@customer
def one(number: str) -> ResponseReturnValue:
    """One return of this company."""
    found = return_for(db(), me(), number)
    return render_template(
        "aftersales/customer/return.html",
        found=found,
        credits={line.order_line_id: line for line in found.credit_note.lines},
        reasons=REASON_TITLES,
        dispositions=DISPOSITION_TITLES,
    )
