"""Customer companies at the desk: the list, one company on one screen, its particulars and its people."""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import audit, clock
from portal.accounts import inviting
from portal.accounts.models import User
from portal.accounts.people import STANDING_TITLES, any_buyer, get_person_of, people_of
from portal.accounts.roles import MANAGING_ROLES, Audience, Role
from portal.customers import registering
from portal.customers.finding import (
    Filter,
    any_company,
    company_page,
    count_companies,
    find_companies,
    get_company,
)
from portal.customers.models import KIND_TITLES, TIER_TITLES, Customer
from portal.customers.provinces import by_name, province_text
from portal.db import transaction
from portal.feature import Hit, Panel
from portal.i18n import N_, gettext, name_of
from portal.permissions import House
from portal.refusal import Refused
from portal.views.forms import CompanyForm, PersonForm
from portal.views.history import told
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.panels import side_by_side
from portal.web.session import db, me, settings
from portal.web.turning import links, places

bp = Blueprint("companies", __name__, url_prefix="/desk/customers")

BESIDE_PARTICULARS = 10
"""Panels up to this order say who a company is, and stand beside its particulars."""
UNCHANGING = ("code", "currency")
TITLES = {
    "kinds": KIND_TITLES,
    "tiers": TIER_TITLES,
    "standings": STANDING_TITLES,
    "province_text": province_text,
}


@bp.get("")
@staff(House.CUSTOMERS_VIEW)
def companies() -> ResponseReturnValue:
    """The companies, by code."""
    asked = {name: request.args.get(name, "").strip()[:80] for name in ("q", "kind", "tier", "province")}
    narrowed = Filter(asked["q"], asked["kind"], asked["tier"], asked["province"])
    found = company_page(db(), narrowed, **places())
    return render_template(
        "house/companies.html",
        rows=found.rows,
        page=links(found, ".companies", total=count_companies(db(), narrowed), **asked),
        asked=asked,
        narrowed=narrowed != Filter(),
        provinces=by_name(),
        may_change=may(me(), House.CUSTOMERS_CHANGE),
        **TITLES,
    )


