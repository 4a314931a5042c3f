"""What every act on a repair shares: the stages it may go through, the record of each, and telling the customer."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from aftersales.repairs import REPAIR_MOVES, Repair, RepairEvent, RepairState
from portal import audit, outbox
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.readers import people_of
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on repairs, for the audit trail."""

    OPENED = "repair.opened"
    CANCELLED = "repair.cancelled"
    RECEIVED = "repair.received"
    QUOTED = "repair.quoted"
    APPROVED = "repair.approved"
    DECLINED = "repair.declined"
    REPAIRED = "repair.repaired"
    RETURNED = "repair.returned"
    LOANER_ASKED = "repair.loaner_asked"


VERBS = {
    RepairState.REQUESTED: Verb.OPENED,
    RepairState.RECEIVED: Verb.RECEIVED,
    RepairState.QUOTED: Verb.QUOTED,
    RepairState.APPROVED: Verb.APPROVED,
    RepairState.DECLINED: Verb.DECLINED,
    RepairState.REPAIRED: Verb.REPAIRED,
    RepairState.RETURNED: Verb.RETURNED,
    RepairState.CANCELLED: Verb.CANCELLED,
}

NOT_NOW = {
    RepairState.RECEIVED: N_(
        "The unit of this repair has already been received, or the repair was cancelled."
    ),
    RepairState.QUOTED: N_("Only a unit that lies in our workshop undiagnosed can be quoted for."),
    RepairState.APPROVED: N_(
        "This quote does not wait for an answer: it was answered already, or not given yet."
    ),
    RepairState.DECLINED: N_(
        "This quote does not wait for an answer: it was answered already, or not given yet."
    ),
    RepairState.REPAIRED: N_(
        "Only a repair that was approved and is not finished can be recorded as repaired."
    ),
    RepairState.RETURNED: N_("Only a repaired unit, or one whose quote was declined, can be sent back."),
    RepairState.CANCELLED: N_("Only a repair whose unit we have not received can be cancelled."),
}
"""Why a repair cannot go to a stage from where it is."""


def path_of(repair_no: str) -> str:
    """Where a customer follows a repair."""
    return f"/my/repairs/{repair_no}"


def begin(session: Session, repair: Repair, to: RepairState) -> Repair:
    """The repair, locked and read anew, if it may go on to this stage; else refused."""
    (fresh,) = lock(session, Repair, [repair.id])
    if not REPAIR_MOVES.allow(fresh.state, to):
        raise Refused(NOT_NOW[to])
    return fresh


def reach(
    session: Session,
    repair: Repair,
    to: RepairState,
    *,
    by: User | None,
    now: datetime,
    note: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Put a repair into a stage, with its event and the act on record."""
    if repair.state != to:  # asked for, it begins in its first stage
        REPAIR_MOVES.make(repair, to)
    repair.events.append(RepairEvent(at=now, by_id=by.id if by else None, state=to, note=note[:500]))
    audit.record(session, VERBS[to], "repair", repair.number, by=by, now=now, after=facts)


def tell(session: Session, repair: Repair, *, now: datetime, **facts: Any) -> None:
    """Tell the people of the company that a repair reached its stage; the template is named by the stage."""
    identity = repair.identity
    told = {
        "repair": repair.number,
        "serial": identity.number,
        "name_th": identity.product.name_th,
        "name_en": identity.product.name_en,
        **facts,
    }
    template = f"aftersales/notices/repair_{repair.state}.txt"
    key, path = f"repair:{repair.number}:{repair.state}", path_of(repair.number)
    notices = [(person, told, f"{key}:{person}", path) for person in people_of(session, [repair.customer_id])]
    outbox.post_all(session, notices, template, now=now)
