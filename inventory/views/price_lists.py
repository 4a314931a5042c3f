"""Staff pages of the price lists and the prices in them."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import price_boards, price_lists, pricing, queries
from inventory.models import PriceList
from inventory.permissions import Inventory
from inventory.views.price_forms import ListForm, PriceForm, shown
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.views.history import told
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused, flash_warned
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("price_lists", __name__, url_prefix="/desk/price-lists", template_folder="../templates")


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """The price lists, newest first; all of them, or those in force today."""
    query, today = request.args.get("q", "").strip()[:80], clock.business_day(clock.now())
    only_now = request.args.get("state") == "now"
    found = price_boards.list_page(db(), query, in_force_on=today if only_now else None, **places())
    return render_template(
        "inventory/staff/price_lists.html",
        rows=found.rows,
        page=links(found, ".index", q=query, state="now" if only_now else ""),
        query=query,
        only_now=only_now,
        scope_text=price_boards.scope_text,
        today=today,
        can_change=may(me(), Inventory.PRICES),
    )


@bp.get("/<list_code>")
@staff(Inventory.VIEW)
def show(list_code: str) -> str:
    """One list: whom and when it is for, the lists it meets, its prices with their breaks."""
    return _page(price_boards.get_price_list(db(), list_code), PriceForm())


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.PRICES)
def new() -> ResponseReturnValue:
    """Make a price list, empty or with all the prices of another."""
    copied = request.args.get("copy", "")
    source = price_boards.get_price_list(db(), copied) if copied else None
    given = shown(source) | {"code": ""} if source else {"currency": settings().currency}
    form = ListForm(data=given)
    if source:
        form.currency.data = source.currency
    if form.validate_on_submit():
        try:
            with transaction(db()):
                made = _made(source, form)
            flash_done(N_("The price list %(code)s is made."), code=made.code)
            return redirect(url_for(".show", list_code=made.code))
        except Refused as no:
            form.refuse(no)
    return _form_page(form, None, source)


@bp.route("/<list_code>/edit", methods=["GET", "POST"])
@staff(Inventory.PRICES)
def edit(list_code: str) -> ResponseReturnValue:
    """Change whom and when a list is for."""
    found = price_boards.get_price_list(db(), list_code)
    form = ListForm(data=shown(found))
    form.code.data, form.currency.data = found.code, found.currency
    if form.validate_on_submit():
        try:
            with transaction(db()):
                changed = price_lists.change_list(db(), found, form.facts, by=me(), now=clock.now())
            said = (
                N_("The changes are saved.")
                if changed
                else N_("Nothing was different, so nothing was changed.")
            )
            flash_done(said)
            return redirect(url_for(".show", list_code=list_code))
        except Refused as no:
            form.refuse(no)
    return _form_page(form, found, None)


@bp.post("/<list_code>/prices")
@staff(Inventory.PRICES)
def set_price(list_code: str) -> ResponseReturnValue:
    """Set what a product costs in a list from so many units on."""
    found, form = price_boards.get_price_list(db(), list_code), PriceForm()
    if form.validate_on_submit():
        try:
            product = queries.product_named(db(), form.sku.data)
            with transaction(db()):
                changed = pricing.set_price(
                    db(), found, product, form.unit_price.data,
                    from_units=form.from_units.data, by=me(), now=clock.now(),
                )  # fmt: skip
            flash_done(
                N_("The price of %(sku)s is set.") if changed else N_("%(sku)s costs that already."),
                sku=product.sku,
            )
            if pricing.dearer_in_quantity(db(), found, product):
                flash_warned(
                    N_("In this list a unit of %(sku)s costs more in a larger quantity. Please check."),
                    sku=product.sku,
                )
            return redirect(url_for(".show", list_code=list_code, q=product.sku), 303)
        except Refused as no:
            form.refuse(no)
    return _page(found, form), 422


@bp.post("/<list_code>/prices/remove")
@staff(Inventory.PRICES)
def remove_price(list_code: str) -> ResponseReturnValue:
    """Take a price out of a list, so that a list less close holds for the product."""
    found = price_boards.get_price_list(db(), list_code)
    product = queries.find_product(db(), request.form.get("sku", "")) or abort(404)
    from_units = request.form.get("from_units", type=int) or abort(404)
    try:
        with transaction(db()):
            pricing.remove_price(db(), found, product, from_units, by=me(), now=clock.now())
        flash_done(N_("The price of %(sku)s is taken out."), sku=product.sku)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", list_code=list_code), 303)


def _made(source: PriceList | None, form: ListForm) -> PriceList:
    if source is None:
        return price_lists.make_list(db(), form.facts, by=me(), now=clock.now())
    return price_lists.copy_list(db(), source, form.facts, by=me(), now=clock.now())


def _page(found: PriceList, form: PriceForm) -> str:
    query = request.args.get("q", "").strip()[:80]
    priced = price_boards.priced_page(db(), found, query, **places())
    return render_template(
        "inventory/staff/price_list.html",
        price_list=found,
        scope=price_boards.scope_text(found),
        overlaps=price_boards.overlapping(db(), found),
        rows=priced.rows,
        page=links(priced, ".show", list_code=found.code, q=query),
        query=query,
        form=form,
        today=clock.business_day(clock.now()),
        history=[told(entry) for entry in audit.history_of(db(), "price_list", found.code, limit=12)],
        can_change=may(me(), Inventory.PRICES),
    )


def _form_page(form: ListForm, found: PriceList | None, source: PriceList | None) -> ResponseReturnValue:
    page = render_template("inventory/staff/price_list_form.html", form=form, price_list=found, source=source)
    return page, 422 if form.is_submitted() else 200
