"""The only doors from an address to a repair, a loan, a product notice or a unit; they prove the right to see it."""

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.owning import Unit, named_units
from aftersales.recalls import NoticeRecipient, NoticeState, ProductNotice
from aftersales.repairs import Loan, LoanerUnit, Repair, RepairEvent
from inventory.identities import Identity
from inventory.models import Product
from inventory.tracing import tidy
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.accounts.seeing import the_one_for
from portal.refusal import Unknown


def repair_for(session: Session, person: User, number: str) -> Repair:
    """The repair with its unit, promises and events, if the person may see it; else Unknown."""
    query = (
        select(Repair)
        .where(Repair.number == number)
        .options(
            joinedload(Repair.customer),
            joinedload(Repair.identity).joinedload(Identity.product),
            joinedload(Repair.warranty),
            joinedload(Repair.warehouse),
            joinedload(Repair.quote_promise),
            joinedload(Repair.repair_promise),
            joinedload(Repair.loaner_promise),
            selectinload(Repair.events).joinedload(RepairEvent.by),
        )
    )
    return the_one_for(session, person, query, lambda found: found.customer_id, f"repair {number}")


def loan_for(session: Session, person: User, number: str) -> Loan:
    """The loan with its unit and repair, if the person may see it; else Unknown."""
    query = (
        select(Loan)
        .where(Loan.number == number)
        .options(
            joinedload(Loan.unit).options(
                joinedload(LoanerUnit.identity).joinedload(Identity.product), joinedload(LoanerUnit.warehouse)
            ),
            joinedload(Loan.repair).joinedload(Repair.repair_promise),
            joinedload(Loan.customer),
            joinedload(Loan.handed_out_by),
            joinedload(Loan.received_by),
        )
    )
    return the_one_for(session, person, query, lambda found: found.customer_id, f"loan {number}")


def notice_for(session: Session, person: User, number: str) -> ProductNotice:
    """The product notice, for the distributor's people; else Unknown."""
    query = (
        select(ProductNotice)
        .where(ProductNotice.number == number)
        .options(
            joinedload(ProductNotice.product),
            joinedload(ProductNotice.drafted_by),
            joinedload(ProductNotice.issued_by),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None or person.audience is not Audience.STAFF:
        raise Unknown(f"product notice {number}")
    return found


def received_notice_for(session: Session, person: User, number: str) -> NoticeRecipient:
    """The product notice as it reached the person's company; Unknown when it did not."""
    query = (
        select(NoticeRecipient)
        .join(NoticeRecipient.notice)
        .where(
            ProductNotice.number == number,
            ProductNotice.state != NoticeState.DRAFT,
            NoticeRecipient.customer_id == person.customer_id,
        )
        .options(
            joinedload(NoticeRecipient.notice).joinedload(ProductNotice.product),
            joinedload(NoticeRecipient.acknowledged_by),
        )
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"product notice {number}")
    return found


def identity_for(session: Session, person: User, sku: str, number: str) -> Identity:
    """The lot or serial of a product, for the distributor's people; else Unknown."""
    found = None
    if person.audience is Audience.STAFF:
        query = (
            select(Identity)
            .join(Identity.product)
            .where(tuple_(Product.sku, Identity.number).in_(_readings(sku, number)))
            .options(joinedload(Identity.product))
        )
        found = session.scalars(query.limit(1)).one_or_none()
    if found is None:
        raise Unknown(f"unit {number} of {sku}")
    return found


def unit_for(session: Session, person: User, sku: str, number: str) -> Unit:
    """The lot or serial that the person's company holds; Unknown when it does not."""
    for read_sku, read_number in _readings(sku, number):
        units = named_units(session, person.company.id, read_number, read_sku)
        if units:
            return units[0]
    raise Unknown(f"unit {number} of {sku}")


def loaner_for(session: Session, person: User, sku: str, number: str) -> LoanerUnit:
    """The unit of the loaner pool, for the distributor's people; else Unknown."""
    identity = identity_for(session, person, sku, number)
    query = (
        select(LoanerUnit)
        .where(LoanerUnit.identity_id == identity.id)
        .options(joinedload(LoanerUnit.warehouse))
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"loaner {number} of {sku}")
    return found


def _readings(sku: str, number: str) -> list[tuple[str, str]]:
    """The ways to read an address: both a product's code and a number may hold slashes."""
    parts = f"{sku}/{number}".split("/")
    return [("/".join(parts[:n]), tidy("/".join(parts[n:]))) for n in range(len(parts) - 1, 0, -1)]
