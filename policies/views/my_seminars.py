"""Seminars as customers see them: what is to come, signing up and off, and what their company went to."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from policies import signing_up
from policies.access_events import seminar_for
from policies.calendar_files import seminar_file
from policies.consulting_lists import bookings_meanwhile
from policies.event_wording import span_text, times_text
from policies.seminar_lists import as_seen, coming, sign_ups_of
from policies.seminars import SEMINAR_TITLES, SIGN_UP_TITLES, SignUpState
from policies.views.event_answers import calendar_answer, warn_of_bookings
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_seminars", __name__, url_prefix="/my/events", template_folder="../templates")

bp.app_template_filter("span")(span_text)
bp.app_template_filter("times")(times_text)


@bp.get("")
@customer
def index() -> str:
    """The seminars to come, with their free places."""
    return render_template(
        "policies/events/my_seminars.html",
        rows=coming(db(), me(), now=clock.now()),
        sign_up_titles=SIGN_UP_TITLES,
    )


@bp.get("/seminars/<seminar_no>")
@customer
def one(seminar_no: str) -> str:
    """One seminar: what it is about, where and when, and whether one has a place."""
    seminar, now = seminar_for(db(), me(), seminar_no), clock.now()
    return render_template(
        "policies/events/my_seminar.html",
        row=as_seen(db(), seminar, me()),
        open=seminar.takes_sign_ups(now),
        meanwhile=bookings_meanwhile(db(), me(), seminar.starts_at, seminar.ends_at),
        titles=SEMINAR_TITLES,
        sign_up_titles=SIGN_UP_TITLES,
    )


@bp.post("/seminars/<seminar_no>/sign-up")
@customer
def sign_up(seminar_no: str) -> ResponseReturnValue:
    """Sign up, or wait for a place."""
    seminar = seminar_for(db(), me(), seminar_no)
    try:
        with transaction(db()):
            own = signing_up.sign_up(db(), seminar, by=me(), now=clock.now())
            number = signing_up.waiting_before(db(), own) + 1
        if own.state == SignUpState.PLACE:
            flash_done(N_("You have a place. We remind you on the working day before."))
        else:
            flash_done(N_("You are number %(number)s on the waiting list."), number=number)
        warn_of_bookings(bookings_meanwhile(db(), me(), seminar.starts_at, seminar.ends_at))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", seminar_no=seminar_no), 303)


@bp.post("/seminars/<seminar_no>/sign-off")
@customer
def sign_off(seminar_no: str) -> ResponseReturnValue:
    """Give the place, or the number on the waiting list, up again."""
    seminar = seminar_for(db(), me(), seminar_no)
    try:
        with transaction(db()):
            signing_up.sign_off(db(), seminar, by=me(), now=clock.now())
        flash_done(N_("You are signed off. A place that is free goes to who waits first."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", seminar_no=seminar_no), 303)


@bp.get("/seminars/<seminar_no>/calendar.ics")
@customer
def ics(seminar_no: str) -> ResponseReturnValue:
    """The seminar for one's own calendar."""
    seminar = seminar_for(db(), me(), seminar_no)
    url = url_for(".one", seminar_no=seminar_no, _external=True)
    return calendar_answer(seminar_file(seminar, url, now=clock.now()), seminar.number)


@bp.get("/went-to")
@customer
def went_to() -> str:
    """What the people of the company signed up for, the latest first."""
    found = sign_ups_of(db(), me().company, **places())
    return render_template(
        "policies/events/my_sign_ups.html",
        rows=found.rows,
        page=links(found, ".went_to"),
        titles=SEMINAR_TITLES,
        sign_up_titles=SIGN_UP_TITLES,
        now=clock.now(),
    )
