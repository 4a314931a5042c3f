"""Who answers for what: the service directory as customers and colleagues read it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from policies import directory
from policies.calendars import closed_on
from policies.permissions import Policies
from policies.rota_boards import on_duty_now, uncovered
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
    return _page(for_staff=False)


@desk.get("", endpoint="show")
@staff(Policies.READ)
def show_staff() -> ResponseReturnValue:
    """The same directory for colleagues; managers go on from here to change it."""
    return _page(for_staff=True)


def _page(*, for_staff: bool) -> str:
    now = clock.now()
    closed = closed_on(db(), clock.business_day(now))
    units = directory.units(db())
    is_open = {unit.id: directory.on_duty(unit, now, closed=closed) for unit in units}
    people = {} if closed else on_duty_now(db(), now)
    return render_template(
        "policies/contacts.html",
        units=[
            (unit, is_open[unit.id], people.get(unit.id, []) if is_open[unit.id] else []) for unit in units
        ],
        uncovered=uncovered(db(), units, now) if for_staff else [],
        for_staff=for_staff,
        matters=directory.answers(db()).items(),
        titles=MATTER_TITLES,
        closed=closed,
        may_change=for_staff and may(me(), Policies.CONTACTS),
    )
