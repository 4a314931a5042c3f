"""Scarce stock is dealt anew among the lines that want it: first shown with who gains and loses, then done just so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CompoundSelect, or_, select, union
from sqlalchemy.orm import Session, contains_eager, joinedload

from inventory import dealing_anew
from inventory.dealing_anew import Share, Simulation
from inventory.dealings import Dealing
from inventory.ledger import Place, at
from inventory.models import Product, Warehouse
from inventory.reserving import Part
from inventory.stock import OWED, Reservation
from orders import dealing_notices
from orders.dating import Terms, date_part
from orders.expedites import ExpediteRequest, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from orders.substitutions import OfferState, SubstituteOffer
from orders.waiting import Clock, level_of
from policies.models import PolicyVersion, ServiceLevel
from policies.promises import Promise
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.money import line_amount
from portal.refusal import Refused


class Kept(StrEnum):
    """Why units stay where they are whatever the rule says."""

    AGREED = "agreed"
    DUE = "due"
    PICKED = "picked"


KEPT_TITLES: dict[str, str] = {
    Kept.AGREED: N_("Agreed with the buyer: a substitute, a replacement or faster delivery"),
    Kept.DUE: N_("Promised for today or overdue"),
    Kept.PICKED: N_("Picked"),
}


@dataclass(frozen=True)
class Turn:
    """A share as staff see it: whose it is, what the units that change hands are worth, and its likely day then.

    `part` is None for units that are held for an offer; `likely_on` is None where nothing changes or no day is known.
    """

    share: Share
    order: Order | None
    line: OrderLine | None
    part: ScheduleLine | None
    kept: Kept | None
    worth_minor: int = 0
    due_on: date | None = None
    likely_on: date | None = None

    @property
    def late(self) -> bool:
        """Whether the promised day would be missed by the likely one."""
        return self.due_on is not None and self.likely_on is not None and self.likely_on > self.due_on


@dataclass(frozen=True)
class Redealt:
    """A dealing as it would be now: every line that holds or waits, in its turn."""

    simulation: Simulation
    turns: Sequence[Turn]

    def worth(self, *, gained: bool) -> dict[str, int]:
        """What the units are worth that change hands, on the side of those who gain or of those who lose."""
        sums: dict[str, int] = {}
        for one in self.turns:
            if one.order is not None and one.share.gain and (one.share.gain > 0) is gained:
                currency = one.order.currency
                sums[currency] = sums.get(currency, 0) + one.worth_minor
        return sums

    def count(self, *, gained: bool) -> int:
        """How many lines gain, or lose."""
        return sum(1 for one in self.simulation.changed if (one.gain > 0) is gained)

    @property
    def units(self) -> int:
        """Units that would change hands."""
        return sum(one.gain for one in self.simulation.changed if one.gain > 0)

    @property
    def would_miss(self) -> int:
        """Lines that lose units and would miss their promised day by it."""
        return sum(1 for one in self.turns if one.share.gain < 0 and one.late)


def simulate(session: Session, product: Product, warehouse: Warehouse, *, now: datetime) -> Redealt:
    """What dealing the stock of a product in a warehouse anew would change; nothing is written.

    What was agreed with a buyer is spared: units offered or taken as a substitute, replacements, and what an approved
    request brings faster; picked units and what is due by today are, too. A fixed number of queries.
    """
    place = Place(product.id, warehouse.id)
    spared = sparing(session, place)
    found = dealing_anew.simulate(session, place, spared, now=now)
    return Redealt(found, _turns(session, product, found, spared, now=now))


def deal_again(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    digest: str,
    reason: str,
    *,
    by: User,
    now: datetime,
) -> Dealing:
    """Deal it exactly as the simulation with this digest said, and tell the buyers who lose units; refused otherwise.

    Those who gain are told with the others whose goods have come. The lead-time check finds the promises at risk.
    """
    spared: set[int] = set()

    def spare(place: Place) -> set[int]:
        spared.update(sparing(session, place))
        return spared

    dealing, found = dealing_anew.deal_anew(
        session, product, warehouse, digest, reason, sparing=spare, by=by, now=now
    )
    turns = _turns(session, product, found, spared, now=now)
    losers = [one for one in turns if one.share.gain < 0]
    lost = [
        dealing_notices.Lost(
            one.order,
            one.line,
            -one.share.gain,
            one.due_on,
            one.likely_on,
            one.share.comes_on is not None,
        )
        for one in losers
        if one.order is not None and one.line is not None
    ]
    dealing_notices.tell_gave_way(session, lost, dealing.number, now=now)
    return dealing


def sparing(session: Session, place: Place) -> set[int]:
    """The reservations at a place that hold what was agreed with a buyer; one query."""
    return set(session.scalars(agreed_at([place])))


def agreed_at(places: Collection[Place]) -> CompoundSelect[int]:
    """The ids of the reservations at places that hold what was agreed with a buyer."""
    here = (at(Reservation, places), OWED, Reservation.held > 0)
    offered = (
        select(Reservation.id)
        .join(SubstituteOffer, SubstituteOffer.reservation_id == Reservation.id)
        .where(SubstituteOffer.state == OfferState.OFFERED, *here)
    )
    approved = select(ExpediteRequest.part_id).where(ExpediteRequest.state == RequestState.APPROVED)
    agreed = (
        select(Reservation.id)
        .join(ScheduleLine, ScheduleLine.reservation_id == Reservation.id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .where(or_(OrderLine.stands_for_id.is_not(None), ScheduleLine.id.in_(approved)), *here)
    )
    return union(offered, agreed)


def _turns(
    session: Session, product: Product, found: Simulation, spared: set[int], *, now: datetime
) -> list[Turn]:
    ids = [one.reservation_id for one in found.shares]
    parts, offered = _parts(session, ids), _offers(session, sorted(spared))
    clock = Clock.at(session, now) if found.changed else None
    turns = []
    for share in found.shares:
        kept = _kept(share, spared, business_day(now))
        part, offer = parts.get(share.reservation_id), offered.get(share.reservation_id)
        if part is None:
            turns.append(Turn(share, offer.part.line.order if offer else None, None, None, kept))
            continue
        line, order = part.line, part.line.order
        due_on = business_day(part.promise.due_at) if part.promise else None
        worth = line_amount(line.unit_price, abs(share.gain), order.currency, discount_bp=line.discount_bp)
        likely = _likely(session, product, share, part, clock) if share.gain and clock else None
        turns.append(Turn(share, order, line, part, kept, worth, due_on, likely))
    return turns


def _kept(share: Share, spared: set[int], today: date) -> Kept | None:
    if not share.kept:
        return None
    if share.reservation_id in spared:
        return Kept.AGREED
    return Kept.DUE if business_day(share.due_at) <= today else Kept.PICKED


def _likely(
    session: Session, product: Product, share: Share, part: ScheduleLine, clock: Clock
) -> date | None:
    """When the last unit of a part would arrive: dated as an order of now, from stock or from what is to come."""
    order = part.line.order
    try:
        level = level_of(session, part, business_day(clock.now))
    except Refused:
        return None  # no lead time is promised to this customer, so no day can be named
    terms = Terms.at(
        clock.places,
        order.warehouse,
        clock.now,
        level,
        order.transit_days,
        order.requested_on,
        clock.standstills.get(order.warehouse_id, ()),
    )
    place = Place(product.id, order.warehouse_id)
    held = share.after >= share.quantity
    return date_part(
        Part(place, share.quantity, held, share.comes_on), terms, product.replenishment_days
    ).due_on


def _parts(session: Session, reservation_ids: Sequence[int]) -> Mapping[int, ScheduleLine]:
    """By reservation, the parts of lines, with all that a date and a value need."""
    query = (
        select(ScheduleLine)
        .join(ScheduleLine.line)
        .join(OrderLine.order)
        .outerjoin(ScheduleLine.promise)
        .options(
            contains_eager(ScheduleLine.line)
            .contains_eager(OrderLine.order)
            .options(joinedload(Order.warehouse), joinedload(Order.buyer), joinedload(Order.customer)),
            contains_eager(ScheduleLine.promise)
            .joinedload(Promise.service_level)
            .joinedload(ServiceLevel.version)
            .joinedload(PolicyVersion.policy),
        )
        .where(ScheduleLine.reservation_id.in_(reservation_ids))
    )
    found = session.scalars(query).unique()
    return {one.reservation_id: one for one in found if one.reservation_id is not None}


def _offers(session: Session, reservation_ids: Sequence[int]) -> dict[int, SubstituteOffer]:
    """By reservation, the open offers that units are held for."""
    query = (
        select(SubstituteOffer)
        .where(
            SubstituteOffer.reservation_id.in_(reservation_ids), SubstituteOffer.state == OfferState.OFFERED
        )
        .options(
            joinedload(SubstituteOffer.part)
            .joinedload(ScheduleLine.line)
            .joinedload(OrderLine.order)
            .joinedload(Order.customer)
        )
    )
    return {one.reservation_id: one for one in session.scalars(query)}
