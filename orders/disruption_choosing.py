"""A customer says what becomes of each part that a disruption delays: wait, cancel it, or take a substitute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from inventory.ledger import Place, stock_rows
from inventory.reserving import release
from orders import offering, substituting
from orders.cancelling import cancel_parts, cancellable
from orders.disruptions import Choice, Disruption, DisruptionEffect, DisruptionState
from orders.lapsing import withdraw_for
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
    if disruption.state != DisruptionState.CONFIRMED:
        raise Refused(N_("This disruption is called off already."))
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
    """The customer does not want what nobody has picked of the part; says how many units. Refused when that is none."""
    order, effect = _open(session, effect)
    _choose(session, effect, order, Choice.CANCEL, by=by, now=now)
    return cancel_parts(session, order, [effect.part_id], _reason(effect, by), by=by, now=now)


def cancel_rest(session: Session, effect: DisruptionEffect, *, by: User, now: datetime) -> int:
    """The customer wants nothing more of the line: what nobody has picked; says how many units.

    Refused, changing nothing, when all of the part itself is picked.
    """
    order, effect = _open(session, effect)
    parts = [part.id for part in cancellable(order) if part.line_id == effect.part.line_id]
    if effect.part_id not in parts:
        raise Refused(N_("What is being picked, on its way or not owed any more cannot be cancelled."))
    for other in _chosen_together(session, effect, parts):
        _choose(session, other, order, Choice.CANCEL, by=by, now=now)
    return cancel_parts(session, order, parts, _reason(effect, by), by=by, now=now)


def rest_of_line(part: ScheduleLine) -> int:
    """How many units of the line of a part nobody has picked, the part's own among them."""
    return sum(one.unpicked for one in part.line.parts)


def substitute(
    session: Session, effect: DisruptionEffect, substitute_id: int | None, *, by: User, now: datetime
) -> OrderLine:
    """The customer takes the substitute named instead of what waits; gives its new line.

    An open offer of it is accepted; one of another product is withdrawn. What does not wait can still be chosen for.
    Refused, changing nothing, when the part does not wait for stock, or the substitute cannot be had.
    """
    order, effect = _open(session, effect)
    offer = _offer(session, effect.part_id, substitute_id, by=by, now=now)
    _choose(session, effect, order, Choice.SUBSTITUTE, by=by, now=now)
    return substituting.accept(session, offer, by=by, now=now)


def substitutes(
    session: Session, parts: Sequence[ScheduleLine], *, now: datetime
) -> dict[int, list[offering.Choice]]:
    """By part (of `waiting_parts`), the substitutes that can be taken now; what is offered already is among them."""
    offers = offering.open_offers(session, [part.id for part in parts], now=now)
    found: dict[int, list[offering.Choice]] = {}
    for part_id, ranked in offering.choices(session, parts, now=now).items():
        held = offers.get(part_id)
        for one in ranked:
            if held is not None and one.substitute.stands_in_id == held.stands_in_id:
                offered = replace(one, quantity=held.quantity, units=held.units, due_on=held.due_on)
                found.setdefault(part_id, []).append(offered)
            elif one.possible:
                found.setdefault(part_id, []).append(one)
    return found


def _offer(
    session: Session, part_id: int, substitute_id: int | None, *, by: User, now: datetime
) -> SubstituteOffer:
    """The offer of a substitute that the customer asks for, open already or made now; nobody needs to be told."""
    parts = waiting_parts(session, ScheduleLine.id == part_id)
    ranked = offering.choices(session, parts, now=now).get(part_id, []) if parts else []
    wanted = next((one.substitute for one in ranked if one.substitute.id == substitute_id), None)
    if wanted is None:
        raise Refused(N_("There is no such substitute for this line."))
    held = offering.open_offer(session, part_id)
    if held is not None and held.stands_in_id == wanted.stands_in_id and now <= held.answer_by:
        return held
    # All rows at once: others may want them in the other order.
    line = parts[0].line
    products = {line.product_id, wanted.stands_in_id} | ({held.stands_in_id} if held else set())
    stock_rows(session, [Place(product_id, line.order.warehouse_id) for product_id in products])
    release(session, withdraw_for(session, [part_id], by=by, now=now), now=now)
    return offering.hold_offer(session, parts[0], wanted, None, by=None, now=now)


def _chosen_together(
    session: Session, effect: DisruptionEffect, part_ids: Sequence[int]
) -> Sequence[DisruptionEffect]:
    """What the same disruption does to these parts, locked in id order."""
    ids = session.scalars(
        select(DisruptionEffect.id).where(
            DisruptionEffect.disruption_id == effect.disruption_id, DisruptionEffect.part_id.in_(part_ids)
        )
    )
    return lock(session, DisruptionEffect, ids)


def _reason(effect: DisruptionEffect, by: User) -> str:
    """Why it is cancelled: the disruption, in the words of who cancels."""
    told = effect.disruption
    what = (told.what_en or told.what_th) if by.language == "en" else (told.what_th or told.what_en)
    return f"{told.number}: {what}"[:200]


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
            joinedload(DisruptionEffect.promise),
        )
        .execution_options(populate_existing=True)
    )
    fresh = session.scalars(query).one()
    part = fresh.part
    settled = (
        part.shipped + part.cancelled >= part.quantity
    )  # a substitute may stand for only some of the units
    if fresh.choice == Choice.CANCEL or (fresh.choice == Choice.SUBSTITUTE and settled):
        raise Refused(N_("You have chosen for this line already."))
    if fresh.disruption.state != DisruptionState.CONFIRMED:
        raise Refused(N_("This disruption is called off already."))
    if part.cancelled >= part.quantity:
        raise Refused(N_("These units are cancelled."))
    if settled:
        raise Refused(N_("These units have left already; nothing delays them any more."))
    if fresh.promise.due_at <= fresh.due_before:
        raise Refused(N_("These units are back on their earlier day; nothing delays them any more."))
    return order, fresh
