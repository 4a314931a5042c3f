"""Compensation as the customer sees it: what we owe and paid, how it was worked out, and their answer to an offer."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import answering_offers
from aftersales.access import compensation_for
from aftersales.compensation_lists import owed_page, with_parts
from aftersales.compensation_steps import REOPENED_WITHIN
from aftersales.complaint_lists import compensation_totals
from aftersales.complaints import OWED_STATES, OWN_COMPENSATION_TITLES, CompensationState
from aftersales.missed import about
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_compensation", __name__, url_prefix="/my/compensation", template_folder="../templates")


@bp.get("")
@customer
def compensations() -> ResponseReturnValue:
    """What missed promises were worth to this company, newest first."""
    asked = request.args.get("state", "")
    state = CompensationState(asked) if asked in set(CompensationState) else None
    company_id = me().company.id
    found = owed_page(db(), company_id, now=clock.now(), state=state, **places())
    return render_template(
        "aftersales/customer/compensations.html",
        rows=found.rows,
        page=links(found, ".compensations", state=state),
        state=state or "",
        titles=OWN_COMPENSATION_TITLES,
        totals=compensation_totals(db(), customer_id=company_id),
        owed_states=OWED_STATES,
        days=REOPENED_WITHIN.days,
    )


@bp.get("/<compensation_no>")
@customer
def one(compensation_no: str) -> ResponseReturnValue:
    """One compensation: how it was worked out, and what is to be said to it."""
    found = compensation_for(db(), me(), compensation_no)
    (owed,) = with_parts(db(), [found], now=clock.now())
    return render_template(
        "aftersales/customer/compensation.html",
        row=owed,
        found=found,
        titles=OWN_COMPENSATION_TITLES,
        missed=about(db(), found.promise),
        days=REOPENED_WITHIN.days,
    )


@bp.post("/<compensation_no>/accept")
@customer
def accept(compensation_no: str) -> ResponseReturnValue:
    """Take the offer."""
    done = N_("Thank you. Complaint %(complaint)s is settled with compensation %(number)s.")
    return _answer(compensation_no, answering_offers.accept, done)


@bp.post("/<compensation_no>/dismiss")
@customer
def dismiss(compensation_no: str) -> ResponseReturnValue:
    """Want nothing for it."""
    done = N_("Compensation %(number)s is dismissed. You may take it up again within %(days)s days.")
    return _answer(compensation_no, answering_offers.dismiss, done)


@bp.post("/<compensation_no>/reopen")
@customer
def reopen(compensation_no: str) -> ResponseReturnValue:
    """Think better of having dismissed it."""
    return _answer(
        compensation_no, answering_offers.reopen, N_("Compensation %(number)s is offered to you again.")
    )


def _answer(compensation_no: str, act: Callable[..., Any], done: str) -> ResponseReturnValue:
    found = compensation_for(db(), me(), compensation_no)
    try:
        with transaction(db()):
            complaint = act(db(), found, by=me(), now=clock.now())
        facts = {"complaint": complaint.number} if complaint else {"days": REOPENED_WITHIN.days}
        flash_done(done, number=compensation_no, **facts)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", compensation_no=compensation_no), 303)
