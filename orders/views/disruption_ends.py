"""Managers call a disruption off or end it sooner, after they have seen which lines come back, and to when."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from orders import disruption_ending
from orders.disruption_returns import coming_back, coming_back_page
from orders.disruptions import DISRUPTION_TITLES, Disruption, DisruptionState
from orders.moves_access import disruption_for
from orders.permissions import Orders
from orders.views.disruptions import paged
from orders.views.moves_forms import EndForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_, gettext
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.reading import LARGEST
from portal.web.session import db, me

bp = Blueprint("disruption_ends", __name__, url_prefix="/manage/disruptions", template_folder="../templates")


@bp.get("/<disruption_no>/call-off")
@staff(Orders.DISRUPT)
def call_off(disruption_no: str) -> ResponseReturnValue:
    """Which lines come back if it is called off now."""
    disruption = disruption_for(db(), me(), disruption_no)
    if disruption.state != DisruptionState.CONFIRMED:
        return redirect(url_for("disruptions.show", disruption_no=disruption_no))
    now = clock.now()
    if disruption.ends_on < clock.business_day(now):
        over = gettext(N_("This disruption is over already."))
        return render_template("orders/manager/disruption_end.html", **_facts(disruption) | {"refused": over})
    return render_template("orders/manager/disruption_end.html", **_preview(disruption, None, now))


@bp.post("/<disruption_no>/call-off")
@staff(Orders.DISRUPT)
def do_call_off(disruption_no: str) -> ResponseReturnValue:
    """Drop a draft, or end a confirmed disruption now."""
    disruption = disruption_for(db(), me(), disruption_no)
    try:
        with transaction(db()):
            found = disruption_ending.call_off(db(), disruption, by=me(), now=clock.now())
        flash_done(
            NN_(
                "%(number)s is called off. %(parts)s line comes earlier.",
                "%(number)s is called off. %(parts)s lines come earlier.",
                "parts",
            ),
            number=disruption_no,
            parts=found.parts,
        )
    except Refused as no:
        flash_refused(no)
    return redirect(url_for("disruptions.show", disruption_no=disruption_no))


@bp.get("/<disruption_no>/shorten")
@staff(Orders.DISRUPT)
def shorten(disruption_no: str) -> ResponseReturnValue:
    """Ask for an earlier last day, and show which lines come back by it."""
    disruption = disruption_for(db(), me(), disruption_no)
    if disruption.state != DisruptionState.CONFIRMED:
        return redirect(url_for("disruptions.show", disruption_no=disruption_no))
    if "ends_on" not in request.args:
        form = EndForm(formdata=None)
        return render_template("orders/manager/disruption_end.html", **_facts(disruption) | {"form": form})
    form, now = EndForm(formdata=request.args), clock.now()
    if form.validate():
        until: date = form.ends_on.data
        try:
            disruption_ending.refuse_bad_end(disruption, until, clock.business_day(now))
            facts = _preview(disruption, until, now) | {"form": form}
            return render_template("orders/manager/disruption_end.html", **facts)
        except Refused as no:
            form.refuse(no)
    page = render_template("orders/manager/disruption_end.html", **_facts(disruption) | {"form": form})
    return page, 422


@bp.post("/<disruption_no>/shorten")
@staff(Orders.DISRUPT)
def do_shorten(disruption_no: str) -> ResponseReturnValue:
    """End it on the earlier day."""
    disruption = disruption_for(db(), me(), disruption_no)
    form = EndForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                until: date = form.ends_on.data
                found = disruption_ending.shorten(db(), disruption, until, by=me(), now=clock.now())
            flash_done(
                NN_(
                    "%(number)s ends sooner. %(parts)s line comes earlier.",
                    "%(number)s ends sooner. %(parts)s lines come earlier.",
                    "parts",
                ),
                number=disruption_no,
                parts=found.parts,
            )
            return redirect(url_for("disruptions.show", disruption_no=disruption_no))
        except Refused as no:
            form.refuse(no)
    page = render_template("orders/manager/disruption_end.html", **_facts(disruption) | {"form": form})
    return page, 422


def _facts(disruption: Disruption) -> dict[str, Any]:
    shown: dict[str, Any] = {"disruption": disruption, "titles": DISRUPTION_TITLES}
    return shown | {"form": None, "found": None, "until": None, "refused": None}


def _preview(disruption: Disruption, until: date | None, now: datetime) -> dict[str, Any]:
    """What ending it on that day, or now for None, would do, with a page of the lines."""
    number = min(max(1, request.args.get("page", 1, int)), LARGEST)
    found = coming_back(db(), disruption, until=until, now=now)
    address = {"endpoint": ".shorten", "ends_on": until.isoformat()} if until else {"endpoint": ".call_off"}
    return _facts(disruption) | {
        "found": found,
        "until": until,
        "rows": coming_back_page(db(), disruption, found, page=number, now=now),
        "page": paged(disruption, number, found.parts, **address),
    }
