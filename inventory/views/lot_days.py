"""The desk page on which the last day of use of a lot is corrected."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, Optional

from inventory import correcting_days, queries
from inventory.identities import Identity, IdentityKind
from inventory.permissions import Inventory
from inventory.tracing import identity_named
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me

bp = Blueprint("lot_days", __name__, url_prefix="/desk/lot-days", template_folder="../templates")


class DayForm(Form):
    """Another last day of use of a lot, and why."""

    expires_on = DateField(N_("Use by"), validators=[Optional()])
    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


@bp.route("", methods=["GET", "POST"])
@staff(Inventory.RECEIVE)
def correct() -> ResponseReturnValue:
    """Correct the last day of use of the lot that the address names by product and number."""
    lot = _lot()
    form = DayForm(data={"expires_on": lot.expires_on})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                day, why = form.expires_on.data, form.reason.data
                aside = correcting_days.correct_day(db(), lot, day, why, by=me(), now=clock.now())
            if aside:
                said = NN_(
                    "The day of lot %(number)s is corrected. It has passed: %(units)s unit went into quarantine.",
                    "The day of lot %(number)s is corrected. It has passed: %(units)s units went into quarantine.",
                    "units",
                )
                flash_done(said, number=lot.number, units=aside)
            else:
                flash_done(N_("The day of lot %(number)s is corrected."), number=lot.number)
            return redirect(url_for("identities.index", sku=lot.product.sku, q=lot.number))
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/lot_day.html", form=form, lot=lot)
    return page, 422 if form.is_submitted() else 200


def _lot() -> Identity:
    product = queries.find_product(db(), request.args.get("sku", "")) or abort(404)
    found = identity_named(db(), product.id, request.args.get("number", ""))
    if found is None or found.kind != IdentityKind.LOT:
        abort(404)
    return found
