"""Another product is offered in place of units that wait for stock, and held until the buyer answers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.allotting import settle, unfit
from inventory.ledger import Place, at, stock_rows
from inventory.order_quantities import misfit
from inventory.ordering import terms_of
from inventory.standing_in import StandIn, read_for, substitutes_for
from inventory.stock import Reservation, Stock
from inventory.stockouts import Substitute, SubstituteKind
from inventory.tariffs import Tariff, tariffs
from orders import offer_notices
from orders.consenting import consents_of, find_consent, rule_of
from orders.models import Order, ScheduleLine
from orders.protecting import protected_price
from orders.substitutions import ConsentRule, OfferState, SubstituteOffer, SubstitutionConsent
from orders.waiting import Clock, arrival, replaced, waiting_parts, waiting_units
from policies.kinds import Kind
from policies.promises import Promise
from policies.promising import fulfil
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day, end_of
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

AT_LEAST_EQUAL = (SubstituteKind.EQUAL, SubstituteKind.BETTER)


class Verb(StrEnum):
    """Acts of offering, for the audit trail."""

    OFFERED = "substitute.offered"


@dataclass(frozen=True)
class Choice:
    """A substitute for what waits of a part: `units` of it, what is there of it, its prices and its day.

    The prices are None where the customer has none for it. `due_on` holds for an answer at the last moment. It may be
    sent `unasked` where the customer agreed to equal and better products for good.
    """

    substitute: StandIn
    quantity: int
    units: int
    available: int
    list_price: Decimal | None
    unit_price: Decimal | None
    due_on: date
    unasked: bool = False

    @property
    def possible(self) -> bool:
        """Whether it can be offered now."""
        return self.unit_price is not None and self.available >= self.units

    @property
    def standing(self) -> tuple[bool, bool, date, Decimal, int, int]:
        """Where it stands among others, the lowest first: consent, stock, day, what the buyer pays for it, and rank."""
        pays = (self.unit_price or Decimal(0)) * self.units
        return (
            not self.unasked,
            not self.possible,
            self.due_on,
            pays,
            self.substitute.rank,
            self.substitute.id,
        )


def choices(
    session: Session,
    parts: Sequence[ScheduleLine],
    *,
    now: datetime,
    available: Mapping[Place, int] | None = None,
    consents: Mapping[int, SubstitutionConsent] | None = None,
) -> dict[int, list[Choice]]:
    """By part (of `waiting_parts`), the substitutes for what waits of it, the best first.

    First comes what may be sent without asking, then what there is enough of at a price, then what arrives sooner, then
    what the buyer pays less for, then the better rank. A fixed number of queries for each customer; parts without any
    substitute are absent.
    """
    today, clock = business_day(now), Clock.at(session, now)
    found = substitutes_for(session, {part.line.product_id for part in parts}, today)
    parts = [part for part in parts if part.line.product_id in found]
    places = [
        Place(one.stands_in_id, part.line.order.warehouse_id)
        for part in parts
        for one in found[part.line.product_id]
    ]
    there = free_at(session, places, today) if available is None else available
    prices = _prices(session, parts, found, today)
    if consents is None:
        consents = consents_of(session, {part.line.order.customer_id for part in parts})
    ranked: dict[int, list[Choice]] = {}
    for part in parts:
        order, quantity = part.line.order, waiting_units(part)
        automatic = rule_of(consents.get(order.customer_id)) is ConsentRule.AUTOMATIC
        for one in found[part.line.product_id]:
            units = one.units_for(quantity)
            if misfit(terms_of(one.stands_in), units) is not None:
                continue  # it is not ordered in such a quantity
            listed = _listed(prices[order.customer_id].get(one.stands_in_id), units)
            price = protected_price(replaced(part, quantity), units, listed) if listed is not None else None
            try:
                dated = arrival(session, part, one.stands_in_id, units, clock.answer_by, clock)
            except Refused:
                break  # no lead time is promised to this customer, so no day can be named
            place = Place(one.stands_in_id, order.warehouse_id)
            unasked = automatic and one.kind in AT_LEAST_EQUAL
            ranked.setdefault(part.id, []).append(
                Choice(one, quantity, units, there.get(place, 0), listed, price, dated.due_on, unasked)
            )
    return {id_: sorted(those, key=lambda one: one.standing) for id_, those in ranked.items()}


def free_at(session: Session, places: Collection[Place], today: date) -> dict[Place, int]:
    """Units that can be promised at these places now, read without a lock; places that never had any are absent."""
    if not places:
        return {}
    query = select(Stock).where(at(Stock, places))
    rows = {Place(row.product_id, row.warehouse_id): row for row in session.scalars(query)}
    barred = unfit(session, rows.values(), today=today)
    return {place: row.available - barred[place] for place, row in rows.items()}


def offer(
    session: Session, part: ScheduleLine, substitute: Substitute | StandIn, *, by: User | None, now: datetime
) -> SubstituteOffer:
    """Offer a substitute for all that waits of a part, hold it and tell the buyer, who answers by the next working day.

    Refused, changing nothing, when the company wants no substitutes, nothing of the part waits, an offer for it is
    open, or the substitute is not in stock or has no price for this customer.
    """
    made = hold_offer(session, part, substitute, None, by=by, now=now)
    offer_notices.tell_offered(session, made, now=now)
    return made


def hold_offer(
    session: Session,
    part: ScheduleLine,
    substitute: Substitute | StandIn,
    consent: SubstitutionConsent | None,
    *,
    by: User | None,
    now: datetime,
) -> SubstituteOffer:
    """An offer as it is put on record, with its units held; made on the strength of a standing consent if one is given.

    Nobody is told yet. Refused as `offer` is.
    """
    order, fresh = lock_part(session, part)
    if fresh is None:
        raise Refused(N_("Nothing of this line waits for stock any more."))
    part = fresh
    if consent is None and rule_of(find_consent(session, order.customer_id)) is ConsentRule.NEVER:
        raise Refused(N_("This company wants no substitutes."))
    if open_offer(session, part.id) is not None:
        raise Refused(N_("A substitute for this line is already offered."))
    named = substitute.named if isinstance(substitute, StandIn) else substitute
    instead = read_for(named, part.line.product_id)
    place = Place(instead.stands_in_id, order.warehouse_id)
    stock = stock_rows(session, [place])[place]
    free = stock.available - unfit(session, [stock], today=business_day(now))[place]
    ranked = choices(session, [part], now=now, available={place: free}).get(part.id, [])
    choice = next((one for one in ranked if one.substitute.id == instead.id), None)
    if choice is None:
        raise Refused(N_("This product is no substitute for the line any more."))
    if choice.list_price is None or choice.unit_price is None:
        sku, currency = instead.stands_in.sku, order.currency
        raise Refused(N_("%(sku)s has no price in %(currency)s for you."), sku=sku, currency=currency)
    if not choice.possible:
        raise Refused(
            N_("Only %(there)s of %(sku)s can be promised, and %(units)s would be needed."),
            there=max(0, choice.available),
            sku=instead.stands_in.sku,
            units=choice.units,
        )
    stock.reserved += choice.units
    made = _new_offer(order, part, choice, next_number(session, "SU", business_day(now)), by=by, now=now)
    made.answer_by, made.promise = Clock.at(session, now).answer_by, _promise_of(session, part)
    made.automatic, made.consent_id = consent is not None, consent.id if consent else None
    session.add(made)
    session.flush()  # it is named by its id below, and found by whoever looks for an open offer
    settle(session, [stock], now=now)
    if made.promise is not None:
        fulfil(session, [made.promise], now, by=by, now=now)
    after = {"offer": made.number, "line": part.line.n, "quantity": choice.quantity}
    after |= {"units": choice.units, "sku": substitute.stands_in.sku, "automatic": made.automatic}
    audit.record(session, Verb.OFFERED, "order", order.number, by=by, now=now, after=after)
    return made


def _new_offer(
    order: Order, part: ScheduleLine, choice: Choice, number: str, *, by: User | None, now: datetime
) -> SubstituteOffer:
    """An offer of a choice that is possible, with the reservation that holds its units."""
    stands_in = choice.substitute.stands_in
    return SubstituteOffer(
        number=number,
        part=part,
        customer_id=order.customer_id,
        stands_in=stands_in,
        quantity=choice.quantity,
        units=choice.units,
        unit_price=choice.unit_price,
        list_price=choice.list_price,
        due_on=choice.due_on,
        reservation=Reservation(
            purpose=number,
            warehouse_id=order.warehouse_id,
            product_id=stands_in.id,
            quantity=choice.units,
            held=choice.units,
            customer_id=order.customer_id,
            allocation_class=order.customer.allocation_class,
            due_at=end_of(choice.due_on),
            created_at=now,
        ),
        state=OfferState.OFFERED,
        offered_at=now,
        offered_by=by,
    )


def lock_part(session: Session, part: ScheduleLine) -> tuple[Order, ScheduleLine | None]:
    """The order of a part, locked, and the part read anew if any of it still waits."""
    (order,) = lock(session, Order, [part.line.order_id])
    fresh = waiting_parts(session, ScheduleLine.id == part.id)
    return order, fresh[0] if fresh else None


def open_offer(session: Session, part_id: int) -> SubstituteOffer | None:
    """The offer for a part that waits for its buyer's answer."""
    query = select(SubstituteOffer).where(
        SubstituteOffer.part_id == part_id, SubstituteOffer.state == OfferState.OFFERED
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def open_offers(session: Session, part_ids: Collection[int], *, now: datetime) -> dict[int, SubstituteOffer]:
    """By part, the offers that can still be answered; one query."""
    query = select(SubstituteOffer).where(
        SubstituteOffer.part_id.in_(part_ids),
        SubstituteOffer.state == OfferState.OFFERED,
        SubstituteOffer.answer_by >= now,
    )
    return {offer.part_id: offer for offer in session.scalars(query)}


def _promise_of(session: Session, part: ScheduleLine) -> Promise | None:
    """The promise to offer a substitute for a part, which bears the name of its reservation."""
    if part.reservation is None:
        return None
    query = select(Promise).where(
        Promise.kind == Kind.SUBSTITUTION_OFFER, Promise.subject_no == part.reservation.purpose
    )
    return session.scalars(query).one_or_none()


def _prices(
    session: Session,
    parts: Sequence[ScheduleLine],
    found: Mapping[int, Sequence[StandIn]],
    today: date,
) -> dict[int, dict[int, Tariff]]:
    """By customer, what each substitute for their parts costs them; what they may not see is absent."""
    customers: dict[int, Customer] = {}
    wanted: dict[int, set[int]] = defaultdict(set)
    for part in parts:
        customer = part.line.order.customer
        customers[customer.id] = customer
        wanted[customer.id].update(one.stands_in_id for one in found[part.line.product_id])
    return {id_: tariffs(session, customer, wanted[id_], on=today) for id_, customer in customers.items()}


def _listed(tariff: Tariff | None, units: int) -> Decimal | None:
    step = tariff.at(units) if tariff else None
    return step.price if step else None
