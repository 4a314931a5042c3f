"""Product notices of the distributor: drafted, looked over, issued by a manager, and followed until they are closed."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from aftersales import acknowledging, drafting_notices, issuing_notices, settling_recalls
from aftersales.access_cases import notice_for
from aftersales.affected import reach_of
from aftersales.calling_back import returns_under
from aftersales.drafting_notices import NoticeTexts, as_typed
from aftersales.models import RETURN_TITLES
from aftersales.notice_boards import affected_numbers, answered, notice_page, silent
from aftersales.permissions import ProductNotices
from aftersales.recall_counts import accounts_of, progress_of
from aftersales.recalls import NOTICE_KIND_TITLES, NOTICE_TITLES, NoticeKind, NoticeState, ProductNotice
from aftersales.views.repair_forms import NoticeForm
from inventory.identities import KEEPING_TITLES
from inventory.queries import product_named
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("desk_notices", __name__, url_prefix="/desk/product-notices", template_folder="../templates")

SHOWN = 200
TEXTS = ("title_th", "title_en", "risk_th", "risk_en", "action_th", "action_en")


@bp.get("")
@staff(ProductNotices.VIEW)
def notices() -> str:
    """Product notices, newest first, found by number, title or product and narrowed by state."""
    text = request.args.get("q", "").strip()[:80]
    asked = request.args.get("state", "")
    state = asked if asked in set(NoticeState) else ""
    found = notice_page(db(), text, state, **places())
    return render_template(
        "aftersales/staff/notices.html",
        rows=found.rows,
        page=links(found, ".notices", q=text, state=state),
        q=text,
        state=state,
        titles=NOTICE_TITLES,
        kinds=NOTICE_KIND_TITLES,
        may_issue=may(me(), ProductNotices.ISSUE),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(ProductNotices.ISSUE)
def new() -> ResponseReturnValue:
    """Draft a notice."""
    form = NoticeForm.told(sku=request.args.get("sku", ""), numbers=request.args.get("numbers", ""))
    if form.validate_on_submit():
        try:
            with transaction(db()):
                product = product_named(db(), form.sku.data)
                kind, numbers = NoticeKind(form.kind.data), form.numbers.data or ""
                notice = drafting_notices.draft(
                    db(), kind, product, numbers, _texts(form), by=me(), now=clock.now()
                )
            flash_done(N_("%(number)s is drafted. Nobody has been told yet."), number=notice.number)
            return redirect(url_for(".one", product_notice_no=notice.number), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("aftersales/staff/notice_form.html", form=form, notice=None)
    return page, 422 if form.errors else 200


@bp.route("/<product_notice_no>/edit", methods=["GET", "POST"])
@staff(ProductNotices.ISSUE)
def edit(product_notice_no: str) -> ResponseReturnValue:
    """Change a draft."""
    notice = notice_for(db(), me(), product_notice_no)
    form = _filled(notice)
    if form.validate_on_submit():
        try:
            with transaction(db()):
                kind, numbers = NoticeKind(form.kind.data), form.numbers.data or ""
                drafting_notices.change(db(), notice, kind, numbers, _texts(form), by=me(), now=clock.now())
            flash_done(N_("The draft is changed."))
            return redirect(url_for(".one", product_notice_no=product_notice_no), 303)
        except Refused as no:
            form.refuse(no)
    notice = notice_for(db(), me(), product_notice_no)
    page = render_template("aftersales/staff/notice_form.html", form=form, notice=notice)
    return page, 422 if form.errors else 200


@bp.get("/<product_notice_no>")
@staff(ProductNotices.VIEW)
def one(product_notice_no: str) -> str:
    """One notice: where its units are, whom it reached, and who has not answered."""
    notice = notice_for(db(), me(), product_notice_no)
    issued = notice.state != NoticeState.DRAFT
    return render_template(
        "aftersales/staff/notice.html",
        notice=notice,
        titles=NOTICE_TITLES,
        kinds=NOTICE_KIND_TITLES,
        keepings=KEEPING_TITLES,
        reach=reach_of(db(), notice),
        numbers=affected_numbers(db(), notice, most=SHOWN),
        progress=progress_of(db(), notice) if issued else None,
        accounts=accounts_of(db(), notice) if issued else [],
        returns=returns_under(db(), notice) if issued else [],
        return_titles=RETURN_TITLES,
        silent=silent(db(), notice) if issued else [],
        answered=answered(db(), notice) if issued else [],
        held=settling_recalls.held_by(db(), notice) if notice.state == NoticeState.CLOSED else 0,
        may_issue=may(me(), ProductNotices.ISSUE),
        own_recall=notice.kind == NoticeKind.RECALL and notice.drafted_by_id == me().id,
        **answering(Matter.PRODUCT_NOTICE, notice.number),
    )


@bp.post("/<product_notice_no>/issue")
@staff(ProductNotices.ISSUE)
def issue(product_notice_no: str) -> ResponseReturnValue:
    """Issue a draft: the customers are told, and recalled stock is held."""
    return _act(
        product_notice_no,
        lambda notice: issuing_notices.issue(db(), notice, by=me(), now=clock.now()),
        N_("The notice is issued; everybody concerned is told."),
    )


@bp.post("/<product_notice_no>/close")
@staff(ProductNotices.ISSUE)
def close(product_notice_no: str) -> ResponseReturnValue:
    """Close an issued notice."""
    return _act(
        product_notice_no,
        lambda notice: acknowledging.close(db(), notice, by=me(), now=clock.now()),
        N_("The notice is closed."),
    )


@bp.post("/<product_notice_no>/release")
@staff(ProductNotices.ISSUE)
def release(product_notice_no: str) -> ResponseReturnValue:
    """Release the stock that a closed recall holds."""
    return _act(
        product_notice_no,
        lambda notice: settling_recalls.release_held(db(), notice, by=me(), now=clock.now()),
        N_("The stock held is fit for sale again, but for what another recall names."),
    )


@bp.post("/<product_notice_no>/scrap")
@staff(ProductNotices.ISSUE)
def scrap(product_notice_no: str) -> ResponseReturnValue:
    """Scrap the stock that a closed recall holds."""
    return _act(
        product_notice_no,
        lambda notice: settling_recalls.scrap_held(db(), notice, by=me(), now=clock.now()),
        N_("The stock held is scrapped."),
    )


@bp.post("/<product_notice_no>/discard")
@staff(ProductNotices.ISSUE)
def discard(product_notice_no: str) -> ResponseReturnValue:
    """Throw a draft away."""
    notice = notice_for(db(), me(), product_notice_no)
    try:
        with transaction(db()):
            drafting_notices.discard(db(), notice, by=me(), now=clock.now())
        flash_done(N_("The draft is thrown away."))
        return redirect(url_for(".notices"), 303)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", product_notice_no=product_notice_no), 303)


def _act(product_notice_no: str, act: Callable[[ProductNotice], object], done: str) -> ResponseReturnValue:
    """Do one act on a notice, say how it went, and show the notice again."""
    notice = notice_for(db(), me(), product_notice_no)
    try:
        with transaction(db()):
            act(notice)
        flash_done(done)
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", product_notice_no=product_notice_no), 303)


def _texts(form: NoticeForm) -> NoticeTexts:
    return NoticeTexts(**{name: form[name].data or "" for name in TEXTS})


def _filled(notice: ProductNotice) -> NoticeForm:
    """The form as the draft has it."""
    known = {name: getattr(notice, name) for name in ("kind", *TEXTS)}
    numbers = as_typed(affected_numbers(db(), notice, most=drafting_notices.MOST_IDENTITIES))
    return NoticeForm.told(sku=notice.product.sku, numbers=numbers, **known)
