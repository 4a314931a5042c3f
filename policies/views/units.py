"""The service directory for managers: units opened, changed, closed, and given the matters they answer for."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import directory
from policies.permissions import Policies
from policies.rota_boards import uncovered
from policies.units import MATTER_TITLES, ServiceUnit
from policies.views.unit_forms import UnitForm, known
from portal import clock
from portal.accounts.roles import ROLE_TITLES
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("units", __name__, url_prefix="/manage/units", template_folder="../templates")


@bp.get("")
@staff(Policies.CONTACTS)
def index() -> ResponseReturnValue:
    """Every unit, and the matters nobody answers for yet."""
    unanswered = [MATTER_TITLES[matter] for matter, unit in directory.answers(db()).items() if unit is None]
    units = directory.units(db())
    return render_template(
        "policies/manager/units.html",
        units=units,
        unanswered=unanswered,
        titles=MATTER_TITLES,
        roles=ROLE_TITLES,
        uncovered=uncovered(db(), units, clock.now()),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Policies.CONTACTS)
def new() -> ResponseReturnValue:
    """Open a unit and say what it answers for."""
    form = UnitForm(data=known(None))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                unit = directory.open_unit(db(), form.facts(), by=me(), now=clock.now())
                directory.assign(db(), unit, form.chosen(), by=me(), now=clock.now())
            flash_done(N_("The unit is in the directory. Customers see it on their orders and cases."))
            return redirect(url_for(".index"))
        except Refused as no:
            form.refuse(no)
    return _form_page(form, None)


@bp.route("/<unit_code>", methods=["GET", "POST"])
@staff(Policies.CONTACTS)
def edit(unit_code: str) -> ResponseReturnValue:
    """Change what is known of a unit and what it answers for."""
    unit = _unit(unit_code)
    form = UnitForm(data=known(unit))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                directory.change_unit(db(), unit, form.facts(), by=me(), now=clock.now())
                directory.assign(db(), unit, form.chosen(), by=me(), now=clock.now())
            flash_done(N_("The unit is saved."))
            return redirect(url_for(".index"))
        except Refused as no:
            form.refuse(no)
    return _form_page(form, unit)


@bp.post("/<unit_code>/close")
@staff(Policies.CONTACTS)
def close(unit_code: str) -> ResponseReturnValue:
    """Take a unit out of the directory."""
    unit = _unit(unit_code)
    try:
        with transaction(db()):
            directory.close_unit(db(), unit, by=me(), now=clock.now())
        flash_done(N_("The unit was taken out of the directory."))
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".edit", unit_code=unit_code))
    return redirect(url_for(".index"))


def _form_page(form: UnitForm, unit: ServiceUnit | None) -> ResponseReturnValue:
    answered = {matter: other for matter, other in directory.answers(db()).items() if other is not None}
    page = render_template("policies/manager/unit.html", form=form, unit=unit, answered=answered)
    return page, 422 if form.is_submitted() else 200


def _unit(unit_code: str) -> ServiceUnit:
    return directory.find_unit(db(), unit_code) or abort(404)
