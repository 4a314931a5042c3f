"""Staff pages of orders to suppliers."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import purchases, purchasing, queries
from inventory.deliveries import Verb as Ended
from inventory.inbound import PurchaseOrder
from inventory.permissions import Inventory
from inventory.purchase_papers import amount_of, purchase_pdf
from inventory.purchases import PURCHASE_TITLES, PurchaseState, Wanted
from inventory.views.purchase_forms import CancelForm, SendForm, day_to_expect
from portal import audit, clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, NN_, gettext, language, moment_text
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("purchases", __name__, url_prefix="/desk/purchases", template_folder="../templates")

ACTS: dict[str, str] = {
    purchasing.Verb.DRAFTED: N_("Drafted"),
    purchasing.Verb.CHANGED: N_("Lines changed"),
    purchasing.Verb.DISCARDED: N_("Draft discarded"),
    purchasing.Verb.SENT: N_("Sent to the supplier"),
    purchasing.Verb.CONFIRMED: N_("Other days named by the supplier"),
    purchasing.Verb.CANCELLED: N_("The rest cancelled"),
    Ended.CLOSED: N_("Closed with its last receipt"),
}


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """The orders to suppliers, newest first; found by words, supplier, warehouse and state."""
    asked, today = request.args.get("state", ""), clock.business_day(clock.now())
    suppliers, warehouses = queries.suppliers(db()), queries.warehouses(db())
    supplier = next((one for one in suppliers if one.code == request.args.get("supplier")), None)
    warehouse = next((one for one in warehouses if one.code == request.args.get("warehouse")), None)
    query = request.args.get("q", "").strip()[:80]
    wanted = Wanted(
        query,
        PurchaseState(asked) if asked in set(PurchaseState) else None,
        asked == "late",
        supplier.id if supplier else None,
        warehouse.id if warehouse else None,
    )
    kept: dict[str, Any] = {
        "q": query or None,
        "supplier": supplier.code if supplier else None,
        "warehouse": warehouse.code if warehouse else None,
    }
    found = purchases.list_purchases(db(), wanted, today, **places())
    return render_template(
        "inventory/staff/purchases.html",
        rows=found.rows,
        page=links(found, ".index", state=asked, **kept),
        counts=purchases.count_purchases(db(), today),
        titles={state: gettext(title) for state, title in PURCHASE_TITLES.items()},
        asked=asked,
        kept=kept,
        suppliers=suppliers,
        warehouses=warehouses,
        supplier=supplier,
        warehouse=warehouse,
        query=query,
        today=today,
        may_order=may(me(), Inventory.BUY),
    )


@bp.get("/<purchase_no>")
@staff(Inventory.VIEW)
def show(purchase_no: str) -> str:
    """One order: what was promised for each line, what is agreed now, and what came when."""
    return _page(_order(purchase_no))


@bp.get("/<purchase_no>/order.pdf")
@staff(Inventory.VIEW)
def paper(purchase_no: str) -> ResponseReturnValue:
    """The order on paper, as the supplier gets it."""
    order, code = _order(purchase_no), request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    name = f'inline; filename="{order.number}-{code}.pdf"'
    made = purchase_pdf(order, code, settings().seller)
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": name})


@bp.post("/<purchase_no>/send")
@staff(Inventory.BUY)
def send(purchase_no: str) -> ResponseReturnValue:
    """The draft goes to the supplier."""
    order, form = _order(purchase_no), SendForm()
    if form.validate():
        try:
            with transaction(db()):
                purchasing.send(db(), order, form.promised_on.data, by=me(), now=clock.now())
            if order.supplier.email:
                flash_done(
                    N_("%(number)s goes to %(email)s and is expected from now on."),
                    number=purchase_no,
                    email=order.supplier.email,
                )
            else:
                flash_done(
                    N_("%(number)s is expected from now on. No e-mail is known: send the PDF yourself."),
                    number=purchase_no,
                )
            return redirect(url_for(".show", purchase_no=purchase_no))
        except Refused as no:
            form.refuse(no)
    return _page(_order(purchase_no), sending=form), 422


@bp.post("/<purchase_no>/discard")
@staff(Inventory.BUY)
def discard(purchase_no: str) -> ResponseReturnValue:
    """A draft that will not be sent."""
    try:
        with transaction(db()):
            purchasing.discard(db(), _order(purchase_no), by=me(), now=clock.now())
        flash_done(N_("%(number)s was discarded."), number=purchase_no)
        return redirect(url_for(".index"))
    except Refused as no:
        return _page(_order(purchase_no), sending=SendForm(formdata=None).refuse(no)), 422


@bp.post("/<purchase_no>/confirm")
@staff(Inventory.BUY)
def confirm(purchase_no: str) -> ResponseReturnValue:
    """The supplier names other days."""
    order, days, problems = _order(purchase_no), dict[int, date](), dict[str, str]()
    for line in order.lines:
        typed = request.form.get(f"day_{line.id}", "").strip()
        try:
            if typed:
                days[line.id] = date.fromisoformat(typed)
        except ValueError:
            problems[f"day_{line.id}"] = gettext("Not a valid date value.")
    if not problems:
        try:
            with transaction(db()):
                moved = purchasing.confirm(db(), order, days, by=me(), now=clock.now())
            flash_done(
                NN_("%(count)s line has another day.", "%(count)s lines have another day.", "count")
                if moved
                else N_("Nothing was different."),
                count=moved,
            )
            return redirect(url_for(".show", purchase_no=purchase_no))
        except Refused as no:
            problems[no.field or "days"] = gettext(no.message, **no.params)
    return _page(_order(purchase_no), problems=problems), 422


@bp.post("/<purchase_no>/cancel")
@staff(Inventory.BUY)
def cancel(purchase_no: str) -> ResponseReturnValue:
    """Nothing more shall come of some lines."""
    order, form = _order(purchase_no), CancelForm()
    ids = [line.id for line in order.lines if str(line.id) in request.form.getlist("lines")]
    if form.validate():
        try:
            with transaction(db()):
                units = purchasing.cancel_rest(db(), order, ids, form.reason.data, by=me(), now=clock.now())
            flash_done(
                NN_("%(units)s unit is cancelled.", "%(units)s units are cancelled.", "units"), units=units
            )
            return redirect(url_for(".show", purchase_no=purchase_no))
        except Refused as no:
            form.refuse(no)
    return _page(_order(purchase_no), cancelling=form), 422


def _page(
    order: PurchaseOrder,
    *,
    sending: SendForm | None = None,
    cancelling: CancelForm | None = None,
    problems: dict[str, str] | None = None,
) -> str:
    today = clock.business_day(clock.now())
    amounts = [amount_of(line) for line in order.lines]
    receipts = [line.receipt for line in order.lines if line.receipt]
    return render_template(
        "inventory/staff/purchase.html",
        order=order,
        title=gettext(PURCHASE_TITLES[PurchaseState(order.state)]),
        arrivals=purchases.arrivals_of(db(), order),
        amounts=amounts,
        total=None if None in amounts else sum(one for one in amounts if one is not None),
        to_come=sum(one.quantity - one.received for one in receipts if one.closed_at is None),
        received=sum(one.received for one in receipts),
        units=sum(line.quantity for line in order.lines),
        late=any(one.closed_at is None and one.expected_on < today for one in receipts),
        sending=sending or SendForm(formdata=None, data={"promised_on": day_to_expect(order, today)}),
        cancelling=cancelling or CancelForm(formdata=None),
        problems=problems or {},
        typed=request.form if problems else {},
        history=[_told(entry) for entry in audit.history_of(db(), "purchase", order.number)],
        may_order=may(me(), Inventory.BUY),
        today=today,
    )


def _told(entry: audit.AuditEntry) -> dict[str, str | None]:
    return {
        "what": gettext(ACTS[entry.verb]),
        "why": (entry.after or {}).get("reason"),
        "when": moment_text(entry.at),
        "who": entry.by.name if entry.by else None,
    }


def _order(number: str) -> PurchaseOrder:
    return purchases.find_purchase(db(), number) or abort(404)
