"""Staff page of what a supplier's deliveries show."""

from flask import Blueprint, abort, render_template

from inventory import queries, supplier_records
from inventory.permissions import Inventory
from inventory.supplier_records import LEAST_DELIVERIES
from portal import clock
from portal.i18n import month_text
from portal.web.access import may, staff
from portal.web.session import db, me

bp = Blueprint("suppliers", __name__, url_prefix="/desk/suppliers", template_folder="../templates")


@bp.get("/<code>")
@staff(Inventory.VIEW)
def record(code: str) -> str:
    """How long a supplier takes, how often in time, how late otherwise; with the months and the latest deliveries."""
    supplier = queries.find_supplier(db(), code) or abort(404)
    today = clock.business_day(clock.now())
    deliveries = supplier_records.deliveries_of(db(), [supplier.id], today).get(supplier.id, [])
    return render_template(
        "inventory/staff/supplier_record.html",
        supplier=supplier,
        record=supplier_records.measured(deliveries),
        months=supplier_records.by_month(deliveries),
        month_text=month_text,
        latest=supplier_records.latest_deliveries(db(), supplier),
        least=LEAST_DELIVERIES,
        may_change=may(me(), Inventory.PLACES),
    )
