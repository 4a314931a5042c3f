"""The ways out for what waits of an order, gathered from stock, transfers, substitutes and fast services, and ranked.

- **Wait**: the promised day, or where the goods come too late for it the first day on which they can arrive; without a
  receipt in sight they are taken to come in the product's usual restocking time. Costs nothing beyond the order.
- **Move**: what another warehouse has free, sent today, then on its way to the customer. Costs the transfer.
- **Substitute**: as it would be offered now (`offering.choices`). Costs what we give up of its list price, so that the
  customer never pays more. A company that wants an equal or better one at once need not be asked.
- **Expedite**: the cheapest fast service that arrives by the day promised first once the goods are here, else the
  fastest. It is asked for when they are.
- **Cancel**: all of the part that nobody has picked, in stock or not; costs the margin of these units, and needs the
  customer's word.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.coming import expected_day
from inventory.inbound import Supplier, Transfer
from inventory.models import Product
from inventory.transfer_costs import Costs, transfer_costs
from inventory.transfers import Elsewhere, elsewhere, under_way_for, waiting_all
from orders.consenting import find_consent, rule_of
from orders.expedite_sums import COST_CURRENCY, Sold, margin, options, suggested
from orders.expedites import FastService
from orders.models import Order, OrderLine, ScheduleLine
from orders.offering import Choice, choices
from orders.offers import offers_of
from orders.standstills import leaves_from
from orders.substitutions import ConsentRule, SubstituteOffer
from orders.waiting import Clock, replaced, waiting_parts, waiting_units
from orders.ways_out import Kind, Ranked, Way, ranked
from policies.clocks import WorkingDays
from portal.clock import business_day
from portal.i18n import N_, day_text
from portal.money import Money, line_amount
from portal.refusal import Refused


@dataclass(frozen=True)
class Short:
    """A part of an order that waits for `units`: its ways out, the best first, and what is under way for it already.

    `promised_on` is the day promised first, which every way is measured against; `rule` is what the company wants when
    a line is short.
    """

    part: ScheduleLine
    units: int
    promised_on: date | None
    rule: ConsentRule
    ways: list[Ranked]
    offer: SubstituteOffer | None
    under_way: list[Transfer]


@dataclass(frozen=True)
class _Facts:
    """What the ways out of all parts of an order are found from."""

    order: Order
    today: date
    clock: Clock
    rule: ConsentRule
    services: Sequence[FastService]
    costs: Costs | None

    @property
    def days(self) -> WorkingDays:
        """The working days of the warehouse."""
        return self.clock.places.days(self.order.warehouse.code)

    def leaves(self, there_on: date) -> date:
        """The first day on which goods that are there on a day can leave the warehouse."""
        windows = self.clock.standstills.get(self.order.warehouse_id, ())
        return leaves_from(self.days.first_from(max(there_on, self.today)), windows, self.days)

    def arrives(self, there_on: date) -> date:
        """The first day on which goods that are there on a day can be with the customer who wants them no sooner."""
        carriers = self.clock.places.carriers_of(self.order.warehouse.code) or self.days
        arrives = carriers.after(self.leaves(there_on), self.order.transit_days)
        return max(arrives, self.order.requested_on or arrives)


def compare(session: Session, order: Order, *, now: datetime) -> list[Short]:
    """Every part of an order that waits, with its ways out ranked; a fixed number of queries, one if nothing waits."""
    parts = waiting_parts(session, OrderLine.order_id == order.id, anew=False)
    if not parts:
        return []
    today = business_day(now)
    services = session.scalars(select(FastService).where(FastService.active).order_by(FastService.id)).all()
    rule = rule_of(find_consent(session, order.customer_id))
    facts = _Facts(
        parts[0].line.order, today, Clock.at(session, now), rule, services, transfer_costs(session)
    )
    names = [part.reservation.purpose for part in parts if part.reservation]
    waiting = {one.purpose: one for one in waiting_all(session, names)}
    there, under_way = (
        elsewhere(session, list(waiting.values()), today),
        under_way_for(session, names),
    )
    offered = {offer.part_id: offer for offer in offers_of(session, order).open}
    instead = choices(session, [part for part in parts if part.id not in offered], now=now)
    _suppliers(session, parts)
    found = []
    for part in parts:
        purpose = part.reservation.purpose if part.reservation else ""
        if purpose not in waiting:
            continue  # its goods came between the two questions
        promised_on = business_day(part.promise.original_due_at) if part.promise else None
        ways = _ways(
            facts,
            part,
            waiting[purpose].product,
            promised_on,
            there.get(purpose, []),
            instead.get(part.id, []),
            offered.get(part.id),
        )
        units = waiting_units(part)
        found.append(
            Short(
                part,
                units,
                promised_on,
                rule,
                ranked(ways, units, promised_on),
                offered.get(part.id),
                [one for one in under_way if one.purpose == purpose],
            )
        )
    return found


def _ways(
    facts: _Facts,
    part: ScheduleLine,
    product: Product,
    promised_on: date | None,
    there: Sequence[Elsewhere],
    instead: Sequence[Choice],
    offer: SubstituteOffer | None,
) -> Iterator[Way]:
    units = waiting_units(part)
    net = replaced(part, units).cost[0]
    pays = Money(net, facts.order.currency)
    here_on, estimate = _here_on(facts, part, product)
    wait = _wait(facts, part, here_on, units, pays, estimate=estimate)
    yield wait
    yield from _moves(facts, there, units, pays)
    yield from _substitutes(facts, instead, units, offer)
    yield _expedite(facts, here_on, wait, promised_on)
    yield _cancel(facts, part, product)


def _here_on(facts: _Facts, part: ScheduleLine, product: Product) -> tuple[date, bool]:
    """When the goods that a part waits for are here, and whether that is a guess."""
    receipt = part.reservation.receipt if part.reservation else None
    if receipt is None:
        return facts.today + timedelta(days=product.replenishment_days), True
    return expected_day(receipt, facts.today), False


def _wait(
    facts: _Facts, part: ScheduleLine, here_on: date, units: int, pays: Money, *, estimate: bool
) -> Way:
    arrives = facts.arrives(here_on)
    if part.promise is not None:
        arrives = max(arrives, business_day(part.promise.due_at))
    receipt = part.reservation.receipt if part.reservation else None
    return Way(Kind.WAIT, units, arrives, Money(0, COST_CURRENCY), pays, about=receipt, estimate=estimate)


def _moves(facts: _Facts, there: Sequence[Elsewhere], units: int, pays: Money) -> Iterator[Way]:
    if not there:
        yield Way(Kind.MOVE, units, no=Refused(N_("No other warehouse has free units of it.")))
    for one in there:
        some = min(units, one.available)
        cost = facts.costs.of(some) if facts.costs else None
        yield Way(Kind.MOVE, some, facts.arrives(one.here_on), cost, pays, about=one)


def _substitutes(
    facts: _Facts, instead: Sequence[Choice], units: int, offer: SubstituteOffer | None
) -> Iterator[Way]:
    if offer is not None:
        return  # it stands above the others, with its answer to come
    if not instead:
        yield Way(Kind.SUBSTITUTE, units, no=Refused(N_("Nothing may stand for this product yet.")))
    currency = facts.order.currency
    for one in instead:
        cost = pays = None
        if one.unit_price is not None and one.list_price is not None:
            pays = Money(line_amount(one.unit_price, one.units, currency), currency)
            cost = Money(line_amount(one.list_price, one.units, currency), currency) - pays
        no = _why_no_substitute(facts, one)
        yield Way(Kind.SUBSTITUTE, one.quantity, one.due_on, cost, pays, not one.unasked, no, about=one)


def _why_no_substitute(facts: _Facts, one: Choice) -> Refused | None:
    if facts.rule is ConsentRule.NEVER:
        return Refused(N_("This company wants no substitutes."))
    if one.unit_price is None:
        return Refused(N_("It has no price for this company."))
    if not one.possible:
        there = max(0, one.available)
        return Refused(
            N_("Only %(there)s of the %(units)s needed can be promised."), there=there, units=one.units
        )
    return None


def _expedite(facts: _Facts, here_on: date, wait: Way, promised_on: date | None) -> Way:
    if wait.arrives_on is None or not facts.services:
        return Way(Kind.EXPEDITE, wait.units, no=Refused(N_("There is no faster service.")))
    leaves = facts.leaves(here_on)
    found = options(facts.services, wait.units, leaves, wait.arrives_on, facts.days)
    best = suggested(found, promised_on or wait.arrives_on)
    if best is None:
        return Way(
            Kind.EXPEDITE,
            wait.units,
            no=Refused(N_("None of our faster services arrives before waiting does.")),
        )
    no = Refused(
        N_("It can be asked for once the goods are here, which should be on %(day)s."), day=day_text(here_on)
    )
    cost = Money(best.cost_minor, COST_CURRENCY)
    return Way(Kind.EXPEDITE, wait.units, best.due_on, cost, wait.pays, no=no, about=best.service)


def _cancel(facts: _Facts, part: ScheduleLine, product: Product) -> Way:
    """What lies in stock for the part goes with what waits, as far as nobody has picked it."""
    units, nothing = part.unpicked, Money(0, facts.order.currency)
    if units <= 0:
        no = Refused(N_("What is being picked, on its way or not owed any more cannot be cancelled."))
        return Way(Kind.CANCEL, waiting_units(part), None, None, nothing, consent=True, no=no)
    net = replaced(part, units).cost[0]
    earned = margin([Sold(units, net, product.unit_cost)], facts.order.currency).minor
    lost = None if earned is None else Money(max(0, earned), COST_CURRENCY)
    return Way(Kind.CANCEL, units, None, lost, nothing, consent=True)


def _suppliers(session: Session, parts: Sequence[ScheduleLine]) -> Mapping[int, Supplier]:
    """The suppliers of the receipts waited for, read at once: an overdue receipt asks how late they usually are."""
    receipts = [part.reservation.receipt for part in parts if part.reservation and part.reservation.receipt]
    ids = {one.supplier_id for one in receipts if one.supplier_id is not None}
    found = {one.id: one for one in session.scalars(select(Supplier).where(Supplier.id.in_(ids)))}
    for receipt in receipts:
        _ = receipt.supplier  # found among those just read
    return found
