"""Repairs as the customer sees them: asked for, followed, the quote answered; and the units lent meanwhile."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import answering_quotes, opening_repairs
from aftersales.access_cases import loan_for, repair_for
from aftersales.loaner_boards import loans_for_repair, loans_of
from aftersales.opening_repairs import Fault, open_repair
from aftersales.owning import CLOSED
from aftersales.repair_boards import UNFINISHED, repair_page
from aftersales.repair_papers import quote_of, quote_pdf
from aftersales.repair_story import TONES, headline, missed_promise, stages_told, stands_still, story
from aftersales.repairs import GRADE_TITLES, REPAIR_TITLES, Repair, RepairState
from aftersales.views.repair_forms import DeclineForm, ReasonForm, RepairForm
from aftersales.waiting import left_while_waiting
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, language
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("my_repairs", __name__, url_prefix="/my", template_folder="../templates")


@bp.get("/repairs")
@customer
def repairs() -> str:
    """The repairs of this company, newest first, and those that are open."""
    text, all_of_them = request.args.get("q", "").strip()[:80], request.args.get("show") == "all"
    found = repair_page(
        db(),
        customer_id=me().company.id,
        text=text,
        states=() if all_of_them or text else UNFINISHED,
        **places(),
    )
    return render_template(
        "aftersales/customer/repairs.html",
        rows=found.rows,
        page=links(found, ".repairs", q=text, show="all" if all_of_them else None),
        q=text,
        all_of_them=all_of_them,
        titles=REPAIR_TITLES,
        tones=TONES,
        headline=headline,
    )


@bp.route("/repairs/new", methods=["GET", "POST"])
@customer
def new() -> ResponseReturnValue:
    """Ask for a repair of a unit that this company owns."""
    known = {name: request.args.get(name, "")[:80] for name in ("serial", "sku")}
    form = RepairForm(data=known)
    if form.validate_on_submit():
        told = Fault(form.serial.data, form.fault.data, form.loaner_wanted.data, form.sku.data or "")
        try:
            with transaction(db()):
                found = open_repair(db(), me().company, told, by=me(), now=clock.now())
            flash_done(
                N_("Repair %(number)s is open. Send us the unit with this number."), number=found.number
            )
            return redirect(url_for(".one", repair_no=found.number), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("aftersales/customer/repair_new.html", form=form, **answering(Matter.REPAIR))
    return page, 422 if form.errors else 200


@bp.get("/repairs/<repair_no>")
@customer
def one(repair_no: str) -> str:
    """One repair: where it stands, what it costs, what happened."""
    return _page(repair_for(db(), me(), repair_no))


@bp.get("/repairs/<repair_no>/quote.pdf")
@customer
def quote(repair_no: str) -> ResponseReturnValue:
    """The quote as given, in Thai or English; a repair that was not quoted has none."""
    return quote_paper(repair_for(db(), me(), repair_no))


def quote_paper(found: Repair) -> ResponseReturnValue:
    """The quote of a repair as PDF in the language asked for."""
    code = request.args.get("language", language())
    if code not in LANGUAGES or found.quoted_at is None:
        abort(404)
    paper = quote_pdf(quote_of(found), code, settings().seller)
    name = f'inline; filename="{found.number}-{code}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})


@bp.post("/repairs/<repair_no>/approve")
@customer
def approve(repair_no: str) -> ResponseReturnValue:
    """Agree to the quote."""
    return _act(
        repair_no,
        lambda found: answering_quotes.approve(db(), found, by=me(), now=clock.now()),
        N_("Thank you. We repair the unit at the price quoted."),
    )


@bp.post("/repairs/<repair_no>/decline")
@customer
def decline(repair_no: str) -> ResponseReturnValue:
    """Decline the quote; the unit goes back as it came."""
    found, form = repair_for(db(), me(), repair_no), DeclineForm()
    if form.validate():
        try:
            with transaction(db()):
                answering_quotes.decline(db(), found, form.note.data or "", by=me(), now=clock.now())
            flash_done(N_("The quote is declined. We send the unit back as it came."))
            return redirect(url_for(".one", repair_no=repair_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(repair_for(db(), me(), repair_no), declining=form), 422


@bp.post("/repairs/<repair_no>/loaner")
@customer
def loaner(repair_no: str) -> ResponseReturnValue:
    """Ask for a loaner."""
    return _act(
        repair_no,
        lambda found: opening_repairs.ask_for_loaner(db(), found, by=me(), now=clock.now()),
        N_("We have your wish for a loaner and get in touch."),
    )


@bp.post("/repairs/<repair_no>/cancel")
@customer
def cancel(repair_no: str) -> ResponseReturnValue:
    """Call the repair off before the unit is with us."""
    found, form = repair_for(db(), me(), repair_no), ReasonForm()
    if form.validate():
        try:
            with transaction(db()):
                opening_repairs.cancel_repair(db(), found, form.reason.data, by=me(), now=clock.now())
            flash_done(N_("Repair %(number)s is cancelled."), number=repair_no)
            return redirect(url_for(".one", repair_no=repair_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(repair_for(db(), me(), repair_no), form), 422


@bp.get("/loans")
@customer
def loans() -> str:
    """The units lent to this company, newest first."""
    found = loans_of(db(), me().company.id, **places())
    return render_template(
        "aftersales/customer/loans.html",
        rows=found.rows,
        page=links(found, ".loans"),
        now=clock.now(),
        grades=GRADE_TITLES,
    )


@bp.get("/loans/<loan_no>")
@customer
def loan(loan_no: str) -> str:
    """One loan: what is lent, until when, and how it came back."""
    return render_template(
        "aftersales/customer/loan.html",
        loan=loan_for(db(), me(), loan_no),
        grades=GRADE_TITLES,
        **answering(Matter.LOANER, loan_no),
    )


def _act(repair_no: str, act: Callable[[Repair], None], done: str) -> ResponseReturnValue:
    """Do one act on a repair, say how it went, and show the repair again."""
    found = repair_for(db(), me(), repair_no)
    try:
        with transaction(db()):
            act(found)
        flash_done(done)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", repair_no=repair_no), 303)


def _page(
    found: Repair, cancelling: ReasonForm | None = None, *, declining: DeclineForm | None = None
) -> str:
    lent = loans_for_repair(db(), found)
    can_ask = found.state in (
        RepairState.REQUESTED,
        RepairState.RECEIVED,
        RepairState.QUOTED,
        RepairState.APPROVED,
    )
    return render_template(
        "aftersales/customer/repair.html",
        repair=found,
        titles=REPAIR_TITLES,
        tones=TONES,
        headline=headline(found),
        missed=missed_promise(found),
        steps=stages_told(found),
        stands_still=stands_still(found, left_while_waiting(db(), found, now=clock.now())),
        entries=story(found, lent, me()),
        loans=lent,
        languages=LANGUAGES,
        can_cancel=found.state == RepairState.REQUESTED,
        can_answer=found.state == RepairState.QUOTED,
        can_ask_for_loaner=can_ask and not found.loaner_wanted and found.state not in CLOSED,
        decline_form=declining or DeclineForm(formdata=None),
        cancel_form=cancelling or ReasonForm(formdata=None),
        **answering(Matter.REPAIR, found.number),
    )
