"""Product notices as the customer gets them: the list, one notice, and its acknowledgement."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from aftersales.access_cases import received_notice_for
from aftersales.acknowledging import acknowledge
from aftersales.notice_boards import affected_of, notices_to
from aftersales.recalls import NOTICE_KIND_TITLES, NOTICE_TITLES, NoticeRecipient, NoticeState
from aftersales.views.answering_unit import answering
from aftersales.views.repair_forms import AcknowledgeForm
from policies.units import Matter
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


def _page(recipient: NoticeRecipient, form: AcknowledgeForm) -> str:
    notice = recipient.notice
    return render_template(
        "aftersales/customer/notice.html",
        recipient=recipient,
        notice=notice,
        numbers=affected_of(db(), notice, recipient.customer_id),
        kinds=NOTICE_KIND_TITLES,
        titles=NOTICE_TITLES,
        asks=recipient.acknowledged_at is None and notice.state == NoticeState.ISSUED,
        form=form,
        **answering(Matter.PRODUCT_NOTICE),
    )
