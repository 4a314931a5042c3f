"""Customer groups at the desk: the groups, the companies in one, and which group a company is in."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from portal import clock
from portal.customers import grouping
from portal.customers.finding import get_company
from portal.customers.grouping import companies_of, get_group, group_page
from portal.customers.models import CustomerGroup
from portal.db import transaction
from portal.i18n import N_, name_of
from portal.permissions import House
from portal.refusal import Refused, Unknown
from portal.views.forms import CODE
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("groups", __name__, url_prefix="/desk/groups")


class GroupForm(Form):
    """How a group is called."""

    code = StringField(N_("Group code"), validators=[InputRequired(), Length(max=32), CODE])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=200)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=200)])


class MemberForm(Form):
    """A company to put into a group."""

    customer = StringField(N_("Customer code"), validators=[InputRequired(), Length(max=32)])


@bp.get("")
@staff(House.CUSTOMERS_VIEW)
def index() -> ResponseReturnValue:
    """The customer groups."""
    found = group_page(db(), **places())
    return render_template(
        "house/groups.html",
        rows=found.rows,
        page=links(found, ".index"),
        may_change=may(me(), House.CUSTOMERS_CHANGE),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(House.CUSTOMERS_CHANGE)
def new() -> ResponseReturnValue:
    """Form a group."""
    form = GroupForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                group = grouping.form_group(
                    db(),
                    form.code.data,
                    form.name_th.data or "",
                    form.name_en.data or "",
                    by=me(),
                    now=clock.now(),
                )
            flash_done(N_("The group is formed. Put its companies in."))
            return redirect(url_for(".show", group_code=group.code))
        except Refused as no:
            form.refuse(no)
    return render_template("house/group_form.html", form=form, group=None), 422 if form.errors else 200


@bp.get("/<group_code>")
@staff(House.CUSTOMERS_VIEW)
def show(group_code: str) -> ResponseReturnValue:
    """One group and its companies."""
    return _shown(get_group(db(), group_code), MemberForm(formdata=None))


@bp.post("/<group_code>/companies")
@staff(House.CUSTOMERS_CHANGE)
def add(group_code: str) -> ResponseReturnValue:
    """Put a company into a group, out of the one it was in."""
    group, form = get_group(db(), group_code), MemberForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                customer = get_company(db(), form.customer.data.strip())
                changed = grouping.put_into_group(db(), customer, group, by=me(), now=clock.now())
            said = N_("%(name)s is in the group.") if changed else N_("%(name)s was in the group already.")
            flash_done(said, name=name_of(customer))
            return redirect(url_for(".show", group_code=group_code))
        except Unknown:
            form.refuse(Refused(N_("There is no customer with that code."), field="customer"))
    return _shown(group, form), 422


@bp.post("/<group_code>/companies/<code>/remove")
@staff(House.CUSTOMERS_CHANGE)
def remove(group_code: str, code: str) -> ResponseReturnValue:
    """Take a company out of a group."""
    group, customer = get_group(db(), group_code), get_company(db(), code)
    if customer.group_id != group.id:
        flash_refused(Refused(N_("This company is not in the group any more.")))
        return redirect(url_for(".show", group_code=group_code))
    with transaction(db()):
        grouping.put_into_group(db(), customer, None, by=me(), now=clock.now())
    flash_done(N_("%(name)s is in no group now."), name=name_of(customer))
    return redirect(url_for(".show", group_code=group_code))


@bp.route("/<group_code>/edit", methods=["GET", "POST"])
@staff(House.CUSTOMERS_CHANGE)
def edit(group_code: str) -> ResponseReturnValue:
    """Give a group other names."""
    group = get_group(db(), group_code)
    form = GroupForm(data={"name_th": group.name_th, "name_en": group.name_en})
    del form.code
    if form.validate_on_submit():
        try:
            with transaction(db()):
                grouping.rename_group(
                    db(), group, form.name_th.data or "", form.name_en.data or "", by=me(), now=clock.now()
                )
            flash_done(N_("The changes are saved."))
            return redirect(url_for(".show", group_code=group_code))
        except Refused as no:
            form.refuse(no)
    return render_template("house/group_form.html", form=form, group=group), 422 if form.errors else 200


def _shown(group: CustomerGroup, form: MemberForm) -> str:
    found = companies_of(db(), group, **places())
    return render_template(
        "house/group.html",
        group=group,
        form=form,
        rows=found.rows,
        page=links(found, ".show", group_code=group.code),
        may_change=may(me(), House.CUSTOMERS_CHANGE),
    )
