"""The desk's requests for faster delivery, each with its decision sheet; and what managers set about them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import expedite_terms, expediting, moves_lists
from orders.expedite_sheets import Sheet, rule_of, sheet_of
from orders.expedite_steps import why_not
from orders.expedites import REQUEST_TITLES, ExpediteRequest, FastService, RequestState
from orders.moves_access import request_for
from orders.permissions import Orders
from orders.views.moves_forms import ApproveForm, RefuseForm, RuleForm, ServiceForm, satang, shown_baht
from policies.escalating import passed_on
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_, day_text, gettext, money_text, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_expedites", __name__, template_folder="../templates")


@bp.get("/desk/expedites")
@staff(Orders.VIEW)
def index() -> str:
    """The requests that wait for a decision, or all of them."""
    every = request.args.get("all") == "1"
    company = company_asked()
    found = moves_lists.requests(
        db(), customer_id=company.id if company else None, waiting=not every, **places()
    )
    return render_template(
        "orders/staff/expedites.html",
        rows=found.rows,
        page=links(found, ".index", all="1" if every else None, company=company.code if company else ""),
        company=company,
        every=every,
        waiting=moves_lists.count_waiting(db()),
        titles=REQUEST_TITLES,
        passed_on=passed_on(db(), (Matter.EXPEDITE,), [row.number for row in found.rows]),
        can_set=may(me(), Orders.EXPEDITE_TERMS),
    )


@bp.get("/desk/expedites/<request_no>")
@staff(Orders.VIEW)
def show(request_no: str) -> str:
    """The decision sheet of a request."""
    return _page(request_for(db(), me(), request_no))


@bp.post("/desk/expedites/<request_no>/approve")
@staff(Orders.EXPEDITE)
def approve(request_no: str) -> ResponseReturnValue:
    """Send the part with a fast service."""
    found = request_for(db(), me(), request_no)
    sheet = _sheet(found)
    form = _approve_form(found, sheet)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                expediting.approve(
                    db(),
                    found,
                    db().get_one(FastService, int(form.service.data)),
                    charge_minor=satang(form.charge),
                    note=form.note.data or "",
                    by=me(),
                    now=clock.now(),
                )
            if satang(form.charge):
                flash_done(N_("The buyer is asked for the charge. Nothing moves until they accept."))
            else:
                flash_done(N_("The goods are promised sooner and the buyer is told."))
            return redirect(url_for(".show", request_no=request_no))
        except Refused as no:
            form.refuse(no)
    return _page(request_for(db(), me(), request_no), approving=form), 422


@bp.post("/desk/expedites/<request_no>/refuse")
@staff(Orders.EXPEDITE)
def refuse(request_no: str) -> ResponseReturnValue:
    """Leave the promised day as it is."""
    found, form = request_for(db(), me(), request_no), RefuseForm(prefix="refuse-")
    if form.validate_on_submit():
        try:
            with transaction(db()):
                expediting.refuse(db(), found, form.note.data or "", by=me(), now=clock.now())
            flash_done(N_("The promised day stays and the buyer is told why."))
            return redirect(url_for(".show", request_no=request_no))
        except Refused as no:
            form.refuse(no)
    return _page(request_for(db(), me(), request_no), refusing=form), 422


@bp.get("/manage/expedite")
@staff(Orders.EXPEDITE_TERMS)
def terms() -> str:
    """The fast services, and the rule that approves small requests at once."""
    return _terms_page()


@bp.post("/manage/expedite/rule")
@staff(Orders.EXPEDITE_TERMS)
def set_rule() -> ResponseReturnValue:
    """Say what is approved at once."""
    form = RuleForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                expedite_terms.set_rule(db(), satang(form.most_cost), form.share_bp, by=me(), now=clock.now())
            flash_done(N_("The rule holds from now on."))
            return redirect(url_for(".terms"))
        except Refused as no:
            form.refuse(no)
    return _terms_page(rule_form=form), 422


@bp.post("/manage/expedite/services")
@staff(Orders.EXPEDITE_TERMS)
def put_service() -> ResponseReturnValue:
    """Add a fast service, or bring one up to date."""
    form = ServiceForm(prefix="service-")
    if form.validate_on_submit():
        try:
            with transaction(db()):
                service = expedite_terms.put_service(db(), form.facts, by=me(), now=clock.now())
            flash_done(N_("%(code)s is saved."), code=service.code)
            return redirect(url_for(".terms"))
        except Refused as no:
            form.refuse(no)
    return _terms_page(service_form=form), 422


def _page(
    found: ExpediteRequest, approving: ApproveForm | None = None, refusing: RefuseForm | None = None
) -> str:
    sheet = _sheet(found)
    asked = found.state == RequestState.ASKED
    blocked = why_not(found.part) if asked else None
    return render_template(
        "orders/staff/expedite.html",
        one=found,
        order=found.part.line.order,
        sheet=sheet,
        titles=REQUEST_TITLES,
        blocked=gettext(blocked.message, **blocked.params) if blocked else None,
        can_decide=asked and may(me(), Orders.EXPEDITE),
        approving=approving or _approve_form(found, sheet, formdata=None),
        refusing=refusing or RefuseForm(formdata=None, prefix="refuse-"),
        **answering(Matter.EXPEDITE, found.number),
    )


def _sheet(found: ExpediteRequest) -> Sheet:
    return sheet_of(db(), found.part, found.part.line.order, found.wanted_on, now=clock.now())


def _approve_form(found: ExpediteRequest, sheet: Sheet, **given: None) -> ApproveForm:
    best = sheet.suggested
    named = [
        (
            str(option.service.id),
            gettext(
                "%(service)s: %(cost)s, arrives %(day)s",
                service=name_of(option.service),
                cost=money_text(option.cost_minor),
                day=day_text(option.due_on),
            ),
        )
        for option in sheet.options
    ]
    return ApproveForm(named, data={"service": str(best.service.id) if best else None}, **given)


def _terms_page(rule_form: RuleForm | None = None, service_form: ServiceForm | None = None) -> str:
    services, rule = moves_lists.services(db()), rule_of(db())
    if rule_form is None:
        known = {}
        if rule is not None:
            known = {
                "most_cost": shown_baht(rule.most_cost_minor),
                "most_share": shown_baht(rule.most_share_bp),
            }
        rule_form = RuleForm(formdata=None, data=known)
    if service_form is None:
        chosen = next((one for one in services if one.code == request.args.get("service")), None)
        given = {}
        if chosen is not None:
            given = {
                **{name: getattr(chosen, name) for name in ("code", "name_th", "name_en", "days", "active")},
                "base": shown_baht(chosen.base_minor),
                "per_unit": shown_baht(chosen.per_unit_minor),
            }
        service_form = ServiceForm(formdata=None, data=given, prefix="service-")
    return render_template(
        "orders/manager/expedite_terms.html",
        services=services,
        rule=rule,
        rule_form=rule_form,
        service_form=service_form,
    )
