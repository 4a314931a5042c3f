"""The duty rota of a unit: colleagues read its weeks, managers put people on duty."""

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import directory, rota, rota_filling
from policies.permissions import Policies
from policies.rota_boards import eligible, shift_of, week_of
from policies.rota_filling import SKIPPED_TITLES, WEEK, Filled, monday_of
from policies.units import ServiceUnit
from policies.views.rota_forms import (
    CopyForm,
    DutyForm,
    PatternForm,
    known_duty,
    known_pattern,
    known_shift,
)
from portal import clock
from portal.db import transaction
from portal.i18n import N_, NN_, day_text, gettext
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("rota", __name__, url_prefix="/desk/contacts", template_folder="../templates")

WEEKS_TITLES = {-1: N_("Last week"), 0: N_("This week"), 1: N_("Next week")}
NAMED = 8
"""So many of the duties that were left out are named."""


@bp.get("/<unit_code>/rota")
@staff(Policies.READ)
def week(unit_code: str) -> ResponseReturnValue:
    """Who is on duty for a unit in a week: this one, or that of the day asked for."""
    return _week_page(_unit(unit_code), CopyForm(formdata=None, weeks=4))


@bp.route("/<unit_code>/rota/new", methods=["GET", "POST"])
@staff(Policies.ROTA)
def new(unit_code: str) -> ResponseReturnValue:
    """Put somebody on duty for some hours of a day."""
    unit = _unit(unit_code)
    form = DutyForm.offering(eligible(db()), **known_duty(unit, _asked_day()))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                shift = rota.put_on_duty(db(), unit, form.duty(), by=me(), now=clock.now())
            flash_done(N_("%(name)s is on duty on %(day)s."), name=form.who().name, day=day_text(shift.day))
            return _to_week(unit_code, shift.day)
        except Refused as no:
            form.refuse(no)
    return _form_page("duty_form.html", unit_code, form)


@bp.route("/<unit_code>/rota/<int:shift_id>", methods=["GET", "POST"])
@staff(Policies.ROTA)
def change(unit_code: str, shift_id: int) -> ResponseReturnValue:
    """Another person, day or other hours."""
    shift = shift_of(db(), _unit(unit_code), shift_id)
    form = DutyForm.offering(eligible(db(), shift), **known_shift(shift))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                rota.change_duty(db(), shift, form.duty(), by=me(), now=clock.now())
            flash_done(N_("The duty is changed."))
            return _to_week(unit_code, form.day.data)
        except Refused as no:
            form.refuse(no)
    return _form_page("duty_form.html", unit_code, form, shift_id)


@bp.post("/<unit_code>/rota/<int:shift_id>/remove")
@staff(Policies.ROTA)
def remove(unit_code: str, shift_id: int) -> ResponseReturnValue:
    """Take somebody off duty."""
    shift = shift_of(db(), _unit(unit_code), shift_id)
    day = shift.day
    try:
        with transaction(db()):
            rota.remove_duty(db(), shift, by=me(), now=clock.now())
        flash_done(N_("The duty is taken away."))
    except Refused as no:
        flash_refused(no)
    return _to_week(unit_code, day)


@bp.route("/<unit_code>/rota/fill", methods=["GET", "POST"])
@staff(Policies.ROTA)
def fill(unit_code: str) -> ResponseReturnValue:
    """Put somebody on duty on the same weekdays for some weeks."""
    unit = _unit(unit_code)
    form = PatternForm.offering(eligible(db()), **known_pattern(unit, _asked_day()))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                filled = rota_filling.fill(db(), unit, form.pattern(), by=me(), now=clock.now())
            _tell(filled)
            return _to_week(unit_code, form.first.data)
        except Refused as no:
            form.refuse(no)
    return _form_page("duty_pattern.html", unit_code, form)


@bp.post("/<unit_code>/rota/copy")
@staff(Policies.ROTA)
def copy(unit_code: str) -> ResponseReturnValue:
    """Copy a week to the next ones."""
    unit, form = _unit(unit_code), CopyForm()
    if form.validate():
        try:
            with transaction(db()):
                filled = rota_filling.copy_week(
                    db(), unit, _asked_monday(), form.weeks.data, by=me(), now=clock.now()
                )
            _tell(filled)
            return _to_week(unit_code, _asked_monday() + WEEK)
        except Refused as no:
            form.refuse(no)
    return _week_page(_unit(unit_code), form), 422


def _week_page(unit: ServiceUnit, copying: CopyForm) -> str:
    monday, today = _asked_monday(), clock.business_day(clock.now())
    return render_template(
        "policies/rota_week.html",
        unit=unit,
        week=week_of(db(), unit, monday),
        today=today,
        tabs=[(monday_of(today) + WEEK * n, title) for n, title in WEEKS_TITLES.items()],
        copying=copying,
        may_change=may(me(), Policies.ROTA) and not unit.closed,
    )


def _form_page(
    template: str, unit_code: str, form: DutyForm | PatternForm, shift_id: int | None = None
) -> ResponseReturnValue:
    unit = _unit(unit_code)
    page = render_template(
        f"policies/manager/{template}", form=form, unit=unit, shift_id=shift_id, week=_asked_monday()
    )
    return page, 422 if form.is_submitted() else 200


def _tell(filled: Filled) -> None:
    """Say how many duties were entered, and which were left out and why."""
    flash_done(
        NN_("%(num)s duty is entered.", "%(num)s duties are entered.", "num"),
        num=filled.entered,
    )
    if not filled.skipped:
        return
    named = ", ".join(
        f"{day_text(one.day)} ({one.person.name}: {gettext(SKIPPED_TITLES[one.why])})"
        for one in filled.skipped[:NAMED]
    )
    rest = len(filled.skipped) - NAMED
    if rest > 0:
        flash_done(N_("Left out: %(named)s, and %(rest)s more."), named=named, rest=rest)
    else:
        flash_done(N_("Left out: %(named)s."), named=named)


def _asked_day() -> date:
    """The day that the address asks for, else today; a past one is today too."""
    today = clock.business_day(clock.now())
    return max(_day_of("week", today), today)


def _asked_monday() -> date:
    return monday_of(_day_of("week", clock.business_day(clock.now())))


def _day_of(name: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2200 else otherwise


def _to_week(unit_code: str, day: date) -> ResponseReturnValue:
    return redirect(url_for(".week", unit_code=unit_code, week=monday_of(day).isoformat()), 303)


def _unit(unit_code: str) -> ServiceUnit:
    return directory.find_unit(db(), unit_code, closed_too=True) or abort(404)
