"""What belongs to orders, found from anywhere by its exact number: shipments, offers, requests, disruptions."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from orders.access import credit_note_for, offer_for, shipment_for
from orders.moves_access import disruption_for, request_for
from orders.permissions import Orders, holds
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import N_, gettext, name_of
from portal.refusal import Unknown

Found = tuple[str, str, str]
"""What is told of a thing, where our people look at it, and where its customer does."""


@dataclass(frozen=True)
class Series:
    """Things whose numbers begin alike: what they are called, who of our people sees them, and how one is found.

    `find` raises Unknown for one that the viewer may not see.
    """

    title: str
    permission: StrEnum
    find: Callable[[Session, User, str], Found]


def find_numbered(session: Session, viewer: User, text: str) -> list[Hit]:
    """The thing of this number, if the viewer may see it: to a company's people only what is its own."""
    number = "".join(text.split()).upper()
    series = SERIES.get(number.partition("-")[0])
    staff = viewer.audience is Audience.STAFF
    if series is None or (staff and not holds(viewer, series.permission)):
        return []
    try:
        detail, desk, mine = series.find(session, viewer, number)
    except Unknown:
        return []
    return [Hit(gettext(series.title), number, detail, desk if staff else mine)]


def _shipment(session: Session, viewer: User, number: str) -> Found:
    order = shipment_for(session, viewer, number).order
    told = f"{name_of(order.customer)} · {order.number}"
    return told, f"/desk/orders/{order.number}#{number}", f"/my/orders/{order.number}"


def _credit_note(session: Session, viewer: User, number: str) -> Found:
    note = credit_note_for(session, viewer, number)
    return name_of(note.customer), f"/desk/credits/{number}", f"/my/credits/{number}"


def _offer(session: Session, viewer: User, number: str) -> Found:
    offer = offer_for(session, viewer, number)
    order_no = offer.part.line.order.number
    return f"{name_of(offer.stands_in)} · {order_no}", f"/desk/orders/{order_no}", f"/my/offers/{number}"


def _request(session: Session, viewer: User, number: str) -> Found:
    line = request_for(session, viewer, number).part.line
    told = f"{name_of(line)} · {line.order.number}"
    return told, f"/desk/expedites/{number}", f"/my/expedites/{number}"


def _disruption(session: Session, viewer: User, number: str) -> Found:
    disruption = disruption_for(session, viewer, number)
    told = name_of({"name_th": disruption.what_th, "name_en": disruption.what_en})
    return told, f"/manage/disruptions/{number}", f"/my/disruptions/{number}"


SERIES = {
    "SH": Series(N_("Shipment"), Orders.VIEW, _shipment),
    "CN": Series(N_("Credit note"), Orders.VIEW, _credit_note),
    "SU": Series(N_("Offer of a substitute"), Orders.VIEW, _offer),
    "EX": Series(N_("Faster delivery"), Orders.VIEW, _request),
    "DI": Series(N_("Disruption"), Orders.DISRUPT, _disruption),
}
