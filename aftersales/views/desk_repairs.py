"""Repairs at the desk: the list by stage, opening one for a company, and one page that leads to the next act."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import diagnosing, lending, opening_repairs, sending_back
from aftersales.access_cases import repair_for
from aftersales.opening_repairs import Fault, open_repair
from aftersales.permissions import Repairs
from aftersales.repair_boards import STAGES, counted, repair_page
from aftersales.repair_story import DESK_TITLES, TONES
from aftersales.repairs import LoanerUnit, Repair
from aftersales.sending_back import Parcel
from aftersales.views.my_repairs import quote_paper
from aftersales.views.repair_forms import (
    DeskRepairForm,
    LendForm,
    QuoteForm,
    ReasonForm,
    SendBackForm,
    WorkForm,
)
from aftersales.views.repair_page import lend_form, receive_form, repair_page_of
from inventory.queries import warehouses
from policies.escalating import passed_on
from policies.units import Matter
from portal import clock
from portal.customers.finding import get_company
from portal.customers.models import Customer
from portal.db import transaction
from portal.i18n import N_
from portal.money import to_minor
from portal.refusal import Refused, Unknown
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.narrowing import company_asked
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_repairs", __name__, url_prefix="/desk/repairs", template_folder="../templates")


@bp.get("")
@staff(Repairs.VIEW)
def repairs() -> str:
    """Repairs by stage, newest first, found by number, serial, product or company."""
    text = request.args.get("q", "").strip()[:80]
    asked = request.args.get("stage", "")
    stage = asked if asked in STAGES else ""
    company = company_asked()
    found = repair_page(
        db(),
        customer_id=company.id if company else None,
        text=text,
        states=STAGES[stage][1] if stage else (),
        **places(),
    )
    return render_template(
        "aftersales/staff/repairs.html",
        rows=found.rows,
        page=links(found, ".repairs", q=text, stage=stage, company=company.code if company else ""),
        company=company,
        q=text,
        stage=stage,
        stages=STAGES,
        counts=counted(db()),
        titles=DESK_TITLES,
        tones=TONES,
        passed_on=passed_on(db(), (Matter.REPAIR, Matter.LOANER), [row.number for row in found.rows]),
        may_serve=may(me(), Repairs.SERVE),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Repairs.SERVE)
def new() -> ResponseReturnValue:
    """Open a repair for a company, by a serial that it owns."""
    known = {name: request.args.get(name, "")[:80] for name in ("company", "serial", "sku")}
    form = DeskRepairForm(data=known)
    if form.validate_on_submit():
        told = Fault(form.serial.data, form.fault.data, form.loaner_wanted.data, form.sku.data or "")
        try:
            with transaction(db()):
                found = open_repair(db(), _company(form), told, by=me(), now=clock.now())
            flash_done(N_("Repair %(number)s is open."), number=found.number)
            return redirect(url_for(".one", repair_no=found.number), 303)
        except Refused as no:
            form.refuse(no)
    return render_template("aftersales/staff/repair_new.html", form=form), 422 if form.errors else 200


@bp.get("/<repair_no>")
@staff(Repairs.VIEW)
def one(repair_no: str) -> ResponseReturnValue:
    """One repair: what is known of it, and the act that comes next."""
    return repair_page_of(repair_for(db(), me(), repair_no))


@bp.get("/<repair_no>/quote.pdf")
@staff(Repairs.VIEW)
def quote(repair_no: str) -> ResponseReturnValue:
    """The quote as given, in Thai or English."""
    return quote_paper(repair_for(db(), me(), repair_no))


@bp.post("/<repair_no>/receive")
@staff(Repairs.SERVE)
def receive(repair_no: str) -> ResponseReturnValue:
    """The unit is in our workshop."""
    form = receive_form()

    def act(found: Repair) -> None:
        warehouse = next(one for one in warehouses(db()) if one.code == form.warehouse.data)
        diagnosing.receive(db(), found, warehouse, by=me(), now=clock.now())

    return _act(repair_no, "receive", form, act, N_("The unit is received; the customer is told."))


@bp.post("/<repair_no>/quote")
@staff(Repairs.SERVE)
def diagnose(repair_no: str) -> ResponseReturnValue:
    """What is wrong, and what the repair costs."""
    form = QuoteForm()

    def act(found: Repair) -> None:
        parts, labour = (to_minor(field.data, found.currency) for field in (form.parts, form.labour))
        told = diagnosing.Diagnosis(form.diagnosis.data or "", parts, labour)
        diagnosing.quote(db(), found, told, by=me(), now=clock.now())

    return _act(repair_no, "quote", form, act, N_("The customer is told what was found and what it costs."))


@bp.post("/<repair_no>/repaired")
@staff(Repairs.SERVE)
def repaired(repair_no: str) -> ResponseReturnValue:
    """The unit is repaired and tested."""
    form = WorkForm()

    def act(found: Repair) -> None:
        sending_back.record_repaired(db(), found, form.work_done.data or "", by=me(), now=clock.now())

    return _act(repair_no, "repaired", form, act, N_("The unit is repaired; the customer is told."))


@bp.post("/<repair_no>/send-back")
@staff(Repairs.SERVE)
def send_back(repair_no: str) -> ResponseReturnValue:
    """The unit goes back to its customer."""
    form = SendBackForm()

    def act(found: Repair) -> None:
        parcel = Parcel(form.carrier.data or "", form.tracking_no.data or "", form.reason.data or "")
        sending_back.send_back(db(), found, parcel, by=me(), now=clock.now())

    return _act(repair_no, "send_back", form, act, N_("The unit is on its way back; the customer is told."))


@bp.post("/<repair_no>/cancel")
@staff(Repairs.SERVE)
def cancel(repair_no: str) -> ResponseReturnValue:
    """Call the repair off before the unit is received."""
    form = ReasonForm()

    def act(found: Repair) -> None:
        opening_repairs.cancel_repair(db(), found, form.reason.data or "", by=me(), now=clock.now())

    return _act(repair_no, "cancel", form, act, N_("The repair is cancelled; the customer is told."))


@bp.post("/<repair_no>/lend")
@staff(Repairs.LEND)
def lend(repair_no: str) -> ResponseReturnValue:
    """Hand a unit of the pool over for the repair."""
    form = lend_form(LendForm(), repair_for(db(), me(), repair_no))

    def act(found: Repair) -> None:
        unit = db().get(LoanerUnit, int(form.unit.data))
        if unit is None:
            raise Refused(N_("There is no such unit in the pool."), field="unit")
        lending.hand_out(db(), found, unit, by=me(), now=clock.now())

    return _act(repair_no, "lend", form, act, N_("The loaner is handed over; the customer is told."))


def _company(form: DeskRepairForm) -> Customer:
    code = form.company.data.strip()
    try:
        return get_company(db(), code)
    except Unknown:
        raise Refused(N_("There is no company %(code)s."), field="company", code=code) from None


def _act(
    repair_no: str, name: str, form: Form, act: Callable[[Repair], None], done: str
) -> ResponseReturnValue:
    """Do one act on a repair and show it again; refused, its form stands there as it was typed."""
    found = repair_for(db(), me(), repair_no)
    if form.validate():
        try:
            with transaction(db()):
                act(found)
            flash_done(done)
            return redirect(url_for(".one", repair_no=repair_no), 303)
        except Refused as no:
            form.refuse(no)
    return repair_page_of(repair_for(db(), me(), repair_no), status=422, acting={name: form})
