"""Opening a complaint, for the customer and for staff in their name: one form, filled in from what it is about."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aftersales.complaining import Grievance, complain, complaint_about
from aftersales.complaints import ComplaintKind
from aftersales.missed import Missed, worth
from aftersales.views.complaint_forms import complain_form
from orders.models import Order
from policies.compensating import sentences
from portal import clock
from portal.customers.models import Customer
from portal.db import transaction
from portal.refusal import Refused
from portal.web.flashing import flash_done
from portal.web.session import db, me


def complain_page(
    template: str, company: Customer, missed: Missed | None, order: Order | None, done: str, **shown: object
) -> ResponseReturnValue:
    """The form, or what comes of it sent; a promise complained about before leads to that complaint."""
    if missed is not None and (earlier := complaint_about(db(), missed.promise)) is not None:
        return redirect(url_for(".one", complaint_no=earlier.number))
    form = complain_form(ComplaintKind.LATE if missed else "", missed.words if missed else "")
    if form.validate_on_submit():
        said = Grievance(
            ComplaintKind(form.kind.data), form.what.data or "", order, missed.promise if missed else None
        )
        try:
            with transaction(db()):
                found = complain(db(), company, said, by=me(), now=clock.now())
            flash_done(done, number=found.number)
            return redirect(url_for(".one", complaint_no=found.number), 303)
        except Refused as no:
            form.refuse(no)
    sum_ = worth(db(), missed, clock.business_day(clock.now())) if missed else None
    page = render_template(
        template,
        form=form,
        missed=missed,
        order=order,
        company=company,
        worth=sentences(sum_.as_facts()) if sum_ else [],
        grows=missed is not None and not missed.done,
        **shown,
    )
    return page, 422 if form.errors else 200
