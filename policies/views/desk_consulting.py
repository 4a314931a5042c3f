"""Advice at the desk: appointments, what came of them, and times that are withdrawn."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import booking, offering_times
from policies.access_events import slot_for
from policies.calendar_files import appointment_file
from policies.consultants import keeps_times_of
from policies.consultations import SLOT_TITLES, Slot, SlotState
from policies.consulting_lists import appointments as booked_times
from policies.consulting_lists import find_consultant_of, on_closed_days
from policies.permissions import Policies
from policies.views.event_answers import calendar_answer
from policies.views.event_forms import OutcomeForm, WithdrawForm
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_consulting", __name__, url_prefix="/desk/events", template_folder="../templates")


@bp.get("/appointments")
@staff(Policies.READ)
def appointments() -> str:
    """What is booked and was held, the latest first: a consultant's own at first, everybody's where it is asked for."""
    own = find_consultant_of(db(), me())
    mine = own is not None and request.args.get("whose") != "all"
    found = booked_times(db(), own if mine else None, **places())
    whose = "all" if own is not None and not mine else ""
    return render_template(
        "policies/events/appointments.html",
        rows=found.rows,
        page=links(found, ".appointments", whose=whose),
        own=own,
        mine=mine,
        titles=SLOT_TITLES,
        now=clock.now(),
    )


@bp.get("/appointments/<slot_no>")
@staff(Policies.READ)
def one(slot_no: str) -> str:
    """One time of a consultant: who booked it, what they ask, and what came of it."""
    return _page(slot_for(db(), me(), slot_no))


@bp.post("/appointments/<slot_no>/outcome")
@staff(Policies.ADVICE)
def note(slot_no: str) -> ResponseReturnValue:
    """Put on record what came of an appointment."""
    form = OutcomeForm()
    return _act(
        slot_no,
        form,
        lambda slot: booking.note_outcome(db(), slot, form.outcome.data or "", by=me(), now=clock.now()),
        N_("What came of it is on record."),
        lambda slot: _page(slot, noting=form),
    )


@bp.post("/appointments/<slot_no>/withdraw")
@staff(Policies.ADVICE)
def withdraw(slot_no: str) -> ResponseReturnValue:
    """Withdraw a time that is to come."""
    form = WithdrawForm()
    return _act(
        slot_no,
        form,
        lambda slot: offering_times.withdraw(db(), slot, form.reason.data or "", by=me(), now=clock.now()),
        N_("The time is withdrawn."),
        lambda slot: _page(slot, withdrawing=form),
    )


@bp.get("/appointments/<slot_no>/calendar.ics")
@staff(Policies.READ)
def ics(slot_no: str) -> ResponseReturnValue:
    """The time for the consultant's own calendar."""
    slot = slot_for(db(), me(), slot_no)
    url = url_for(".one", slot_no=slot_no, _external=True)
    return calendar_answer(appointment_file(slot, url, now=clock.now()), slot.number)


def _act(
    slot_no: str,
    form: WithdrawForm | OutcomeForm,
    act: Callable[[Slot], None],
    done: str,
    again: Callable[[Slot], str],
) -> ResponseReturnValue:
    slot = slot_for(db(), me(), slot_no)
    if form.validate():
        try:
            with transaction(db()):
                act(slot)
            flash_done(done)
            return redirect(url_for(".one", slot_no=slot_no), 303)
        except Refused as no:
            form.refuse(no)
    return again(slot_for(db(), me(), slot_no)), 422


def _page(slot: Slot, noting: OutcomeForm | None = None, withdrawing: WithdrawForm | None = None) -> str:
    now, keeps = clock.now(), keeps_times_of(me(), slot.consultant)
    leaving = withdrawing or WithdrawForm(formdata=None)
    leaving.reason.flags.required = slot.state == SlotState.BOOKED
    booked = slot.state in (SlotState.BOOKED, SlotState.HELD)
    return render_template(
        "policies/events/appointment.html",
        slot=slot,
        titles=SLOT_TITLES,
        closed=slot.starts_at > now and bool(on_closed_days(db(), [slot], now=now)),
        may_note=keeps and booked and slot.starts_at <= now,
        may_withdraw=keeps and slot.state in (SlotState.FREE, SlotState.BOOKED) and slot.starts_at > now,
        noting=noting or OutcomeForm(formdata=None, data={"outcome": slot.outcome}),
        withdrawing=leaving,
    )
