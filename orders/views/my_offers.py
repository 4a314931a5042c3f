"""The buyer's offers of substitutes: seen, taken, refused; and what the company wants when a line is short."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from inventory.standing_in import reason_for
from orders import consenting, offers, substituting
from orders.access import offer_for
from orders.forms import ConsentForm
from orders.substitutions import CONSENT_TITLES, OFFER_TITLES, OfferState, SubstituteOffer
from policies.units import Matter
from policies.views.asking import answering
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import customer
from portal.web.flashing import flash_done, flash_refused
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("my_offers", __name__, template_folder="../templates")

ANSWERED = tuple(state.value for state in OfferState if state is not OfferState.OFFERED)


@bp.get("/my/offers")
@customer
def index() -> str:
    """What the company was offered: first what waits for its answer, then what became of the others."""
    found = offers.offer_page(
        db(),
        customer_id=me().company.id,
        states=ANSWERED,
        **places(),
    )
    return render_template(
        "orders/customer/offers.html",
        waiting=offers.open_offers(db(), me().company.id),
        rows=found.rows,
        page=links(found, ".index"),
        titles=OFFER_TITLES,
        rule=consenting.rule_of(consenting.find_consent(db(), me().company.id)),
        rules=CONSENT_TITLES,
        now=clock.now(),
    )


@bp.get("/my/offers/<offer_no>")
@customer
def show(offer_no: str) -> str:
    """One offer: what was ordered, what is offered, at which price and by when."""
    offer = offer_for(db(), me(), offer_no)
    return render_template(
        "orders/customer/offer.html",
        offer=offer,
        why=reason_for(db(), offer.part.line.product_id, offer.stands_in_id),
        titles=OFFER_TITLES,
        order=_order(offer),
        **answering(Matter.SUBSTITUTION, offer_no),
    )


@bp.post("/my/offers/<offer_no>/accept")
@customer
def accept(offer_no: str) -> ResponseReturnValue:
    """Take the substitute."""
    done = N_("You accepted the substitute. The order and its acknowledgement now say what stands for what.")
    return _answer(offer_no, substituting.accept, done)


@bp.post("/my/offers/<offer_no>/refuse")
@customer
def refuse(offer_no: str) -> ResponseReturnValue:
    """Rather wait for what was ordered."""
    return _answer(
        offer_no, substituting.refuse, N_("You refused the substitute. Your line stays as promised.")
    )


@bp.route("/my/substitution", methods=["GET", "POST"])
@customer
def consent() -> ResponseReturnValue:
    """What the company wants when a line is short."""
    given = consenting.find_consent(db(), me().company.id)
    form = ConsentForm(data={"rule": consenting.rule_of(given).value})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                new = consenting.give_consent(db(), me().company, form.rule.data, by=me(), now=clock.now())
            flash_done(
                N_("From now on this holds for all your orders.")
                if new
                else N_("Nothing was different, so nothing was changed.")
            )
            return redirect(url_for(".consent"), 303)
        except Refused as no:
            form.refuse(no)
    page = render_template("orders/customer/consent.html", form=form, given=given)
    return page, 422 if form.errors else 200


def _answer(offer_no: str, act: Callable[..., Any], done: str) -> ResponseReturnValue:
    offer = offer_for(db(), me(), offer_no)
    number = _order(offer).number
    try:
        with transaction(db()):
            act(db(), offer, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
        return redirect(url_for(".show", offer_no=offer_no), 303)
    flash_done(done)
    return redirect(url_for("my_orders.show", number=number), 303)


def _order(offer: SubstituteOffer) -> Any:
    return offer.part.line.order
