"""The last day of use of a lot turns out to be another than was written down, and the books follow."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from inventory.dealing import deal
from inventory.expired import hold_expired
from inventory.identities import Identity, IdentityKind
from inventory.last_days import refuse_mistyped
from inventory.ledger import stock_rows
from inventory.stopping import shelves_of
from inventory.tracing import locked
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on the last days of lots, for the audit trail."""

    CORRECTED = "lot.day_corrected"


def correct_day(
    session: Session, lot: Identity, expires_on: date | None, reason: str, *, by: User, now: datetime
) -> int:
    """Write down another last day of use of a lot, or that it has none; says how many units go into quarantine.

    A lot that turns out to be past its day goes there at once and whoever it was meant for is meant to get the next
    lots. One that turns out to be good goes to whoever waits; what lies in quarantine already is released by hand.
    Refused without a reason, for the day on record, for one that cannot be, and for a serial.
    """
    if not reason.strip():
        raise Refused(N_("Say why."), field="reason")
    if lot.kind != IdentityKind.LOT:
        raise Refused(N_("Only a lot has a last day of use."), field="expires_on")
    refuse_mistyped(expires_on, business_day(now))
    places = shelves_of(session, [lot.id])
    stock = stock_rows(session, places) if places else {}  # before the lot, as everywhere
    locked(session, [lot.id])
    session.refresh(lot)
    if expires_on == lot.expires_on:
        raise Refused(N_("That is the day on record already."), field="expires_on")
    before, lot.expires_on = lot.expires_on, expires_on
    session.flush()
    audit.record(
        session,
        Verb.CORRECTED,
        "product",
        lot.product.sku,
        by=by,
        now=now,
        before={"lot": lot.number, "expires_on": str(before) if before else None},
        after={
            "lot": lot.number,
            "expires_on": str(expires_on) if expires_on else None,
            "reason": reason.strip(),
        },
    )
    aside = hold_expired(session, [lot.id], places, by=by, now=now)
    if places:
        session.flush()  # the deal reads who waits
        deal(session, stock, now=now)
    return aside
