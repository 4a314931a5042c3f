"""Goods leave a warehouse although a disruption is in force there: only when somebody says so, and it is on record."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from orders.shipments import Shipment
from orders.standstills import stopping
from portal.clock import business_day
from portal.i18n import N_
from portal.refusal import Refused


def check_stopped(
    session: Session, leaving: Iterable[tuple[Shipment, bool]], *, now: datetime
) -> dict[str, dict[str, str]]:
    """For the audit trail, by shipment number, the disruptions that each leaves despite; nothing for most.

    `leaving` says of each shipment whether it goes despite any. Refused at `despite` for one that needs it said.
    """
    pairs = list(leaving)
    stopped = stopping(session, {shipment.warehouse_id for shipment, _ in pairs}, business_day(now))
    noted = {}
    for shipment, despite in pairs:
        disruptions = stopped.get(shipment.warehouse_id)
        if not disruptions:
            continue
        if not despite:
            raise Refused(
                N_(
                    "Nothing can leave %(warehouse)s during %(disruption)s. Tick that the goods leave all the same."
                ),
                field="despite",
                warehouse=disruptions[0].warehouse.code,
                disruption=disruptions[0].number,
            )
        noted[shipment.number] = {"despite": ", ".join(one.number for one in disruptions)}
    return noted
