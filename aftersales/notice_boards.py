"""Reading product notices: the list, how far one has come, who has not answered, and what concerns a company."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from aftersales.owning import balances_of_company
from aftersales.recalls import NoticeIdentity, NoticeRecipient, NoticeState, ProductNotice
from inventory.identities import Identity, IdentityBalance
from inventory.models import Product
from portal.customers.models import Customer
from portal.keyset import Keyset, keyset


@dataclass(frozen=True)
class Listed:
    """A notice with how many companies it reached, and how many acknowledged it."""

    notice: ProductNotice
    told: int
    acknowledged: int


def notice_page(
    session: Session,
    text: str = "",
    state: str = "",
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[Listed]:
    """A page of notices, newest first. One query."""
    query = (
        select(
            ProductNotice,
            _of_notice(func.count(NoticeRecipient.id)),
            _of_notice(func.count(NoticeRecipient.acknowledged_at)),
        )
        .join(ProductNotice.product)
        .options(joinedload(ProductNotice.product), joinedload(ProductNotice.drafted_by))
    )
    if state:
        query = query.where(ProductNotice.state == state)
    if wanted := text.strip():
        named = (ProductNotice.number, ProductNotice.title_th, ProductNotice.title_en, Product.sku)
        query = query.where(or_(*(column.icontains(wanted, autoescape=True) for column in named)))
    found = keyset(session, query, ProductNotice.id, older_than=older_than, newer_than=newer_than)
    return found.made(lambda row: Listed(*row[:3]))


def silent(session: Session, notice: ProductNotice, *, most: int = 200) -> list[NoticeRecipient]:
    """The companies that have not acknowledged a notice, those with the most units first."""
    query = (
        select(NoticeRecipient)
        .join(NoticeRecipient.customer)
        .where(NoticeRecipient.notice_id == notice.id, NoticeRecipient.acknowledged_at.is_(None))
        .options(joinedload(NoticeRecipient.customer))
        .order_by(NoticeRecipient.units.desc(), Customer.code)
        .limit(most)
    )
    return list(session.scalars(query))


def answered(session: Session, notice: ProductNotice, *, most: int = 200) -> list[NoticeRecipient]:
    """The companies that acknowledged a notice, last first."""
    query = (
        select(NoticeRecipient)
        .where(NoticeRecipient.notice_id == notice.id, NoticeRecipient.acknowledged_at.is_not(None))
        .options(joinedload(NoticeRecipient.customer), joinedload(NoticeRecipient.acknowledged_by))
        .order_by(NoticeRecipient.acknowledged_at.desc(), NoticeRecipient.id)
        .limit(most)
    )
    return list(session.scalars(query))


def notices_to(
    session: Session,
    customer_id: int,
    *,
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Keyset[NoticeRecipient]:
    """The notices that reached a company, newest first."""
    query = (
        select(NoticeRecipient)
        .where(NoticeRecipient.customer_id == customer_id)
        .options(joinedload(NoticeRecipient.notice).joinedload(ProductNotice.product))
    )
    return keyset(session, query, NoticeRecipient.id, older_than=older_than, newer_than=newer_than)


def unanswered(session: Session, customer_id: int, most: int) -> list[NoticeRecipient]:
    """The open notices that a company has not acknowledged, newest first."""
    query = (
        select(NoticeRecipient)
        .join(NoticeRecipient.notice)
        .where(
            NoticeRecipient.customer_id == customer_id,
            NoticeRecipient.acknowledged_at.is_(None),
            ProductNotice.state == NoticeState.ISSUED,
        )
        .options(joinedload(NoticeRecipient.notice).joinedload(ProductNotice.product))
        .order_by(NoticeRecipient.id.desc())
        .limit(most)
    )
    return list(session.scalars(query))


def open_notices(session: Session, most: int) -> list[Listed]:
    """Issued notices that are not closed, and drafts, newest first."""
    told = _of_notice(func.count(NoticeRecipient.id))
    acknowledged = _of_notice(func.count(NoticeRecipient.acknowledged_at))
    query = (
        select(ProductNotice, told, acknowledged)
        .where(ProductNotice.state != NoticeState.CLOSED)
        .options(joinedload(ProductNotice.product))
        .order_by(ProductNotice.id.desc())
        .limit(most)
    )
    return [Listed(*row) for row in session.execute(query)]


def affected_numbers(session: Session, notice: ProductNotice, *, most: int = 200) -> list[Identity]:
    """The lots and serials that a notice names, by number."""
    query = (
        select(Identity)
        .join(NoticeIdentity, NoticeIdentity.identity_id == Identity.id)
        .where(NoticeIdentity.notice_id == notice.id)
        .order_by(Identity.number)
        .limit(most)
    )
    return list(session.scalars(query))


def affected_of(session: Session, notice: ProductNotice, customer_id: int, *, most: int = 200) -> list[str]:
    """The affected numbers that a company holds now, those in our workshop included."""
    query = (
        select(Identity.number)
        .join(NoticeIdentity, NoticeIdentity.identity_id == Identity.id)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(
            NoticeIdentity.notice_id == notice.id, IdentityBalance.id.in_(balances_of_company(customer_id))
        )
        .distinct()
        .order_by(Identity.number)
        .limit(most)
    )
    return list(session.scalars(query))


def notices_about(
    session: Session, identity_ids: Sequence[int], *, customer_id: int | None = None
) -> list[ProductNotice]:
    """The notices that name these lots or serials, first to last; to a company only those that reached it."""
    query = (
        select(ProductNotice)
        .join(NoticeIdentity, NoticeIdentity.notice_id == ProductNotice.id)
        .where(NoticeIdentity.identity_id.in_(identity_ids), ProductNotice.issued_at.is_not(None))
        .order_by(ProductNotice.id)
    )
    if customer_id is not None:
        reached = and_(
            NoticeRecipient.notice_id == ProductNotice.id, NoticeRecipient.customer_id == customer_id
        )
        query = query.join(NoticeRecipient, reached)
    return list(session.scalars(query))


def _of_notice(counted: ColumnElement[int]) -> ScalarSelect[int]:
    """A count of the recipients of the notice at hand, so that only those of the notices shown are counted."""
    return select(counted).where(NoticeRecipient.notice_id == ProductNotice.id).scalar_subquery()
