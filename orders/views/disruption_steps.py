"""The check-list of a disruption: steps ticked off, taken back, and added."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from orders import taking_steps
from orders.moves_access import disruption_for
from orders.permissions import Orders
from orders.plan_lists import step_for
from orders.views.disruptions import page_of
from orders.views.plan_forms import StepForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("disruption_steps", __name__, url_prefix="/manage/disruptions", template_folder="../templates")


@bp.post("/<disruption_no>/steps")
@staff(Orders.STEPS)
def add(disruption_no: str) -> ResponseReturnValue:
    """Add a step that no plan foresaw."""
    disruption, form = disruption_for(db(), me(), disruption_no), StepForm()
    if form.validate():
        try:
            with transaction(db()):
                taking_steps.add_step(
                    db(),
                    disruption,
                    form.what_th.data or "",
                    form.what_en.data or "",
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("The step is on the list."))
            return _back(disruption_no)
        except Refused as no:
            form.refuse(no)
    return page_of(disruption_no, form), 422


@bp.post("/<disruption_no>/steps/<int:step_id>/take")
@staff(Orders.STEPS)
def take(disruption_no: str, step_id: int) -> ResponseReturnValue:
    """Tick a step off."""
    step = step_for(db(), disruption_for(db(), me(), disruption_no), step_id)
    try:
        with transaction(db()):
            taking_steps.take_step(db(), step, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
    return _back(disruption_no)


@bp.post("/<disruption_no>/steps/<int:step_id>/undo")
@staff(Orders.STEPS)
def undo(disruption_no: str, step_id: int) -> ResponseReturnValue:
    """Take back a step that was ticked off by mistake."""
    step = step_for(db(), disruption_for(db(), me(), disruption_no), step_id)
    try:
        with transaction(db()):
            taking_steps.undo_step(db(), step, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
    return _back(disruption_no)


def _back(disruption_no: str) -> ResponseReturnValue:
    return redirect(url_for("disruptions.show", disruption_no=disruption_no, _anchor="steps"), 303)
