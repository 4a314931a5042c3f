"""The buyer takes a substitute or refuses it; what is taken becomes a line of its own that stands for the other."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.giving_up import stop_waiting
from inventory.reserving import release
from inventory.stock import Reservation
from orders import acknowledging, amounts, expediting
from orders.ending_parts import end_promises
from orders.models import Order, OrderLine, ScheduleLine
from orders.pricing import line_sum
from orders.protecting import protected_price
from orders.substitutions import OFFER_MOVES, OfferState, SubstituteOffer
from orders.waiting import Clock, arrival, level_of, replaced, waiting_units
from policies.promises import Cause
from policies.promising import Vow, make
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.db import lock
from portal.i18n import N_, day_text
from portal.refusal import Refused


class Verb(StrEnum):
    """Answers to an offer, for the audit trail."""

    ACCEPTED = "substitute.accepted"
    REFUSED = "substitute.refused"


def accept(session: Session, offer: SubstituteOffer, *, by: User | None, now: datetime) -> OrderLine:
    """The substitute is taken: a new line with its own promise stands for the units that waited, which are let go.

    The order's amounts and acknowledgement say so, and never ask for more than before. Refused, changing nothing, once
    the offer was answered, has run out, its units or those it stands for are no longer as they were, or they cannot
    arrive on the day offered any more.
    """
    order, offer = lock_offer(session, offer)
    _refuse_answered(offer, now)
    part, line = offer.part, offer.part.line
    if waiting_units(part) < offer.quantity:
        raise Refused(
            N_("The goods that you ordered have come in the meantime, so nothing needs to stand for them.")
        )
    price = min(
        offer.unit_price, protected_price(replaced(part, offer.quantity), offer.units, offer.list_price)
    )
    dated = arrival(session, part, offer.stands_in_id, offer.units, now, Clock.at(session, now))
    if dated.due_on > offer.due_on:
        raise Refused(
            N_(
                "The substitute cannot arrive by %(day)s any more. "
                "The offer will name its new day in a few minutes; please look again."
            ),
            day=day_text(offer.due_on),
        )
    stop_waiting(session, {part.reservation_id: offer.quantity} if part.reservation_id else {}, now=now)
    (held,) = lock(session, Reservation, [offer.reservation_id])
    if held.held < offer.units:
        raise Refused(N_("The substitute is no longer in stock for you."))
    held.due_at = end_of(dated.due_on)
    _let_go(session, part, offer.quantity, by=by, now=now)
    added = _stand_in(order, offer, price)
    session.add(added)
    session.flush()  # its part and the offer name it
    level = level_of(session, part, business_day(now))
    (promise_id,) = make(
        session, level, order.customer_id, [Vow(f"{order.number}/{added.n}.1", held.due_at)], by=by, now=now
    )
    steps = [("stands_for", {"quantity": offer.quantity, "sku": line.sku}), *dated.found]
    added.parts.append(
        ScheduleLine(
            n=1,
            quantity=offer.units,
            ship_by=dated.ship_by,
            reservation_id=held.id,
            promise_id=promise_id,
            found=steps,
        )
    )
    amounts.sum_up(session, order, [line])
    OFFER_MOVES.make(offer, OfferState.ACCEPTED)
    offer.answered_at, offer.answered_by, offer.new_line = now, by, added
    session.flush()  # the acknowledgement is written from the rows
    acknowledging.issue_again(session, order, now=now)
    _record(session, Verb.ACCEPTED, offer, order, by=by, now=now)
    return added


def refuse(session: Session, offer: SubstituteOffer, *, by: User | None, now: datetime) -> None:
    """The buyer would rather wait: the line stays as promised, what was held goes back.

    Refused once the offer was answered or has run out.
    """
    order, offer = lock_offer(session, offer)
    _refuse_answered(offer, now)
    OFFER_MOVES.make(offer, OfferState.REFUSED)
    offer.answered_at, offer.answered_by = now, by
    release(session, [offer.reservation_id], now=now)
    _record(session, Verb.REFUSED, offer, order, by=by, now=now)


def lock_offer(session: Session, offer: SubstituteOffer) -> tuple[Order, SubstituteOffer]:
    """The order of an offer, locked as every change to its offers does first, and the offer with its part read anew."""
    lock(session, Order, [offer.part.line.order_id])
    query = (
        select(SubstituteOffer)
        .where(SubstituteOffer.id == offer.id)
        .options(
            joinedload(SubstituteOffer.reservation),
            joinedload(SubstituteOffer.stands_in),
            joinedload(SubstituteOffer.part).options(
                joinedload(ScheduleLine.reservation),
                joinedload(ScheduleLine.promise),
                joinedload(ScheduleLine.line)
                .joinedload(OrderLine.order)
                .selectinload(Order.lines)
                .selectinload(OrderLine.parts),
            ),
        )
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one()
    return fresh.part.line.order, fresh


def _refuse_answered(offer: SubstituteOffer, now: datetime) -> None:
    match offer.state:
        case OfferState.OFFERED:
            if now > offer.answer_by:
                raise Refused(
                    N_("This offer could be answered until %(day)s and is no longer held."),
                    day=day_text(offer.answer_by),
                )
        case OfferState.ACCEPTED:
            raise Refused(N_("This offer was already accepted."))
        case OfferState.REFUSED:
            raise Refused(N_("This offer was already refused."))
        case OfferState.EXPIRED:
            raise Refused(
                N_("This offer could be answered until %(day)s and is no longer held."),
                day=day_text(offer.answer_by),
            )
        case _withdrawn:
            raise Refused(N_("This offer was withdrawn."))


def _let_go(session: Session, part: ScheduleLine, units: int, *, by: User | None, now: datetime) -> None:
    """These units of a part are owed no more; its promise, and a request to send it faster, end with the last."""
    part.cancelled += units
    part.line.cancelled += units
    part.line.substituted_out += units
    if part.open:
        return
    expediting.withdraw_for(session, [part.id], by=by, now=now)
    end_promises(session, [part], by=by, now=now, cause=Cause.SUBSTITUTED)


def _stand_in(order: Order, offer: SubstituteOffer, price: Decimal) -> OrderLine:
    """The new line of an order, at a price that is protected."""
    product, line = offer.stands_in, offer.part.line
    sums = line_sum(price, offer.units, order.currency, vat_rate_bp=line.vat_rate_bp)
    return OrderLine(
        order=order,
        n=max(other.n for other in order.lines) + 1,
        product_id=product.id,
        sku=product.sku,
        name_th=product.name_th,
        name_en=product.name_en,
        unit_th=product.unit_th,
        unit_en=product.unit_en,
        ordered=offer.units,
        stands_for=line,
        unit_price=price,
        vat_rate_bp=line.vat_rate_bp,
        net_minor=sums.net_minor,
        vat_minor=sums.vat_minor,
    )


def _record(
    session: Session, verb: Verb, offer: SubstituteOffer, order: Order, *, by: User | None, now: datetime
) -> None:
    after = {"offer": offer.number, "line": offer.part.line.n, "quantity": offer.quantity}
    after |= {"units": offer.units, "sku": offer.stands_in.sku, "automatic": offer.automatic}
    audit.record(session, verb, "order", order.number, by=by, now=now, after=after)
