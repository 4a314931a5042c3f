"""What a disruption does to a company's lines, and what its people choose for each."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import disruption_choosing, moves_lists
from orders.disruptions import CHOICE_TITLES, DISRUPTION_TITLES, Choice
from orders.models import ScheduleLine
from orders.moves_access import disruption_for, effect_for
from orders.waiting import waiting_parts
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

CANCEL_REST = "cancel-rest"
"""Asks to cancel not only the delayed part of a line, but all of the line that is still to come."""

bp = Blueprint("my_disruptions", __name__, url_prefix="/my/disruptions", template_folder="../templates")


@bp.get("/<disruption_no>")
@customer
def show(disruption_no: str) -> str:
    """The company's lines that are delayed, with their choices."""
    disruption = disruption_for(db(), me(), disruption_no)
    found, total = moves_lists.own_effects(db(), disruption, me().customer_id, **places())
    rows = found.rows
    waiting = [row.part_id for row in rows if row.choice != Choice.CANCEL]
    parts = waiting_parts(db(), ScheduleLine.id.in_(waiting)) if waiting else []
    return render_template(
        "orders/customer/disruption.html",
        disruption=disruption,
        titles=DISRUPTION_TITLES,
        choices=CHOICE_TITLES,
        over=disruption.ends_on < clock.business_day(clock.now()),
        rows=rows,
        substitutes=disruption_choosing.substitutes(db(), parts, now=clock.now()) if parts else {},
        open=any(row.choice is None and row.delays for row in rows),
        rest_of_line=disruption_choosing.rest_of_line,
        page=links(found, ".show", total=total, disruption_no=disruption_no),
        **answering(Matter.DELIVERY, disruption_no),
    )


@bp.post("/<disruption_no>/choose")
@customer
def choose(disruption_no: str) -> ResponseReturnValue:
    """Wait for a part, cancel it or the rest of its line, or take a substitute for it."""
    disruption = disruption_for(db(), me(), disruption_no)
    effect = effect_for(db(), me(), disruption, request.form.get("line", 0, int))
    wanted, _, substitute = request.form.get("choice", "").partition(":")
    try:
        with transaction(db()):
            if wanted == Choice.WAIT:
                disruption_choosing.wait(db(), effect, by=me(), now=clock.now())
            elif wanted == Choice.CANCEL:
                disruption_choosing.cancel(db(), effect, by=me(), now=clock.now())
            elif wanted == CANCEL_REST:
                disruption_choosing.cancel_rest(db(), effect, by=me(), now=clock.now())
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
        flash_done(
            NN_(
                "You wait for %(count)s line; it has its new date.",
                "You wait for %(count)s lines; each has its new date.",
                "count",
            ),
            count=count,
        )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".show", disruption_no=disruption_no), 303)
