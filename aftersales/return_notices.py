"""What people are told about returns, each thing once, in the transaction that makes it true."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from aftersales.models import Return
from portal import readers


def path_of(number: str) -> str:
    """Where a customer follows a return."""
    return f"/my/returns/{number}"


def tell_buyer(
    session: Session, found: Return, what: str, facts: Mapping[str, Any], *, now: datetime
) -> None:
    """Tell whoever asked for a return, else the buyer of its order, how it stands; `what` names the template.

    Everybody of the company is told where neither of them can sign in.
    """
    asker = found.requested_by
    reader = asker if asker is not None and asker.customer_id is not None else found.order.buyer
    known = {"number": found.number, "order": found.order.number} | dict(facts)
    readers.post(
        session,
        reader,
        found.order.customer_id,
        f"aftersales/notices/return_{what}.txt",
        known,
        key=f"return_{what}:{found.number}",
        path=path_of(found.number),
        now=now,
    )