@bp.get("/<code>")
@staff(House.CUSTOMERS_VIEW)
def company(code: str) -> ResponseReturnValue:
    """One company: what every room knows of it, its particulars, people and history."""
    found, now = get_company(db(), code), clock.now()
    offers = current_app.extensions["customer_panels"]
    panels: list[Panel] = [panel for offer in offers if (panel := offer(db(), found, me(), now))]
    return render_template(
        "house/company.html",
        company=found,
        rows_of_panels=side_by_side([panel for panel in panels if panel.order > BESIDE_PARTICULARS]),
        beside=sorted(
            (panel for panel in panels if panel.order <= BESIDE_PARTICULARS), key=attrgetter("order")
        ),
        people=people_of(db(), found, now=now),
        history=[told(entry) for entry in audit.history_of(db(), "customer", found.code, limit=20)],
        may_change=may(me(), House.CUSTOMERS_CHANGE),
        may_invite=may(me(), House.BUYERS_INVITE),
        **TITLES,
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(House.CUSTOMERS_CHANGE)
def new() -> ResponseReturnValue:
    """Take a company on."""
    form = CompanyForm(data={"language": "th", "currency": settings().currency, "kind": "retail"})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                registering.register(db(), _particulars(form), by=me(), now=clock.now())
            flash_done(N_("The company is registered."))
            return redirect(url_for(".company", code=form.code.data))
        except Refused as no:
            form.refuse(no)
    return render_template("house/company_form.html", form=form, company=None), _status(form)


@bp.route("/<code>/edit", methods=["GET", "POST"])
@staff(House.CUSTOMERS_CHANGE)
def edit(code: str) -> ResponseReturnValue:
    """Bring a company's particulars up to date."""
    found = get_company(db(), code)
    form = CompanyForm(data=_known(found))
    for name in UNCHANGING:
        delattr(form, name)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                changed = registering.change(
                    db(),
                    found,
                    _particulars(form, found),
                    reclassing=current_app.extensions["reclassing"],
                    by=me(),
                    now=clock.now(),
                )
            flash_done(
                N_("The changes are saved.")
                if changed
                else N_("Nothing was different, so nothing was changed.")
            )
            return redirect(url_for(".company", code=code))
        except Refused as no:
            form.refuse(no)
    return render_template("house/company_form.html", form=form, company=found), _status(form)


@bp.route("/<code>/people/new", methods=["GET", "POST"])
@staff(House.BUYERS_INVITE)
def invite(code: str) -> ResponseReturnValue:
    """Invite a buyer of a company."""
    found = get_company(db(), code)
    form = PersonForm(data={"language": found.language})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                who = inviting.add_user(
                    db(), form.email.data, name=form.name.data, role=Role.BUYER, customer=found,
                    language=form.language.data, by=me(), now=clock.now(),
                )  # fmt: skip
                _send_invitation(db(), who)
            flash_done(N_("%(name)s is invited by e-mail."), name=form.name.data)
            return redirect(url_for(".company", code=code))
        except Refused as no:
            form.refuse(no)
    return render_template("house/invite.html", form=form, company=found), _status(form)


@bp.post("/<code>/people/<int:user_id>/invite")
@staff(House.BUYERS_INVITE)
def invite_again(code: str, user_id: int) -> ResponseReturnValue:
    """Send the invitation of a buyer again."""
    return _act(code, user_id, _send_invitation, N_("A new invitation to %(name)s is on its way."))


@bp.post("/<code>/people/<int:user_id>/deactivate")
@staff(House.BUYERS_INVITE)
def deactivate(code: str, user_id: int) -> ResponseReturnValue:
    """Shut a buyer out."""
    return _act(code, user_id, _deactivate, N_("%(name)s cannot sign in any more."))


@bp.post("/<code>/people/<int:user_id>/reactivate")
@staff(House.BUYERS_INVITE)
def reactivate(code: str, user_id: int) -> ResponseReturnValue:
    """Let a buyer in again."""
    return _act(code, user_id, _reactivate, N_("%(name)s may sign in again."))


def getting_started(session: Session, viewer: User, now: datetime) -> Panel | None:
    """What is missing of customers before anybody can order, for those who take them on."""
    if viewer.role not in MANAGING_ROLES:
        return None
    if not any_company(session):
        missing = (
            N_("Register the first company, or import many as a spreadsheet."),
            "companies.new",
            N_("Register a company"),
        )
    elif not any_buyer(session):
        missing = (
            N_("Open a company and invite its buyer: nobody can order yet."),
            "companies.companies",
            N_("Invite a buyer"),
        )
    else:
        return None
    return Panel(
        N_("Getting started: who buys"), "house/getting_started.html", {"missing": [missing]}, order=0
    )


def hits(session: Session, person: User, query: str) -> list[Hit]:
    """Companies for the global search, for people who may see them."""
    if person.audience is not Audience.STAFF or not may(person, House.CUSTOMERS_VIEW):
        return []
    return [
        Hit(
            gettext(N_("Companies")),
            name_of(found),
            f"{found.code} · {gettext(KIND_TITLES[found.kind])}",  # type: ignore[index]
            url_for("companies.company", code=found.code),
        )
        for found in find_companies(session, query)
    ]


def _act(code: str, user_id: int, act: Callable[[Session, User], None], done: str) -> ResponseReturnValue:
    who = get_person_of(db(), get_company(db(), code), user_id)
    try:
        with transaction(db()):
            act(db(), who)
        flash_done(done, name=who.name)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".company", code=code, _anchor="people"))


def _send_invitation(session: Session, who: User) -> None:
    inviting.invite(session, who, settings().secret_key, settings().base_url, by=me(), now=clock.now())


def _deactivate(session: Session, who: User) -> None:
    inviting.deactivate(session, who, by=me(), now=clock.now())


def _reactivate(session: Session, who: User) -> None:
    inviting.reactivate(session, who, by=me(), now=clock.now())


def _particulars(form: CompanyForm, known: Customer | None = None) -> registering.Particulars:
    typed = {
        name: value for name, value in form.data.items() if name not in ("csrf_token", "allocation_class")
    }
    given: dict[str, Any] = {name: (value or "").strip() for name, value in typed.items()}
    given["allocation_class"] = form.allocation_class.data
    optional = ("tax_id", "branch", "phone", "email", "contact", "province", "postcode")
    given |= {name: given[name] or None for name in optional}
    if known is not None:
        given |= {name: getattr(known, name) for name in UNCHANGING}
        if known.ship_to is not None:
            given["country"] = known.ship_to.country
    return registering.Particulars(**given)


def _known(found: Customer) -> dict[str, object]:
    place = found.ship_to
    known = {name: getattr(found, name) for name in registering.OF_COMPANY}
    if place is not None:
        known |= {name: getattr(place, column) for name, column in registering.OF_ADDRESS.items()}
    return known


def _status(form: CompanyForm | PersonForm) -> int:
    return 422 if form.errors else 200
