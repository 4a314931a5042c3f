"""The page of one repair as the desk sees it, with a form for each act that can come next."""

from flask import render_template
from flask.typing import ResponseReturnValue

from aftersales.lending import UNDER_WAY
from aftersales.loaner_boards import free_units, loans_for_repair
from aftersales.permissions import Repairs
from aftersales.repair_story import (
    DESK_TITLES,
    TONES,
    headline,
    missed_promise,
    stages_told,
    stands_still,
    story,
)
from aftersales.repairs import Loan, LoanerUnit, Repair, RepairState
from aftersales.views.repair_forms import LendForm, QuoteForm, ReasonForm, ReceiveForm, SendBackForm, WorkForm
from aftersales.waiting import left_while_waiting
from inventory.models import Product
from inventory.queries import warehouses
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.i18n import LANGUAGES, gettext, name_of
from portal.web.access import may
from portal.web.forms import Form, options
from portal.web.session import db, me


def repair_page_of(
    found: Repair, *, status: int = 200, acting: dict[str, Form] | None = None
) -> ResponseReturnValue:
    """The page of a repair; a form that was refused is shown again as it was typed.

    When the act it was for is no longer possible, the page says why on top.
    """
    lent = loans_for_repair(db(), found)
    forms = _forms(found, lent)
    said: list[str] = []
    for name, form in (acting or {}).items():
        if name in forms:
            forms[name] = form
        else:
            said += form.form_errors or [text for texts in form.errors.values() for text in texts]
    page = render_template(
        "aftersales/staff/repair.html",
        repair=found,
        titles=DESK_TITLES,
        tones=TONES,
        headline=headline(found),
        missed=missed_promise(found),
        steps=stages_told(found),
        stands_still=stands_still(found, left_while_waiting(db(), found, now=clock.now())),
        entries=story(found, lent, me()),
        loans=lent,
        out=next((loan for loan in lent if loan.returned_at is None), None),
        forms=forms,
        said=said,
        no_loaner="lend" not in forms and _may_lend(found, lent),
        languages=LANGUAGES,
        **answering(Matter.REPAIR, found.number),
    )
    return page, status


def receive_form(*, empty: bool = False) -> ReceiveForm:
    """The form for a unit's arrival, its workshops given; the main warehouse comes first."""
    form = ReceiveForm(formdata=None) if empty else ReceiveForm()
    places = sorted(warehouses(db()), key=lambda one: (not one.main, one.code))
    form.warehouse.choices = options((one.code, f"{one.code} {name_of(one)}") for one in places)
    return form


def lend_form(form: LendForm, found: Repair) -> LendForm:
    """The form for handing a loaner over, its free units given, the most like the one in repair first."""
    broken = found.identity.product
    form.unit.choices = options((str(one.id), _loaner_text(one, broken)) for one in free_units(db(), broken))
    return form


def _loaner_text(unit: LoanerUnit, broken: Product) -> str:
    product = unit.identity.product
    text = f"{name_of(product)}, {unit.identity.number} ({unit.warehouse.code})"
    if product.id == broken.id:
        return text
    return gettext("%(unit)s, another product of the same category", unit=text)


def _forms(found: Repair, lent: list[Loan]) -> dict[str, Form]:
    """The forms of the acts that can come next, empty."""
    forms: dict[str, Form] = {}
    if may(me(), Repairs.SERVE):
        match found.state:
            case RepairState.REQUESTED:
                forms = {"receive": receive_form(empty=True), "cancel": ReasonForm(formdata=None)}
            case RepairState.RECEIVED:
                forms = {"quote": QuoteForm(formdata=None)}
            case RepairState.APPROVED:
                forms = {"repaired": WorkForm(formdata=None)}
            case RepairState.REPAIRED | RepairState.DECLINED:
                forms = {"send_back": SendBackForm(formdata=None)}
    if _may_lend(found, lent):
        form = lend_form(LendForm(formdata=None), found)
        if form.unit.choices:
            forms["lend"] = form
    return forms


def _may_lend(found: Repair, lent: list[Loan]) -> bool:
    """Whether this person could hand a loaner over now, if there is one."""
    is_out = any(loan.returned_at is None for loan in lent)
    return may(me(), Repairs.LEND) and found.state in UNDER_WAY and not is_out
