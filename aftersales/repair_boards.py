"""Reading repairs for lists and panels."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from aftersales.owning import CLOSED
from aftersales.repairs import Repair, RepairState
from inventory.identities import Identity
from inventory.models import Product
from inventory.tracing import tidy
from portal.customers.models import Customer
from portal.i18n import N_
from portal.keyset import Keyset, keyset

STAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "requested": (N_("Waiting for the unit"), (RepairState.REQUESTED,)),
    "received": (N_("To diagnose"), (RepairState.RECEIVED,)),
    "quoted": (N_("Waiting for the customer"), (RepairState.QUOTED,)),
    "approved": (N_("To repair"), (RepairState.APPROVED,)),
    "ready": (N_("To send back"), (RepairState.REPAIRED, RepairState.DECLINED)),
    "closed": (N_("Closed"), CLOSED),
}
"""The stages that the desk works through, each with the states it gathers."""

UNFINISHED = tuple(state for state in RepairState if state not in CLOSED)


def repair_page(
    session: Session,
    *,
    customer_id: int | None = None,
    text: str = "",
    states: Sequence[str] = (),
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Repair]:
    """A page of repairs, newest first, of one company or of all; found by number, serial, product or company."""
    query = (
        select(Repair)
        .join(Repair.identity)
        .join(Identity.product)
        .join(Repair.customer)
        .options(
            joinedload(Repair.identity).joinedload(Identity.product),
            joinedload(Repair.customer),
            joinedload(Repair.quote_promise),
            joinedload(Repair.repair_promise),
        )
    )
    if customer_id is not None:
        query = query.where(Repair.customer_id == customer_id)
    if states:
        query = query.where(Repair.state.in_(states))
    if wanted := text.strip():
        query = query.where(_named(wanted))
    return keyset(session, query, Repair.id, older_than=older_than, newer_than=newer_than)


def counted(session: Session) -> dict[str, int]:
    """How many repairs are in each stage of the desk. One query."""
    query = select(Repair.state, func.count()).group_by(Repair.state)
    found: dict[str, int] = dict(session.execute(query).all())
    return {stage: sum(found.get(state, 0) for state in states) for stage, (_, states) in STAGES.items()}


def waiting_for(session: Session, customer_id: int, most: int) -> list[Repair]:
    """The repairs that wait for a company's answer to the quote, longest waiting first."""
    query = (
        select(Repair)
        .where(Repair.customer_id == customer_id, Repair.state == RepairState.QUOTED)
        .options(joinedload(Repair.identity).joinedload(Identity.product))
        .order_by(Repair.quoted_at, Repair.id)
        .limit(most)
    )
    return list(session.scalars(query))


def repairs_with(
    session: Session, identity_ids: Sequence[int], *, customer_id: int | None = None
) -> list[Repair]:
    """Every repair of these serials, first to last, of one company or of all."""
    query = select(Repair).where(Repair.identity_id.in_(identity_ids)).options(joinedload(Repair.customer))
    if customer_id is not None:
        query = query.where(Repair.customer_id == customer_id)
    return list(session.scalars(query.order_by(Repair.id)))


def _named(wanted: str) -> ColumnElement[bool]:
    columns = (Repair.number, Product.sku, Customer.code, Customer.name_th, Customer.name_en)
    return or_(
        Identity.number.contains(tidy(wanted), autoescape=True),
        *(column.icontains(wanted, autoescape=True) for column in columns),
    )
