"""Policies for managers: the list, one policy, its versions; people of the distributor read along."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from policies import calendars, revising
from policies.access import policy_for, version_for
from policies.book import standing
from policies.documents import policy_pdf
from policies.explaining import steps
from policies.forms import OpenPolicyForm
from policies.models import PolicyVersion, Scope, VersionState
from policies.permissions import Policies
from policies.queries import STANDS, customer_options, edition, editions, find_customer, policy_page
from policies.reading import count_reviewers, how_far_read
from policies.sheets import sheet_of
from policies.wording import brief, covers_text
from portal import audit, clock
from portal.customers.grouping import all_groups, find_group
from portal.db import transaction
from portal.i18n import LANGUAGES, N_, gettext, moment_text, name_of
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_refused
from portal.web.forms import options
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
    form.group.choices = options((group.code, name_of(group)) for group in all_groups(db()))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                draft = _open(form)
            return redirect(url_for("policy_versions.edit", code=draft.policy.code, number=draft.number))
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
        draft=next((v for v in policy.versions if v.state != VersionState.PUBLISHED), None),
        comparable=len(policy.versions) > 1,
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
    return redirect(url_for("policy_versions.edit", code=code, number=version.number))


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
        sheet=sheet_of(
            found, calendars.find_calendar(db()), on=today, carriers=calendars.carriers_week(db())
        ),
        languages=LANGUAGES,
        before=next((v for v in found.policy.versions if v.number < found.number), None),
        mine=found.author_id == me().id,
        reviewers=count_reviewers(db(), found),
        read=how_far_read(db(), found),
        may_draft=may(me(), Policies.DRAFT),
        may_publish=may(me(), Policies.PUBLISH),
    )


@bp.get("/<code>/<int:number>.<any(th, en):language>.pdf")
@staff(Policies.READ)
def pdf(code: str, number: int, language: str) -> ResponseReturnValue:
    """A version as PDF in Thai or English."""
    sheet = sheet_of(
        _version(code, number),
        calendars.find_calendar(db()),
        on=clock.business_day(clock.now()),
        carriers=calendars.carriers_week(db()),
    )
    paper = policy_pdf(sheet, settings().seller, "th" if language == "th" else "en")
    headers = {"Content-Disposition": f'inline; filename="{sheet.file_name(language)}"'}
    return Response(paper, mimetype="application/pdf", headers=headers)


def _open(form: OpenPolicyForm) -> PolicyVersion:
    scope = form.scope.data
    customer = group = None
    if scope == Scope.GROUP:
        group = find_group(db(), form.group.data or "")
        if group is None:
            raise Refused(N_("Choose a customer group."), field="group")
    if scope == Scope.CUSTOMER:
        customer = find_customer(db(), (form.customer.data or "").strip())
        if customer is None:
            raise Refused(N_("There is no customer with that code."), field="customer")
    return revising.open_policy(
        db(),
        form.name_th.data or "",
        form.name_en.data or "",
        tier=form.tier.data if scope == Scope.TIER else None,
        group=group,
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


def _version(code: str, number: int) -> PolicyVersion:
    return version_for(db(), me(), code, number) or abort(404)
