"""Pages of the house itself: sign-in and sign-out, home, notices, search, health."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy import text
from wtforms import PasswordField, StringField
from wtforms.validators import Email, InputRequired, Length

from portal import clock, i18n, jobs, mailing, outbox
from portal.accounts import inviting, signing_in, speaking
from portal.db import transaction
from portal.demo.loading import accounts
from portal.i18n import N_, gettext
from portal.refusal import Refused
from portal.web.access import public, signed_in
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.identity import Identity
from portal.web.limits import limiter
from portal.web.panels import side_by_side
from portal.web.paths import own_path
from portal.web.session import db, me, settings

bp = Blueprint("session", __name__)

MOST_HITS = 8
NOT_LET_IN = N_(
    "The e-mail address and the password do not belong together. "
    "After eight failures in a row an account is locked for 15 minutes."
)


class SignInForm(Form):
    """E-mail and password."""

    email = StringField(N_("E-mail"), validators=[InputRequired(), Length(max=254)])
    password = PasswordField(N_("Password"), validators=[InputRequired(), Length(max=inviting.MOST_PASSWORD)])


class ForgotForm(Form):
    """The address to send a link to."""

    email = StringField(N_("E-mail"), validators=[InputRequired(), Email(), Length(max=254)])


class PasswordForm(Form):
    """A new password, typed twice."""

    password = PasswordField(N_("New password"), validators=[InputRequired()])
    again = PasswordField(N_("The same password again"), validators=[InputRequired()])


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in with e-mail and password; the browser gets a fresh session."""
    if current_user.is_authenticated:
        return redirect(url_for("session.home"))
    form = SignInForm()
    if form.validate_on_submit():
        proof = signing_in.prove(db(), form.email.data, form.password.data)
        with transaction(db()):
            token = signing_in.sign_in(db(), proof, now=clock.now())
        if token is not None:
            return _let_in(token)
        form.form_errors.append(gettext(NOT_LET_IN))
    shown = accounts(db()) if settings().demo else None
    return render_template(
        "sign_in.html", form=form, demo_accounts=shown
    ), 422 if form.is_submitted() else 200


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    token = current_user.get_id()
    with transaction(db()):
        signing_in.sign_out(db(), token, by=me(), now=clock.now())
    logout_user()
    _start_anew()
    return redirect(url_for("session.sign_in"))


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
@limiter.limit("5/minute", methods=["POST"])
def forgot_password() -> ResponseReturnValue:
    """Ask for a link to choose a new password; the answer is the same whether the address is known or not."""
    form = ForgotForm()
    sent = form.validate_on_submit()
    if sent:
        with transaction(db()):
            inviting.forget_password(
                db(), form.email.data, settings().secret_key, settings().base_url, now=clock.now()
            )
    return render_template("forgot_password.html", form=form, sent=sent), 422 if form.errors else 200


@bp.route("/set-password/<token>", methods=["GET", "POST"])
@public
@limiter.limit("20/minute", methods=["POST"])
def set_password(token: str) -> ResponseReturnValue:
    """Choose a password under a link that was mailed."""
    now = clock.now()
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            if form.password.data != form.again.data:
                raise Refused(N_("The two passwords differ."), field="again")
            with transaction(db()):
                user = inviting.choose_password(
                    db(), token, form.password.data, settings().secret_key, now=now
                )
                opened = signing_in.open_sign_in(db(), user, now=now)
            return _let_in(opened)
        except Refused as no:
            form.refuse(no)
    good = inviting.user_for_link(db(), token, settings().secret_key, now=now) is not None
    status = 404 if not good else 422 if form.errors else 200
    return render_template("set_password.html", form=form, good=good), status


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Switch between Thai and English; a person's choice is kept with their account."""
    code = request.form.get("language", "")
    if code in i18n.LANGUAGES:
        session["language"] = code
        if current_user.is_authenticated and current_user.language != code:
            person = me()
            with transaction(db()):
                speaking.choose_language(db(), person, code, by=person, now=clock.now())
    return redirect(own_path(request.form.get("next")) or url_for("session.home"))


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """What needs me, what is coming, how we are doing: the panels that the rooms offer this person."""
    offers = current_app.extensions["home"]
    now = clock.now()
    panels = [panel for offer in offers if (panel := offer(db(), me(), now))]
    return render_template("home.html", rows_of_panels=side_by_side(panels))


@bp.get("/notifications")
@signed_in
def notifications() -> ResponseReturnValue:
    """The notices to this person, newest first."""
    messages = []
    for notice in outbox.notices_for(db(), me()):
        title, body = mailing.written(notice)
        messages.append(
            {
                "title": title,
                "body": body,
                "when": i18n.moment_text(notice.created_at),
                "url": notice.path,
                "unread": notice.read_at is None,
            }
        )
    return render_template("notifications.html", messages=messages)


@bp.post("/notifications/read")
@signed_in
def notifications_read() -> ResponseReturnValue:
    """Mark every notice as read."""
    person = me()
    with transaction(db()):
        outbox.mark_read(db(), person, now=clock.now())
    flash_done(N_("All notifications are marked as read."))
    return redirect(url_for("session.notifications"))


@bp.get("/search")
@signed_in
def search() -> ResponseReturnValue:
    """Whatever this person may see, by number or name; the exact number of one thing leads straight to its page."""
    query = request.args.get("q", "").strip()[:80]
    hits = []
    if query:
        hits = [
            hit for find in current_app.extensions["searches"] for hit in find(db(), me(), query)[:MOST_HITS]
        ]
        exact = [hit for hit in hits if _is_number(hit.title, query)]
        if len(exact) == 1 or (len(hits) == 1 and request.args.get("go")):
            return redirect((exact or hits)[0].url)
    return render_template("search.html", query=query, hits=hits)


@bp.get("/healthz")
@public
@limiter.exempt
def healthz() -> Response:
    """Alive: the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
@limiter.exempt
def readyz() -> tuple[Response, int]:
    """Well: the database answers, its migrations are the newest, the scheduler is beating. 503 when one is not."""
    checks = {
        "database": _holds(lambda: db().scalar(text("SELECT 1")) == 1),
        "migrations": _holds(_is_migrated),
        "scheduler": _holds(lambda: jobs.is_alive(db(), "scheduler", now=clock.now())),
    }
    well = all(checks.values())
    return jsonify(status="ready" if well else "not ready", checks=checks), 200 if well else 503


def _is_number(title: str, query: str) -> bool:
    """Whether what was typed is the number that a thing is called by."""
    typed = "".join(query.split()).upper()
    return any(letter.isdigit() for letter in typed) and typed == title.upper()


def _is_migrated() -> bool:
    current = db().scalar(text("SELECT version_num FROM alembic_version"))
    return bool(current == current_app.extensions["migration_head"])


def _holds(check: Callable[[], bool]) -> bool:
    """Whether a check holds; whatever keeps the database from answering means that it does not."""
    try:
        return check()
    except Exception:
        current_app.logger.exception("readiness check failed")
        db().rollback()
        return False


def _let_in(token: str) -> ResponseReturnValue:
    target = own_path(request.args.get("next")) or url_for("session.home")
    user = signing_in.find_signed_in(db(), token, now=clock.now())
    if user is None:
        raise LookupError("a sign-in that was just opened is gone")
    _start_anew()
    session.permanent = True
    login_user(Identity(user, token))
    return redirect(target)


def _start_anew() -> None:
    """Nothing of one person's session survives into the next but the language chosen in this browser."""
    chosen = session.get("language")
    session.clear()
    if chosen:
        session["language"] = chosen
