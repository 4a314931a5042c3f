"""Staff pages of scarce goods: where they are short, a dealing tried out before it is done, those that were done."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from inventory import dealing_rules, queries
from inventory.dealing_anew import Simulation
from inventory.ledger import Place
from inventory.models import Product, Warehouse
from inventory.permissions import Inventory
from inventory.turns import KEY_TITLES, said
from orders import scarcity
from orders.dealing_again import KEPT_TITLES, Redealt, Turn, deal_again, simulate
from orders.permissions import Orders
from portal import clock
from portal.db import transaction
from portal.i18n import N_, gettext
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("dealings", __name__, url_prefix="/desk/dealings", template_folder="../templates")
MOST_SHOWN = 200
"""Beyond so many lines those that keep what they hold are counted, not listed."""


class DealForm(Form):
    """Why goods are dealt anew; `digest` names the simulation that was looked at."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])
    digest = HiddenField(validators=[InputRequired(), Length(max=64)])


@bp.get("")
@staff(Orders.VIEW)
def index() -> str:
    """Where some wait while others hold, or the dealings that were done."""
    done = request.args.get("show") == "done"
    keys, today = dealing_rules.keys_in_force(db(), clock.now()), clock.business_day(clock.now())
    if done:
        past = scarcity.dealings(db(), **places())
        rows: Sequence[Any] = past.rows
        page, uneven = links(past, ".index", show="done"), set[Place]()
    else:
        found = scarcity.scarce_now(db(), **places())
        rows, page = found.rows, links(found, ".index")
        here = [Place(one.stock.product_id, one.stock.warehouse_id) for one in found.rows]
        uneven = scarcity.worth_dealing(db(), here, keys, today=today)
    return render_template(
        "orders/staff/dealings.html",
        done=done,
        rows=rows,
        page=page,
        uneven=uneven,
        sentence=said(keys),
    )


@bp.get("/<warehouse_code>/<path:sku>")
@staff(Orders.VIEW)
def new(warehouse_code: str, sku: str) -> str:
    """What dealing the stock of a product in a warehouse anew would change."""
    return _page(*_asked(warehouse_code, sku), DealForm(formdata=None))


@bp.post("/<warehouse_code>/<path:sku>")
@staff(Inventory.DEAL)
def deal(warehouse_code: str, sku: str) -> ResponseReturnValue:
    """Deal it so, as it was shown."""
    product, warehouse = _asked(warehouse_code, sku)
    form = DealForm()
    if form.validate():
        try:
            with transaction(db()):
                made = deal_again(
                    db(),
                    product,
                    warehouse,
                    form.digest.data or "",
                    form.reason.data or "",
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("Dealt so. Buyers who lose units are told with their new likely day."))
            return redirect(url_for(".show", dealing_no=made.number), 303)
        except Refused as no:
            form.refuse(no)
    return _page(product, warehouse, form), 422


@bp.get("/<dealing_no>")
@staff(Orders.VIEW)
def show(dealing_no: str) -> str:
    """One dealing: under which rule, why, who gained and who lost."""
    dealing = scarcity.find_dealing(db(), dealing_no) or abort(404)
    found = scarcity.changes(db(), dealing)
    return render_template(
        "orders/staff/dealing.html",
        dealing=dealing,
        sentence=said(dealing_rules.keys_of(dealing.rule)),
        rows=found,
        gained=[one for one in found if one.gain > 0],
        lost=[one for one in found if one.gain < 0],
        worth_gained=scarcity.worth(found, gained=True),
        worth_lost=scarcity.worth(found, gained=False),
    )


def _asked(warehouse_code: str, sku: str) -> tuple[Product, Warehouse]:
    """The place that the address names."""
    product = queries.find_product(db(), sku) or abort(404)
    return product, queries.find_warehouse(db(), warehouse_code) or abort(404)


def _page(product: Product, warehouse: Warehouse, form: DealForm) -> str:
    found = simulate(db(), product, warehouse, now=clock.now())
    form.digest.data = found.simulation.digest
    return render_template(
        "orders/staff/dealing_new.html",
        product=product,
        warehouse=warehouse,
        found=found,
        turns=_shown(found),
        others=len(found.turns) - len(_shown(found)),
        sentence=said(found.simulation.keys),
        keys=[gettext(KEY_TITLES[key]) for key in found.simulation.keys],
        kept={kept: gettext(title) for kept, title in KEPT_TITLES.items()},
        totals=_totals(found.simulation),
        form=form,
        may_deal=may(me(), Inventory.DEAL),
        may_publish=may(me(), Inventory.RULE),
    )


def _shown(found: Redealt) -> list[Turn]:
    """Every line in its turn; of very many those that change, and the first of the others."""
    if len(found.turns) <= MOST_SHOWN:
        return list(found.turns)
    return [one for n, one in enumerate(found.turns) if one.share.gain or n < MOST_SHOWN]


def _totals(found: Simulation) -> dict[str, int]:
    return {
        "held": sum(one.held for one in found.shares),
        "after": sum(one.after for one in found.shares),
        "kept": sum(one.kept for one in found.shares),
        "wanted": sum(one.quantity for one in found.shares),
    }
