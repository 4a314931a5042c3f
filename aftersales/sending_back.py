"""The unit is repaired and tested, and goes back to its customer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from aftersales.lending import follow_repair, loan_out
from aftersales.repairing import begin, reach, tell
from aftersales.repairs import Repair, RepairState
from inventory.identities import Keeping
from inventory.tracing import Shift, Spot, shift
from policies.promising import fulfil, withdraw
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused
from portal.typed import required

MOST_WORK = 2000


@dataclass(frozen=True)
class Parcel:
    """With whom a unit travels; `reason` says why it goes although a loaner of the repair is still out."""

    carrier: str
    tracking_no: str
    reason: str = ""


def record_repaired(session: Session, repair: Repair, work_done: str, *, by: User, now: datetime) -> None:
    """The workshop has repaired and tested the unit. Refused unless the repair was approved and is not finished."""
    work = required(work_done, "work_done", N_("Say what was done and how it was tested."), MOST_WORK)
    fresh = begin(session, repair, RepairState.REPAIRED)
    fresh.work_done, fresh.repaired_at = work, now
    reach(session, fresh, RepairState.REPAIRED, by=by, now=now, note=work)
    follow_repair(session, fresh, now=now)
    tell(session, fresh, now=now, loaner=loan_out(session, fresh) is not None)


def send_back(session: Session, repair: Repair, parcel: Parcel, *, by: User, now: datetime) -> None:
    """The unit goes back to its customer; the promised time of the repair is kept or missed.

    Refused while a loaner of this repair is out, unless a reason is given; and unless the unit is repaired, or its
    quote was declined.
    """
    carrier = required(parcel.carrier, "carrier", N_("Name the carrier."), 80)
    tracking_no = required(parcel.tracking_no, "tracking_no", N_("Give the tracking number."), 80)
    fresh = begin(session, repair, RepairState.RETURNED)
    loan, reason = loan_out(session, fresh), parcel.reason.strip()[:500]
    if loan is not None and not reason:
        raise Refused(
            N_(
                "Loaner %(serial)s is still with the customer. Take it back first, or say why the unit goes now."
            ),
            field="reason",
            serial=loan.unit.identity.number,
        )
    assert fresh.warehouse_id is not None  # it was received
    workshop = Spot(Keeping.REPAIR, warehouse_id=fresh.warehouse_id)
    owned = Spot(Keeping.OWNED, customer_id=fresh.customer_id)
    shift(session, [Shift(fresh.identity_id, 1, workshop, owned)], "repair_out", fresh.number, by=by, now=now)
    if fresh.repair_promise is not None:
        fulfil(session, [fresh.repair_promise], now, by=by, now=now)
    if fresh.loaner_promise_id is not None:
        withdraw(
            session, [fresh.loaner_promise_id], by=by, now=now
        )  # one never handed over is not needed any more
    fresh.returned_at, fresh.carrier, fresh.tracking_no = now, carrier, tracking_no
    facts = {"carrier": carrier, "tracking_no": tracking_no, "loaner_out": loan.number if loan else None}
    reach(session, fresh, RepairState.RETURNED, by=by, now=now, note=reason if loan else "", facts=facts)
    follow_repair(session, fresh, now=now)
    tell(session, fresh, now=now, carrier=carrier, tracking=tracking_no, loaner=loan is not None)
