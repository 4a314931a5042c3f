"""Managers declare disruptions, see what they hold up, confirm them and read what customers chose."""

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inventory.queries import warehouses
from orders import disrupting, moves_lists
from orders.contingencies import steps_of
from orders.disrupting import Declared
from orders.disruption_effects import PAGE, effect, touched_page
from orders.disruptions import (
    CHOICE_TITLES,
    DISRUPTION_STATE_TITLES,
    DISRUPTION_TITLES,
    Choice,
    Disruption,
    DisruptionKind,
    DisruptionState,
)
from orders.moves_access import disruption_for
from orders.permissions import Orders
from orders.standstills import overlapping
from orders.views.moves_forms import DisruptionForm
from orders.views.plan_forms import StepForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("disruptions", __name__, url_prefix="/manage/disruptions", template_folder="../templates")


@bp.get("")
@staff(Orders.VIEW)
def index() -> str:
    """The disruptions, newest first."""
    found = moves_lists.disruptions(db(), **places())
    return render_template(
        "orders/manager/disruptions.html",
        rows=found.rows,
        page=links(found, ".index"),
        titles=DISRUPTION_TITLES,
        state_titles=DISRUPTION_STATE_TITLES,
        today=clock.business_day(clock.now()),
        can_declare=may(me(), Orders.DISRUPT),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Orders.DISRUPT)
def new() -> ResponseReturnValue:
    """Declare a disruption as a draft."""
    form = DisruptionForm(warehouses(db()))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                made = disrupting.declare(db(), _typed(form), by=me(), now=clock.now())
            flash_done(N_("%(number)s is a draft. Look at its effect, then confirm it."), number=made.number)
            return redirect(url_for(".show", disruption_no=made.number))
        except Refused as no:
            form.refuse(no)
    page = render_template("orders/manager/disruption_form.html", form=form, disruption=None)
    return page, 422 if form.is_submitted() else 200


@bp.get("/<disruption_no>")
@staff(Orders.VIEW)
def show(disruption_no: str) -> str:
    """A draft with what it would do, or a confirmed one with what it did and what customers chose."""
    return page_of(disruption_no)


def page_of(disruption_no: str, step_form: StepForm | None = None) -> str:
    """The page of a disruption, with what was typed of another step."""
    disruption = disruption_for(db(), me(), disruption_no)
    number = max(1, request.args.get("page", 1, int))
    today = clock.business_day(clock.now())
    counts = disruption.state != DisruptionState.CANCELLED and disruption.ends_on >= today
    known = {
        "disruption": disruption,
        "overlaps": overlapping(db(), disruption, today) if counts else [],
        "titles": DISRUPTION_TITLES,
        "state_titles": DISRUPTION_STATE_TITLES,
        "can_declare": may(me(), Orders.DISRUPT),
        "today": today,
        "steps": steps_of(db(), disruption),
        "can_step": may(me(), Orders.STEPS) and disruption.state != DisruptionState.CANCELLED,
        "step_form": step_form or StepForm(formdata=None),
    }
    if disruption.confirmed_at is not None:
        total = disrupting.count_effects(db(), disruption)
        moved = moves_lists.delayed(db(), disruption, **places())
        return render_template(
            "orders/manager/disruption_done.html",
            rows=moved.rows,
            page=links(moved, ".show", total=total, disruption_no=disruption_no),
            chosen=moves_lists.choices_made(db(), disruption),
            choices=CHOICE_TITLES,
            every_choice=list(Choice),
            total=total,
            **known,
        )
    if disruption.state == DisruptionState.DRAFT:
        now = clock.now()
        found = effect(db(), disruption, now=now)
        return render_template(
            "orders/manager/disruption_draft.html",
            found=found,
            rows=touched_page(db(), disruption, found, page=number, now=now),
            page=paged(disruption, number, found.parts),
            **known,
        )
    return render_template("orders/manager/disruption_dropped.html", **known)


@bp.route("/<disruption_no>/change", methods=["GET", "POST"])
@staff(Orders.DISRUPT)
def change(disruption_no: str) -> ResponseReturnValue:
    """Bring a draft up to date."""
    disruption = disruption_for(db(), me(), disruption_no)
    shown = {
        name: getattr(disruption, name) for name in ("kind", "starts_on", "ends_on", "what_th", "what_en")
    }
    form = DisruptionForm(warehouses(db()), data={**shown, "warehouse": disruption.warehouse.code})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                disrupting.change(db(), disruption, _typed(form), by=me(), now=clock.now())
            flash_done(N_("The draft is saved."))
            return redirect(url_for(".show", disruption_no=disruption_no))
        except Refused as no:
            form.refuse(no)
    page = render_template("orders/manager/disruption_form.html", form=form, disruption=disruption)
    return page, 422 if form.is_submitted() else 200


@bp.post("/<disruption_no>/confirm")
@staff(Orders.DISRUPT)
def confirm(disruption_no: str) -> ResponseReturnValue:
    """Move the promises and tell the buyers."""
    disruption = disruption_for(db(), me(), disruption_no)
    try:
        with transaction(db()):
            found = disrupting.confirm(db(), disruption, by=me(), now=clock.now())
        flash_done(
            NN_(
                "%(parts)s part of an order has a new date, and its buyer is told.",
                "%(parts)s parts of orders have new dates, and their buyers are told.",
                "parts",
            ),
            parts=found.parts,
        )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", disruption_no=disruption_no))


def _typed(form: DisruptionForm) -> Declared:
    by_code = {one.code: one for one in warehouses(db())}
    return Declared(
        kind=DisruptionKind(form.kind.data),
        warehouse=by_code[form.warehouse.data],
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        what_th=form.what_th.data or "",
        what_en=form.what_en.data or "",
    )


def paged(
    disruption: Disruption, number: int, total: int, endpoint: str = ".show", **kept: Any
) -> SimpleNamespace:
    """Where a table of the lines of a disruption goes on."""

    def address(page: int) -> str:
        return url_for(endpoint, disruption_no=disruption.number, page=page, **kept)

    return SimpleNamespace(
        shown=max(0, min(PAGE, total - (number - 1) * PAGE)),
        total=total,
        prev_url=address(number - 1) if number > 1 else None,
        next_url=address(number + 1) if number * PAGE < total else None,
    )
