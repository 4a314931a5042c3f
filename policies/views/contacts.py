"""Who answers for what: the service directory as customers and colleagues read it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from policies import directory
from policies.calendars import closed_on
from policies.permissions import Policies
from policies.units import MATTER_TITLES
from policies.wording import hours_text
from portal import clock
from portal.web.access import customer, may, staff
from portal.web.session import db, me

bp = Blueprint("my_contacts", __name__, url_prefix="/my/contacts", template_folder="../templates")
desk = Blueprint("desk_contacts", __name__, url_prefix="/desk/contacts", template_folder="../templates")

bp.app_template_filter("hours")(hours_text)


@bp.get("")
@customer
def show() -> ResponseReturnValue:
    """The units that a customer can reach, with what each answers for."""
    return _page(may_change=False)


@desk.get("", endpoint="show")
@staff(Policies.READ)
def show_staff() -> ResponseReturnValue:
    """The same directory for colleagues; managers go on from here to change it."""
    return _page(may_change=may(me(), Policies.CONTACTS))


def _page(*, may_change: bool) -> str:
    now = clock.now()
    closed = closed_on(db(), clock.business_day(now))
    units = directory.units(db())
    return render_template(
        "policies/contacts.html",
        units=[(unit, directory.on_duty(unit, now, closed=closed)) for unit in units],
        matters=directory.answers(db()).items(),
        titles=MATTER_TITLES,
        closed=closed,
        may_change=may_change,
    )
