"""Staff pages of what one company calls the products."""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from inventory import own_codes, queries
from inventory.permissions import Inventory
from inventory.views import code_forms
from inventory.views.code_forms import CodeForm, UploadForm
from portal import clock
from portal.customers.finding import get_company
from portal.customers.models import Customer
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint(
    "customer_codes", __name__, url_prefix="/desk/customers/<code>/codes", template_folder="../templates"
)

TEMPLATE = "inventory/staff/codes.html"


@bp.get("")
@staff(Inventory.VIEW)
def index(code: str) -> str:
    """What the company calls the products."""
    company = get_company(db(), code)
    return code_forms.page_of(company, TEMPLATE, _urls(company), may_keep=may(me(), Inventory.CODES))


@bp.post("")
@staff(Inventory.CODES)
def put(code: str) -> ResponseReturnValue:
    """Give a product a code and a name of the company's own."""
    company, form = get_company(db(), code), CodeForm()
    if code_forms.put(company, form):
        return redirect(url_for(".index", code=code), 303)
    return code_forms.page_of(company, TEMPLATE, _urls(company), form=form), 422


@bp.post("/upload")
@staff(Inventory.CODES)
def upload(code: str) -> ResponseReturnValue:
    """Give many products codes from a spreadsheet, all or none."""
    company, form = get_company(db(), code), UploadForm()
    problems = code_forms.take_in(company, form)
    if problems is None:
        return redirect(url_for(".index", code=code), 303)
    return code_forms.page_of(company, TEMPLATE, _urls(company), upload=form, problems=problems), 422


@bp.post("/remove")
@staff(Inventory.CODES)
def remove(code: str) -> ResponseReturnValue:
    """Take a code away."""
    company = get_company(db(), code)
    product = queries.find_product(db(), request.form.get("sku", "")) or abort(404)
    try:
        with transaction(db()):
            own_codes.remove_item(db(), company, product, by=me(), now=clock.now())
        flash_done(N_("The code is taken away."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".index", code=code), 303)


@bp.get("/codes.csv")
@staff(Inventory.VIEW)
def export(code: str) -> ResponseReturnValue:
    """All of them as CSV."""
    return code_forms.exported(get_company(db(), code))


def _urls(company: Customer) -> dict[str, str]:
    acts = ("index", "put", "upload", "remove", "export")
    return {act: url_for(f".{act}", code=company.code) for act in acts} | {"product": "products.show"}
