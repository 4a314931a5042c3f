"""Staff pages of the catalogue and its stock."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import (
    assorting,
    boards,
    cataloguing,
    correcting_days,
    expired,
    identity_boards,
    jobs,
    packing,
    picturing,
    pricing,
    proving,
    queries,
    setting_aside,
    stopping,
    substitutes,
    succeeding,
)
from inventory.catalogue_search import FEW, close_products, search_products
from inventory.figures import FIGURE_TITLES
from inventory.forms import ProductForm, shown
from inventory.identities import KEEPING_TITLES
from inventory.in_baskets import in_baskets
from inventory.ledger import Place
from inventory.models import LIFECYCLE_TITLES, TRACKING_TITLES, Lifecycle, Product, Tracking, Warehouse
from inventory.outlook import day_by_day, explained, outlooks
from inventory.permissions import Inventory
from inventory.search_asking import PLIGHT_TITLES, Plight, Shelf
from inventory.stock import MOVEMENT_TITLES, MovementKind
from inventory.views.lives import life_url
from inventory.views.product_files import files_table
from inventory.views.substitutes import table_of
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_, gettext, moment_text, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, numbered_links, page_number, places

MOST_DIFFERENCES = 200
NEED_DIGITS = 6
DAYS_AHEAD = 61
"""Today and the sixty days after it."""
bp = Blueprint("products", __name__, template_folder="../templates")


@bp.get("/desk/products")
@staff(Inventory.VIEW)
def index() -> str:
    """The catalogue with what there is of each product; found by words, category and plight."""
    category = queries.category_by_code(db(), request.args.get("category", ""))
    asked = request.args.get("state", "")
    plight = Plight(asked) if asked in set(Plight) else None
    query = request.args.get("q", "").strip()[:80]
    shelf = Shelf(query, category.id if category else None, active_only=False, plight=plight)
    page = search_products(db(), shelf, page=page_number())
    close = close_products(db(), shelf) if query and page.total <= FEW else []
    return render_template(
        "inventory/staff/products.html",
        query=query,
        category=category,
        plight=plight,
        products=[*page.rows, *close],
        exact=len(page.rows),
        page=numbered_links(page),
        supplies=boards.supplies(db(), [product.id for product in (*page.rows, *close)]),
        categories=queries.categories(db()),
        can_edit=may(me(), Inventory.EDIT),
        plights=[(plight, gettext(title)) for plight, title in PLIGHT_TITLES.items()],
    )


@bp.get("/desk/products/<path:sku>")
@staff(Inventory.VIEW)
def show(sku: str) -> str:
    """One product: its balances, its ledger in a warehouse, who waits, what is to come, what was done to it."""
    product = _product(sku)
    balances = boards.balances(db(), product)
    place = _chosen([balance.warehouse for balance in balances])
    ledger = boards.ledger(db(), product, place, **places()) if place else None
    today = clock.business_day(clock.now())
    return render_template(
        "inventory/staff/product.html",
        product=product,
        tracking=gettext(TRACKING_TITLES[Tracking(product.tracking)]),
        balances=balances,
        shelves=identity_boards.shelves(db(), product),
        in_house=identity_boards.in_house(db(), product) if product.tracking != Tracking.NONE else [],
        keeping_titles=KEEPING_TITLES,
        life_url=life_url,
        place=place,
        **(_promisable(product, place, today) if place else {}),
        postings=ledger.rows if ledger else [],
        page=links(ledger, ".show", sku=sku, warehouse=place.code) if place and ledger else None,
        movement_titles={kind: gettext(MOVEMENT_TITLES[kind]) for kind in MovementKind},
        reservations=boards.open_reservations(db(), product),
        in_baskets=in_baskets(db(), product),
        receipts=boards.receipts_of(db(), product),
        substitutes=table_of(product),
        assortment={
            "rules": assorting.rules_about(db(), product),
            "may_change": may(me(), Inventory.ASSORT),
        },
        files=files_table(product),
        life=gettext(LIFECYCLE_TITLES[Lifecycle(product.lifecycle)]),
        followed_by=succeeding.successor_of(db(), product),
        history=[_told(entry) for entry in audit.history_of(db(), "product", product.sku, 12)],
        can_edit=may(me(), Inventory.EDIT),
        can_receive=may(me(), Inventory.RECEIVE),
        today=today,
    )


@bp.route("/desk/products/new", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def new() -> ResponseReturnValue:
    """Add a product to the catalogue."""
    form = ProductForm(_category_choices())
    if form.validate_on_submit():
        try:
            with transaction(db()):
                product = cataloguing.add_product(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("%(sku)s was added to the catalogue."), sku=product.sku)
            return redirect(url_for("products.show", sku=product.sku))
        except Refused as no:
            form.refuse(no)
    return render_template("inventory/staff/product_form.html", form=form, product=None), _status(form)


@bp.route("/desk/products/<path:sku>/edit", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def edit(sku: str) -> ResponseReturnValue:
    """Change what is said of a product."""
    product = _product(sku)
    form = ProductForm(_category_choices(), data=shown(product))
    form.sku.data = product.sku
    if form.validate_on_submit():
        try:
            with transaction(db()):
                changed = cataloguing.change_product(db(), product, form.facts, by=me(), now=clock.now())
            said = (
                N_("The changes to %(sku)s are saved.")
                if changed
                else N_("Nothing about %(sku)s was different.")
            )
            flash_done(said, sku=product.sku)
            return redirect(url_for("products.show", sku=product.sku))
        except Refused as no:
            form.refuse(no)
    return render_template("inventory/staff/product_form.html", form=form, product=product), _status(form)


@bp.get("/desk/stock-proof")
@staff(Inventory.VIEW)
def proof() -> str:
    """Whether every balance is the sum of its records, looked up now."""
    found = proving.differences(db(), MOST_DIFFERENCES + 1)
    titles = {figure: gettext(title) for figure, title in FIGURE_TITLES.items()}
    return render_template(
        "inventory/staff/proof.html",
        differences=found[:MOST_DIFFERENCES],
        count=len(found) if len(found) <= MOST_DIFFERENCES else f"{MOST_DIFFERENCES}+",
        titles=titles,
        now=clock.now(),
    )


ACTS: dict[str, str] = {
    cataloguing.Verb.ADDED: N_("Added to the catalogue"),
    cataloguing.Verb.CHANGED: N_("Particulars changed"),
    pricing.Verb.SET: N_("Price set"),
    pricing.Verb.REMOVED: N_("Price taken out"),
    assorting.Verb.RULED: N_("Shown or hidden"),
    assorting.Verb.LIFTED: N_("Rule of what is seen lifted"),
    jobs.Verb.DIFFERS: N_("Stock differed from its records"),
    substitutes.Verb.NAMED: N_("Substitute named"),
    substitutes.Verb.CHANGED: N_("Substitute changed"),
    substitutes.Verb.TAKEN_BACK: N_("Substitute taken back"),
    setting_aside.Verb.HELD: N_("Units set aside"),
    setting_aside.Verb.RELEASED: N_("Units released from quarantine"),
    setting_aside.Verb.SCRAPPED: N_("Units in quarantine scrapped"),
    packing.Verb.CHANGED: N_("Packs changed"),
    picturing.Verb.ADDED: N_("Picture or document added"),
    picturing.Verb.DESCRIBED: N_("Picture or document described"),
    picturing.Verb.ORDERED: N_("Pictures put in order"),
    picturing.Verb.REMOVED: N_("Picture or document taken away"),
    expired.Verb.EXPIRED: N_("Expired units put into quarantine"),
    stopping.Verb.STOPPED: N_("Recalled units that came in put into quarantine"),
    correcting_days.Verb.CORRECTED: N_("Last day of use of a lot corrected"),
}


def _product(sku: str) -> Product:
    return queries.find_product(db(), sku) or abort(404)


def _promisable(product: Product, place: Warehouse, today: date) -> dict[str, Any]:
    """What the product's page shows of what can be promised from one warehouse, of the units asked for."""
    asked = request.args.get("need", "", type=str)
    typed = asked.isascii() and asked.isdigit() and len(asked) <= NEED_DIGITS
    need = max(1, int(asked)) if typed else 1
    outlook = outlooks(db(), [product.id], [place.id], today)[Place(product.id, place.id)]
    return {"need": need, "sentence": explained(outlook, need), "every_day": day_by_day(outlook, DAYS_AHEAD)}


def _told(entry: audit.AuditEntry) -> dict[str, str | None]:
    return {
        "what": gettext(ACTS[entry.verb]),
        "when": moment_text(entry.at),
        "who": entry.by.name if entry.by else None,
        "why": (entry.after or {}).get("reason"),
    }


def _chosen(places: list[Warehouse]) -> Warehouse | None:
    asked = request.args.get("warehouse")
    return next((place for place in places if place.code == asked), places[0] if places else None)


def _category_choices() -> list[tuple[str, str]]:
    return [("", gettext("None")), *((c.code, name_of(c)) for c in queries.categories(db()))]


def _status(form: ProductForm) -> int:
    return 422 if form.is_submitted() else 200
