"""Policies for managers: the list, drafting, publishing; people of the distributor read along."""

from datetime import date, timedelta

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import calendars, revising
from policies.access import policy_for, version_for
from policies.book import standing
from policies.documents import policy_pdf, sheet_of
from policies.explaining import steps
from policies.forms import DraftForm, OpenPolicyForm, PublishForm, filled
from policies.kinds import CASE_KINDS, KINDS
from policies.models import PolicyVersion, Scope, VersionState
from policies.permissions import Policies
from policies.queries import STANDS, customer_options, edition, editions, find_customer, policy_page
from policies.terms import terms_of
from policies.wording import brief, covers_text
from portal import audit, clock
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, gettext, moment_text
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("policies_manager", __name__, url_prefix="/manage/policies", template_folder="../templates")


@bp.get("")
@staff(Policies.READ)
def index() -> ResponseReturnValue:
    """Every policy with the version in force, the next one and its draft."""
    found = policy_page(db(), clock.business_day(clock.now()), **places())
    return render_template(
        "policies/manager/list.html",
        rows=found.rows,
        page=links(found, ".index") if found.older or found.newer else None,
        brief=brief,
        covers=covers_text,
        may_draft=may(me(), Policies.DRAFT),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(Policies.DRAFT)
def new() -> ResponseReturnValue:
    """Open a policy for a tier, one customer or everybody; its first draft is edited next."""
    form = OpenPolicyForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                draft = _open(form)
            return redirect(url_for(".edit", code=draft.policy.code, number=draft.number))
        except Refused as no:
            form.refuse(no)
    page = render_template("policies/manager/new.html", form=form, customers=customer_options(db()))
    return page, 422 if form.is_submitted() else 200


@bp.get("/holds")
@staff(Policies.READ)
def holds() -> ResponseReturnValue:
    """Which policy holds for a customer today, and why."""
    code = request.args.get("customer", "").strip()
    today = clock.business_day(clock.now())
    customer = find_customer(db(), code) if code else None
    return render_template(
        "policies/manager/holds.html",
        code=code,
        customer=customer,
        steps=steps(standing(db(), customer, today), customer) if customer else [],
        customers=customer_options(db()),
        today=today,
    )


@bp.get("/<code>")
@staff(Policies.READ)
def show(code: str) -> ResponseReturnValue:
    """One policy: its versions and what was done to it."""
    policy = policy_for(db(), me(), code) or abort(404)
    return render_template(
        "policies/manager/policy.html",
        policy=policy,
        editions=editions(policy.versions, clock.business_day(clock.now())),
        stands=STANDS,
        brief=brief,
        covers=covers_text,
        history=[_happened(entry) for entry in audit.history_of(db(), "policy", policy.code)],
        draft=next((v for v in policy.versions if v.state == VersionState.DRAFT), None),
        may_draft=may(me(), Policies.DRAFT),
    )


@bp.post("/<code>/draft")
@staff(Policies.DRAFT)
def draft(code: str) -> ResponseReturnValue:
    """Begin the next version as a copy of the latest."""
    policy = policy_for(db(), me(), code) or abort(404)
    try:
        with transaction(db()):
            version = revising.draft_version(db(), policy, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".show", code=code))
    return redirect(url_for(".edit", code=code, number=version.number))


@bp.get("/<code>/<int:number>")
@staff(Policies.READ)
def version(code: str, number: int) -> ResponseReturnValue:
    """One version as its customers read it."""
    found = _version(code, number)
    today = clock.business_day(clock.now())
    return render_template(
        "policies/manager/version.html",
        version=found,
        edition=edition(found, today),
        stands=STANDS,
        sheet=sheet_of(found, calendars.find_calendar(db()), on=today),
        languages=LANGUAGES,
        may_draft=may(me(), Policies.DRAFT),
        may_publish=may(me(), Policies.PUBLISH),
    )


