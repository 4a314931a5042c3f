"""Returns as the customer sees them: asked for from an order, followed, called off."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import calling_off, requesting
from aftersales.access import return_for
from aftersales.calling_back import recalls_behind
from aftersales.identifying import candidates_of
from aftersales.models import (
    DISPOSITION_TITLES,
    OPEN_RETURNS,
    REASON_TITLES,
    REMEDY_TITLES,
    RETURN_TITLES,
    Remedy,
    ReturnState,
)
from aftersales.queries import return_page, returns_of_order
from aftersales.return_papers import authorisation_of, authorisation_pdf
from aftersales.return_story import headline, story
from aftersales.views.return_forms import ask_form
from aftersales.windows import within_window
from orders.access import order_for
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

bp = Blueprint("my_returns", __name__, url_prefix="/my", template_folder="../templates")


@bp.get("/returns")
@customer
def returns() -> ResponseReturnValue:
    """Goods this company sends back, newest first."""
    found = return_page(db(), customer_id=me().company.id, **places())
    return render_template(
        "aftersales/customer/list.html",
        rows=found.rows,
        page=links(found, ".returns"),
        titles=RETURN_TITLES,
        headline=headline,
    )


@bp.route("/orders/<number>/return", methods=["GET", "POST"])
@customer
def new(number: str) -> ResponseReturnValue:
    """Ask to send goods of an order back."""
    order = order_for(db(), me(), number)
    lines = requesting.returnables(db(), order)
    candidates = candidates_of(db(), order)
    form = ask_form(lines, candidates, requesting.called_back(db(), candidates))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                found = requesting.ask(
                    db(),
                    order,
                    form.asked(lines),
                    Remedy(form.remedy.data),
                    form.note.data or "",
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("We have your request %(number)s and will answer it."), number=found.number)
            return redirect(url_for(".one", return_no=found.number), 303)
        except Refused as no:
            form.refuse(no)
    today = clock.business_day(clock.now())
    page = render_template(
        "aftersales/customer/ask.html",
        order=order,
        lines=[(one, within_window(one.window, today)) for one in lines],
        candidates={id_: [c for c in of_line.values() if c.left] for id_, of_line in candidates.items()},
        earlier=returns_of_order(db(), order),
        titles=RETURN_TITLES,
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.get("/returns/<return_no>")
@customer
def one(return_no: str) -> ResponseReturnValue:
    """One return of this company: where it stands and what happened."""
    found = return_for(db(), me(), return_no)
    return render_template(
        "aftersales/customer/return.html",
        found=found,
        titles=RETURN_TITLES,
        reasons=REASON_TITLES,
        remedies=REMEDY_TITLES,
        dispositions=DISPOSITION_TITLES,
        headline=headline(found),
        entries=story(db(), found, me()),
        languages=LANGUAGES,
        can_cancel=found.state in OPEN_RETURNS,
        recalls=recalls_behind(db(), found, customer_id=me().company.id),
        has_paper=found.return_by is not None,
        expects=found.state == ReturnState.AUTHORISED,
        **answering(Matter.RETURN, found.number),
    )


@bp.get("/returns/<return_no>/authorisation.pdf")
@customer
def authorisation(return_no: str) -> ResponseReturnValue:
    """The authorisation as given, in Thai or English; a return that was not authorised has none."""
    found = return_for(db(), me(), return_no)
    code = request.args.get("language", language())
    if code not in LANGUAGES:
        abort(404)
    paper = authorisation_pdf(authorisation_of(db(), found), code, settings().seller)
    name = f'inline; filename="{found.number}-{code}.pdf"'
    return Response(paper, mimetype="application/pdf", headers={"Content-Disposition": name})


@bp.post("/returns/<return_no>/cancel")
@customer
def cancel(return_no: str) -> ResponseReturnValue:
    """Call a return off before the goods are with us."""
    found = return_for(db(), me(), return_no)
    try:
        with transaction(db()):
            calling_off.cancel(db(), found, by=me(), now=clock.now())
        flash_done(N_("Return %(number)s is called off."), number=return_no)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", return_no=return_no), 303)
