"""What a lot or serial has been through, on one page for the desk."""

from flask import Blueprint, render_template

from aftersales.access_cases import identity_for
from aftersales.covering import cover, last_day
from aftersales.lives import whole_life
from aftersales.models import RETURN_TITLES
from aftersales.permissions import Repairs
from aftersales.recalls import NOTICE_KIND_TITLES, NOTICE_TITLES
from aftersales.repair_story import DESK_TITLES
from inventory.identities import KEEPING_TITLES, IdentityKind
from inventory.tracing import balances_of
from orders.meant import meant_for
from portal import clock
from portal.web.access import staff
from portal.web.session import db, me

bp = Blueprint("desk_serials", __name__, url_prefix="/desk/serials", template_folder="../templates")


@bp.get("/<path:sku>/<serial>")
@staff(Repairs.VIEW)
def one(sku: str, serial: str) -> str:
    """One lot or serial: where it is, its warranty, its cases and its whole life."""
    identity = identity_for(db(), me(), sku, serial)
    life = whole_life(db(), identity, me())
    running = next((one for one in life.warranties if one.voided_at is None), None)
    is_serial = identity.kind == IdentityKind.SERIAL
    return render_template(
        "aftersales/staff/serial.html",
        identity=identity,
        is_serial=is_serial,
        balances=balances_of(db(), [identity.id]),
        keepings=KEEPING_TITLES,
        cover=cover(running, identity.product, clock.business_day(clock.now())) if is_serial else None,
        warranty=running,
        last_day=last_day,
        meant=[] if is_serial else meant_for(db(), identity),
        life=life,
        repair_titles=DESK_TITLES,
        return_titles=RETURN_TITLES,
        notice_titles=NOTICE_TITLES,
        notice_kinds=NOTICE_KIND_TITLES,
    )
