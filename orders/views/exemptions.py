"""Managers exempt the late lines of a disruption: first they see which it touched and which can be, then they do it."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from orders import exempting_lines
from orders.contingencies import steps_text
from orders.disruptions import DISRUPTION_TITLES, Disruption
from orders.moves_access import disruption_for
from orders.permissions import Orders
from policies.exempting import LONGEST_STEPS, Answer
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint(
    "disruption_exemptions", __name__, url_prefix="/manage/disruptions", template_folder="../templates"
)


class StepsForm(Form):
    """What was done against a disruption."""

    steps = TextAreaField(N_("Steps taken"), validators=[InputRequired(), Length(max=LONGEST_STEPS)])


@bp.get("/<disruption_no>/exempt")
@staff(Orders.DISRUPT)
def show(disruption_no: str) -> ResponseReturnValue:
    """The late lines that it touched, and which of them can be exempt."""
    disruption = disruption_for(db(), me(), disruption_no)
    return _page(disruption, StepsForm(data={"steps": steps_text(db(), disruption)}))


@bp.post("/<disruption_no>/exempt")
@staff(Orders.DISRUPT)
def exempt(disruption_no: str) -> ResponseReturnValue:
    """Exempt those that can be, with the steps taken."""
    disruption = disruption_for(db(), me(), disruption_no)
    form = StepsForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                steps = form.steps.data or ""
                done = exempting_lines.exempt_lines(db(), disruption, steps, by=me(), now=clock.now())
            flash_done(
                NN_("%(lines)s line is exempt.", "%(lines)s lines are exempt.", "lines"),
                lines=done,
            )
            return redirect(url_for(".show", disruption_no=disruption_no))
        except Refused as no:
            form.refuse(no)
    return _page(disruption, form), 422


def _page(disruption: Disruption, form: StepsForm) -> str:
    found = exempting_lines.excuse(db(), disruption, clock.now())
    lines = exempting_lines.late_lines(db(), disruption, found, **places()) if found else None
    counts = exempting_lines.counts(db(), disruption, found) if found else {}
    return render_template(
        "orders/manager/exempt_lines.html",
        disruption=disruption,
        form=form,
        held=found is not None,
        lines=lines.rows if lines else [],
        page=links(lines, ".show", total=sum(counts.values()), disruption_no=disruption.number)
        if lines
        else None,
        can=counts.get(Answer.YES, 0),
        already=counts.get(Answer.ALREADY, 0),
        cannot=sum(counts.values()) - counts.get(Answer.YES, 0) - counts.get(Answer.ALREADY, 0),
        titles=DISRUPTION_TITLES,
    )
