"""Things a company owns: the list, the cover check by serial, and what each unit has been through."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from aftersales.access_cases import unit_for
from aftersales.covering import NOT_YOURS, last_day
from aftersales.lives import own_life
from aftersales.owning import HOLDING_TITLES, check_cover, cover_of, units_of
from aftersales.repairs import REPAIR_TITLES
from inventory.identities import IdentityKind, Keeping
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.web.access import customer
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_units", __name__, url_prefix="/my", template_folder="../templates")


@bp.get("/units")
@customer
def units() -> str:
    """The serials and lots that this company holds, with their warranties."""
    text = request.args.get("q", "").strip()[:80]
    found = units_of(db(), me().company.id, text, **places())
    return render_template(
        "aftersales/customer/units.html",
        rows=found.rows,
        page=links(found, ".units", q=text),
        q=text,
        titles=HOLDING_TITLES,
        today=clock.business_day(clock.now()),
        last_day=last_day,
    )


@bp.get("/warranty")
@customer
def warranty() -> str:
    """Whether a unit is covered, by its serial number; of others' units nothing is said."""
    serial = request.args.get("serial", "").strip()[:80]
    checked = check_cover(db(), me().company, serial, clock.business_day(clock.now())) if serial else []
    return render_template(
        "aftersales/customer/warranty.html",
        serial=serial,
        checked=checked,
        unknown=NOT_YOURS.sentence,
        **answering(Matter.REPAIR),
    )


@bp.get("/units/<path:sku>/<serial>")
@customer
def one(sku: str, serial: str) -> ResponseReturnValue:
    """One unit of this company: its warranty, and its life since it came to them."""
    unit = unit_for(db(), me(), sku, serial)
    is_serial = unit.identity.kind == IdentityKind.SERIAL
    return render_template(
        "aftersales/customer/unit.html",
        held=unit,
        cover=cover_of(unit, clock.business_day(clock.now())) if is_serial else None,
        life=own_life(db(), unit, me()),
        titles=HOLDING_TITLES,
        repair_titles=REPAIR_TITLES,
        lent=unit.keeping is Keeping.LENT,
        can_ask=is_serial and unit.repair_no is None and unit.keeping is Keeping.OWNED,
        last_day=last_day,
        **answering(Matter.REPAIR, serial),
    )
