"""Product notices as the customer gets them: the list, one notice, its acknowledgement, and sending the goods back."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aftersales.access_cases import received_notice_for
from aftersales.acknowledging import acknowledge
from aftersales.calling_back import called_back, returns_under
from aftersales.calling_back import send_back as send_back_called
from aftersales.models import RETURN_TITLES, Remedy
from aftersales.notice_boards import affected_of, notices_to
from aftersales.recalls import NOTICE_KIND_TITLES, NOTICE_TITLES, NoticeRecipient, NoticeState
from aftersales.views.repair_forms import AcknowledgeForm
from aftersales.views.return_forms import CalledForm, called_form
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_notices", __name__, url_prefix="/my/product-notices", template_folder="../templates")


@bp.get("")
@customer
def notices() -> str:
    """The notices that reached this company, newest first."""
    found = notices_to(db(), me().company.id, **places())
    return render_template(
        "aftersales/customer/notices.html",
        rows=found.rows,
        page=links(found, ".notices"),
        kinds=NOTICE_KIND_TITLES,
        titles=NOTICE_TITLES,
    )


@bp.get("/<product_notice_no>")
@customer
def one(product_notice_no: str) -> str:
    """One notice: the risk, what to do, and which of the company's units it is about."""
    return _page(received_notice_for(db(), me(), product_notice_no), AcknowledgeForm(formdata=None))


@bp.post("/<product_notice_no>/acknowledge")
@customer
def confirm(product_notice_no: str) -> ResponseReturnValue:
    """Say that this company has read the notice."""
    recipient, form = received_notice_for(db(), me(), product_notice_no), AcknowledgeForm()
    if form.validate():
        try:
            with transaction(db()):
                acknowledge(db(), recipient, form.note.data or "", by=me(), now=clock.now())
            flash_done(N_("Thank you. Your acknowledgement is on record."))
            return redirect(url_for(".one", product_notice_no=product_notice_no), 303)
        except Refused as no:
            form.refuse(no)
    return _page(received_notice_for(db(), me(), product_notice_no), form), 422


@bp.post("/<product_notice_no>/return")
@customer
def send_back(product_notice_no: str) -> ResponseReturnValue:
    """Send back all that this company owns of a recall."""
    recipient, form = received_notice_for(db(), me(), product_notice_no), called_form()
    if form.validate():
        try:
            with transaction(db()):
                found = send_back_called(db(), recipient, Remedy(form.remedy.data), by=me(), now=clock.now())
                numbers = [one.number for one in found]
            flash_done(
                N_("Opened and authorised: %(numbers)s. Put the authorisation into the parcel."),
                numbers=", ".join(numbers),
            )
            if len(numbers) == 1:
                return redirect(url_for("my_returns.one", return_no=numbers[0]), 303)
            return redirect(url_for(".one", product_notice_no=product_notice_no), 303)
        except Refused as no:
            form.refuse(no)
    recipient = received_notice_for(db(), me(), product_notice_no)
    return _page(recipient, AcknowledgeForm(formdata=None), form), 422


def _page(recipient: NoticeRecipient, form: AcknowledgeForm, back_form: CalledForm | None = None) -> str:
    notice = recipient.notice
    called = called_back(db(), recipient) if notice.state == NoticeState.ISSUED else []
    return render_template(
        "aftersales/customer/notice.html",
        recipient=recipient,
        notice=notice,
        numbers=affected_of(db(), notice, recipient.customer_id),
        kinds=NOTICE_KIND_TITLES,
        titles=NOTICE_TITLES,
        asks=recipient.acknowledged_at is None and notice.state == NoticeState.ISSUED,
        form=form,
        called=called,
        to_send=sum(one.left for one in called),
        returns=returns_under(db(), notice, customer_id=recipient.customer_id),
        return_titles=RETURN_TITLES,
        back_form=back_form or called_form(empty=True),
        **answering(Matter.PRODUCT_NOTICE, notice.number),
    )
