"""What happened to an order, as people read it: who did what, when and why, from the records that cannot be edited."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders import (
    cancelling,
    fulfilling,
    lapsing,
    offer_days,
    offering,
    shipping_legs,
    substituting,
    unpicking,
)
from orders.models import Order, OrderLine, ScheduleLine
from orders.queries import shipments_of
from orders.shipments import CreditNote, Shipment
from orders.telling import cause_told
from policies.promises import Happening, Promise, PromiseEvent
from portal import audit
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.i18n import N_, _, day_text, money_text, name_of, ngettext, quantity_text
from portal.story import Entry, who_acted

NAMED_GOODS = 3
SUBSTITUTIONS: dict[str, tuple[str, str]] = {
    offering.Verb.OFFERED: (N_("Substitute offered"), "info"),
    substituting.Verb.ACCEPTED: (N_("Substitute accepted"), "ok"),
    substituting.Verb.REFUSED: (N_("Substitute refused"), "neutral"),
    lapsing.Verb.EXPIRED: (N_("Offer of a substitute not answered in time"), "neutral"),
    lapsing.Verb.WITHDRAWN: (N_("Offer of a substitute withdrawn"), "neutral"),
    offer_days.Verb.PUT_OFF: (N_("Offer of a substitute dated later"), "risk"),
}
"""What became of offers, in words and with its tone."""
LEGS: dict[str, str] = {
    shipping_legs.Verb.ARRIVED: N_("The goods reached the transfer point"),
    shipping_legs.Verb.LEFT: N_("The goods left the transfer point"),
    shipping_legs.Verb.REPLANNED: N_("The carrier named another day"),
}
"""What happens to goods that change carriers, in words."""
MOST_ACTS = 500


def timeline(session: Session, order: Order, reader: User) -> list[Entry]:
    """Everything that happened to an order, newest first, in a fixed number of queries.

    Buyers read the names of their own people; whoever acted for the distributor is named to its own people only.
    """
    acts = audit.history_of(session, "order", order.number, MOST_ACTS)
    # What happened at the same instant stands here in the order it is read, the last thing first.
    told = [_credited(note) for note in credit_notes_of(session, order)]
    told += _promised(session, order)
    told += _acts(acts, shipments_of(session, order), reader)
    told.append(_placed(order, reader))
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def credit_notes_of(session: Session, order: Order) -> list[CreditNote]:
    """The credit notes of an order, first to last."""
    query = select(CreditNote).where(CreditNote.order_id == order.id)
    return list(session.scalars(query.order_by(CreditNote.issued_at, CreditNote.id)))


def _placed(order: Order, reader: User) -> Entry:
    days = sorted(part.promise.original_due_at for line in order.lines for part in line.parts if part.promise)
    if not days:
        why = ""
    elif business_day(days[0]) == business_day(days[-1]):
        why = _("Everything was promised for %(day)s.", day=day_text(days[0]))
    else:
        why = _(
            "The first goods were promised for %(first)s, the last for %(last)s.",
            first=day_text(days[0]),
            last=day_text(days[-1]),
        )
    return Entry(
        order.placed_at, _("Order placed"), who_acted(order.buyer, reader) if order.buyer else "", why, "info"
    )


def _acts(acts: list[AuditEntry], shipments: list[Shipment], reader: User) -> Iterator[Entry]:
    """The acts on record; steps of shipments that were brought in without one are told from the shipment itself."""
    by_number = {shipment.number: shipment for shipment in shipments}
    recorded: dict[str, set[str]] = defaultdict(set)
    for act in acts:
        facts = act.after or {}
        number = str(facts.get("shipment", ""))
        who = who_acted(act.by, reader)
        if act.verb == cancelling.Verb.CANCELLED:
            units = int(facts.get("units", 0))
            what = ngettext(
                "%(units)s unit cancelled", "%(units)s units cancelled", units, units=quantity_text(units)
            )
            why = _("Reason: %(reason)s", reason=facts.get("reason", ""))
            yield Entry(act.at, what, who, why)
        elif act.verb in SUBSTITUTIONS:
            yield Entry(
                act.at, _(SUBSTITUTIONS[act.verb][0]), who, _instead(facts), SUBSTITUTIONS[act.verb][1]
            )
        elif act.verb in LEGS:
            yield Entry(act.at, _(LEGS[act.verb]), who, _on_the_way(facts, number), "info")
        elif act.verb == unpicking.Verb.HELD_BACK:
            yield Entry(
                act.at, _("Picked goods were held and taken out of the shipment"), who, number, "risk"
            )
        elif act.verb in set(fulfilling.Verb):
            recorded[act.verb].add(number)
            yield _step(act.verb, act.at, number, by_number.get(number), facts, who)
    for shipment in shipments:
        for verb, at in (
            (fulfilling.Verb.DELIVERED, shipment.delivered_at),
            (fulfilling.Verb.SHIPPED, shipment.shipped_at),
            (fulfilling.Verb.PICKED, shipment.picked_at),
        ):
            if at is not None and shipment.number not in recorded[verb]:
                yield _step(verb, at, shipment.number, shipment, {}, "")


def _instead(facts: dict[str, Any]) -> str:
    """What stands for how much of which line."""
    return _(
        "%(units)s × %(sku)s for %(count)s of line %(line)s",
        units=quantity_text(int(facts.get("units", 0))),
        sku=facts.get("sku", ""),
        count=quantity_text(int(facts.get("quantity", 0))),
        line=facts.get("line", ""),
    )


def _on_the_way(facts: dict[str, Any], number: str) -> str:
    """Which shipment is meant, who carries it, and for which day it is planned anew."""
    carrier, day = str(facts.get("carrier", "")), facts.get("arrives_on")
    if day is None:
        return _("Shipment %(number)s with %(carrier)s", number=number, carrier=carrier)
    return _(
        "Shipment %(number)s with %(carrier)s, expected on %(day)s",
        number=number,
        carrier=carrier,
        day=day_text(date.fromisoformat(str(day))),
    )


def _step(
    verb: str, at: datetime, number: str, shipment: Shipment | None, facts: dict[str, Any], who: str
) -> Entry:
    match verb:
        case fulfilling.Verb.PICKED:
            units = facts.get("units") or (sum(line.quantity for line in shipment.lines) if shipment else 0)
            why = ngettext(
                "%(units)s unit for shipment %(number)s",
                "%(units)s units for shipment %(number)s",
                units,
                units=quantity_text(units),
                number=number,
            )
            return Entry(at, _("Picked"), who, why, "info")
        case fulfilling.Verb.PUT_BACK:
            return Entry(
                at, _("Put back on the shelf"), who, _("Shipment %(number)s was not sent.", number=number)
            )
        case fulfilling.Verb.SHIPPED:
            carrier = shipment.carrier if shipment else str(facts.get("carrier", ""))
            tracking = shipment.tracking_no if shipment else str(facts.get("tracking_no", ""))
            why = _("Shipment %(number)s", number=number)
            return Entry(
                at, _("Shipped with %(carrier)s", carrier=carrier), who, f"{why} · {tracking}", "info"
            )
        case _other:
            handed = shipment.delivered_at if shipment and shipment.delivered_at else at
            why = _("Shipment %(number)s", number=number)
            if shipment and shipment.received_by:
                why = _("Shipment %(number)s, received by %(name)s", number=number, name=shipment.received_by)
            return Entry(handed, _("Delivered"), who, why, "ok")


def _promised(session: Session, order: Order) -> Iterator[Entry]:
    """What happened to the promises, one entry for all the goods it happened to at once."""
    query = (
        select(PromiseEvent, ScheduleLine, OrderLine)
        .join(Promise, Promise.id == PromiseEvent.promise_id)
        .join(ScheduleLine, ScheduleLine.promise_id == Promise.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .where(
            OrderLine.order_id == order.id, PromiseEvent.what.not_in((Happening.MADE, Happening.WITHDRAWN))
        )
        .order_by(PromiseEvent.id, OrderLine.n)
    )
    together: dict[tuple[datetime, str, str | None], list[tuple[PromiseEvent, str]]] = {}
    for event, part, line in session.execute(query):
        units = part.quantity - part.cancelled or part.quantity
        goods = f"{quantity_text(units)} × {name_of(line)}"
        together.setdefault((event.at, event.what, event.cause), []).append((event, goods))
    for (at, what, cause), happened in together.items():
        event = happened[0][0]
        moment = _moment_of(event, what, at)
        yield _happening(what, moment, cause, _listed([goods for _event, goods in happened]), event)


def _moment_of(event: PromiseEvent, what: str, at: datetime) -> datetime:
    """A promise is missed when its time has run out, not when the watch came by."""
    return event.due_at if what == Happening.MISSED else at


def _happening(what: str, at: datetime, cause: str | None, goods: str, event: PromiseEvent) -> Entry:
    watch = _("Lead-time check")
    why = cause_told(cause)
    match what:
        case Happening.AT_RISK:
            return Entry(at, _("May arrive late: %(goods)s", goods=goods), watch, why, "risk")
        case Happening.RECOVERED:
            return Entry(at, _("Back on time: %(goods)s", goods=goods), watch, why, "ok")
        case Happening.MISSED:
            return Entry(at, _("Not here on the promised day: %(goods)s", goods=goods), watch, why, "bad")
        case Happening.KEPT:
            return Entry(at, _("Promise kept: %(goods)s", goods=goods), "", why, "ok")
        case Happening.FULFILLED_LATE:
            due = _("Promised for %(day)s", day=day_text(event.due_at))
            return Entry(at, _("Arrived late: %(goods)s", goods=goods), "", due, "bad")
        case Happening.WAIVED:
            return Entry(at, _("Late, and excused: %(goods)s", goods=goods), "", why, "neutral")
        case _repromised:
            day = day_text(event.due_at)
            return Entry(at, _("New promised day %(day)s: %(goods)s", day=day, goods=goods), "", why, "info")


def _credited(note: CreditNote) -> Entry:
    amount = money_text(note.total_minor, note.currency)
    what = _("Credit note %(number)s over %(amount)s", number=note.number, amount=amount)
    return Entry(note.issued_at, what, "", _(note.reason), "info")


def _listed(goods: Iterable[str]) -> str:
    named = list(goods)
    text = ", ".join(named[:NAMED_GOODS])
    rest = len(named) - NAMED_GOODS
    return text if rest <= 0 else _("%(goods)s and %(count)s more", goods=text, count=rest)
