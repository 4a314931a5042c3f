"""Many companies are taken on at once, from rows that say little more than their code."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal import audit
from portal.accounts.models import User
from portal.customers.models import Address, Customer
from portal.customers.registering import OF_ADDRESS, Particulars, Verb
from portal.importing.bulk import new_ids


def known_ids(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """The ids of the companies that there are, by code."""
    query = select(Customer.code, Customer.id).where(Customer.code.in_(set(codes)))
    return {code: id_ for code, id_ in session.execute(query)}  # noqa: C416 - a result is no dict of pairs


def take_on(
    session: Session, companies: Sequence[Particulars], *, by: User | None, now: datetime
) -> dict[str, int]:
    """Take on companies whose codes are free, each with its address if it has one; gives their ids by code."""
    if not companies:
        return {}
    ids = dict(zip((one.code for one in companies), new_ids(session, Customer, len(companies)), strict=True))
    rows, places, entries = [], [], []
    for one in companies:
        values = asdict(one)
        after = dict(values)
        place = {column: values.pop(name) for name, column in OF_ADDRESS.items()}
        rows.append({"id": ids[one.code], **values, "created_at": now})
        if place["line_th"] or place["line_en"]:
            places.append({"customer_id": ids[one.code], **place})
        entries.append({
            "at": now, "by_id": by.id if by else None, "verb": Verb.REGISTERED.value, "subject_kind": "customer",
            "subject_no": one.code, "before": None, "after": after,
        })  # fmt: skip
    session.execute(insert(Customer), rows)
    if places:
        session.execute(insert(Address), places)
    session.execute(insert(audit.AuditEntry), entries)
    return ids
