"""The business calendar for managers: a year at a glance, its closed days, days added and taken back."""

import calendar as months_of
from dataclasses import dataclass
from datetime import date

from babel.dates import get_day_names
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import calendars
from policies.clocks import WorkingDays
from policies.forms import ClosureForm
from policies.models import BusinessCalendar, Closure
from policies.permissions import Policies
from policies.wording import WEEKDAYS, week_text
from portal import clock
from portal.db import transaction
from portal.i18n import BUDDHIST_ERA, N_, gettext, language, name_of
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me

bp = Blueprint("policies_calendar", __name__, url_prefix="/manage/calendar", template_folder="../templates")

MONDAY_FIRST = months_of.Calendar(firstweekday=0)


@dataclass(frozen=True)
class Day:
    """A day of the year view: inside its month or not, worked or not, and why it is closed."""

    day: date
    inside: bool
    works: bool
    closed: str
    today: bool


@bp.get("")
@staff(Policies.CALENDAR)
def year() -> ResponseReturnValue:
    """The months of a year with their closed days."""
    return _page(_year_asked(), ClosureForm(formdata=None))


@bp.post("/holidays")
@staff(Policies.CALENDAR)
def holidays() -> ResponseReturnValue:
    """Take a year's public holidays into the calendar."""
    asked = _year_asked()
    try:
        with transaction(db()):
            calendars.add_holidays(db(), asked, by=me(), now=clock.now())
        flash_done(N_("The public holidays were added. Please check them against the announcement."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".year", year=asked))


@bp.post("/close")
@staff(Policies.CALENDAR)
def close() -> ResponseReturnValue:
    """Close a day."""
    form = ClosureForm()
    if form.validate():
        day, names = form.day.data, (form.name_th.data or "", form.name_en.data or "")
        try:
            with transaction(db()):
                calendars.close(db(), day, *names, by=me(), now=clock.now())
            flash_done(
                N_("The day is closed for orders placed from now on. Promises already made keep their dates.")
            )
            return redirect(url_for(".year", year=day.year))
        except Refused as no:
            form.refuse(no)
    return _page(_year_asked(), form), 422


@bp.post("/reopen/<day>")
@staff(Policies.CALENDAR)
def reopen(day: str) -> ResponseReturnValue:
    """Take a closed day back."""
    try:
        asked = date.fromisoformat(day)
        with transaction(db()):
            calendars.reopen(db(), asked, by=me(), now=clock.now())
        flash_done(N_("The day is a working day again, if its weekday is one."))
        return redirect(url_for(".year", year=asked.year))
    except ValueError:
        return redirect(url_for(".year"))
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".year", year=day[:4]))


def _page(shown: int, form: ClosureForm) -> str:
    found, today = calendars.find_calendar(db()), clock.business_day(clock.now())
    closures = [closure for closure in found.closures if closure.day.year == shown] if found else []
    short = get_day_names("narrow", locale=language())
    return render_template(
        "policies/manager/calendar.html",
        calendar=found,
        year=shown,
        today=today,
        months=_months(found, closures, shown, today) if found else [],
        closures=closures,
        weekdays=[(gettext(name), short[place]) for place, name in enumerate(WEEKDAYS)],
        year_text=_year_text,
        week=week_text(found.week) if found else "",
        can_add=not any(closure.public_holiday for closure in closures)
        and today.year <= shown <= today.year + calendars.YEARS_AHEAD,
        form=form,
    )


def _months(
    found: BusinessCalendar, closures: list[Closure], shown: int, today: date
) -> list[tuple[date, list[list[Day]]]]:
    reasons = {closure.day: name_of(closure) for closure in closures}
    days = WorkingDays.of(found.week, reasons)

    def cell(day: date, month: int) -> Day:
        return Day(day, day.month == month, days.works(day), reasons.get(day, ""), day == today)

    return [
        (
            date(shown, month, 1),
            [[cell(day, month) for day in week] for week in MONDAY_FIRST.monthdatescalendar(shown, month)],
        )
        for month in range(1, 13)
    ]


def _year_text(shown: int) -> str:
    """A year as people write it: of the Buddhist era in Thai."""
    return str(shown + BUDDHIST_ERA if language() == "th" else shown)


def _year_asked() -> int:
    """The year in the address, within a decade of this one; else this year."""
    this = clock.business_day(clock.now()).year
    asked = request.values.get("year", type=int) or this
    return asked if abs(asked - this) <= 10 else this
