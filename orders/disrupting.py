"""A manager declares that nothing can leave a warehouse for a while: a draft shows the effect, confirming moves the
promises and tells each buyer once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
    values,
)
from sqlalchemy.orm import Session

from inventory.models import Warehouse
from orders import noticing_disruptions
from orders.disruption_effects import Effect, effect, touched_orders, touched_promises
from orders.disruptions import Disruption, DisruptionEffect, DisruptionKind, DisruptionState
from orders.models import Order, ScheduleLine
from orders.offer_days import orders_with_offers, put_off_at
from orders.redating import redate
from orders.taking_steps import attach_plans
from policies.promises import Cause, Happening, Promise, PromiseEvent, PromiseState
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import Instant, lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

LONGEST = timedelta(days=365)
"""A window is at most a year; more is a slip, such as a year of the Buddhist era."""


class Verb(StrEnum):
    """Acts on disruptions, for the audit trail."""

    DECLARED = "disruption.declared"
    CHANGED = "disruption.changed"
    CONFIRMED = "disruption.confirmed"


@dataclass(frozen=True)
class Declared:
    """What disrupts which warehouse, from when to when (both days included); words in one language stand for both."""

    kind: DisruptionKind
    warehouse: Warehouse
    starts_on: date
    ends_on: date
    what_th: str
    what_en: str


def declare(session: Session, facts: Declared, *, by: User, now: datetime) -> Disruption:
    """A draft of a disruption, which moves nothing yet, with the steps of the plans for it. It may have begun already.

    Refused when it ends before it starts or is over, lasts more than a year, or nothing says what it is.
    """
    _refuse_bad_window(facts, business_day(now))
    disruption = Disruption(
        number=next_number(session, "DI", business_day(now)),
        state=DisruptionState.DRAFT,
        declared_at=now,
        declared_by=by,
    )
    _put(disruption, facts)
    session.add(disruption)
    session.flush()
    audit.record(
        session, Verb.DECLARED, "disruption", disruption.number, by=by, now=now, after=said(disruption)
    )
    attach_plans(session, disruption, by=by, now=now)
    return disruption


def change(session: Session, disruption: Disruption, facts: Declared, *, by: User, now: datetime) -> None:
    """Bring a draft up to date; refused once it is confirmed or called off, and as with `declare`."""
    _refuse_bad_window(facts, business_day(now))
    (disruption,) = lock(session, Disruption, [disruption.id])
    _refuse_if_no_draft(disruption)
    before = said(disruption)
    _put(disruption, facts)
    session.flush()
    after = said(disruption)
    audit.record(
        session, Verb.CHANGED, "disruption", disruption.number, by=by, now=now, before=before, after=after
    )
    if before["kind"] != after["kind"]:
        attach_plans(session, disruption, by=by, now=now)


def confirm(session: Session, disruption: Disruption, *, by: User, now: datetime) -> Effect:
    """Move every promise that the disruption holds up and tell each buyer once, with what they can choose.

    The original promises stay on record, and open offers of substitutes name the day that holds now. The same few
    statements for twenty lines and for twenty thousand. Refused when it is no draft any more, or over.
    """
    disruption = lock_with_others(session, disruption, now=now)
    _refuse_if_no_draft(disruption)
    if disruption.ends_on < business_day(now):
        raise Refused(N_("The disruption is over already, so it holds nothing up any more."), field="ends_on")
    offered = orders_with_offers(disruption.warehouse_id, now)
    orders = select(Order.id).where(or_(Order.id.in_(touched_orders(disruption, now)), Order.id.in_(offered)))
    session.execute(orders.order_by(Order.id).with_for_update()).all()
    found = effect(session, disruption, now=now)
    disruption.state, disruption.confirmed_at, disruption.confirmed_by = DisruptionState.CONFIRMED, now, by
    session.flush()
    if found.moved:
        _record_effects(session, disruption, found, now)
        _move_promises(session, disruption, found, by=by, now=now)
        noticing_disruptions.tell_confirmed(session, disruption, now=now)
    put_off_at(session, disruption.warehouse_id, by=by, now=now)
    after = {"parts": found.parts, "orders": found.orders, "customers": found.customers}
    audit.record(session, Verb.CONFIRMED, "disruption", disruption.number, by=by, now=now, after=after)
    return found


def _record_effects(session: Session, disruption: Disruption, found: Effect, now: datetime) -> None:
    """One row for each part that is held up, written by the database from what it finds."""
    moved = _moved_table(found)
    rows = touched_promises(
        disruption,
        now,
        literal(disruption.id, Integer),
        ScheduleLine.id,
        Promise.id,
        Order.customer_id,
        Promise.due_at,
        moved.c.due_after,
    ).join(moved, (moved.c.ship_by == ScheduleLine.ship_by) & (moved.c.due_at == Promise.due_at))
    columns = ("disruption_id", "part_id", "promise_id", "customer_id", "due_before", "due_after")
    session.execute(insert(DisruptionEffect).from_select(columns, rows, include_defaults=False))


def _moved_table(found: Effect) -> CTE:
    """The old and new days, of which there are few, as a table that the parts are joined to."""
    shape = (column("ship_by", Date()), column("due_at", Instant()), column("due_after", Instant()))
    rows = [(one.ship_by, one.due_at, one.due_after) for one in found.moved]
    return values(*shape, name="moved").data(rows).cte("moved")


def _move_promises(
    session: Session, disruption: Disruption, found: Effect, *, by: User, now: datetime
) -> None:
    """The promises move to their new days, each with its event, and their goods leave when goods leave again."""
    mine = DisruptionEffect.disruption_id == disruption.id
    redate(session, select(DisruptionEffect.part_id, DisruptionEffect.due_after).where(mine))
    session.execute(
        update(Promise)
        .where(Promise.id == DisruptionEffect.promise_id, mine)
        .values(due_at=DisruptionEffect.due_after, state=PromiseState.OPEN, cause=null(), risk_since=null())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(ScheduleLine)
        .where(ScheduleLine.id == DisruptionEffect.part_id, mine)
        .values(ship_by=found.resumes_on)
        .execution_options(synchronize_session=False)
    )
    event = select(
        DisruptionEffect.promise_id,
        literal(now, Instant()),
        literal(str(Happening.REPROMISED)),
        DisruptionEffect.due_after,
        literal(str(Cause.DISRUPTION)),
        literal(by.id, Integer),
    ).where(mine)
    columns = ("promise_id", "at", "what", "due_at", "cause", "by_id")
    session.execute(
        insert(PromiseEvent).from_select(columns, event.order_by(DisruptionEffect.id), include_defaults=False)
    )
    session.expire_all()  # the rows were changed behind the session's back


def count_effects(session: Session, disruption: Disruption) -> int:
    """How many parts a confirmed disruption has moved."""
    query = select(func.count()).where(DisruptionEffect.disruption_id == disruption.id)
    return session.scalar(query) or 0


def lock_with_others(session: Session, disruption: Disruption, *, now: datetime) -> Disruption:
    """The disruption, locked with all of its warehouse that are not over: whoever moves days there takes turns.

    In the order in which new orders look at them, so that neither waits for the other.
    """
    query = (
        select(Disruption)
        .where(
            Disruption.warehouse_id == disruption.warehouse_id,
            Disruption.state != DisruptionState.CANCELLED,
            Disruption.ends_on >= business_day(now),
        )
        .order_by(Disruption.starts_on, Disruption.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    session.scalars(query).all()
    (found,) = lock(session, Disruption, [disruption.id])
    return found


def _refuse_bad_window(facts: Declared, today: date) -> None:
    if facts.ends_on < facts.starts_on:
        raise Refused(N_("It cannot end before it starts."), field="ends_on")
    if facts.ends_on - facts.starts_on > LONGEST or abs(facts.starts_on - today) > LONGEST:
        raise Refused(N_("That is more than a year. Please check the years."), field="ends_on")
    if facts.ends_on < today:
        raise Refused(N_("It is over already, so it holds nothing up any more."), field="ends_on")
    if not facts.what_th.strip() and not facts.what_en.strip():
        raise Refused(N_("Say what happens, in at least one language."), field="what_th")


def _refuse_if_no_draft(disruption: Disruption) -> None:
    if disruption.state != DisruptionState.DRAFT:
        raise Refused(N_("This disruption is not a draft any more."))


def _put(disruption: Disruption, facts: Declared) -> None:
    disruption.kind, disruption.warehouse = facts.kind, facts.warehouse
    disruption.starts_on, disruption.ends_on = facts.starts_on, facts.ends_on
    disruption.what_th = facts.what_th.strip() or facts.what_en.strip()
    disruption.what_en = facts.what_en.strip() or facts.what_th.strip()


def said(disruption: Disruption) -> dict[str, str]:
    """A disruption as the audit trail keeps it."""
    return {
        "kind": disruption.kind,
        "state": disruption.state,
        "warehouse": disruption.warehouse.code,
        "starts_on": str(disruption.starts_on),
        "ends_on": str(disruption.ends_on),
    }
