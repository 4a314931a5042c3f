"""Why promised days of an order moved after they were first found, in words of the language being spoken."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.disruptions import DISRUPTION_TITLES, DisruptionEffect, DisruptionKind
from orders.models import Order, ScheduleLine
from orders.moves_access import effects_of
from orders.telling import cause_told
from policies.promises import Cause, Happening, PromiseEvent
from portal.i18n import _, day_text, name_of


def moves_told(session: Session, order: Order) -> dict[int, list[str]]:
    """By the id of a part whose day is not the first promised one, why it moved, the last move on top.

    At most two queries.
    """
    moved = [
        part
        for line in order.lines
        for part in line.parts
        if part.promise is not None and part.promise.due_at != part.promise.original_due_at
    ]
    if not moved:
        return {}
    events = _moves(session, [part.promise_id for part in moved if part.promise_id])
    held_up = [part.id for part in moved if _has(events.get(part.promise_id or 0, ()), Cause.DISRUPTION)]
    effects: dict[int, list[DisruptionEffect]] = defaultdict(list)
    for effect in effects_of(session, held_up) if held_up else ():
        effects[effect.part_id].append(effect)
    return {part.id: _told(part, events.get(part.promise_id or 0, ()), effects[part.id]) for part in moved}


def _moves(session: Session, promise_ids: Sequence[int]) -> dict[int, list[PromiseEvent]]:
    query = (
        select(PromiseEvent)
        .where(PromiseEvent.promise_id.in_(promise_ids), PromiseEvent.what == Happening.REPROMISED)
        .order_by(PromiseEvent.id)
    )
    found: dict[int, list[PromiseEvent]] = defaultdict(list)
    for event in session.scalars(query):
        found[event.promise_id].append(event)
    return found


def _has(events: Sequence[PromiseEvent], cause: Cause) -> bool:
    return any(event.cause == cause for event in events)


def _told(
    part: ScheduleLine, events: Sequence[PromiseEvent], effects: Sequence[DisruptionEffect]
) -> list[str]:
    told: list[str] = []
    before = part.promise.original_due_at if part.promise else None
    for event in events:
        if event.due_at == before:
            continue
        told.append(_one(before, event, effects))
        before = event.due_at
    return told[::-1]


def _one(before: datetime | None, event: PromiseEvent, effects: Sequence[DisruptionEffect]) -> str:
    days = {"before": day_text(before), "after": day_text(event.due_at)}
    effect = next((one for one in effects if one.due_after == event.due_at), None)
    if event.cause == Cause.DISRUPTION and effect is not None:
        disruption = effect.disruption
        return _(
            "Moved from %(before)s to %(after)s. %(kind)s: nothing can leave %(warehouse)s "
            "from %(starts_on)s to %(ends_on)s.",
            **days,
            kind=_(DISRUPTION_TITLES[DisruptionKind(disruption.kind)]),
            warehouse=name_of(disruption.warehouse),
            starts_on=day_text(disruption.starts_on),
            ends_on=day_text(disruption.ends_on),
        )
    return _("Moved from %(before)s to %(after)s: %(cause)s.", **days, cause=cause_told(event.cause))
