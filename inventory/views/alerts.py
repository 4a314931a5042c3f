"""The board of alerts: what ran out or low, what expires soon, what there is too much of, and what to do about it."""

from typing import Any

from flask import Blueprint, abort, render_template, request

from inventory import alert_boards, queries
from inventory.alert_boards import Sought
from inventory.alerts import ALERT_TITLES, AlertKind
from inventory.cover import COVER_DAYS, SOON_DAYS, SOON_PART
from inventory.models import Warehouse
from inventory.permissions import Inventory
from portal import clock
from portal.web.access import may, staff
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("alerts", __name__, url_prefix="/desk/stock-alerts", template_folder="../templates")


@bp.get("")
@staff(Inventory.VIEW)
def board() -> str:
    """Alerts that are open, or that ended within the last 30 days; by kind, warehouse and product."""
    now, warehouse = clock.now(), _asked_warehouse()
    asked = request.args.get("kind", "")
    kind = AlertKind(asked) if asked in set(AlertKind) else None
    ended = request.args.get("show") == "ended"
    query = request.args.get("q", "").strip()[:80]
    sought = Sought(kind, warehouse.id if warehouse else None, query, ended)
    found = alert_boards.list_alerts(db(), sought, now, **places())
    kept: dict[str, Any] = {
        "kind": kind.value if kind else None,
        "warehouse": warehouse.code if warehouse else None,
        "q": query or None,
        "show": "ended" if ended else None,
    }
    return render_template(
        "inventory/staff/stock_alerts.html",
        rows=found.rows,
        page=links(found, ".board", **kept),
        kept=kept,
        kind=kept["kind"],
        ended=ended,
        query=query,
        titles={one.value: title for one, title in ALERT_TITLES.items()},
        counts=alert_boards.count_open(db(), sought.warehouse_id),
        warehouse=warehouse,
        warehouses=queries.warehouses(db()),
        cover_days=COVER_DAYS,
        soon_days=SOON_DAYS,
        soon_part=SOON_PART,
        may_move=may(me(), Inventory.MOVE),
        now=now,
    )


def _asked_warehouse() -> Warehouse | None:
    code = request.args.get("warehouse", "")
    if not code:
        return None
    return queries.find_warehouse(db(), code) or abort(404)
