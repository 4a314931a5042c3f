"""Scheduled work of this room."""

from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.proving import differences
from portal import audit, outbox
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction

MOST_RECORDED = 200
log = structlog.get_logger()


class Verb(StrEnum):
    """What the stock proof puts on record."""

    DIFFERS = "stock.differs"


def prove_stock(session: Session, now: datetime) -> int:
    """Prove every balance; differences are put on record and managers told, once a day. Says how many there are."""
    with transaction(session):
        found = differences(session)
        if not found:
            return 0
        log.error("stock differs from its records", count=len(found), first=str(found[0]))
        for one in found[:MOST_RECORDED]:
            audit.record(
                session,
                Verb.DIFFERS,
                "product",
                one.sku,
                by=None,
                now=now,
                before={"warehouse": one.warehouse, one.figure.value: one.recorded},
                after={"warehouse": one.warehouse, one.figure.value: one.proven},
            )
        day = business_day(now)
        managers = select(User.id).where(User.role.in_({Role.MANAGER, Role.ADMIN}), User.active)
        facts = {"count": len(found), "sku": found[0].sku, "warehouse": found[0].warehouse}
        outbox.post_all(
            session,
            [
                (id_, facts, f"stock-proof/{day}/{id_}", "/desk/stock-proof")
                for id_ in session.scalars(managers)
            ],
            "inventory/notices/stock_differs.txt",
            now=now,
        )
        return len(found)
