"""A customer says what becomes of each part that a disruption delays: wait, cancel it, or take a substitute."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from orders import offering, substituting
from orders.cancelling import cancel_parts
from orders.disruptions import Choice, Disruption, DisruptionEffect
from orders.models import Order, OrderLine, ScheduleLine
from orders.substitutions import SubstituteOffer
from orders.waiting import waiting_parts
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Choices of customers, for the audit trail."""

    CHOSEN = "disruption.chosen"


def wait(session: Session, effect: DisruptionEffect, *, by: User, now: datetime) -> None:
    """The customer waits for the new day; that may still be changed while the goods have not left."""
    order, effect = _open(session, effect)
    if effect.choice == Choice.WAIT:
        raise Refused(N_("You have chosen to wait already."))
    _choose(session, effect, order, Choice.WAIT, by=by, now=now)


def wait_for_all(session: Session, disruption: Disruption, *, by: User, now: datetime) -> int:
    """Wait for everything of the company that nothing was chosen for; says for how many parts. Refused for none."""
    chosen = session.execute(
        update(DisruptionEffect)
        .where(
            DisruptionEffect.disruption_id == disruption.id,
            DisruptionEffect.customer_id == by.company.id,
            DisruptionEffect.choice.is_(None),
        )
        .values(choice=Choice.WAIT, chosen_at=now, chosen_by_id=by.id)
        .returning(DisruptionEffect.id)
    ).all()
    if not chosen:
        raise Refused(N_("Something is chosen for every line already."))
    after = {"choice": Choice.WAIT, "parts": len(chosen)}
    audit.record(session, Verb.CHOSEN, "disruption", disruption.number, by=by, now=now, after=after)
    return len(chosen)


def cancel(session: Session, effect: DisruptionEffect, *, by: User, now: datetime) -> int:
    """The customer does not want the part any more; says how many units. Refused once it is being picked."""
    order, effect = _open(session, effect)
    reason = f"{effect.disruption.number}: {effect.disruption.what_th}"[:200]
    _choose(session, effect, order, Choice.CANCEL, by=by, now=now)
    return cancel_parts(session, order, [effect.part_id], reason, by=by, now=now)


def substitute(
    session: Session, effect: DisruptionEffect, substitute_id: int | None, *, by: User, now: datetime
) -> OrderLine:
    """The customer takes a substitute instead: one that is already offered, else the one named; gives its new line.

    Refused, changing nothing, when the part does not wait for stock, or the substitute cannot be had.
    """
    order, effect = _open(session, effect)
    offer = offering.open_offer(session, effect.part_id) or _offer(
        session, effect.part_id, substitute_id, now
    )
    _choose(session, effect, order, Choice.SUBSTITUTE, by=by, now=now)
    return substituting.accept(session, offer, by=by, now=now)


def _offer(session: Session, part_id: int, substitute_id: int | None, now: datetime) -> SubstituteOffer:
    """An offer made because the customer asks for it; nobody needs to be told."""
    parts = waiting_parts(session, ScheduleLine.id == part_id)
    ranked = offering.choices(session, parts, now=now).get(part_id, []) if parts else []
    wanted = next((one for one in ranked if one.substitute.id == substitute_id), None)
    if wanted is None:
        raise Refused(N_("There is no such substitute for this line."))
    return offering.hold_offer(session, parts[0], wanted.substitute, None, by=None, now=now)


def _choose(
    session: Session, effect: DisruptionEffect, order: Order, choice: Choice, *, by: User, now: datetime
) -> None:
    effect.choice, effect.chosen_at, effect.chosen_by_id = choice, now, by.id
    session.flush()
    after = {"choice": choice, "order": order.number, "sku": effect.part.line.sku}
    audit.record(session, Verb.CHOSEN, "disruption", effect.disruption.number, by=by, now=now, after=after)


def _open(session: Session, effect: DisruptionEffect) -> tuple[Order, DisruptionEffect]:
    """The effect with its order locked, while there is still something to choose."""
    order_id = session.scalars(
        select(OrderLine.order_id)
        .join(ScheduleLine, ScheduleLine.line_id == OrderLine.id)
        .where(ScheduleLine.id == effect.part_id)
    )
    (order,) = lock(session, Order, order_id)
    lock(session, DisruptionEffect, [effect.id])
    query = (
        select(DisruptionEffect)
        .where(DisruptionEffect.id == effect.id)
        .options(
            joinedload(DisruptionEffect.disruption),
            joinedload(DisruptionEffect.part).joinedload(ScheduleLine.line),
        )
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one()
    if fresh.choice in (Choice.CANCEL, Choice.SUBSTITUTE):
        raise Refused(N_("You have chosen for this line already."))
    part = fresh.part
    if part.cancelled >= part.quantity:
        raise Refused(N_("These units are cancelled."))
    if part.shipped + part.cancelled >= part.quantity:
        raise Refused(N_("These units have left already; nothing delays them any more."))
    return order, fresh
