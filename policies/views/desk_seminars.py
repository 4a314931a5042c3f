"""Seminars at the desk: planned, announced, changed, cancelled, and who came."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import seminar_ending, seminar_planning
from policies.access_events import seminar_for
from policies.permissions import Policies
from policies.seminar_lists import groups, roll, seminar_page
from policies.seminars import HAD_PLACE, SEMINAR_TITLES, SIGN_UP_TITLES, Seminar, SeminarState, SignUpState
from policies.views.event_forms import AnnounceForm, EndForm, SeminarForm, known
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_seminars", __name__, url_prefix="/desk/events", template_folder="../templates")


@bp.get("")
@staff(Policies.READ)
def index() -> str:
    """Seminars, the latest first, found by number or title and narrowed by state."""
    text, asked = request.args.get("q", "").strip()[:80], request.args.get("state", "")
    state = asked if asked in set(SeminarState) else ""
    found = seminar_page(db(), text, state, **places())
    return render_template(
        "policies/events/desk_seminars.html",
        rows=found.rows,
        page=links(found, ".index", q=text, state=state),
        q=text,
        state=state,
        titles=SEMINAR_TITLES,
        may_plan=may(me(), Policies.SEMINARS),
        now=clock.now(),
    )


@bp.route("/seminars/new", methods=["GET", "POST"])
@staff(Policies.SEMINARS)
def new() -> ResponseReturnValue:
    """Plan a seminar."""
    form = SeminarForm(data=known(None))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                seminar = seminar_planning.plan(db(), form.facts(), by=me(), now=clock.now())
            flash_done(
                N_("%(number)s is planned. Customers see it once it is announced."), number=seminar.number
            )
            return redirect(url_for(".one", seminar_no=seminar.number), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("policies/events/seminar_form.html", form=form, seminar=None)
    return page, 422 if form.is_submitted() else 200


@bp.get("/seminars/<seminar_no>")
@staff(Policies.READ)
def one(seminar_no: str) -> ResponseReturnValue:
    """One seminar: what it is, who has a place and who waits, and the acts that are due."""
    return _page(seminar_for(db(), me(), seminar_no))


@bp.route("/seminars/<seminar_no>/edit", methods=["GET", "POST"])
@staff(Policies.SEMINARS)
def edit(seminar_no: str) -> ResponseReturnValue:
    """Change a seminar that is to come."""
    seminar = seminar_for(db(), me(), seminar_no)
    form = SeminarForm(data=known(seminar))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                seminar_planning.change(db(), seminar, form.facts(), by=me(), now=clock.now())
            flash_done(N_("The seminar is changed. Who is signed up is told of another time or place."))
            return redirect(url_for(".one", seminar_no=seminar_no), 303)
        except Refused as no:
            form.refuse(no)
    seminar = seminar_for(db(), me(), seminar_no)
    page = render_template("policies/events/seminar_form.html", form=form, seminar=seminar)
    return page, 422 if form.is_submitted() else 200


@bp.post("/seminars/<seminar_no>/announce")
@staff(Policies.SEMINARS)
def announce(seminar_no: str) -> ResponseReturnValue:
    """Show a draft to customers, and send the notice that was asked for."""
    seminar, form = seminar_for(db(), me(), seminar_no), AnnounceForm.offering(groups(db()))
    if form.validate():
        try:
            with transaction(db()):
                told = seminar_planning.announce(db(), seminar, form.invited(), by=me(), now=clock.now())
            flash_done(N_("The seminar is announced. People told: %(told)s."), told=told)
            return redirect(url_for(".one", seminar_no=seminar_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(seminar_for(db(), me(), seminar_no), announcing=form), 422


@bp.post("/seminars/<seminar_no>/cancel")
@staff(Policies.SEMINARS)
def cancel(seminar_no: str) -> ResponseReturnValue:
    """Call a seminar off."""
    seminar, form = seminar_for(db(), me(), seminar_no), EndForm()
    if form.validate():
        try:
            with transaction(db()):
                told = seminar_ending.cancel(db(), seminar, form.reason.data or "", by=me(), now=clock.now())
            flash_done(N_("The seminar is cancelled. People told: %(told)s."), told=told)
            return redirect(url_for(".one", seminar_no=seminar_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(seminar_for(db(), me(), seminar_no), cancelling=form), 422


@bp.post("/seminars/<seminar_no>/discard")
@staff(Policies.SEMINARS)
def discard(seminar_no: str) -> ResponseReturnValue:
    """Throw a draft away."""
    return _act(
        seminar_no,
        lambda seminar: seminar_planning.discard(db(), seminar, by=me(), now=clock.now()),
        N_("The draft is thrown away."),
        then=".index",
    )


@bp.post("/seminars/<seminar_no>/attendance")
@staff(Policies.SEMINARS)
def attendance(seminar_no: str) -> ResponseReturnValue:
    """Put on record who came."""
    came = request.form.getlist("came", type=int)
    return _act(
        seminar_no,
        lambda seminar: seminar_ending.record_attendance(db(), seminar, came, by=me(), now=clock.now()),
        N_("Who came is on record; the seminar is held."),
    )


def _act(
    seminar_no: str, act: Callable[[Seminar], None], done: str, *, then: str = ""
) -> ResponseReturnValue:
    """Do one act on a seminar, say how it went, and show it again or go on."""
    seminar = seminar_for(db(), me(), seminar_no)
    try:
        with transaction(db()):
            act(seminar)
        flash_done(done)
        if then:
            return redirect(url_for(then), 303)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", seminar_no=seminar_no), 303)


def _page(seminar: Seminar, announcing: AnnounceForm | None = None, cancelling: EndForm | None = None) -> str:
    now, people = clock.now(), roll(db(), seminar)
    return render_template(
        "policies/events/desk_seminar.html",
        seminar=seminar,
        titles=SEMINAR_TITLES,
        sign_up_titles=SIGN_UP_TITLES,
        with_place=[one for one in people if one.state in HAD_PLACE],
        waiting=[one for one in people if one.state == SignUpState.WAITING],
        begun=seminar.starts_at <= now,
        may_plan=may(me(), Policies.SEMINARS),
        announcing=announcing or AnnounceForm.offering(groups(db()), empty=True),
        cancelling=cancelling or EndForm(formdata=None),
    )
