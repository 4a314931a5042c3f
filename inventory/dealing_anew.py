"""Scarce stock of one product in one warehouse is dealt anew under the rule in force, as it was simulated before."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from inventory.allotting import settle, unfit
from inventory.coming import expected_day, receipts_at, soonest_first
from inventory.dealing import resource
from inventory.dealing_rules import keys_of, rule_in_force
from inventory.dealings import Dealing, DealingEffect, DealingRule
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, at, stock_rows
from inventory.models import Product, Warehouse
from inventory.stock import OWED, Dealt, Reservation, Stock
from inventory.turns import Claim, Key, in_turn, share_out
from portal import audit
from portal.accounts.models import User
from portal.batches import append, insert_all
from portal.clock import business_day
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused

SERIES = "DL"


class Verb(StrEnum):
    """Acts of dealing, for the audit trail."""

    DEALT = "stock.dealt_anew"


@dataclass(frozen=True)
class Share:
    """What one reservation holds of scarce stock and would hold once it is dealt; `kept` of that stays in any case.

    What it still waits for would be there on `comes_on`, None when nothing is expected for it.
    """

    reservation_id: int
    purpose: str
    customer_id: int | None
    allocation_class: int
    due_at: datetime
    ordered_at: datetime
    quantity: int
    held: int
    picked: int
    kept: int
    after: int
    comes_on: date | None

    @property
    def gain(self) -> int:
        """Units more than now; fewer when negative."""
        return self.after - self.held


@dataclass(frozen=True)
class Simulation:
    """A dealing as it would be now: what decides, under which rule if there is one, and the shares in their turn."""

    place: Place
    rule: DealingRule | None
    keys: tuple[Key, ...]
    free: int
    shares: Sequence[Share]

    @property
    def changed(self) -> list[Share]:
        """Who would hold more or less than now."""
        return [one for one in self.shares if one.gain]

    @property
    def digest(self) -> str:
        """The same for two simulations of the same outcome from the same figures, and for no others."""
        figures = [
            (one.reservation_id, one.quantity, one.held, one.picked, one.kept, one.after, str(one.comes_on))
            for one in self.shares
        ]
        rule = self.rule.id if self.rule else 0
        return sha256(repr((self.place, rule, self.free, figures)).encode()).hexdigest()


def simulate(session: Session, place: Place, spared: Collection[int], *, now: datetime) -> Simulation:
    """What dealing the stock of a place anew would change; nothing is written or locked, four queries.

    Everything that is held and not kept is dealt to those who hold or wait there, in the order of the rule. Kept are
    units that lie picked, what is promised for today or is overdue, and all that reservations `spared` (by id) hold.
    What baskets hold takes no part.
    """
    stock = session.scalars(select(Stock).where(at(Stock, [place]))).first()
    reservations = session.scalars(_taking_part(place)).all()
    claimed = {one.receipt_id for one in reservations if one.receipt_id is not None}
    coming = (
        select(InboundReceipt)
        # Nothing is locked, so what was claimed a moment ago may have come in by now.
        .where(
            at(InboundReceipt, [place]),
            or_(InboundReceipt.closed_at.is_(None), InboundReceipt.id.in_(claimed)),
        )
        .options(joinedload(InboundReceipt.supplier))
    )
    receipts = soonest_first(session.scalars(coming).all(), business_day(now))
    free = _free(session, place, stock, now) if stock else 0
    return _simulated(place, free, reservations, receipts, rule_in_force(session, now), spared, now)


def deal_anew(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    digest: str,
    reason: str,
    *,
    sparing: Callable[[Place], Collection[int]],
    by: User,
    now: datetime,
) -> tuple[Dealing, Simulation]:
    """Deal the stock of a product in a warehouse anew, exactly as the simulation with this digest said.

    Who gains is put on record to be told; who loses waits again, and claims what is still to come. Nothing leaves or
    enters the stock. `sparing` says which reservations are spared, asked once the stock is locked. Refused, changing
    nothing, without a published rule or a reason, when nothing would change, and when anything is other than simulated.
    """
    place = Place(product.id, warehouse.id)
    row = stock_rows(session, [place])[place]
    found = session.scalars(
        _taking_part(place).with_for_update().execution_options(populate_existing=True)
    ).all()
    receipts = receipts_at(session, [place], business_day(now)).get(place, [])
    rule = rule_in_force(session, now)
    free = _free(session, place, row, now)
    simulation = _simulated(place, free, found, receipts, rule, sparing(place), now)
    if rule is None:
        raise Refused(N_("Scarce goods are dealt anew under a published rule only. Publish one first."))
    if not reason.strip():
        raise Refused(N_("Say why; it stays on record."), field="reason")
    if simulation.digest != digest:
        raise Refused(
            N_("Something has changed since this was simulated. This is what would happen now: look again.")
        )
    changed = simulation.changed
    if not changed:
        raise Refused(N_("Under the rule in force nothing would change."))
    _carry_out(in_turn(found, simulation.keys), receipts, {one.reservation_id: one.after for one in changed})
    row.reserved += sum(one.gain for one in changed)
    gained = [
        {"reservation_id": one.reservation_id, "units": one.gain, "at": now}
        for one in changed
        if one.gain > 0
    ]
    dealing = _put_on_record(session, product, warehouse, simulation, reason.strip(), by=by, now=now)
    append(session, Dealt, gained)
    settle(session, [row], now=now)
    after = {
        "sku": product.sku,
        "warehouse": warehouse.code,
        "edition": rule.edition,
        "reason": dealing.reason,
        "gained": len(gained),
        "lost": len(changed) - len(gained),
        "units": sum(one.gain for one in changed if one.gain > 0),
    }
    audit.record(session, Verb.DEALT, "dealing", dealing.number, by=by, now=now, after=after)
    return dealing, simulation


def _put_on_record(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    simulation: Simulation,
    reason: str,
    *,
    by: User,
    now: datetime,
) -> Dealing:
    dealing = Dealing(
        number=next_number(session, SERIES, business_day(now)),
        product=product,
        warehouse=warehouse,
        rule=simulation.rule,
        reason=reason,
        at=now,
        by_id=by.id,
    )
    session.add(dealing)
    session.flush()  # its effects name it
    effects = [
        {
            "dealing_id": dealing.id,
            "reservation_id": one.reservation_id,
            "held_before": one.held,
            "held_after": one.after,
        }
        for one in simulation.changed
    ]
    insert_all(session, DealingEffect, effects)
    return dealing


def _free(session: Session, place: Place, row: Stock, now: datetime) -> int:
    """Units that nobody holds and that may be sold."""
    return max(0, row.available - unfit(session, [row], today=business_day(now))[place])


def _taking_part(place: Place) -> Select[Reservation]:
    """Who holds units at a place or waits for some there, but for baskets."""
    return (
        select(Reservation)
        .where(
            Reservation.product_id == place.product_id,
            Reservation.warehouse_id == place.warehouse_id,
            OWED,
            Reservation.expires_at.is_(None),
        )
        .order_by(Reservation.id)
    )


def _simulated(
    place: Place,
    free: int,
    reservations: Sequence[Reservation],
    receipts: Sequence[InboundReceipt],
    rule: DealingRule | None,
    spared: Collection[int],
    now: datetime,
) -> Simulation:
    """The dealing of these facts, tried out on copies of them."""
    keys, today = keys_of(rule), business_day(now)
    turns = [_copy(one) for one in in_turn(reservations, keys)]
    claims = [Claim(one.quantity, one.held, _kept(one, spared, today)) for one in turns]
    after = share_out(claims, max(0, free))
    days = {one.id: expected_day(one, today) for one in receipts}
    held = [one.held for one in turns]
    changes = {
        one.id: units for one, units, before in zip(turns, after, held, strict=True) if units != before
    }
    _carry_out(turns, [_copied(one) for one in receipts], changes)
    shares = [
        Share(
            reservation_id=one.id,
            purpose=one.purpose,
            customer_id=one.customer_id,
            allocation_class=one.allocation_class,
            due_at=one.due_at,
            ordered_at=one.created_at,
            quantity=one.quantity,
            held=before,
            picked=one.picked,
            kept=claim.kept,
            after=units,
            comes_on=days[one.receipt_id] if one.receipt_id else None,
        )
        for one, claim, before, units in zip(turns, claims, held, after, strict=True)
    ]
    return Simulation(place, rule, keys, max(0, free), shares)


def _kept(one: Reservation, spared: Collection[int], today: date) -> int:
    """Units that a reservation keeps whatever the rule: those picked, or all when it is spared or due by today."""
    return one.held if one.id in spared or business_day(one.due_at) <= today else one.picked


def _carry_out(
    turns: Sequence[Reservation], receipts: Sequence[InboundReceipt], after: Mapping[int, int]
) -> None:
    """Have reservations, in the order of their turns, hold other units, and those that wait claim what is to come."""
    by_id = {one.id: one for one in receipts}
    for one in turns:
        gain = after.get(one.id, one.held) - one.held
        if one.receipt_id is not None and gain < 0:
            # Its receipt may have no room for more, so that what it waits for is looked for as a whole.
            by_id[one.receipt_id].claimed -= one.quantity - one.held
            one.receipt_id = None
        elif one.receipt_id is not None and gain > 0:
            by_id[one.receipt_id].claimed -= gain
            one.receipt_id = None if one.held + gain == one.quantity else one.receipt_id
        one.held += gain
    if turns:
        place = Place(turns[0].product_id, turns[0].warehouse_id)
        resource(turns, {place: receipts})


def _copy(one: Reservation) -> Reservation:
    """The same reservation, unknown to the database."""
    return Reservation(**{name: getattr(one, name) for name in Reservation.__table__.columns.keys()})  # noqa: SIM118


def _copied(one: InboundReceipt) -> InboundReceipt:
    """The same receipt, unknown to the database."""
    return InboundReceipt(**{name: getattr(one, name) for name in InboundReceipt.__table__.columns.keys()})  # noqa: SIM118
