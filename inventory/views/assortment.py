"""Staff pages of who sees what of the catalogue, and of the catalogue as one company sees it."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from inventory import assorting, queries, tariffs
from inventory.catalogue_search import FEW, close_products, search_products
from inventory.models import Category, Product
from inventory.own_codes import own_items
from inventory.permissions import Inventory
from inventory.search_asking import Shelf
from portal import clock
from portal.customers.finding import get_company
from portal.customers.grouping import all_groups, get_group
from portal.db import transaction
from portal.i18n import N_, gettext, name_of
from portal.refusal import Refused, Unknown
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form, choices, options
from portal.web.paths import own_path
from portal.web.session import db, me
from portal.web.turning import links, numbered_links, page_number, places

bp = Blueprint("assortment", __name__, url_prefix="/desk/assortment", template_folder="../templates")

SHOWN_TITLES = {"no": N_("Hide it"), "yes": N_("Show it")}


class RuleForm(Form):
    """Who sees a product or a category, or does not."""

    sku = StringField(N_("Product code"), validators=[Optional(), Length(max=40)])
    category = SelectField(N_("Or all of a category"), validators=[Optional()])
    customer = StringField(N_("Only for the customer (code)"), validators=[Optional(), Length(max=32)])
    group = SelectField(N_("Only for the group"), validators=[Optional()])
    shown = SelectField(N_("What is to be done"), validators=[InputRequired()])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        none = ("", gettext("None"))
        self.category.choices = options([none, *((c.code, name_of(c)) for c in queries.categories(db()))])
        self.group.choices = options([none, *((g.code, name_of(g)) for g in all_groups(db()))])
        self.shown.choices = choices(SHOWN_TITLES)


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """Every rule, the newest first, and a form for one more."""
    asked = {name: request.args.get(name, "").strip() for name in ("sku", "category", "customer", "group")}
    return _page(RuleForm(data=asked))


@bp.post("")
@staff(Inventory.ASSORT)
def rule() -> ResponseReturnValue:
    """Show a product or a category to somebody, or hide it from them."""
    form = RuleForm()
    if form.validate_on_submit():
        try:
            subject, whom = _subject(form), _whom(form)
            with transaction(db()):
                new = assorting.set_rule(
                    db(), subject, whom, shown=form.shown.data == "yes", by=me(), now=clock.now()
                )
            flash_done(N_("The rule holds from now on.") if new else N_("That rule holds already."))
            return redirect(_back(), 303)
        except Refused as no:
            form.refuse(no)
    return _page(form), 422


@bp.post("/<int:rule_id>/lift")
@staff(Inventory.ASSORT)
def lift(rule_id: int) -> ResponseReturnValue:
    """Take a rule away."""
    try:
        with transaction(db()):
            assorting.lift_rule(db(), assorting.get_rule(db(), rule_id), by=me(), now=clock.now())
        flash_done(N_("The rule is lifted."))
    except Refused as no:
        flash_refused(no)
    return redirect(_back(), 303)


@bp.get("/customers/<code>")
@staff(Inventory.VIEW)
def seen(code: str) -> str:
    """The catalogue as one company sees it: found as it would be found, with its prices and codes."""
    company = get_company(db(), code)
    query = request.args.get("q", "").strip()[:80]
    shelf = Shelf(query, to=company)
    page = search_products(db(), shelf, page=page_number())
    close = close_products(db(), shelf) if query and page.total <= FEW else []
    ids = [product.id for product in (*page.rows, *close)]
    return render_template(
        "inventory/staff/seen.html",
        company=company,
        query=query,
        products=[*page.rows, *close],
        exact=len(page.rows),
        page=numbered_links(page),
        counted=assorting.seen_by(db(), company),
        rules=assorting.rules_for(db(), company),
        own=own_items(db(), company, ids),
        tariffs=tariffs.tariffs(db(), company, ids, on=clock.business_day(clock.now())),
        can_change=may(me(), Inventory.ASSORT),
    )


def _page(form: RuleForm) -> str:
    found = assorting.rule_page(db(), **places())
    return render_template(
        "inventory/staff/assortment.html",
        form=form,
        rules=found.rows,
        page=links(found, ".index"),
        next=request.args.get("next", ""),
        can_change=may(me(), Inventory.ASSORT),
    )


def _subject(form: RuleForm) -> Product | Category:
    sku, category = (form.sku.data or "").strip(), form.category.data
    if bool(sku) == bool(category):
        raise Refused(N_("Name a product or a category, one of the two."), field="sku")
    if category:
        return queries.category_by_code(db(), category) or abort(404)
    return queries.product_named(db(), sku)


def _whom(form: RuleForm) -> assorting.For:
    code, group = (form.customer.data or "").strip(), form.group.data
    if code and group:
        raise Refused(N_("A rule is for one customer or for one group, not for both."), field="group")
    try:
        if code:
            return assorting.For(customer=get_company(db(), code))
    except Unknown:
        raise Refused(N_("There is no customer %(code)s."), field="customer", code=code) from None
    return assorting.For(group=get_group(db(), group)) if group else assorting.For()


def _back() -> str:
    return own_path(request.form.get("next", ""), "/desk/") or url_for(".index")
