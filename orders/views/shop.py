"""The buyer's shop: the catalogue with own prices and stock, and the basket."""

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import queries
from inventory.availability import Availability, availability
from inventory.catalogue_search import FEW, close_products, search_products
from inventory.following import followed_among
from inventory.in_baskets import Hold, holds_of
from inventory.models import Warehouse
from inventory.own_codes import own_items
from inventory.picturing import files_of
from inventory.price_boards import list_titles
from inventory.search_asking import Shelf
from inventory.tariffs import NOTHING, Tariff, tariffs
from orders import baskets
from orders.dating import Dated, sentences
from orders.fitting import misfits
from orders.forms import AddForm, BasketForm
from orders.models import Basket, Order
from orders.panels import quantities_in_basket
from orders.placing import order_for_key
from orders.previewing import preview, serving
from orders.pricing import LineSum, line_sum, order_sum
from orders.promised_words import in_words
from orders.seen_days import as_text, days_shown
from orders.telling import vat_title
from orders.views.asking_days import asked_of
from orders.views.goods import gone_shown, goods_shown, misfits_shown, successor_shown
from orders.views.typing_quantities import product_id, shown_quantity, typed_quantities, wrong
from portal import clock
from portal.db import transaction
from portal.i18n import N_, gettext
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.paths import own_path
from portal.web.session import db, me, settings
from portal.web.turning import numbered_links, page_number

bp = Blueprint("shop", __name__, template_folder="../templates")

PER_PAGE = 24


@bp.get("/my/catalogue")
@customer
def catalogue() -> ResponseReturnValue:
    """What can be bought: found by words in Thai or English and by category, with own price and stock."""
    query = request.args.get("q", "").strip()[:80]
    category = queries.category_by_code(db(), request.args.get("category", ""))
    shelf = Shelf(query, category.id if category else None, to=me().company)
    page = search_products(db(), shelf, page=page_number(), per_page=PER_PAGE)
    close = close_products(db(), shelf) if query and page.total <= FEW else []
    ids = [product.id for product in (*page.rows, *close)]
    warehouse = _warehouse()
    return render_template(
        "orders/customer/catalogue.html",
        query=query,
        category=category,
        categories=queries.categories(db()),
        products=page.rows,
        page=numbered_links(page),
        close=close,
        gone=gone_shown(query) if query and not page.rows else None,
        own=own_items(db(), me().company, ids),
        tariffs=_tariffs(ids),
        stock=_stock(ids, warehouse),
        warehouse=warehouse,
        currency=me().company.currency,
        basket=quantities_in_basket(db(), me()),
        followed=followed_among(db(), me(), ids),
        goods=goods_shown([*page.rows, *close]),
    )


@bp.get("/my/catalogue/<path:sku>")
@customer
def product(sku: str) -> ResponseReturnValue:
    """One product: its facts, own price, stock, and the days so many units of it would be promised for now."""
    found = queries.find_product(db(), sku, to=me().company) or abort(404)
    warehouse = _warehouse()
    tariff = _tariffs([found.id]).get(found.id, NOTHING)
    return render_template(
        "orders/customer/product.html",
        product=found,
        tariff=tariff,
        list_titles=list_titles(db(), {step.list_id for step in tariff}),
        own=own_items(db(), me().company, [found.id]).get(found.id),
        stock=_stock([found.id], warehouse)[found.id],
        warehouse=warehouse,
        currency=me().company.currency,
        basket=quantities_in_basket(db(), me()),
        **asked_of(found),
        followed=followed_among(db(), me(), [found.id]),
        sentences=sentences,
        goods=goods_shown([found]),
        files=files_of(db(), found),
        successor=successor_shown(found),
    )


@bp.get("/my/basket")
@customer
def basket() -> str:
    """What is about to be ordered, with the days it would be promised for now."""
    return _basket_page(BasketForm())


@bp.post("/my/basket/add")
@customer
def add() -> ResponseReturnValue:
    """Put units of a product into the basket and go back to where the person was."""
    form = AddForm()
    back = own_path(form.next.data, "/my/") or url_for(".catalogue")
    found = queries.find_product(db(), form.sku.data or "", to=me().company) or abort(404)
    try:
        if not form.validate() or form.quantity.data is None:
            raise Refused(N_("Give the quantity as a whole number, at least 1."))
        pack = 1 if form.unit.data is None else form.unit.data
        with transaction(db()):
            minutes = settings().basket_hold_minutes
            units = baskets.put(
                db(), me(), found, form.quantity.data, pack, hold_minutes=minutes, now=clock.now()
            )
        flash_done(N_("%(count)s × %(sku)s put into the basket."), count=units, sku=found.sku)
    except Refused as no:
        flash_refused(no)
    return redirect(back, 303)


@bp.post("/my/basket")
@customer
def change() -> ResponseReturnValue:
    """Set quantities, take a line out, or place the order; what was typed stays typed."""
    form = BasketForm()
    removed = request.form.get("remove", "")
    try:
        quantities = _fitted(typed_quantities(removed))
        if request.form.get("act") == "place" and not removed:
            return _place(form, quantities)
        _set(quantities)
    except Refused as no:
        form.validate()
        return _basket_page(form.refuse(no), typed=True), 422
    if "HX-Request" not in request.headers:
        return _basket_page(form) if form.says_something else redirect(url_for(".basket"), 303)
    answer = make_response(_basket_page(form))
    if 0 in quantities.values():
        answer.headers["HX-Refresh"] = "true"  # a line has gone, so the page is built anew
    return answer


