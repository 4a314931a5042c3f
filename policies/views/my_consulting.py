"""Advice as customers see it: the free times of the consultants, booking one, and what their company booked."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import booking
from policies.access_events import booking_for, time_for
from policies.calendar_files import appointment_file
from policies.consultations import SLOT_TITLES, Slot, SlotState
from policies.consulting_lists import bookings_of, consultants, free_times
from policies.seminar_lists import seminars_meanwhile
from policies.views.event_answers import calendar_answer, warn_of_seminars
from policies.views.event_forms import BookForm
from portal import clock
from portal.clock import business_day
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_consulting", __name__, url_prefix="/my/events", template_folder="../templates")


@bp.get("/advice")
@customer
def times() -> str:
    """The times that can be booked, by consultant and day."""
    known = consultants(db(), active_only=True)
    asked = request.args.get("consultant", "")
    code = asked if asked in {one.code for one in known} else ""
    return render_template(
        "policies/events/my_times.html",
        consultants=known,
        code=code,
        offers=free_times(db(), code, now=clock.now()),
    )


@bp.route("/advice/<time_no>", methods=["GET", "POST"])
@customer
def book(time_no: str) -> ResponseReturnValue:
    """Book a time, with a question."""
    slot, form = time_for(db(), me(), time_no), BookForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                booking.book(db(), slot, form.question.data, by=me(), now=clock.now())
            flash_done(N_("The time is booked; %(name)s is told."), name=slot.consultant.person.name)
            warn_of_seminars(seminars_meanwhile(db(), me(), slot.starts_at, slot.ends_at))
            return redirect(url_for(".one", booking_no=time_no), 303)
        except Refused as no:
            form.refuse(no)
    slot = time_for(db(), me(), time_no)
    page = render_template(
        "policies/events/book.html",
        slot=slot,
        form=form,
        free=booking.can_be_booked(db(), slot, now=clock.now()),
        meanwhile=seminars_meanwhile(db(), me(), slot.starts_at, slot.ends_at),
        last_day=booking.last_day_to_cancel(db(), slot),
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/appointments")
@customer
def bookings() -> str:
    """What the people of the company have booked, the latest first."""
    found = bookings_of(db(), me().company, **places())
    return render_template(
        "policies/events/my_bookings.html",
        rows=found.rows,
        page=links(found, ".bookings"),
        titles=SLOT_TITLES,
        now=clock.now(),
    )


@bp.get("/appointments/<booking_no>")
@customer
def one(booking_no: str) -> str:
    """One appointment: with whom, when and where, and until when it can be cancelled."""
    return _page(booking_for(db(), me(), booking_no))


@bp.post("/appointments/<booking_no>/cancel")
@customer
def cancel(booking_no: str) -> ResponseReturnValue:
    """Give a booked time up again."""
    slot = booking_for(db(), me(), booking_no)
    try:
        with transaction(db()):
            booking.cancel_booking(db(), slot, by=me(), now=clock.now())
        flash_done(N_("The appointment is cancelled; %(name)s is told."), name=slot.consultant.person.name)
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".one", booking_no=booking_no), 303)
    return redirect(url_for(".bookings"), 303)


@bp.get("/appointments/<booking_no>/calendar.ics")
@customer
def ics(booking_no: str) -> ResponseReturnValue:
    """The appointment for one's own calendar."""
    slot = booking_for(db(), me(), booking_no)
    url = url_for(".one", booking_no=booking_no, _external=True)
    return calendar_answer(appointment_file(slot, url, now=clock.now()), slot.number)


def _page(slot: Slot) -> str:
    now, last = clock.now(), booking.last_day_to_cancel(db(), slot)
    return render_template(
        "policies/events/my_booking.html",
        slot=slot,
        titles=SLOT_TITLES,
        coming=slot.state == SlotState.BOOKED and slot.starts_at > now,
        last_day=last,
        may_cancel=slot.state == SlotState.BOOKED and business_day(now) <= last,
        meanwhile=seminars_meanwhile(db(), me(), slot.starts_at, slot.ends_at),
    )
