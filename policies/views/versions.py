"""A version on its way: written, submitted, sent back or published; how two differ, and who has read one."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import calendars, revising
from policies.access import policy_for, version_for
from policies.comparing import compare as differences
from policies.forms import PublishForm, SendBackForm
from policies.kinds import KINDS, RATE_KINDS
from policies.measuring import missing_text
from policies.models import PolicyVersion, VersionState
from policies.permissions import Policies
from policies.reading import count_reviewers, how_far_read, reader_page
from policies.sheets import sheet_of
from policies.terms import terms_of
from policies.views.draft_forms import draft_form
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("policy_versions", __name__, url_prefix="/manage/policies", template_folder="../templates")


@bp.route("/<code>/<int:number>/edit", methods=["GET", "POST"])
@staff(Policies.DRAFT)
def edit(code: str, number: int) -> ResponseReturnValue:
    """Change what a draft says."""
    found = _in_state(code, number, VersionState.DRAFT)
    form = draft_form(terms_of(found), request.form)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                revising.change_draft(db(), found, form.terms(), by=me(), now=clock.now())
            flash_done(N_("The draft is saved. Nothing changes for customers until it is published."))
            if "again" in request.form:
                return redirect(
                    url_for(".edit", code=code, number=number, _anchor=request.form["again"][:40])
                )
            return redirect(url_for("policies_manager.version", code=code, number=number))
        except Refused as no:
            _in_state(code, number, VersionState.DRAFT)
            form.refuse(no)
    page = render_template(
        "policies/manager/edit.html",
        form=form,
        version=found,
        kinds=KINDS,
        rates=RATE_KINDS,
        missing={kind: said for kind in KINDS if (said := missing_text(kind))},
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/<code>/<int:number>/discard")
@staff(Policies.DRAFT)
def discard(code: str, number: int) -> ResponseReturnValue:
    """Throw a draft away."""
    found = _in_state(code, number, VersionState.DRAFT)
    try:
        with transaction(db()):
            revising.discard_draft(db(), found, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
        return redirect(url_for("policies_manager.show", code=code))
    flash_done(N_("The draft was discarded."))
    if number == 1:
        return redirect(url_for("policies_manager.index"))
    return redirect(url_for("policies_manager.show", code=code))


@bp.post("/<code>/<int:number>/submit")
@staff(Policies.DRAFT)
def submit(code: str, number: int) -> ResponseReturnValue:
    """Give a draft to another person for review."""
    found = _in_state(code, number, VersionState.DRAFT)
    done = N_("Version %(number)s waits for its review by another person.")
    return _act(found, done, lambda: revising.submit(db(), found, by=me(), now=clock.now()))


@bp.post("/<code>/<int:number>/take-back")
@staff(Policies.DRAFT)
def take_back(code: str, number: int) -> ResponseReturnValue:
    """Make one's own version in review a draft again."""
    found = _in_state(code, number, VersionState.IN_REVIEW)
    done = N_("Version %(number)s is a draft again.")
    return _act(found, done, lambda: revising.take_back(db(), found, by=me(), now=clock.now()))


@bp.route("/<code>/<int:number>/send-back", methods=["GET", "POST"])
@staff(Policies.PUBLISH)
def send_back(code: str, number: int) -> ResponseReturnValue:
    """Give a version back to its author with a note."""
    found, form = _in_state(code, number, VersionState.IN_REVIEW), SendBackForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                revising.send_back(db(), found, form.note.data, by=me(), now=clock.now())
            flash_done(N_("Version %(number)s went back to its author."), number=number)
            return redirect(url_for("policies_manager.version", code=code, number=number))
        except Refused as no:
            _in_state(code, number, VersionState.IN_REVIEW)
            form.refuse(no)
    page = render_template("policies/manager/send_back.html", form=form, version=found)
    return page, 422 if form.is_submitted() else 200


