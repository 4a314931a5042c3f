"""The products that a buyer follows."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import following, queries
from inventory.models import Product
from inventory.stockouts import SUPPLY_TITLES
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.paths import own_path
from portal.web.session import db, me

bp = Blueprint("following", __name__, url_prefix="/my/following", template_folder="../templates")


@bp.get("")
@customer
def index() -> str:
    """What this person follows, and what there is of it now."""
    rows = following.followed_by(db(), me(), clock.business_day(clock.now()))
    return render_template("orders/customer/following.html", rows=rows, titles=SUPPLY_TITLES)


@bp.post("/follow")
@customer
def follow() -> ResponseReturnValue:
    """Hear from now on when a product runs low, runs out or comes back."""
    product = _product()
    try:
        with transaction(db()):
            following.follow(db(), me(), product, now=clock.now())
        flash_done(N_("You will be told when %(sku)s runs low, runs out or comes back."), sku=product.sku)
    except Refused as no:
        flash_refused(no)
    return _back()


@bp.post("/stop")
@customer
def stop() -> ResponseReturnValue:
    """Hear no more of a product."""
    product = _product()
    with transaction(db()):
        following.unfollow(db(), me(), product)
    flash_done(N_("You do not follow %(sku)s any more."), sku=product.sku)
    return _back()


def _product() -> Product:
    return queries.find_product(db(), request.form.get("sku", ""), to=me().company) or abort(404)


def _back() -> ResponseReturnValue:
    return redirect(own_path(request.form.get("next"), "/my/") or url_for(".index"), 303)
