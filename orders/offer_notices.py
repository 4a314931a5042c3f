"""What buyers are told about substitutes and about goods that they waited for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from orders.noticing import path_of
from orders.substitutions import SubstituteOffer
from portal import outbox, readers
from portal.clock import business_day
from portal.money import line_amount
from portal.readers import Told, addressed


def path_of_offer(number: str) -> str:
    """Where a buyer answers an offer."""
    return f"/my/offers/{number}"


def tell_offered(session: Session, offer: SubstituteOffer, *, now: datetime) -> None:
    """Tell the buyer what is offered for what is short, at which price, and by when to answer."""
    _tell(session, offer, "offered", path_of_offer(offer.number), now)


def tell_sent_instead(session: Session, offer: SubstituteOffer, *, now: datetime) -> None:
    """Tell the buyer that a substitute was taken for what is short, as their company had agreed."""
    _tell(session, offer, "sent_instead", path_of(offer.part.line.order.number), now)


def tell_lapsed(session: Session, offer: SubstituteOffer, *, now: datetime) -> None:
    """Tell the buyer that an offer is no longer held, because no answer came; their line is delivered as promised."""
    _tell(session, offer, "lapsed", path_of(offer.part.line.order.number), now)


def tell_withdrawn(session: Session, offer: SubstituteOffer, *, now: datetime) -> None:
    """Tell the buyer that an offer stands no more although its time has not run out; their line stays as promised."""
    _tell(session, offer, "withdrawn", path_of(offer.part.line.order.number), now)


def tell_put_off(session: Session, offer: SubstituteOffer, due_before: date, *, now: datetime) -> None:
    """Tell the buyer that what is offered would arrive later than the offer said until now."""
    told = {"due_before": due_before.isoformat()}
    _tell(session, offer, "put_off", path_of_offer(offer.number), now, again=offer.due_on.isoformat(), **told)


def tell_freed(
    session: Session,
    freed: Mapping[tuple[int | None, int, str], Sequence[dict[str, Any]]],
    key: str,
    *,
    now: datetime,
) -> int:
    """Tell each buyer which goods have come and are held, once for each order.

    Orders are told apart by the buyer's id, None for one who cannot read it, the company's id and their number.
    """
    notices = [
        Told(
            buyer_id,
            customer_id,
            {"order": order_no, "lines": list(lines)},
            f"freed:{order_no}:{key}",
            path_of(order_no),
        )
        for (buyer_id, customer_id, order_no), lines in freed.items()
    ]
    return outbox.post_all(session, addressed(session, notices), "orders/notices/freed.txt", now=now)


def _tell(
    session: Session,
    offer: SubstituteOffer,
    what: str,
    path: str,
    now: datetime,
    *,
    again: str = "",
    **told: str,
) -> None:
    """`again` tells apart what may be told of the same offer more than once."""
    line = offer.part.line
    order = line.order
    facts = {
        "offer": offer.number,
        "order": order.number,
        "sku": line.sku,
        "name_th": line.name_th,
        "name_en": line.name_en,
        "quantity": offer.quantity,
        "instead": {"name_th": offer.stands_in.name_th, "name_en": offer.stands_in.name_en},
        "instead_sku": offer.stands_in.sku,
        "units": offer.units,
        "amount_minor": line_amount(offer.unit_price, offer.units, order.currency),
        "currency": order.currency,
        "due_on": offer.due_on.isoformat(),
        "answer_on": business_day(offer.answer_by).isoformat(),
        **told,
    }
    readers.post(
        session,
        order.buyer,
        order.customer_id,
        f"orders/notices/substitute_{what}.txt",
        facts,
        key=":".join(filter(None, (f"substitute_{what}", offer.number, again))),
        path=path,
        now=now,
    )
