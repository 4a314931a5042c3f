"""A disruption is called off, or ends sooner than declared: the days it moved come back, each buyer is told once."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from orders import noticing_disruptions
from orders.disrupting import lock_with_others, said
from orders.disruption_effects import LOOK_BACK
from orders.disruption_returns import (
    Return,
    back_table,
    coming_back,
    joined,
    moved_orders,
    moved_promises,
)
from orders.disruptions import Disruption, DisruptionEffect, DisruptionState
from orders.models import Order, ScheduleLine
from orders.redating import redate
from policies.calendars import working_days
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import Instant
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Ends of disruptions, for the audit trail."""

    CALLED_OFF = "disruption.called_off"
    SHORTENED = "disruption.shortened"


NOTHING = Return([], 0, 0)


def call_off(session: Session, disruption: Disruption, *, by: User, now: datetime) -> Return:
    """A draft is dropped. A confirmed one ends now: goods may leave, and the days that it moved come back.

    What comes back, and to when, is said by `coming_back`; original promises never change. Each buyer whose lines get
    an earlier day is told once. Refused when it is over or called off already.
    """
    disruption = lock_with_others(session, disruption, now=now)
    today = business_day(now)
    _refuse_if_over(disruption, today)
    before, drafted = said(disruption), disruption.state == DisruptionState.DRAFT
    if not drafted and disruption.starts_on < today:
        disruption.ends_on = today - timedelta(days=1)
    disruption.state = DisruptionState.CANCELLED
    session.flush()
    found = NOTHING if drafted else _give_back(session, disruption, None, by=by, now=now)
    after = said(disruption) | {"parts": str(found.parts)}
    audit.record(
        session, Verb.CALLED_OFF, "disruption", disruption.number, by=by, now=now, before=before, after=after
    )
    return found


def shorten(session: Session, disruption: Disruption, ends_on: date, *, by: User, now: datetime) -> Return:
    """A confirmed disruption ends on an earlier day, this one included; the days that it moved come back as far.

    Refused when it is no longer in force, or the day is past or not earlier.
    """
    disruption = lock_with_others(session, disruption, now=now)
    refuse_bad_end(disruption, ends_on, business_day(now))
    before = said(disruption)
    disruption.ends_on = ends_on
    session.flush()
    found = _give_back(session, disruption, ends_on, by=by, now=now)
    after = said(disruption) | {"parts": str(found.parts)}
    audit.record(
        session, Verb.SHORTENED, "disruption", disruption.number, by=by, now=now, before=before, after=after
    )
    return found


def refuse_bad_end(disruption: Disruption, ends_on: date, today: date) -> None:
    """Refused unless the disruption is in force and can end on this day instead."""
    _refuse_if_over(disruption, today)
    if disruption.state != DisruptionState.CONFIRMED:
        raise Refused(N_("This disruption is not confirmed yet. Change the draft instead."))
    if ends_on >= disruption.ends_on:
        raise Refused(N_("It ends then anyway. Give an earlier last day."), field="ends_on")
    if ends_on < max(today, disruption.starts_on):
        raise Refused(
            N_("That day is past, or before its first day. Call it off if goods can leave now."),
            field="ends_on",
        )


def _refuse_if_over(disruption: Disruption, today: date) -> None:
    if disruption.state == DisruptionState.CANCELLED:
        raise Refused(N_("This disruption is called off already."))
    if disruption.state == DisruptionState.CONFIRMED and disruption.ends_on < today:
        raise Refused(N_("This disruption is over already."))


def _give_back(
    session: Session, disruption: Disruption, until: date | None, *, by: User, now: datetime
) -> Return:
    """Move the promises back, whatever their number by the same few statements."""
    orders = select(Order.id).where(Order.id.in_(moved_orders(disruption)))
    session.execute(orders.order_by(Order.id).with_for_update()).all()
    session.execute(moved_promises(disruption)).all()
    found = coming_back(session, disruption, until=until, now=now)
    if not found.back:
        return found
    known = session.scalar(select(func.max(PromiseEvent.id))) or 0
    days = working_days(session, business_day(now) - LOOK_BACK)
    table = back_table(found.back)
    rows = joined(
        disruption,
        table,
        now,
        days,
        Promise.id,
        literal(now, Instant()),
        literal(str(Happening.REPROMISED)),
        table.c.due_after,
        literal(str(Cause.DISRUPTION_OVER)),
        literal(by.id),
    )
    columns = ("promise_id", "at", "what", "due_at", "cause", "by_id")
    session.execute(
        insert(PromiseEvent).from_select(columns, rows.order_by(Promise.id), include_defaults=False)
    )
    moved = _moved_now(known, now)
    # The rows still say the days before: first tell and note what depends on them.
    noticing_disruptions.tell_over(session, disruption, moved, until=until, now=now)
    _hand_on(session, disruption, joined(disruption, table, now, days, *_handed(table)))
    session.execute(
        update(ScheduleLine)
        .where(
            ScheduleLine.promise_id == Promise.id,
            Promise.id == moved.c.promise_id,
            table.c.ship_by == ScheduleLine.ship_by,
            table.c.due_at == Promise.due_at,
            table.c.due_after == moved.c.due_after,
        )
        .values(ship_by=table.c.ship_after)
        .execution_options(synchronize_session=False)
    )
    redate(
        session,
        select(ScheduleLine.id, moved.c.due_after).join(moved, moved.c.promise_id == ScheduleLine.promise_id),
    )
    session.execute(
        update(Promise)
        .where(Promise.id == moved.c.promise_id)
        .values(due_at=moved.c.due_after, state=PromiseState.OPEN, cause=null(), risk_since=null())
        .execution_options(synchronize_session=False)
    )
    session.expire_all()  # the rows were changed behind the session's back
    return found


def _moved_now(known: int, now: datetime) -> Any:
    """The promises that were just given an earlier day, and that day: their events are younger than the `known`."""
    return (
        select(PromiseEvent.promise_id, PromiseEvent.due_at.label("due_after"))
        .where(
            PromiseEvent.id > known,
            PromiseEvent.at == now,
            PromiseEvent.cause == Cause.DISRUPTION_OVER,
        )
        .subquery("moved")
    )


def _handed(table: Any) -> tuple[Any, ...]:
    return (
        table.c.held_by,
        ScheduleLine.id,
        Promise.id,
        Order.customer_id,
        table.c.agreed_at,
        table.c.due_after,
    )


def _hand_on(session: Session, disruption: Disruption, parts: Select[Any]) -> None:
    """Parts that another disruption still delays are its own from now on: their customers choose there."""
    delayed = parts.subquery()
    held_by, part_id, promise_id, customer_id, agreed_at, due_after = delayed.c
    known = exists().where(DisruptionEffect.disruption_id == held_by, DisruptionEffect.part_id == part_id)
    rows = select(held_by, part_id, promise_id, customer_id, agreed_at, due_after).where(
        held_by > 0, held_by != disruption.id, ~known
    )
    columns = ("disruption_id", "part_id", "promise_id", "customer_id", "due_before", "due_after")
    session.execute(insert(DisruptionEffect).from_select(columns, rows, include_defaults=False))
