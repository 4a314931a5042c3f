"""The replenishment board: what is proposed to order, decided several at once, and the plan of each product."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import planning, proposals, proposing, purchases, queries
from inventory.models import Product, Warehouse
from inventory.permissions import Inventory
from inventory.plans import METHOD_TITLES, PROPOSAL_TITLES, Method, Proposal
from inventory.positions import position_of, spare
from inventory.proposals import Wanted
from inventory.proposing import Choice
from inventory.views.purchase_forms import PlanForm, shown_plan
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_, gettext, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, places

MOST_DECIDED = 200
"""Proposals decided at once."""
MOST_DIGITS = 11
bp = Blueprint("replenishment", __name__, url_prefix="/desk/replenishment", template_folder="../templates")


@bp.get("")
@staff(Inventory.VIEW)
def board() -> str:
    """What is proposed to order, the most urgent first, or what was decided; and what suppliers owe."""
    return _board()


@bp.post("/decide")
@staff(Inventory.BUY)
def decide() -> ResponseReturnValue:
    """Accept or refuse the proposals that were ticked."""
    ticked = [one for one in request.form.getlist("chosen") if _is_whole(one)]
    ids = [int(one) for one in ticked[:MOST_DECIDED]]
    chosen = proposals.find_proposals(db(), ids)
    try:
        if request.form.get("act") == "refuse":
            with transaction(db()):
                reason = request.form.get("reason", "")[:300]
                proposing.refuse(db(), chosen, reason, by=me(), now=clock.now())
            said = NN_("%(count)s proposal is refused.", "%(count)s proposals are refused.", "count")
            flash_done(said, count=len(chosen))
            kept: dict[str, Any] = request.args.to_dict()
            return redirect(url_for(".board", **kept))
        with transaction(db()):
            made = proposing.accept(db(), [_choice(one) for one in chosen], by=me(), now=clock.now())
        flash_done(
            NN_(
                "%(count)s order is drafted: check it, then send it.",
                "%(count)s orders are drafted: check them, then send them.",
                "count",
            ),
            count=len(made),
        )
        if len(made) == 1:
            return redirect(url_for("purchases.show", purchase_no=made[0].number))
        return redirect(url_for("purchases.index", state="draft"))
    except Refused as no:
        return _board({no.field or "": gettext(no.message, **no.params)}), 422


@bp.get("/<path:sku>")
@staff(Inventory.VIEW)
def product(sku: str) -> str:
    """A product in a warehouse: its demand week by week with what is forecast, and how it is kept."""
    found = _product(sku)
    return _product_page(found, _warehouse(found))


@bp.post("/<path:sku>")
@staff(Inventory.PLAN)
def plan(sku: str) -> ResponseReturnValue:
    """Say how a product is kept in a warehouse."""
    found = _product(sku)
    warehouse = _warehouse(found)
    form = _plan_form()
    if form.validate():
        try:
            with transaction(db()):
                supplier = queries.find_supplier(db(), form.supplier.data) if form.supplier.data else None
                facts = form.facts(supplier)
                planning.set_plan(db(), found, warehouse, facts, by=me(), now=clock.now())
            flash_done(N_("The plan of %(sku)s is saved."), sku=found.sku)
            return redirect(url_for(".product", sku=sku, warehouse=warehouse.code))
        except Refused as no:
            form.refuse(no)
    return _product_page(_product(sku), warehouse, form), 422


def _board(problems: Mapping[str, str] | None = None) -> str:
    today, decided = clock.business_day(clock.now()), request.args.get("show") == "decided"
    query = request.args.get("q", "").strip()[:80]
    warehouses, suppliers = queries.warehouses(db()), proposals.suppliers_of_proposals(db())
    warehouse = next((one for one in warehouses if one.code == request.args.get("warehouse")), None)
    supplier = next((one for one in suppliers if one.code == request.args.get("supplier")), None)
    wanted = Wanted(query, decided, warehouse.id if warehouse else None, supplier.id if supplier else None)
    found = proposals.list_proposals(db(), wanted, **places())
    kept: dict[str, Any] = {
        "show": "decided" if decided else None,
        "q": query or None,
        "warehouse": warehouse.code if warehouse else None,
        "supplier": supplier.code if supplier else None,
    }
    waiting, urgent = proposals.count_open(db(), today)
    return render_template(
        "inventory/staff/replenishment.html",
        rows=found.rows,
        page=links(found, ".board", **kept),
        kept=kept,
        decided=decided,
        reasons={one.id: proposals.reason_of(one) for one in found.rows},
        titles={state: gettext(title) for state, title in PROPOSAL_TITLES.items()},
        elsewhere={} if decided else spare(db(), [one.product_id for one in found.rows]),
        names={one.id: one for one in warehouses},
        waiting=waiting,
        urgent=urgent,
        counts=purchases.count_purchases(db(), today),
        late=[] if decided else purchases.late_purchases(db(), today, 5),
        warehouses=warehouses,
        suppliers=suppliers,
        every_supplier=queries.suppliers(db()) if any(one.supplier is None for one in found.rows) else [],
        warehouse=warehouse,
        supplier=supplier,
        query=query,
        problems=problems or {},
        typed=request.form if problems else {},
        ticked=set(request.form.getlist("chosen")) if problems else set(),
        may_order=may(me(), Inventory.BUY),
        may_move=may(me(), Inventory.MOVE),
        today=today,
    )


def _choice(proposal: Proposal) -> Choice:
    """What was typed for a proposal that was ticked."""
    typed = request.form.get(f"quantity_{proposal.id}", "").strip()
    named = request.form.get(f"supplier_{proposal.id}", "")
    supplier = queries.find_supplier(db(), named) if named else None
    return Choice(proposal, int(typed) if _is_whole(typed) else 0, supplier)


def _is_whole(typed: str) -> bool:
    """Whether a whole number was typed that is not longer than any that can be meant."""
    return typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS


def _product_page(product: Product, warehouse: Warehouse, form: PlanForm | None = None) -> str:
    plans = proposals.plans_of(db(), product)
    known = next((plan for one, plan in plans if one.id == warehouse.id), None)
    weeks = proposals.weeks_of(db(), product, warehouse, known, clock.now())
    proposal = proposals.open_proposal(db(), product, warehouse)
    return render_template(
        "inventory/staff/product_plan.html",
        product=product,
        warehouse=warehouse,
        warehouses=[one for one, _ in plans] or [warehouse],
        plan=known,
        method=gettext(METHOD_TITLES[Method(known.method)]) if known else None,
        position=position_of(db(), product.id, warehouse.id),
        proposal=proposal,
        reason=proposals.reason_of(proposal) if proposal else None,
        weeks=weeks,
        form=form or _plan_form(formdata=None, data=shown_plan(known, product)),
        may_plan=may(me(), Inventory.PLAN),
        may_order=may(me(), Inventory.BUY),
    )


def _plan_form(**given: Any) -> PlanForm:
    form = PlanForm(**given)
    found = [(one.code, f"{one.code} · {name_of(one)}") for one in queries.suppliers(db())]
    form.supplier.choices = [("", gettext("The one of the last receipt")), *found]
    return form


def _product(sku: str) -> Product:
    return queries.find_product(db(), sku) or abort(404)


def _warehouse(product: Product) -> Warehouse:
    """The warehouse that the address asks for; else the first that keeps the product, or the main one."""
    code = request.args.get("warehouse", "")
    if code:
        return queries.find_warehouse(db(), code) or abort(404)
    kept = [warehouse for warehouse, _ in proposals.plans_of(db(), product)] or queries.warehouses(db())
    return kept[0] if kept else abort(404)
