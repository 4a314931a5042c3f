"""The limits up to which people credit compensation by themselves."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aftersales.approval_limits import CURRENCY, last_changed, limits, set_limits
from aftersales.permissions import Complaints
from aftersales.views.complaint_forms import LimitsForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.money import to_major, to_minor
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.session import db, me

bp = Blueprint("desk_limits", __name__, url_prefix="/desk", template_folder="../templates")


@bp.route("/compensation-limits", methods=["GET", "POST"])
@staff(Complaints.LIMIT)
def approval_limits() -> ResponseReturnValue:
    """Both limits, and who changed them last."""
    known = limits(db())
    form = LimitsForm(
        data={
            "staff": to_major(known.staff_minor, CURRENCY),
            "manager": to_major(known.manager_minor, CURRENCY),
        }
    )
    if form.validate_on_submit():
        try:
            with transaction(db()):
                amounts = [to_minor(field.data, CURRENCY) for field in (form.staff, form.manager)]
                set_limits(db(), *amounts, by=me(), now=clock.now())
            flash_done(N_("The limits are set."))
            return redirect(url_for(".approval_limits"), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("aftersales/staff/limits.html", form=form, last=last_changed(db()))
    return page, 422 if form.errors else 200
