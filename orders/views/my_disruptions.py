"""What a disruption does to a company's lines, and what its people choose for each."""

from types import SimpleNamespace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import disruption_choosing, moves_lists
from orders.disruption_effects import PAGE
from orders.disruptions import CHOICE_TITLES, DISRUPTION_TITLES, Choice
from orders.models import ScheduleLine
from orders.moves_access import disruption_for, effect_for
from orders.waiting import waiting_parts
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.reading import LARGEST
from portal.web.session import db, me

bp = Blueprint("my_disruptions", __name__, url_prefix="/my/disruptions", template_folder="../templates")


@bp.get("/<disruption_no>")
@customer
def show(disruption_no: str) -> str:
    """The company's lines that are delayed, with their choices."""
    disruption = disruption_for(db(), me(), disruption_no)
    number = min(max(1, request.args.get("page", 1, int)), LARGEST)
    rows, total = moves_lists.own_effects(db(), disruption, me().customer_id, page=number)
    waiting = [row.part_id for row in rows if row.choice != Choice.CANCEL]
    parts = waiting_parts(db(), ScheduleLine.id.in_(waiting)) if waiting else []
    return render_template(
        "orders/customer/disruption.html",
        disruption=disruption,
        titles=DISRUPTION_TITLES,
        choices=CHOICE_TITLES,
        rows=rows,
        substitutes=disruption_choosing.substitutes(db(), parts, now=clock.now()) if parts else {},
        open=any(row.choice is None for row in rows),
        page=SimpleNamespace(
            shown=len(rows),
            total=total,
            prev_url=url_for(".show", disruption_no=disruption_no, page=number - 1) if number > 1 else None,
            next_url=url_for(".show", disruption_no=disruption_no, page=number + 1)
            if number * PAGE < total
            else None,
        ),
    )


@bp.post("/<disruption_no>/choose")
@customer
def choose(disruption_no: str) -> ResponseReturnValue:
    """Wait for a part, cancel it, or take a substitute for it."""
    disruption = disruption_for(db(), me(), disruption_no)
    effect = effect_for(db(), me(), disruption, request.form.get("line", 0, int))
    wanted, _, substitute = request.form.get("choice", "").partition(":")
    try:
        with transaction(db()):
            if wanted == Choice.WAIT:
                disruption_choosing.wait(db(), effect, by=me(), now=clock.now())
            elif wanted == Choice.CANCEL:
                disruption_choosing.cancel(db(), effect, by=me(), now=clock.now())
            elif wanted == Choice.SUBSTITUTE:
                named = int(substitute) if substitute.isdecimal() and len(substitute) < 10 else None
                disruption_choosing.substitute(db(), effect, named, by=me(), now=clock.now())
            else:
                abort(404)
        flash_done(N_("Your choice is on record."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", disruption_no=disruption_no), 303)


@bp.post("/<disruption_no>/wait-for-all")
@customer
def wait_for_all(disruption_no: str) -> ResponseReturnValue:
    """Wait for everything that nothing was chosen for."""
    disruption = disruption_for(db(), me(), disruption_no)
    try:
        with transaction(db()):
            count = disruption_choosing.wait_for_all(db(), disruption, by=me(), now=clock.now())
        flash_done(N_("You wait for %(count)s lines; each has its new date."), count=count)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", disruption_no=disruption_no), 303)
