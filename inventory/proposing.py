"""What to order is proposed where a position has fallen to the reorder point, and decided by staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, union
from sqlalchemy.orm import Session, joinedload

from inventory import purchasing
from inventory.inbound import PurchaseOrder, Supplier
from inventory.planning import multiple_of
from inventory.plans import Proposal, ProposalState
from inventory.positions import below_reorder_point, open_proposals
from inventory.purchasing import MOST_LINES, MOST_UNITS, Line
from inventory.replenishing import lasts_days, wanted
from inventory.stock import Stock
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import lock, transaction, upsert
from portal.i18n import N_
from portal.refusal import Refused

BATCH = 200
REST = timedelta(days=7)
"""How long nothing is proposed where staff have refused."""
FARTHEST_DAYS = 365


class Verb(StrEnum):
    """Decisions on proposals, for the audit trail."""

    ACCEPTED = "proposal.accepted"
    REFUSED = "proposal.refused"


@dataclass(frozen=True)
class Choice:
    """What staff make of a proposal: so many units of this supplier."""

    proposal: Proposal
    quantity: int
    supplier: Supplier | None = None


def propose_all(session: Session, now: datetime) -> int:
    """Job: propose what to order, product by product in batches; says how many proposals were made, changed or ended.

    A place has one open proposal at most, so a run that was killed is simply run again.
    """
    changed, last = 0, 0
    while True:
        kept = select(Stock.product_id.label("id")).where(Stock.product_id > last)
        proposed = select(Proposal.product_id.label("id")).where(
            Proposal.product_id > last, Proposal.state == ProposalState.OPEN
        )
        either = union(kept, proposed).subquery()
        ids = session.scalars(select(either.c.id).order_by(either.c.id).limit(BATCH)).all()
        if not ids:
            return changed
        with transaction(session):
            changed += propose(session, ids, now)
        last = ids[-1]


def propose(session: Session, product_ids: Sequence[int], now: datetime) -> int:
    """Bring the proposals of these products up to date; says how many were made, changed or ended.

    One whose position has recovered, or that would order nothing, is overtaken. Nothing is proposed for a week where
    staff have refused, and nothing for products that are phased out.
    """
    today = business_day(now)
    still_open = {(one.product_id, one.warehouse_id): one for one in open_proposals(session, product_ids)}
    resting = _resting(session, product_ids, now)
    new: list[dict[str, Any]] = []
    changed = 0
    for row in below_reorder_point(session, product_ids):
        place = (row.product_id, row.warehouse_id)
        facts = _facts(row, today)
        if facts is None:
            continue
        known = still_open.pop(place, None)
        if known is not None:
            changed += _write(known, facts)
        elif place not in resting:
            new.append({**facts, "product_id": place[0], "warehouse_id": place[1], "made_at": now})
    for gone in still_open.values():
        gone.state, gone.decided_at = ProposalState.OVERTAKEN, now
    session.flush()
    made = 0
    if new:
        put = upsert(session, Proposal).values(new).on_conflict_do_nothing().returning(Proposal.id)
        made = len(session.execute(put).all())
    return made + changed + len(still_open)


def accept(session: Session, choices: Sequence[Choice], *, by: User, now: datetime) -> list[PurchaseOrder]:
    """Staff accept proposals, each with its quantity: one draft to each supplier for each warehouse.

    Refused as a whole when one of them is decided already, has no supplier (field `supplier_` and its id) or asks for a
    quantity that cannot be (field `quantity_` and its id).
    """
    proposals = _open(session, [one.proposal.id for one in choices])
    orders: dict[tuple[int, int], list[tuple[Proposal, Choice, Supplier]]] = {}
    for choice in sorted(choices, key=lambda one: one.proposal.id):
        proposal = proposals[choice.proposal.id]
        supplier = choice.supplier or proposal.supplier
        if supplier is None:
            raise Refused(N_("Choose the supplier."), field=f"supplier_{proposal.id}")
        if not 0 < choice.quantity <= MOST_UNITS:
            raise Refused(N_("The quantity must be at least 1."), field=f"quantity_{proposal.id}")
        if not proposal.product.active:
            raise Refused(
                N_("%(sku)s is not sold any more."), field=f"quantity_{proposal.id}", sku=proposal.product.sku
            )
        key = (supplier.id, proposal.warehouse_id)
        orders.setdefault(key, []).append((proposal, choice, supplier))
    made = []
    for those in orders.values():
        for start in range(0, len(those), MOST_LINES):
            made.append(_order(session, those[start : start + MOST_LINES], by=by, now=now))
    return made


def refuse(session: Session, proposals: Sequence[Proposal], reason: str, *, by: User, now: datetime) -> None:
    """Staff refuse proposals and say why. Refused itself without a reason, or when one of them is decided already."""
    if not reason.strip():
        raise Refused(N_("Say why it is refused."), field="reason")
    for one in _open(session, [proposal.id for proposal in proposals]).values():
        one.state, one.decided_at, one.decided_by_id = ProposalState.REFUSED, now, by.id
        one.reason = reason.strip()
        after = {"reason": one.reason, "quantity": one.wanted}
        audit.record(session, Verb.REFUSED, "proposal", _subject(one), by=by, now=now, after=after)


def _order(
    session: Session, those: Sequence[tuple[Proposal, Choice, Supplier]], *, by: User, now: datetime
) -> PurchaseOrder:
    supplier, warehouse = those[0][2], those[0][0].warehouse
    lines = [Line(proposal.product, choice.quantity) for proposal, choice, _ in those]
    order = purchasing.draft(session, supplier, warehouse, lines, by=by, now=now)
    for proposal, choice, _ in those:
        proposal.state, proposal.decided_at, proposal.decided_by_id = ProposalState.ACCEPTED, now, by.id
        proposal.quantity, proposal.purchase_order_id = choice.quantity, order.id
        after = {"quantity": choice.quantity, "wanted": proposal.wanted, "purchase": order.number}
        audit.record(session, Verb.ACCEPTED, "proposal", _subject(proposal), by=by, now=now, after=after)
    return order


def _open(session: Session, ids: Sequence[int]) -> Mapping[int, Proposal]:
    """These proposals, locked, if all of them wait for a decision."""
    if not ids:
        raise Refused(N_("Choose at least one proposal."))
    lock(session, Proposal, ids)
    query = (
        select(Proposal)
        .where(Proposal.id.in_(ids))
        .options(joinedload(Proposal.product), joinedload(Proposal.warehouse), joinedload(Proposal.supplier))
    )
    found = {one.id: one for one in session.scalars(query)}
    for one in found.values():
        if one.state != ProposalState.OPEN:
            raise Refused(N_("The proposal for %(sku)s is decided already."), sku=one.product.sku)
    return found


def _subject(proposal: Proposal) -> str:
    return f"{proposal.product.sku}@{proposal.warehouse.code}"[:60]


def _resting(session: Session, product_ids: Sequence[int], now: datetime) -> set[tuple[int, int]]:
    """The places where staff have refused within the last week."""
    query = select(Proposal.product_id, Proposal.warehouse_id).where(
        Proposal.product_id.in_(product_ids),
        Proposal.state == ProposalState.REFUSED,
        Proposal.decided_at > now - REST,
    )
    return {(product_id, warehouse_id) for product_id, warehouse_id in session.execute(query)}


def _facts(row: Row[Any], today: date) -> dict[str, Any] | None:
    """What is proposed for a place; None where nothing would be ordered."""
    position = int(row.position)
    units = wanted(position, row.point, row.order_quantity, multiple_of(row), row.most)
    if not units:
        return None
    lasts = lasts_days(position, Decimal(row.daily_mean))
    days = row.replenishment_days if lasts is None else lasts
    return {
        "supplier_id": row.supplier_id,
        "available": int(row.available),
        "on_order": int(row.on_order),
        "waiting": int(row.waiting),
        "position": position,
        "reorder_point": row.point,
        "wanted": min(units, MOST_UNITS),
        "need_by": today + timedelta(days=min(days, FARTHEST_DAYS) if position > 0 else 0),
        "state": ProposalState.OPEN.value,
    }


def _write(known: Proposal, facts: Mapping[str, Any]) -> bool:
    changes = {name: value for name, value in facts.items() if getattr(known, name) != value}
    for name, value in changes.items():
        setattr(known, name, value)
    return bool(changes)
