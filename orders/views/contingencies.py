"""Contingency plans: colleagues read them, managers write, change and retire them."""

from datetime import timedelta
from typing import Literal, cast

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import plan_lists, planning_ahead
from orders.contingencies import ContingencyPlan
from orders.disruptions import DISRUPTION_TITLES
from orders.permissions import Orders
from orders.plan_sheets import plan_pdf
from orders.views.plan_forms import PlanForm, known_plan
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("contingencies", __name__, url_prefix="/manage/contingencies", template_folder="../templates")

USUAL_REVIEW = timedelta(days=365)


@bp.get("")
@staff(Orders.VIEW)
def index() -> str:
    """The plans in use, those past their review on top, or the retired ones."""
    retired = request.args.get("state") == "retired"
    found = plan_lists.plans(db(), retired=retired, **places())
    return render_template(
        "orders/manager/contingencies.html",
        plans=found.rows,
        page=links(found, ".index", state="retired" if retired else ""),
        retired=retired,
        titles=DISRUPTION_TITLES,
        today=clock.business_day(clock.now()),
        can_write=may(me(), Orders.PLAN_AHEAD),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Orders.PLAN_AHEAD)
def new() -> ResponseReturnValue:
    """Write a plan."""
    owners = plan_lists.possible_owners(db())
    usual = {"owner": str(me().id), "review_on": clock.business_day(clock.now()) + USUAL_REVIEW}
    form = PlanForm.offering(owners, usual)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                plan = planning_ahead.write_plan(db(), form.facts(owners), by=me(), now=clock.now())
            flash_done(N_("%(number)s holds from now on."), number=plan.number)
            return redirect(url_for(".show", plan_no=plan.number), 303)
        except Refused as no:
            form.refuse(no)
    return _form_page(form, None)


@bp.get("/<plan_no>")
@staff(Orders.VIEW)
def show(plan_no: str) -> str:
    """One plan: what it says now and said before, and the disruptions it was attached to."""
    plan = _plan(plan_no)
    return render_template(
        "orders/manager/contingency.html",
        plan=plan,
        titles=DISRUPTION_TITLES,
        facts_titles=_fact_titles(),
        versions=plan_lists.versions(db(), plan),
        disruptions=plan_lists.under_plan(db(), plan),
        overdue=plan_lists.is_overdue(plan, clock.business_day(clock.now())),
        can_write=may(me(), Orders.PLAN_AHEAD),
    )


@bp.route("/<plan_no>/change", methods=["GET", "POST"])
@staff(Orders.PLAN_AHEAD)
def change(plan_no: str) -> ResponseReturnValue:
    """Bring a plan up to date."""
    plan = _plan(plan_no)
    owners = plan_lists.possible_owners(db(), plan)
    form = PlanForm.offering(owners, known_plan(plan))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                planning_ahead.change_plan(db(), plan, form.facts(owners), by=me(), now=clock.now())
            flash_done(N_("The plan is saved. What it said before stays on record."))
            return redirect(url_for(".show", plan_no=plan_no), 303)
        except Refused as no:
            form.refuse(no)
    return _form_page(form, plan_no)


@bp.post("/<plan_no>/retire")
@staff(Orders.PLAN_AHEAD)
def retire(plan_no: str) -> ResponseReturnValue:
    """Take a plan out of use."""
    plan = _plan(plan_no)
    try:
        with transaction(db()):
            planning_ahead.retire_plan(db(), plan, by=me(), now=clock.now())
        flash_done(N_("The plan is retired. It is not attached to disruptions any more."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", plan_no=plan_no), 303)


@bp.post("/<plan_no>/take-up")
@staff(Orders.PLAN_AHEAD)
def take_up(plan_no: str) -> ResponseReturnValue:
    """Take a retired plan back into use, to be looked at again in a year."""
    plan, now = _plan(plan_no), clock.now()
    try:
        with transaction(db()):
            planning_ahead.take_up_plan(db(), plan, clock.business_day(now) + USUAL_REVIEW, by=me(), now=now)
        flash_done(N_("The plan holds again, and is reviewed in a year unless you choose another day."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", plan_no=plan_no), 303)


@bp.get("/<plan_no>/plan-<language>.pdf")
@staff(Orders.VIEW)
def pdf(plan_no: str, language: str) -> ResponseReturnValue:
    """A plan on paper, in Thai or English."""
    if language not in ("th", "en"):
        abort(404)
    paper = plan_pdf(_plan(plan_no), settings().seller, cast(Literal["th", "en"], language))
    name = f'inline; filename="{plan_no}-{language}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})


def _form_page(form: PlanForm, plan_no: str | None) -> ResponseReturnValue:
    page = render_template("orders/manager/contingency_form.html", form=form, plan_no=plan_no)
    return page, 422 if form.is_submitted() else 200


def _fact_titles() -> dict[str, str]:
    """Names of what can be another from one version to the next."""
    return {
        "title_th": N_("Title in Thai"),
        "title_en": N_("Title in English"),
        "trigger_th": N_("What sets it off, in Thai"),
        "trigger_en": N_("What sets it off, in English"),
        "steps_th": N_("Steps in Thai"),
        "steps_en": N_("Steps in English"),
        "owner": N_("Owner"),
        "review_on": N_("Next review"),
        "kinds": N_("Kinds"),
    }


def _plan(plan_no: str) -> ContingencyPlan:
    return plan_lists.plan_for(db(), me(), plan_no)
