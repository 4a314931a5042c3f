"""A return is settled: the customer gets money back or the same goods again, for every unit that stays with us."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from aftersales import return_notices
from aftersales.models import REASON_TITLES, RETURN_MOVES, Remedy, Return, ReturnReason, ReturnState
from aftersales.return_steps import creditable, inspected, locked_return, refuse_unless_next
from orders.crediting import issue_credit
from orders.replacing import replace, wait_for_standstills
from policies.promising import fulfil
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused

SEVERAL_REASONS = N_("Goods returned for several reasons")


class Verb(StrEnum):
    """Acts of settling returns, for the audit trail."""

    SETTLED = "return.settled"


def settle(session: Session, found: Return, remedy: Remedy | None = None, *, by: User, now: datetime) -> None:
    """Give the customer what they asked for, or another remedy that was agreed, and tell them; the refund is kept.

    Units sent back to the customer get nothing. Refused before everything that came was inspected, or a second time.
    """
    if (remedy or found.remedy) == Remedy.REPLACEMENT:
        wait_for_standstills(session, found.order, now=now)
    found = locked_return(session, found)
    refuse_unless_next(found, ReturnState.SETTLED)
    if not inspected(found):
        raise Refused(N_("Say first what becomes of the goods that came."))
    if remedy is not None:
        found.remedy = remedy
    close(session, found, by=by, now=now)
    audit.record(session, Verb.SETTLED, "return", found.number, by=by, now=now, after=facts_of(found))
    return_notices.tell_buyer(session, found, "settled", facts_of(found), now=now)


def close(session: Session, found: Return, *, by: User, now: datetime) -> None:
    """Credit or replace what stays with us, and keep the refund that was promised."""
    units = creditable(found)
    if units and found.remedy == Remedy.REPLACEMENT:
        found.replacement = replace(session, found.order, units, found.number, by=by, now=now)
    elif units:
        found.credit_note = issue_credit(session, found.order, units, _reason(found), by=by, now=now)
    found.settled_at, found.settled_by_id = now, by.id
    RETURN_MOVES.make(found, ReturnState.SETTLED)
    if found.refund_promise is not None:
        fulfil(session, [found.refund_promise], now, by=by, now=now)


def facts_of(found: Return) -> dict[str, Any]:
    """What the customer got, for the trail and the notice."""
    note, again = found.credit_note, found.replacement
    return {
        "credit_note": note.number if note else "",
        "total_minor": note.total_minor if note else 0,
        "currency": note.currency if note else "",
        "replacement": again.number if again else "",
    }


def _reason(found: Return) -> str:
    """Why the credit note is given, as a msgid."""
    reasons = {ReturnReason(line.reason) for line in found.lines if line.received}
    return REASON_TITLES[reasons.pop()] if len(reasons) == 1 else SEVERAL_REASONS
