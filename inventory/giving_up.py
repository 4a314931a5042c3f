"""Units that nobody waits for any more: what they had claimed goes to whoever waits longest."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.dealing import deal
from inventory.inbound import InboundReceipt
from inventory.ledger import Place, stock_rows
from inventory.stock import Reservation
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


def stop_waiting(session: Session, units: Mapping[int, int], *, now: datetime) -> None:
    """Let reservations (by id) wait for so many units less; what they hold stays theirs.

    Refused as a whole when one of them does not wait for that many; then nothing is let go.
    """
    places = session.execute(
        select(Reservation.product_id, Reservation.warehouse_id).where(Reservation.id.in_(units)).distinct()
    )
    stock = stock_rows(session, [Place(*row) for row in places])
    reservations = lock(session, Reservation, units)
    if any(units[one.id] > one.quantity - one.held for one in reservations):
        raise Refused(N_("These goods have come in the meantime, so nothing waits for them any more."))
    claims = {one.id: one.receipt_id for one in reservations if one.receipt_id}
    receipts = {receipt.id: receipt for receipt in lock(session, InboundReceipt, claims.values())}
    for one in reservations:
        one.quantity -= units[one.id]
        if one.receipt_id:
            receipts[one.receipt_id].claimed -= units[one.id]
            if one.held == one.quantity:
                one.receipt_id = None
    session.flush()  # the deal below reads which reservations still wait
    deal(session, stock, now=now)
