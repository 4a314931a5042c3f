"""Returns at the desk: the list by state, recording what came unannounced, and one page that leads to the next act."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import calling_off, deciding, inspecting, receiving, settling
from aftersales.access import return_for
from aftersales.identifying import candidates_of
from aftersales.models import RETURN_TITLES, Remedy, Return, ReturnState
from aftersales.permissions import Aftersales
from aftersales.queries import count_by_state, return_page, returns_of_order
from aftersales.requesting import called_back, returnables
from aftersales.return_papers import authorisation_of, authorisation_pdf
from aftersales.return_story import desk_headline
from aftersales.returning import take_back
from aftersales.views.return_forms import (
    AuthoriseForm,
    RefuseForm,
    inspect_form,
    receive_form,
    record_form,
    settle_form,
)
from aftersales.views.return_page import return_page_of
from orders.access import order_for
from policies.escalating import passed_on
from policies.units import Matter
from portal import clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, language
from portal.refusal import Refused, Unknown
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form
from portal.web.narrowing import company_asked
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("desk_returns", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/returns")
@staff(Aftersales.VIEW)
def returns() -> ResponseReturnValue:
    """Goods that come back, newest first, found by number or company and narrowed by state."""
    text = request.args.get("q", "").strip()[:80]
    asked = request.args.get("state", "")
    state = asked if asked in set(ReturnState) else ""
    company = company_asked()
    found = return_page(db(), customer_id=company.id if company else None, text=text, state=state, **places())
    return render_template(
        "aftersales/staff/list.html",
        rows=found.rows,
        page=links(found, ".returns", q=text, state=state, company=company.code if company else ""),
        company=company,
        q=text,
        state=state,
        titles=RETURN_TITLES,
        counts=count_by_state(db()),
        headline=desk_headline,
        passed_on=passed_on(db(), (Matter.RETURN,), [row.number for row in found.rows]),
        may_record=may(me(), Aftersales.RECORD),
    )


@bp.get("/returns/start")
@staff(Aftersales.RECORD)
def start() -> ResponseReturnValue:
    """From an order's number to the form for it."""
    typed = request.args.get("order", "").strip()
    for number in (typed, typed.upper()):
        try:
            return redirect(url_for(".record", number=order_for(db(), me(), number).number))
        except Unknown:
            continue
    flash_refused(Refused(N_("There is no order %(number)s."), number=typed or "–"))
    return redirect(url_for(".returns"))


@bp.route("/orders/<number>/returns/new", methods=["GET", "POST"])
@staff(Aftersales.RECORD)
def record(number: str) -> ResponseReturnValue:
    """Record goods of an order that came back unannounced."""
    order = order_for(db(), me(), number)
    lines, candidates = returnables(db(), order), candidates_of(db(), order)
    form = record_form(lines, candidates, called_back(db(), candidates))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                taken = take_back(db(), order, form.backs(lines), by=me(), now=clock.now())
            flash_done(N_("Return %(number)s is recorded and credited."), number=taken.number)
            return redirect(url_for(".one", return_no=taken.number))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "aftersales/staff/record.html",
        order=order,
        lines=[(one.line, one.left) for one in lines],
        candidates={id_: [c for c in of_line.values() if c.left] for id_, of_line in candidates.items()},
        earlier=returns_of_order(db(), order),
        titles=RETURN_TITLES,
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.get("/returns/<return_no>")
@staff(Aftersales.VIEW)
def one(return_no: str) -> ResponseReturnValue:
    """One return: what is known of it, and the act that comes next."""
    return return_page_of(return_for(db(), me(), return_no))


@bp.get("/returns/<return_no>/authorisation.pdf")
@staff(Aftersales.VIEW)
def authorisation(return_no: str) -> ResponseReturnValue:
    """The authorisation as given, in Thai or English; a return that was not authorised has none."""
    found = return_for(db(), me(), return_no)
    code = request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    paper = authorisation_pdf(authorisation_of(db(), found), code, settings().seller)
    name = f'inline; filename="{found.number}-{code}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})


@bp.post("/returns/<return_no>/authorise")
@staff(Aftersales.RECORD)
def authorise(return_no: str) -> ResponseReturnValue:
    """Let the goods come."""
    form = AuthoriseForm()
    facts = (form.note.data or "", form.return_by.data)
    return _act(
        return_no, "authorise", form, N_("Return %(number)s is authorised."), deciding.authorise, *facts
    )


@bp.post("/returns/<return_no>/refuse")
@staff(Aftersales.RECORD)
def refuse(return_no: str) -> ResponseReturnValue:
    """Do not take the goods back."""
    form = RefuseForm()
    done = N_("Return %(number)s is refused, and the buyer is told why.")
    return _act(return_no, "refuse", form, done, deciding.refuse, form.reason.data or "")


@bp.post("/returns/<return_no>/receive")
@staff(Aftersales.RECORD)
def receive(return_no: str) -> ResponseReturnValue:
    """The goods are here."""
    found = return_for(db(), me(), return_no)
    form = receive_form(found)
    done = N_("The goods of return %(number)s are in quarantine.")
    arrived = form.arrived(found) if form.validate() else []
    return _act(return_no, "receive", form, done, receiving.receive, arrived)


@bp.post("/returns/<return_no>/inspect")
@staff(Aftersales.RECORD)
def inspect(return_no: str) -> ResponseReturnValue:
    """Say what becomes of the goods."""
    found = return_for(db(), me(), return_no)
    form = inspect_form(found)
    done = N_("The inspection of return %(number)s is on record.")
    findings = form.findings(found) if form.validate() else []
    return _act(return_no, "inspect", form, done, inspecting.inspect, findings)


@bp.post("/returns/<return_no>/settle")
@staff(Aftersales.RECORD)
def settle(return_no: str) -> ResponseReturnValue:
    """Credit or replace what stays with us."""
    form = settle_form(return_for(db(), me(), return_no))
    remedy = Remedy(form.remedy.data) if form.validate() else None
    return _act(return_no, "settle", form, N_("Return %(number)s is settled."), settling.settle, remedy)


@bp.post("/returns/<return_no>/cancel")
@staff(Aftersales.RECORD)
def cancel(return_no: str) -> ResponseReturnValue:
    """Call a return off for the customer."""
    return _act(return_no, "cancel", Form(), N_("Return %(number)s is called off."), calling_off.cancel)


def _act(
    return_no: str, name: str, form: Form, done: str, act: Callable[..., None], *facts: Any
) -> ResponseReturnValue:
    """Do one act on a return, or show its form again with what was refused."""
    found: Return = return_for(db(), me(), return_no)
    if form.validate():
        try:
            with transaction(db()):
                act(db(), found, *facts, by=me(), now=clock.now())
            flash_done(done, number=return_no)
            return redirect(url_for(".one", return_no=return_no), 303)
        except Refused as no:
            form.refuse(no)
    return return_page_of(return_for(db(), me(), return_no), status=422, acting={name: form})