@bp.route("/<code>/<int:number>/publish", methods=["GET", "POST"])
@staff(Policies.PUBLISH)
def publish(code: str, number: int) -> ResponseReturnValue:
    """Review a version, choose the day from which it holds, and publish it for good."""
    found, today = _not_published(code, number), clock.business_day(clock.now())
    form = PublishForm(data={"valid_from": _earliest(found, today)})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                revising.publish(
                    db(), found, form.valid_from.data, form.reason.data, by=me(), now=clock.now()
                )
            flash_done(N_("Version %(number)s is published. It can no longer be changed."), number=number)
            return redirect(url_for("policies_manager.version", code=code, number=number))
        except Refused as no:
            _not_published(code, number)
            form.refuse(no)
    return _publish_page(found, form, today), 422 if form.is_submitted() else 200


@bp.get("/<code>/compare")
@staff(Policies.READ)
def compare(code: str) -> ResponseReturnValue:
    """Two versions of a policy side by side, the changes marked."""
    policy = policy_for(db(), me(), code) or abort(404)
    numbers = {version.number: version for version in policy.versions}
    newest = max(numbers)
    new = numbers.get(_number("new", newest)) or abort(404)
    old = numbers.get(_number("old", max(new.number - 1, min(numbers)))) or abort(404)
    return render_template(
        "policies/manager/compare.html",
        policy=policy,
        versions=policy.versions,
        old=old,
        new=new,
        differences=differences(terms_of(old), terms_of(new)),
    )


@bp.get("/<code>/<int:number>/readers")
@staff(Policies.READ)
def readers(code: str, number: int) -> ResponseReturnValue:
    """Which customers were told of a version, and which of them have acknowledged it."""
    found = version_for(db(), me(), code, number) or abort(404)
    whose = "all" if request.args.get("whose") == "all" else "waiting"
    page = reader_page(db(), found, waiting=whose == "waiting", **places())
    return render_template(
        "policies/manager/readers.html",
        version=found,
        rows=page.rows,
        whose=whose,
        read=how_far_read(db(), found),
        page=links(page, ".readers", code=code, number=number, whose=whose),
    )


def _publish_page(found: PolicyVersion, form: PublishForm, today: date) -> str:
    before = next((one for one in found.policy.versions if one.number < found.number), None)
    return render_template(
        "policies/manager/publish.html",
        form=form,
        version=found,
        sheet=sheet_of(
            found, calendars.find_calendar(db()), on=today, carriers=calendars.carriers_week(db())
        ),
        mine=found.author_id == me().id,
        reviewers=count_reviewers(db(), found),
        before=before,
        differences=differences(terms_of(before), terms_of(found)) if before else None,
    )


def _act(version: PolicyVersion, done: str, act: Callable[[], None]) -> ResponseReturnValue:
    try:
        with transaction(db()):
            act()
        flash_done(done, number=version.number)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for("policies_manager.version", code=version.policy.code, number=version.number))


def _number(name: str, usual: int) -> int:
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else usual


def _earliest(draft: PolicyVersion, today: date) -> date:
    """The first day from which a version may hold: today, or the day after the last published one begins."""
    begun = [
        version.valid_from + timedelta(days=1) for version in draft.policy.versions if version.valid_from
    ]
    return max([today, *begun])


def _not_published(code: str, number: int) -> PolicyVersion:
    """A version that is not published yet; whoever comes for one that is by now is told so on its page."""
    found = version_for(db(), me(), code, number) or abort(404)
    if found.state == VersionState.PUBLISHED:
        flash_refused(Refused(N_("This version is published already, so it can no longer be changed.")))
        abort(redirect(url_for("policies_manager.version", code=code, number=number)))
    return found


def _in_state(code: str, number: int, state: VersionState) -> PolicyVersion:
    """A version in a state; whoever comes for one that has moved on is told so on its page."""
    found = _not_published(code, number)
    if found.state != state:
        words = (
            N_("This version is in review, so it cannot be changed until it is sent or taken back.")
            if found.state == VersionState.IN_REVIEW
            else N_("This version is a draft: submit it for review, then another person publishes it.")
        )
        flash_refused(Refused(words))
        abort(redirect(url_for("policies_manager.version", code=code, number=number)))
    return found
