"""The buyer's page of what their company calls the products."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from inventory import own_codes
from inventory.views import code_forms
from inventory.views.code_forms import CodeForm, UploadForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("my_codes", __name__, url_prefix="/my/codes", template_folder="../templates")

TEMPLATE = "inventory/customer/codes.html"


@bp.get("")
@customer
def index() -> str:
    """What the company calls the products."""
    return code_forms.page_of(me().company, TEMPLATE, _urls())


@bp.post("")
@customer
def put() -> ResponseReturnValue:
    """Give a product a code and a name of the company's own."""
    form = CodeForm()
    if code_forms.put(me().company, form):
        return redirect(url_for(".index"), 303)
    return code_forms.page_of(me().company, TEMPLATE, _urls(), form=form), 422


@bp.post("/upload")
@customer
def upload() -> ResponseReturnValue:
    """Give many products codes from a spreadsheet, all or none."""
    form = UploadForm()
    problems = code_forms.take_in(me().company, form)
    if problems is None:
        return redirect(url_for(".index"), 303)
    return code_forms.page_of(me().company, TEMPLATE, _urls(), upload=form, problems=problems), 422


@bp.post("/remove")
@customer
def remove() -> ResponseReturnValue:
    """Take a code away."""
    try:
        with transaction(db()):
            item = own_codes.item_of(db(), me().company, request.form.get("sku", ""))
            own_codes.remove_item(db(), me().company, item.product, by=me(), now=clock.now())
        flash_done(N_("The code is taken away."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".index"), 303)


@bp.get("/codes.csv")
@customer
def export() -> ResponseReturnValue:
    """All of them as CSV."""
    return code_forms.exported(me().company)


def _urls() -> dict[str, str]:
    acts = ("index", "put", "upload", "remove", "export")
    return {act: url_for(f".{act}") for act in acts} | {"product": "shop.product"}
