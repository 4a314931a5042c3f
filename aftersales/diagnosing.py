"""The unit arrives in our workshop, is diagnosed, and the customer is told what the repair would cost."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.lending import follow_repair
from aftersales.repairing import begin, reach, tell
from aftersales.repairs import MOST_MINOR, Repair, RepairState
from aftersales.waiting import pause_repair
from inventory.identities import Keeping
from inventory.models import Warehouse
from inventory.tracing import Shift, Spot, shift
from policies.kinds import Kind
from policies.promising import fulfil, promise_case
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.outbox import day_fact
from portal.refusal import Refused
from portal.typed import required

MOST_DIAGNOSIS = 2000


@dataclass(frozen=True)
class Diagnosis:
    """What the workshop found, and what parts and labour cost, in minor units before tax."""

    finding: str
    parts_minor: int
    labour_minor: int


def receive(session: Session, repair: Repair, warehouse: Warehouse, *, by: User, now: datetime) -> None:
    """The customer's unit is in our workshop: from now on run the promised times of diagnosis and repair.

    Refused when it was received already, the repair was cancelled, or the unit is not with the customer.
    """
    fresh = begin(session, repair, RepairState.RECEIVED)
    fresh.warehouse, fresh.received_at = warehouse, now
    owned = Spot(Keeping.OWNED, customer_id=fresh.customer_id)
    workshop = Spot(Keeping.REPAIR, warehouse_id=warehouse.id)
    shift(session, [Shift(fresh.identity_id, 1, owned, workshop)], "repair_in", fresh.number, by=by, now=now)
    fresh.quote_promise, fresh.repair_promise = (
        promise_case(session, fresh.customer, kind, fresh.number, start=now, by=by, now=now)
        for kind in (Kind.REPAIR_QUOTE, Kind.REPAIR)
    )
    reach(session, fresh, RepairState.RECEIVED, by=by, now=now, facts={"warehouse": warehouse.code})
    follow_repair(session, fresh, now=now)
    tell(session, fresh, now=now, due_on=_due_on(fresh))


def quote(session: Session, repair: Repair, found: Diagnosis, *, by: User, now: datetime) -> None:
    """Tell the customer what is wrong and what the repair would cost; the promised time of diagnosis is kept or missed.

    A covered unit is repaired free of charge; when nothing is to pay the repair is approved at once. Refused unless the
    unit lies undiagnosed in our workshop.
    """
    finding = required(found.finding, "diagnosis", N_("Say what the workshop found."), MOST_DIAGNOSIS)
    for field, amount in (("parts", found.parts_minor), ("labour", found.labour_minor)):
        if not 0 <= amount <= MOST_MINOR:
            raise Refused(N_("This amount cannot be charged."), field=field)
    fresh = begin(session, repair, RepairState.QUOTED)
    fresh.diagnosis, fresh.quoted_at = finding, now
    fresh.parts_minor, fresh.labour_minor = found.parts_minor, found.labour_minor
    fresh.charge_minor = 0 if fresh.covered else found.parts_minor + found.labour_minor
    if fresh.quote_promise is not None:
        fulfil(session, [fresh.quote_promise], now, by=by, now=now)
    facts = {
        "parts_minor": found.parts_minor,
        "labour_minor": found.labour_minor,
        "charge": fresh.charge_minor,
    }
    reach(session, fresh, RepairState.QUOTED, by=by, now=now, note=finding, facts=facts)
    if fresh.charge_minor:
        pause_repair(session, fresh, by=by, now=now)
        tell(
            session, fresh, now=now, charge_minor=fresh.charge_minor, currency=fresh.currency, finding=finding
        )
        return
    fresh.answered_at = now
    reach(session, fresh, RepairState.APPROVED, by=by, now=now)
    tell(session, fresh, now=now, free=True, due_on=_due_on(fresh))


def _due_on(repair: Repair) -> str | None:
    return day_fact(business_day(repair.repair_promise.due_at)) if repair.repair_promise else None
