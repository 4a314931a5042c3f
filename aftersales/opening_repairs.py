"""A repair is asked for by the serial that a company holds, and called off while we have not received the unit."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.lending import follow_repair
from aftersales.owning import CLOSED, Unit, cover_of, named_units
from aftersales.repairing import Verb, begin, reach, tell
from aftersales.repairs import Repair, RepairState
from inventory.identities import Identity, IdentityKind, Keeping
from policies.kinds import Kind
from policies.promising import promise_case, withdraw
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.customers.models import Customer
from portal.db import lock
from portal.i18n import N_
from portal.numbering import next_number
from portal.refusal import Refused
from portal.typed import required

MOST_FAULT = 2000


@dataclass(frozen=True)
class Fault:
    """What is wrong with which unit, and whether one should be lent meanwhile; `sku` when a number is borne twice."""

    serial: str
    fault: str
    loaner_wanted: bool = False
    sku: str = ""


def open_repair(session: Session, customer: Customer, told: Fault, *, by: User, now: datetime) -> Repair:
    """A company asks for a repair of a serial that it owns; whether the warranty covers it is found now.

    Refused when the company does not own a unit with this number, or it is in repair already. A loaner that is wanted
    is promised from now on.
    """
    fault = required(told.fault, "fault", N_("Say what is wrong with the unit."), MOST_FAULT)
    unit = _owned(session, customer, told)
    lock(session, Identity, [unit.identity.id])  # two people may ask for the same repair
    if repair_no := _open_repair_of(session, unit.identity):
        raise Refused(
            N_("Unit %(serial)s is in repair already, as %(repair)s."),
            field="serial",
            serial=unit.identity.number,
            repair=repair_no,
        )
    found = cover_of(unit, business_day(now))
    repair = Repair(
        number=next_number(session, "RP", business_day(now)),
        customer=customer,
        identity=unit.identity,
        warranty=unit.warranty,
        covered=found.covered,
        cover_reason=found.reason,
        fault=fault,
        state=RepairState.REQUESTED,
        opened_at=now,
        opened_by_id=by.id,
        currency=customer.currency,
        loaner_wanted=told.loaner_wanted,
    )
    session.add(repair)
    facts = {"serial": unit.identity.number, "covered": found.covered, "loaner_wanted": told.loaner_wanted}
    reach(session, repair, RepairState.REQUESTED, by=by, now=now, note=fault, facts=facts)
    session.flush()  # the promise and the notices name it
    if told.loaner_wanted:
        _promise_loaner(session, repair, by=by, now=now)
    tell(session, repair, now=now, covered=found.covered, by_us=by.customer_id is None)
    return repair


def ask_for_loaner(session: Session, repair: Repair, *, by: User, now: datetime) -> None:
    """A company asks for a loaner during a repair; it is promised from now on. Refused twice, and once all is done."""
    (fresh,) = lock(session, Repair, [repair.id])
    if fresh.state in (*CLOSED, RepairState.REPAIRED, RepairState.DECLINED):
        raise Refused(N_("A loaner can only be asked for while the unit is being repaired."))
    if fresh.loaner_wanted:
        raise Refused(N_("A loaner has already been asked for."))
    fresh.loaner_wanted = True
    audit.record(session, Verb.LOANER_ASKED, "repair", fresh.number, by=by, now=now)
    _promise_loaner(session, fresh, by=by, now=now)


def cancel_repair(session: Session, repair: Repair, reason: str, *, by: User, now: datetime) -> None:
    """Call a repair off before we have received the unit; refused afterwards, or without a reason."""
    why = required(reason, "reason", N_("Say why the repair is cancelled."), 500)
    fresh = begin(session, repair, RepairState.CANCELLED)
    if fresh.loaner_promise_id is not None:
        withdraw(session, [fresh.loaner_promise_id], by=by, now=now)
    reach(session, fresh, RepairState.CANCELLED, by=by, now=now, note=why, facts={"reason": why})
    session.flush()  # whether a loaner is out is read from the database
    follow_repair(session, fresh, now=now)
    tell(session, fresh, now=now, reason=why)


def _owned(session: Session, customer: Customer, told: Fault) -> Unit:
    serials = [
        unit
        for unit in named_units(session, customer.id, told.serial, told.sku)
        if unit.identity.kind == IdentityKind.SERIAL and unit.keeping is not Keeping.LENT
    ]
    if not serials:
        raise Refused(N_("This is not a unit delivered to you."), field="serial")
    if len(serials) > 1:
        raise Refused(
            N_(
                "Units of several products bear this number. Choose the unit from the list of things you own."
            ),
            field="serial",
        )
    return serials[0]


def _open_repair_of(session: Session, identity: Identity) -> str | None:
    query = select(Repair.number).where(Repair.identity_id == identity.id, Repair.state.not_in(CLOSED))
    return session.scalar(query)


def _promise_loaner(session: Session, repair: Repair, *, by: User, now: datetime) -> None:
    repair.loaner_promise = promise_case(
        session, repair.customer, Kind.LOANER, repair.number, start=now, by=by, now=now
    )