@bp.route("/<code>/<int:number>/edit", methods=["GET", "POST"])
@staff(Policies.DRAFT)
def edit(code: str, number: int) -> ResponseReturnValue:
    """Change what a draft says."""
    found = _draft(code, number)
    form = DraftForm(data=filled(terms_of(found)))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                revising.change_draft(db(), found, form.terms(), by=me(), now=clock.now())
            flash_done(N_("The draft is saved. Nothing changes for customers until it is published."))
            return redirect(url_for(".version", code=code, number=number))
        except Refused as no:
            form.refuse(no)
    page = render_template(
        "policies/manager/edit.html", form=form, version=found, kinds=KINDS, case_kinds=CASE_KINDS
    )
    return page, 422 if form.is_submitted() else 200


@bp.route("/<code>/<int:number>/publish", methods=["GET", "POST"])
@staff(Policies.PUBLISH)
def publish(code: str, number: int) -> ResponseReturnValue:
    """Choose the day from which a draft holds, and publish it for good."""
    found, today = _draft(code, number), clock.business_day(clock.now())
    form = PublishForm(data={"valid_from": _earliest(found, today)})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                revising.publish(
                    db(), found, form.valid_from.data, form.reason.data, by=me(), now=clock.now()
                )
            flash_done(N_("Version %(number)s is published. It can no longer be changed."), number=number)
            return redirect(url_for(".version", code=code, number=number))
        except Refused as no:
            form.refuse(no)
    sheet = sheet_of(found, calendars.find_calendar(db()), on=today)
    page = render_template("policies/manager/publish.html", form=form, version=found, sheet=sheet)
    return page, 422 if form.is_submitted() else 200


@bp.post("/<code>/<int:number>/discard")
@staff(Policies.DRAFT)
def discard(code: str, number: int) -> ResponseReturnValue:
    """Throw a draft away."""
    found = _draft(code, number)
    try:
        with transaction(db()):
            revising.discard_draft(db(), found, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".show", code=code))
    flash_done(N_("The draft was discarded."))
    return redirect(url_for(".index") if number == 1 else url_for(".show", code=code))


@bp.get("/<code>/<int:number>.<any(th, en):language>.pdf")
@staff(Policies.READ)
def pdf(code: str, number: int, language: str) -> ResponseReturnValue:
    """A version as PDF in Thai or English."""
    sheet = sheet_of(
        _version(code, number), calendars.find_calendar(db()), on=clock.business_day(clock.now())
    )
    paper = policy_pdf(sheet, settings().seller, "th" if language == "th" else "en")
    headers = {"Content-Disposition": f'inline; filename="{sheet.file_name(language)}"'}
    return Response(paper, mimetype="application/pdf", headers=headers)


def _open(form: OpenPolicyForm) -> PolicyVersion:
    scope = form.scope.data
    customer = None
    if scope == Scope.CUSTOMER:
        customer = find_customer(db(), (form.customer.data or "").strip())
        if customer is None:
            raise Refused(N_("There is no customer with that code."), field="customer")
    return revising.open_policy(
        db(),
        form.name_th.data or "",
        form.name_en.data or "",
        tier=form.tier.data if scope == Scope.TIER else None,
        customer=customer,
        by=me(),
        now=clock.now(),
    )


def _happened(entry: audit.AuditEntry) -> dict[str, str | None]:
    """An act on a policy as the timeline shows it."""
    after, before = entry.after or {}, entry.before or {}
    number = after.get("version") or before.get("version") or 1
    return {
        "what": gettext(revising.VERB_TITLES[revising.Verb(entry.verb)], number=number),
        "why": after.get("reason"),
        "when": moment_text(entry.at),
        "who": entry.by.name if entry.by else None,
        "tone": "ok" if entry.verb == revising.Verb.PUBLISHED else "neutral",
    }


def _earliest(draft: PolicyVersion, today: date) -> date:
    """The first day from which a draft may hold: today, or the day after the last published version begins."""
    begun = [
        version.valid_from + timedelta(days=1) for version in draft.policy.versions if version.valid_from
    ]
    return max([today, *begun])


def _version(code: str, number: int) -> PolicyVersion:
    return version_for(db(), me(), code, number) or abort(404)


def _draft(code: str, number: int) -> PolicyVersion:
    """A draft; whoever comes for one that is published by now is told so on its page."""
    found = _version(code, number)
    if found.state != VersionState.DRAFT:
        flash_refused(Refused(N_("This version is published already, so it can no longer be changed.")))
        abort(redirect(url_for(".version", code=code, number=number)))
    return found