def _place(form: BasketForm, quantities: dict[int, int]) -> ResponseReturnValue:
    if form.validate():
        try:
            order = _order(form, quantities)
        except baskets.Retyped as no:
            _set(quantities)
            return _basket_page(form, saved=gettext(no.message)), 422
        flash_done(
            N_("Order %(number)s is confirmed. Each line shows its promised day."), number=order.number
        )
    else:
        ordered = order_for_key(db(), me().company, form.key.data or "")
        if ordered is None:
            return _basket_page(form, typed=True), 422
        order = ordered
    return redirect(url_for("my_orders.show", number=order.number), 303)


def _order(form: BasketForm, quantities: dict[int, int]) -> Order:
    with transaction(db()):
        return baskets.place_basket(
            db(),
            me(),
            form.key.data or "",
            form.particulars(),
            typed=quantities,
            vat_rate_bp=settings().vat_rate_bp,
            now=clock.now(),
        )


def _set(quantities: dict[int, int]) -> None:
    with transaction(db()):
        minutes = settings().basket_hold_minutes
        baskets.change(db(), me(), quantities, hold_minutes=minutes, now=clock.now())


def _fitted(quantities: dict[int, int]) -> dict[int, int]:
    """The quantities with that of the line whose nearest one was chosen."""
    wanted = product_id(request.form.get("fit", ""))
    found = baskets.find_basket(db(), me()) if wanted is not None else None
    for line in found.lines if found else ():
        if line.product_id == wanted:
            asked = quantities.get(wanted, line.quantity)
            own = holds_of(db(), me().id, [wanted], now=clock.now())
            no = misfits(db(), me().company, [(line.product, asked)], own).get(wanted)
            if no is not None and no.nearest:
                return {**quantities, wanted: no.nearest}
    return quantities


def _basket_page(form: BasketForm, *, typed: bool = False, saved: str = "") -> str:
    """The basket's page; with `typed` the quantities stay as they were sent, because they were refused.

    `saved` says why an order was not placed although the quantities were put into the basket.
    """
    found = baskets.find_basket(db(), me())
    company, lines = me().company, found.lines if found else []
    known = _tariffs([line.product_id for line in lines])
    prices = {
        line.product_id: step.price
        for line in lines
        if (step := known.get(line.product_id, NOTHING).at(line.quantity))
    }
    shown = {line.product_id: shown_quantity(line.product_id, line.quantity, typed=typed) for line in lines}
    rate = settings().vat_rate_bp
    sums = {
        line.product_id: line_sum(prices[line.product_id], line.quantity, company.currency, vat_rate_bp=rate)
        for line in lines
        if line.product_id in prices
    }
    total = order_sum(sums.values())
    held = holds_of(db(), me().id, [line.product_id for line in lines], now=clock.now())
    promises, hindrance = _promises(found, form, held)
    unfit = misfits_shown(lines, held)
    _keep(form, found, total, promises)
    return render_template(
        "orders/customer/basket.html",
        form=form,
        saved=saved,
        lines=lines,
        shown=shown,
        wrong={id_: words for id_, text in shown.items() if (words := wrong(text))},
        prices=prices,
        tariffs=known,
        own=own_items(db(), company, [line.product_id for line in lines]),
        sums=sums,
        total=total,
        currency=company.currency,
        vat_title=vat_title({rate}),
        promises=promises,
        held=held,
        holding=settings().basket_hold_minutes > 0,
        hindrance=hindrance,
        unfit=unfit,
        goods=goods_shown([line.product for line in lines]),
        sentences=sentences,
        worded=in_words,
        ship_to=company.ship_to,
        orderable=all(line.product_id in prices and line.product.active for line in lines) and not unfit,
    )


def _promises(
    found: Basket | None, form: BasketForm, own: Mapping[int, Hold]
) -> tuple[dict[int, list[Dated]], str]:
    wanted = [(line.product, line.quantity) for line in found.lines] if found else []
    asked, now = form.asked_for, clock.now()
    try:
        return preview(db(), me().company, wanted, requested_on=asked, own=own, now=now), ""
    except Refused as no:
        return {}, gettext(no.message, **no.params)


def _keep(
    form: BasketForm, found: Basket | None, total: LineSum, promises: Mapping[int, list[Dated]]
) -> None:
    """Have the page carry the basket's key, and the total and the days it shows."""
    form.key.data = found.key if found else ""
    form.seen_total_minor.data = str(total.total_minor)
    form.seen_days.data = as_text(days_shown(promises))


def _warehouse() -> Warehouse | None:
    """The warehouse that serves the company, or None before there is any."""
    try:
        return serving(db(), me().company)[0]
    except Refused:
        return None


def _tariffs(product_ids: list[int]) -> dict[int, Tariff]:
    return tariffs(db(), me().company, product_ids, on=clock.business_day(clock.now()))


def _stock(product_ids: list[int], warehouse: Warehouse | None) -> dict[int, Availability]:
    if warehouse is None:
        return dict.fromkeys(product_ids, Availability())
    return availability(db(), product_ids, warehouse.id, clock.business_day(clock.now()))
