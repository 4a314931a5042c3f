"""Serials are put aside from stock to be lent, and leave the pool for good when they are worn out."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.lending import recall_of
from aftersales.repairs import Loan, LoanerUnit
from inventory.basket_holds import give_up
from inventory.identities import Identity, IdentityKind, Keeping
from inventory.ledger import Move, Place, book, stock_rows
from inventory.stock import MovementKind
from inventory.tracing import Shift, Spot, balances_of, locked, shift
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused
from portal.typed import at_most, required


class Verb(StrEnum):
    """Acts on the loaner pool, for the audit trail."""

    ADDED = "loaner.added"
    RETIRED = "loaner.retired"


def add_to_pool(
    session: Session, identity: Identity, condition: str, *, by: User, now: datetime
) -> LoanerUnit:
    """Take a serial off stock into the loaner pool.

    Refused unless it lies in stock fit for sale, is not picked or promised to anybody, and no recall names it.
    """
    condition = at_most(condition, "condition", 300)
    serial = identity.number
    if identity.kind != IdentityKind.SERIAL:
        raise Refused(N_("%(serial)s is a lot; only serials can be lent."), field="serial", serial=serial)
    warehouse_id = _warehouse_of(session, identity)
    place = Place(identity.product_id, warehouse_id)
    row = stock_rows(session, [place])[place]
    locked(session, [identity.id])
    if _warehouse_of(session, identity) != warehouse_id:  # it was moved before it was locked
        raise Refused(
            N_("Unit %(serial)s does not lie in stock fit for sale."), field="serial", serial=serial
        )
    _refuse_picked(session, identity)
    if notice_no := recall_of(session, identity.id):
        raise Refused(
            N_("Unit %(serial)s is under recall %(notice)s and cannot be lent."),
            field="serial",
            serial=serial,
            notice=notice_no,
        )
    cause_no = next_number(session, "LU", business_day(now))
    give_up(session, place, row, 1 - row.available)
    book(session, [Move(place, -1)], MovementKind.POOL, cause_no, by=by, now=now)
    good, pool = Spot(Keeping.GOOD, warehouse_id=warehouse_id), Spot(Keeping.POOL, warehouse_id=warehouse_id)
    shift(session, [Shift(identity.id, 1, good, pool)], "pool", cause_no, by=by, now=now)
    unit = session.scalars(select(LoanerUnit).where(LoanerUnit.identity_id == identity.id)).one_or_none()
    if unit is None:
        unit = LoanerUnit(identity=identity)
        session.add(unit)
    unit.warehouse_id, unit.condition = warehouse_id, condition.strip()
    unit.added_at, unit.retired_at = now, None
    session.flush()  # it can be handed out by its id
    facts = {"sku": identity.product.sku, "condition": unit.condition}
    audit.record(session, Verb.ADDED, "loaner", serial, by=by, now=now, after=facts)
    return unit


def retire(session: Session, unit: LoanerUnit, reason: str, *, by: User, now: datetime) -> None:
    """A unit leaves the pool, and the house, for good. Refused while it is lent, and without a reason."""
    why = required(reason, "reason", N_("Say why the unit leaves the pool."), 300)
    (fresh,) = lock(session, LoanerUnit, [unit.id])
    serial = fresh.identity.number
    if fresh.retired_at is not None:
        raise Refused(N_("Unit %(serial)s has left the loaner pool."), serial=serial)
    if session.scalar(select(Loan.id).where(Loan.unit_id == fresh.id, Loan.returned_at.is_(None))):
        raise Refused(N_("Unit %(serial)s is lent; take it back first."), serial=serial)
    fresh.retired_at = now
    pool = Spot(Keeping.POOL, warehouse_id=fresh.warehouse_id)
    cause_no = next_number(session, "LU", business_day(now))
    shift(session, [Shift(fresh.identity_id, 1, pool, None)], "retire", cause_no, by=by, now=now)
    audit.record(session, Verb.RETIRED, "loaner", serial, by=by, now=now, after={"reason": why})


def _warehouse_of(session: Session, identity: Identity) -> int:
    """The warehouse in which a serial lies fit for sale."""
    (spot,) = balances_of(session, [identity.id]) or (None,)
    if spot is None or spot.keeping != Keeping.GOOD or spot.warehouse_id is None:
        raise Refused(
            N_("Unit %(serial)s does not lie in stock fit for sale."), field="serial", serial=identity.number
        )
    return spot.warehouse_id


def _refuse_picked(session: Session, identity: Identity) -> None:
    """Refused when a serial is picked for somebody; asked while its stock row is locked, as picking locks it too."""
    picked = (
        select(Shipment.number)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .join(ShipmentIdentity, ShipmentIdentity.shipment_line_id == ShipmentLine.id)
        .where(ShipmentIdentity.identity_id == identity.id, Shipment.state == ShipmentState.PICKED)
    )
    if shipment_no := session.scalar(picked.limit(1)):
        raise Refused(
            N_("Unit %(serial)s is picked for shipment %(shipment)s."),
            field="serial",
            serial=identity.number,
            shipment=shipment_no,
        )
