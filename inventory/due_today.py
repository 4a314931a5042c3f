"""What is to be done in the warehouses today: receipts and transfers that should be here, goods to inspect."""

from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from inventory.inbound import InboundReceipt, Transfer
from inventory.stock import Stock


def pile_of_receipts(session: Session, today: date) -> tuple[int, date | None, int]:
    """How many receipts should come today or should have come, the first of their days, how many are overdue."""
    overdue = func.count(case((InboundReceipt.expected_on < today, 1)))
    query = select(func.count(InboundReceipt.id), func.min(InboundReceipt.expected_on), overdue).where(
        InboundReceipt.closed_at.is_(None),
        InboundReceipt.transfer_id.is_(None),
        InboundReceipt.expected_on <= today,
    )
    count, first, late = session.execute(query).one()
    return count, first, late


def pile_on_the_way(session: Session, today: date) -> tuple[int, datetime | None, date | None, int]:
    """How many transfers are on the way, since when the oldest, when the first should arrive, how many are overdue."""
    overdue = func.count(case((Transfer.expected_on < today, 1)))
    query = select(
        func.count(Transfer.id), func.min(Transfer.left_at), func.min(Transfer.expected_on), overdue
    ).where(Transfer.arrived_at.is_(None))
    count, since, first, late = session.execute(query).one()
    return count, since, first, late


def count_aside(session: Session) -> int:
    """How many products lie in quarantine, each counted in every warehouse where it does."""
    return session.scalar(select(func.count(Stock.id)).where(Stock.quarantined > 0)) or 0
