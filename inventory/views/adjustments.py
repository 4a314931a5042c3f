"""Adjustments of stock: proposed with a reason, and decided by somebody else; and the terms of both."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory import adjusting, count_boards, counting_terms, queries
from inventory.adjusting import Correction, may_decide, worth_minor
from inventory.counting_terms import CURRENCY
from inventory.counts import (
    ADJUSTMENT_REASON_TITLES,
    ADJUSTMENT_STATE_TITLES,
    AdjustmentReason,
    AdjustmentState,
    StockAdjustment,
)
from inventory.permissions import Inventory
from inventory.views.count_forms import AdjustForm, RefuseForm, TermsForm, terms_shown
from portal import audit, clock
from portal.db import transaction
from portal.i18n import N_, NN_, gettext, moment_text, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("adjustments", __name__, url_prefix="/desk/adjustments", template_folder="../templates")
ACTS: dict[str, str] = {
    adjusting.Verb.PROPOSED: N_("Proposed"),
    adjusting.Verb.AT_ONCE: N_("Booked at once"),
    adjusting.Verb.APPROVED: N_("Approved and booked"),
    adjusting.Verb.REFUSED: N_("Refused"),
}


@bp.get("")
@staff(Inventory.VIEW)
def index() -> str:
    """What waits for approval, or what was decided."""
    done = request.args.get("done") == "1"
    found = count_boards.adjustment_page(db(), done=done, **places())
    return render_template(
        "inventory/staff/adjustments.html",
        rows=found.rows,
        page=links(found, ".index", done="1" if done else None),
        done=done,
        lines=count_boards.lines_of(db(), found.rows),
        worth={one.id: worth_minor(one.product, one.quantity, one.numbers) for one in found.rows},
        currency=CURRENCY,
        reasons=ADJUSTMENT_REASON_TITLES,
        titles=ADJUSTMENT_STATE_TITLES,
        can_adjust=may(me(), Inventory.ADJUST),
        can_approve=may(me(), Inventory.APPROVE),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.ADJUST)
def new() -> ResponseReturnValue:
    """Propose to bring the books in line with what is there."""
    warehouses = {one.code: one for one in queries.warehouses(db())}
    form = AdjustForm(
        [(code, f"{code} · {name_of(one)}") for code, one in warehouses.items()],
        data={name: request.args.get(name, "")[:40] for name in ("sku", "warehouse")},
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                product = queries.product_named(db(), form.sku.data)
                facts = Correction(
                    product,
                    warehouses[form.warehouse.data],
                    form.signed,
                    AdjustmentReason(form.reason.data),
                    form.note.data or "",
                    form.numbers(product.tracking),
                )
                found = adjusting.propose(db(), facts, by=me(), now=clock.now())
            waits = found.state == AdjustmentState.PROPOSED
            flash_done(
                N_("%(number)s waits for somebody else's approval.")
                if waits
                else N_("%(number)s is worth little and was booked at once."),
                number=found.number,
            )
            return redirect(url_for(".show", adjustment_no=found.number))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "inventory/staff/adjustment_new.html",
        form=form,
        at_once=counting_terms.terms(db()).at_once_minor,
        currency=CURRENCY,
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/terms", methods=["GET", "POST"])
@staff(Inventory.APPROVE)
def set_terms() -> ResponseReturnValue:
    """What is booked at once, and how far a count may differ."""
    form = TermsForm(data=terms_shown(counting_terms.terms(db())))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                counting_terms.set_terms(db(), form.terms, by=me(), now=clock.now())
            flash_done(N_("The terms are set."))
            return redirect(url_for(".set_terms"))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/counting_terms.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.get("/<adjustment_no>")
@staff(Inventory.VIEW)
def show(adjustment_no: str) -> str:
    """One adjustment, and the decision on it."""
    return _page(_adjustment(adjustment_no), RefuseForm(formdata=None))


@bp.post("/<adjustment_no>/approve")
@staff(Inventory.APPROVE)
def approve(adjustment_no: str) -> ResponseReturnValue:
    """Somebody else accepts it: it is booked."""
    try:
        with transaction(db()):
            booked = adjusting.approve(db(), _adjustment(adjustment_no), by=me(), now=clock.now())
        flash_done(N_("%(number)s is approved and booked."), number=adjustment_no)
        if booked.gave_way:
            flash_done(
                NN_(
                    "%(lines)s order line waits again for its units.",
                    "%(lines)s order lines wait again for their units.",
                    "lines",
                ),
                lines=len(booked.gave_way),
            )
        if booked.served:
            flash_done(
                NN_(
                    "%(lines)s order line that waited has units now.",
                    "%(lines)s order lines that waited have units now.",
                    "lines",
                ),
                lines=len(booked.served),
            )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", adjustment_no=adjustment_no))


@bp.post("/<adjustment_no>/refuse")
@staff(Inventory.APPROVE)
def refuse(adjustment_no: str) -> ResponseReturnValue:
    """Somebody else does not accept it."""
    form = RefuseForm()
    if form.validate():
        try:
            with transaction(db()):
                found = _adjustment(adjustment_no)
                adjusting.refuse(db(), found, form.reason.data, by=me(), now=clock.now())
            flash_done(N_("%(number)s is refused; the books stay as they are."), number=adjustment_no)
            return redirect(url_for(".show", adjustment_no=adjustment_no))
        except Refused as no:
            form.refuse(no)
    return _page(_adjustment(adjustment_no), form), 422


def _page(found: StockAdjustment, form: RefuseForm) -> str:
    line = count_boards.lines_of(db(), [found]).get(found.id)
    return render_template(
        "inventory/staff/adjustment.html",
        adjustment=found,
        line=line,
        form=form,
        worth=worth_minor(found.product, found.quantity, found.numbers),
        currency=CURRENCY,
        reasons=ADJUSTMENT_REASON_TITLES,
        titles=ADJUSTMENT_STATE_TITLES,
        waits=found.state == AdjustmentState.PROPOSED,
        can_approve=may(me(), Inventory.APPROVE),
        another=may_decide(found, line, me()),
        history=[
            {
                "what": gettext(ACTS[entry.verb]),
                "when": moment_text(entry.at),
                "who": entry.by.name if entry.by else None,
                "why": (entry.after or {}).get("reason"),
            }
            for entry in audit.history_of(db(), "adjustment", found.number)
        ],
    )


def _adjustment(number: str) -> StockAdjustment:
    return count_boards.find_adjustment(db(), number) or abort(404)
