"""The loaner pool at the desk: what is out to whom, what is free, and how a loaner comes back."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import lending, pooling
from aftersales.access_cases import loan_for, loaner_for
from aftersales.lending import ComeBack
from aftersales.loaner_boards import SHOWN_TITLES, WINDOW, Shown, board, counted, utilisation
from aftersales.permissions import Repairs
from aftersales.repairs import GRADE_TITLES, Grade, Loan
from aftersales.views.repair_forms import PoolForm, ReasonForm, TakeBackForm
from inventory.queries import find_product
from inventory.tracing import identity_named
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.money import to_minor
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import numbered_links, page_number

bp = Blueprint("desk_loaners", __name__, url_prefix="/desk", template_folder="../templates")


@bp.get("/loaners")
@staff(Repairs.VIEW)
def pool() -> str:
    """The pool: what is lent, overdue first, what is free, and how much it is used."""
    return _pool(PoolForm(formdata=None))


@bp.post("/loaners")
@staff(Repairs.LEND)
def add() -> ResponseReturnValue:
    """Put a serial aside for lending."""
    form = PoolForm()
    if form.validate():
        try:
            with transaction(db()):
                sku, number = form.sku.data.strip(), form.serial.data
                product = find_product(db(), sku)
                identity = identity_named(db(), product.id, number) if product else None
                if identity is None:
                    raise Refused(
                        N_("There is no unit %(serial)s of %(sku)s."), field="serial", serial=number, sku=sku
                    )
                pooling.add_to_pool(db(), identity, form.condition.data or "", by=me(), now=clock.now())
            flash_done(N_("Unit %(serial)s is in the loaner pool."), serial=identity.number)
            return redirect(url_for(".pool", show=Shown.FREE), 303)
        except Refused as no:
            form.refuse(no)
    return _pool(form), 422


@bp.post("/loaners/<path:sku>/<serial>/retire")
@staff(Repairs.LEND)
def retire(sku: str, serial: str) -> ResponseReturnValue:
    """Take a unit out of the pool for good."""
    unit, form = loaner_for(db(), me(), sku, serial), ReasonForm()
    try:
        with transaction(db()):
            pooling.retire(db(), unit, form.reason.data or "", by=me(), now=clock.now())
        flash_done(N_("Unit %(serial)s has left the pool."), serial=unit.identity.number)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".pool", show=Shown.FREE), 303)


@bp.get("/loans/<loan_no>")
@staff(Repairs.VIEW)
def loan(loan_no: str) -> str:
    """One loan: to whom, until when, and how it came back."""
    return _loan(loan_for(db(), me(), loan_no), TakeBackForm.graded(empty=True))


@bp.post("/loans/<loan_no>/take-back")
@staff(Repairs.LEND)
def take_back(loan_no: str) -> ResponseReturnValue:
    """A loaner is back: note its condition and what the customer is charged."""
    found, form = loan_for(db(), me(), loan_no), TakeBackForm.graded()
    if form.validate():
        charge = to_minor(form.charge.data, found.currency) if form.charge.data else 0
        try:
            with transaction(db()):
                back = ComeBack(Grade(form.grade.data), form.note.data or "", charge)
                lending.take_back(db(), found, back, by=me(), now=clock.now())
            flash_done(N_("The loaner is back in the pool; the customer is told."))
            return redirect(url_for(".loan", loan_no=loan_no), 303)
        except Refused as no:
            form.refuse(no)
    return _loan(loan_for(db(), me(), loan_no), form), 422


def _pool(form: PoolForm) -> str:
    asked, text = request.args.get("show", ""), request.args.get("q", "").strip()[:80]
    shown = Shown(asked) if asked in set(Shown) else Shown.OUT
    page = board(db(), shown, text, page=page_number())
    return render_template(
        "aftersales/staff/loaners.html",
        rows=page.rows,
        page=numbered_links(page),
        shown=shown,
        titles=SHOWN_TITLES,
        counts=counted(db(), clock.now()),
        use=utilisation(db(), clock.now()),
        window=WINDOW.days,
        q=text,
        now=clock.now(),
        form=form,
        may_lend=may(me(), Repairs.LEND),
    )


def _loan(found: Loan, form: TakeBackForm) -> str:
    return render_template(
        "aftersales/staff/loan.html",
        loan=found,
        grades=GRADE_TITLES,
        form=form if may(me(), Repairs.LEND) and found.returned_at is None else None,
        said=form.form_errors if found.returned_at is not None else [],
        **answering(Matter.LOANER, found.number),
    )
