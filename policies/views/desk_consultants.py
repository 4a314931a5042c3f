"""Consultants at the desk: named by managers, and the times that they offer."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import consultants, offering_times
from policies.access_events import consultant_for
from policies.consultants import facts_of, keeps_times_of
from policies.consultations import SLOT_TITLES, Consultant
from policies.consulting_lists import advising, could_advise, on_closed_days, times_of
from policies.permissions import Policies
from policies.views.event_forms import ConsultantForm, SeriesForm, TimeForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_, day_text
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me

bp = Blueprint("desk_consultants", __name__, url_prefix="/desk/events", template_folder="../templates")

USUAL_MINUTES = 60


@bp.get("/consultants")
@staff(Policies.READ)
def index() -> str:
    """Every consultant, with how many of their times are free and booked."""
    return render_template(
        "policies/events/consultants.html",
        rows=advising(db(), now=clock.now()),
        may_name=may(me(), Policies.CONSULTANTS),
    )


@bp.route("/consultants/new", methods=["GET", "POST"])
@staff(Policies.CONSULTANTS)
def new() -> ResponseReturnValue:
    """Name somebody of the distributor as a consultant."""
    people = could_advise(db())
    form = ConsultantForm().choose_from(people)
    if form.validate_on_submit():
        chosen = next((one for one in people if str(one.id) == form.person.data), None)
        try:
            with transaction(db()):
                facts = form.facts(active=True)
                named = consultants.name_consultant(
                    db(), form.code.data or "", chosen, facts, by=me(), now=clock.now()
                )
            flash_done(N_("%(name)s can offer times now."), name=named.person.name)
            return redirect(url_for(".one", consultant_code=named.code), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("policies/events/consultant_form.html", form=form, consultant=None)
    return page, 422 if form.is_submitted() else 200


@bp.get("/consultants/<consultant_code>")
@staff(Policies.READ)
def one(consultant_code: str) -> str:
    """A consultant and the times that are to come."""
    found, now = consultant_for(db(), me(), consultant_code), clock.now()
    slots = times_of(db(), found, now=now)
    return render_template(
        "policies/events/consultant.html",
        consultant=found,
        slots=slots,
        closed=on_closed_days(db(), slots, now=now),
        titles=SLOT_TITLES,
        may_offer=keeps_times_of(me(), found) and found.advises,
        may_name=may(me(), Policies.CONSULTANTS),
    )


@bp.route("/consultants/<consultant_code>/edit", methods=["GET", "POST"])
@staff(Policies.CONSULTANTS)
def edit(consultant_code: str) -> ResponseReturnValue:
    """Change on what and where somebody advises, or that they do no more."""
    found = consultant_for(db(), me(), consultant_code)
    form = ConsultantForm(data=facts_of(found).as_facts())
    del form.person, form.code
    if form.validate_on_submit():
        try:
            with transaction(db()):
                facts = form.facts(active=form.active.data)
                consultants.change_consultant(db(), found, facts, by=me(), now=clock.now())
            flash_done(N_("The changes are saved."))
            return redirect(url_for(".one", consultant_code=consultant_code), 303)
        except Refused as no:
            form.refuse(no)
    found = consultant_for(db(), me(), consultant_code)
    page = render_template("policies/events/consultant_form.html", form=form, consultant=found)
    return page, 422 if form.is_submitted() else 200


@bp.route("/consultants/<consultant_code>/offer", methods=["GET", "POST"])
@staff(Policies.ADVICE)
def offer(consultant_code: str) -> ResponseReturnValue:
    """Offer one time."""
    found, form = consultant_for(db(), me(), consultant_code), TimeForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                offering_times.offer(
                    db(), found, form.day.data, form.opens.data, form.closes.data, by=me(), now=clock.now()
                )
            flash_done(N_("The time is offered."))
            return redirect(url_for(".one", consultant_code=consultant_code), 303)
        except Refused as no:
            form.refuse(no)
    return _form_page(consultant_code, form, series=False)


@bp.route("/consultants/<consultant_code>/offer-series", methods=["GET", "POST"])
@staff(Policies.ADVICE)
def offer_series(consultant_code: str) -> ResponseReturnValue:
    """Offer a series of times."""
    found, form = consultant_for(db(), me(), consultant_code), SeriesForm(data={"minutes": USUAL_MINUTES})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                offered = offering_times.offer_series(db(), found, form.series(), by=me(), now=clock.now())
            flash_done(N_("Times offered: %(count)s."), count=len(offered.slots))
            if offered.skipped:
                named = ", ".join(day_text(day) for day in offered.skipped)
                flash_done(N_("Left out, because we are closed: %(days)s."), days=named)
            return redirect(url_for(".one", consultant_code=consultant_code), 303)
        except Refused as no:
            form.refuse(no)
    return _form_page(consultant_code, form, series=True)


def _form_page(consultant_code: str, form: TimeForm | SeriesForm, *, series: bool) -> ResponseReturnValue:
    found: Consultant = consultant_for(db(), me(), consultant_code)
    page = render_template("policies/events/offer.html", consultant=found, form=form, series=series)
    return page, 422 if form.is_submitted() else 200
