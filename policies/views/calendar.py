"""The business calendars for managers: a year at a glance, hours of the week, closed days, places of their own."""

import calendar as months_of
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import get_day_names
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import calendars, closing, opening_places
from policies.clocks import WorkingDays
from policies.kinds import KINDS
from policies.permissions import Policies
from policies.places import MAIN, Places
from policies.redating import Effect, Follower
from policies.views.calendar_forms import ClosureForm, PlaceForm, WeekForm, hours_text, known
from policies.wording import WEEKDAYS, week_text
from policies.working_weeks import BusinessCalendar
from portal import clock
from portal.db import transaction
from portal.i18n import BUDDHIST_ERA, N_, gettext, language, name_of, ngettext, quantity_text
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
@bp.get("/places/<place_code>")
@staff(Policies.CALENDAR)
def year(place_code: str = MAIN) -> ResponseReturnValue:
    """The months of a year with the closed days of a place."""
    return _page(place_code, _year_asked(), ClosureForm(formdata=None))


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
@bp.post("/places/<place_code>/close")
@staff(Policies.CALENDAR)
def close(place_code: str = MAIN) -> ResponseReturnValue:
    """Close a place on a day; where that moves promises, show how many before it is confirmed."""
    form, now = ClosureForm(), clock.now()
    if form.validate():
        said = _said(form, place_code)
        try:
            if not form.confirmed.data:
                effect = closing.preview_closing(db(), **said, now=now)
                if effect.promises:
                    return _confirm(place_code, form, effect, url_for(".close", place_code=place_code))
            with transaction(db()):
                effect = closing.close_day(db(), **said, by=me(), now=now)
            _flash_moved(effect, N_("The day is closed for orders placed from now on."))
            return redirect(_year_url(place_code, said["day"].year))
        except Refused as no:
            form.refuse(no)
    return _page(place_code, _year_asked(), form), 422


@bp.post("/reopen/<day>")
@bp.post("/places/<place_code>/reopen/<day>")
@staff(Policies.CALENDAR)
def reopen(day: str, place_code: str = MAIN) -> ResponseReturnValue:
    """Take a closed day back."""
    try:
        asked = date.fromisoformat(day)
        with transaction(db()):
            calendars.reopen(db(), asked, place=place_code, by=me(), now=clock.now())
        flash_done(N_("The day is a working day again, if its weekday is one. Promises keep their times."))
        return redirect(_year_url(place_code, asked.year))
    except ValueError:
        return redirect(_year_url(place_code))
    except Refused as no:
        flash_refused(no)
        return redirect(_year_url(place_code, int(day[:4])))


@bp.route("/places/<place_code>/hours", methods=["GET", "POST"])
@staff(Policies.CALENDAR)
def hours(place_code: str) -> ResponseReturnValue:
    """The hours of a place in the week; where a change moves promises, it is shown before it is confirmed."""
    found, now = calendars.calendar_of(db(), place_code), clock.now()
    week = closing.week_now(closing.places_now(db(), now).by_code[found.code])
    form = WeekForm(data=known(week)) if request.method == "GET" else WeekForm()
    if form.validate_on_submit():
        place: dict[str, Any] = {"place": place_code, "followers": _followers()}
        try:
            if not form.confirmed.data:
                effect = closing.preview_week(db(), form.week(), **place, now=now)
                if effect.promises:
                    return _confirm(place_code, form, effect, url_for(".hours", place_code=place_code))
            with transaction(db()):
                effect = closing.change_week(db(), form.week(), **place, by=me(), now=now)
            _flash_moved(effect, N_("These hours hold from now on."))
            return redirect(_year_url(place_code))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "policies/manager/calendar_hours.html", form=form, place=found, title=_title(found), main=MAIN
    )
    return page, 422 if form.errors else 200


@bp.route("/new-place", methods=["GET", "POST"])
@staff(Policies.CALENDAR)
def new_place() -> ResponseReturnValue:
    """A place gets a calendar of its own."""
    form = PlaceForm()
    if form.validate_on_submit():
        names = (form.name_th.data or "", form.name_en.data or "")
        try:
            with transaction(db()):
                opened = opening_places.open_place(db(), form.code.data, *names, by=me(), now=clock.now())
            flash_done(N_("The place has a calendar of its own. Write down when it works."))
            return redirect(url_for(".hours", place_code=opened.code))
        except Refused as no:
            form.refuse(no)
    page = render_template("policies/manager/calendar_place.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/places/<place_code>/remove")
@staff(Policies.CALENDAR)
def remove(place_code: str) -> ResponseReturnValue:
    """A place follows the distributor's calendar again; where that moves promises, it is shown before."""
    place: dict[str, Any] = {"followers": _followers()}
    now = clock.now()
    try:
        if not request.form.get("confirmed"):
            effect = opening_places.preview_removing(db(), place_code, **place, now=now)
            if effect.promises:
                return _confirm(place_code, None, effect, url_for(".remove", place_code=place_code))
        with transaction(db()):
            effect = opening_places.remove_place(db(), place_code, **place, by=me(), now=now)
        _flash_moved(effect, N_("The place follows the distributor's calendar again."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".year"))


