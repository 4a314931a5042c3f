"""A manager exempts one missed promise, naming the disruption that caused it and the steps taken against it."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from policies import exempting
from policies.kinds import KINDS
from policies.permissions import Policies
from policies.promises import CAUSE_TITLES, STATE_TITLES, Promise, PromiseState
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.recording import excuses, excuses_between, subject_pages
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.reading import LARGEST
from portal.web.session import db, me

bp = Blueprint("exempting", __name__, url_prefix="/manage/attainment", template_folder="../templates")


class ExemptForm(Form):
    """Which disruption caused a miss, and what was done against it."""

    cause_no = StringField(N_("Number of the disruption"), validators=[InputRequired(), Length(max=40)])
    steps = TextAreaField(
        N_("Steps taken"), validators=[InputRequired(), Length(max=exempting.LONGEST_STEPS)]
    )


@bp.route("/cases/<int:promise_id>/exempt", methods=["GET", "POST"])
@staff(Policies.EXEMPT)
def exempt(promise_id: int) -> ResponseReturnValue:
    """Ask for the disruption and the steps, then exempt the promise."""
    promise = _missed(promise_id)
    form = ExemptForm()
    if form.validate_on_submit():
        cause_no = (form.cause_no.data or "").strip().upper()
        try:
            with transaction(db()):
                steps = form.steps.data or ""
                exempting.exempt(db(), promise, cause_no, steps, by=me(), now=clock.now())
            flash_done(N_("%(subject)s is exempt."), subject=promise.subject_no)
            return redirect(url_for("attainment.cases", kind=promise.kind, outcome="exempt"))
        except Refused as no:
            form.refuse(no)
    began, now = promise.clock_start_at or promise.made_at, clock.now()
    page = render_template(
        "policies/manager/exempt.html",
        disruptions=excuses_between(db(), began, promise.due_at, now),
        disruption_titles=excuses(),
        form=form,
        promise=promise,
        address=subject_pages(db(), me(), [promise.subject_no]).get(promise.subject_no),
        kinds=KINDS,
        states=STATE_TITLES,
        causes=CAUSE_TITLES,
    )
    return page, 422 if form.is_submitted() else 200


def _missed(promise_id: int) -> Promise:
    promise = db().get(Promise, promise_id) if 0 < promise_id <= LARGEST else None
    if promise is None or promise.state not in (PromiseState.MISSED, PromiseState.WAIVED):
        abort(404)
    return promise
