"""People of the distributor, for administrators: who may sign in, in which role."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts import inviting
from portal.accounts.models import User
from portal.accounts.people import STANDING_TITLES, colleagues, get_colleague
from portal.accounts.roles import ROLE_TITLES, Role
from portal.db import transaction
from portal.i18n import N_
from portal.permissions import House
from portal.refusal import Refused
from portal.views.forms import ColleagueForm
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import numbered_links, page_number

bp = Blueprint("people", __name__, url_prefix="/manage/people")


@bp.get("")
@staff(House.PEOPLE_INVITE)
def everybody() -> ResponseReturnValue:
    """The people of the distributor, by name."""
    found = colleagues(db(), now=clock.now(), page=page_number())
    return render_template(
        "house/people.html",
        rows=found.rows,
        page=numbered_links(found),
        roles=ROLE_TITLES,
        standings=STANDING_TITLES,
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(House.PEOPLE_INVITE)
def invite() -> ResponseReturnValue:
    """Invite somebody of the distributor."""
    form = ColleagueForm(data={"language": "th", "role": Role.STAFF})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                who = inviting.add_user(
                    db(), form.email.data, name=form.name.data, role=Role(form.role.data),
                    language=form.language.data, by=me(), now=clock.now(),
                )  # fmt: skip
                _send_invitation(who)
            flash_done(N_("%(name)s is invited by e-mail."), name=form.name.data)
            return redirect(url_for(".everybody"))
        except Refused as no:
            form.refuse(no)
    return render_template("house/invite.html", form=form, company=None), 422 if form.errors else 200


@bp.post("/<int:user_id>/invite")
@staff(House.PEOPLE_INVITE)
def invite_again(user_id: int) -> ResponseReturnValue:
    """Send an invitation again."""
    return _act(user_id, _send_invitation, N_("A new invitation to %(name)s is on its way."))


@bp.post("/<int:user_id>/deactivate")
@staff(House.PEOPLE_INVITE)
def deactivate(user_id: int) -> ResponseReturnValue:
    """Shut somebody out."""
    return _act(
        user_id,
        lambda who: inviting.deactivate(db(), who, by=me(), now=clock.now()),
        N_("%(name)s cannot sign in any more."),
    )


@bp.post("/<int:user_id>/reactivate")
@staff(House.PEOPLE_INVITE)
def reactivate(user_id: int) -> ResponseReturnValue:
    """Let somebody in again."""
    return _act(
        user_id,
        lambda who: inviting.reactivate(db(), who, by=me(), now=clock.now()),
        N_("%(name)s may sign in again."),
    )


def _act(user_id: int, act: Callable[[User], None], done: str) -> ResponseReturnValue:
    who = get_colleague(db(), user_id)
    try:
        with transaction(db()):
            act(who)
        flash_done(done, name=who.name)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".everybody"))


def _send_invitation(who: User) -> None:
    inviting.invite(db(), who, settings().secret_key, settings().base_url, by=me(), now=clock.now())