def _said(form: ClosureForm, place_code: str) -> dict[str, Any]:
    """What closing a place on a day is told."""
    return {
        "day": form.day.data,
        "name_th": form.name_th.data or "",
        "name_en": form.name_en.data or "",
        "place": place_code,
        "public": form.public.data and place_code == MAIN,
        "followers": _followers(),
    }


def _followers() -> list[Follower]:
    followers: list[Follower] = current_app.extensions["followers"]
    return followers


def _confirm(
    place_code: str, form: ClosureForm | WeekForm | None, effect: Effect, action: str
) -> ResponseReturnValue:
    """What a change would move, with the change itself to be confirmed."""
    return render_template(
        "policies/manager/calendar_confirm.html",
        title=_title(calendars.calendar_of(db(), place_code)),
        back=_year_url(place_code),
        action=action,
        fields={
            field.name: field.raw_data[0]
            for field in form or ()
            if field.raw_data and field.name not in ("csrf_token", "confirmed")
        },
        effect=effect,
        kinds=[(KINDS[kind].title, count) for kind, count in effect.kinds.items()],
        closing=form.day.data if isinstance(form, ClosureForm) else None,
    )


def _flash_moved(effect: Effect, done: str) -> None:
    flash_done(done)
    if effect.promises:
        text = ngettext(
            "%(count)s promise moved, and its customer is told.",
            "%(count)s promises moved, and their customers are told.",
            effect.promises,
            count=quantity_text(effect.promises),
        )
        flash_done(text)


def _page(place_code: str, shown: int, form: ClosureForm) -> str:
    today = clock.business_day(clock.now())
    found = calendars.find_calendar(db()) if place_code == MAIN else calendars.calendar_of(db(), place_code)
    everywhere = closing.places_now(db(), clock.now()) if found else None
    main = calendars.find_calendar(db()) if place_code != MAIN else found
    closures = [closure for closure in found.closures if closure.day.year == shown] if found else []
    reasons = {closure.day: name_of(closure) for closure in closures}
    if found and main and main is not found and not found.works_on_holidays:
        reasons = {c.day: name_of(c) for c in main.closures if c.public_holiday} | reasons
    short = get_day_names("narrow", locale=language())
    return render_template(
        "policies/manager/calendar.html",
        calendar=found,
        place_code=place_code,
        main=MAIN,
        places=[(place.code, _title(place)) for place in calendars.all_places(db())],
        year=shown,
        today=today,
        months=_months(WorkingDays.of(found.week, reasons), reasons, shown, today) if found else [],
        closures=closures,
        weekdays=[(gettext(name), short[place]) for place, name in enumerate(WEEKDAYS)],
        year_text=_year_text,
        week=week_text(found.week) if found else "",
        hours=_hours(everywhere, place_code) if everywhere else [],
        can_add=place_code == MAIN
        and not any(closure.public_holiday for closure in closures)
        and today.year <= shown <= today.year + calendars.YEARS_AHEAD,
        form=form,
    )


def _hours(everywhere: Places, place_code: str) -> list[tuple[str, str]]:
    """The hours of each weekday in words, nothing for a day on which nobody works."""
    week = closing.week_now(everywhere.by_code[place_code])
    return [
        (gettext(name), hours_text((opens, closes) for day, opens, closes in week.blocks if day == weekday))
        for weekday, name in enumerate(WEEKDAYS)
    ]


def _months(
    days: WorkingDays, reasons: dict[date, str], shown: int, today: date
) -> list[tuple[date, list[list[Day]]]]:
    def cell(day: date, month: int) -> Day:
        return Day(day, day.month == month, days.works(day), reasons.get(day, ""), day == today)

    return [
        (
            date(shown, month, 1),
            [[cell(day, month) for day in week] for week in MONDAY_FIRST.monthdatescalendar(shown, month)],
        )
        for month in range(1, 13)
    ]


def _title(place: BusinessCalendar) -> str:
    return name_of(place) or (gettext("The distributor") if place.code == MAIN else place.code)


def _year_url(place_code: str, shown: int | None = None) -> str:
    if place_code == MAIN:
        return url_for(".year", year=shown)
    return url_for(".year", place_code=place_code, year=shown)


def _year_text(shown: int) -> str:
    """A year as people write it: of the Buddhist era in Thai."""
    return str(shown + BUDDHIST_ERA if language() == "th" else shown)


def _year_asked() -> int:
    """The year in the address, within a decade of this one; else this year."""
    this = clock.business_day(clock.now()).year
    asked = request.values.get("year", type=int) or this
    return asked if abs(asked - this) <= 10 else this
