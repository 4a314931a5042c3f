"""Where the units that a product notice names are: with which customers, in our stock, lent, or on their way."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from aftersales.owning import CLOSED
from aftersales.recalls import NoticeIdentity, ProductNotice
from aftersales.repairs import Repair
from inventory.causes import of_the_desk
from inventory.identities import Identity, IdentityBalance, IdentityMove, Keeping, TransferIdentity
from inventory.inbound import Transfer
from inventory.models import Warehouse
from orders.meant import count_meant
from orders.models import Order, OrderLine, ScheduleLine
from orders.shipments import Shipment, ShipmentIdentity, ShipmentLine, ShipmentState
from portal.customers.models import Customer


@dataclass(frozen=True)
class Holder:
    """A company with affected units: how many, how many of these are lent, in our workshop, or not delivered yet."""

    customer: Customer
    units: int
    lent: int
    in_workshop: int
    on_the_way: int


@dataclass(frozen=True)
class Lying:
    """Affected units in one of our warehouses, kept one way."""

    warehouse: Warehouse
    keeping: Keeping
    units: int


@dataclass(frozen=True)
class Reach:
    """Where all affected units are now; `units_meant` of those with us are for `lines_meant` order lines."""

    identities: int
    holders: list[Holder]
    lying: list[Lying]
    between_warehouses: int
    lines_meant: int = 0
    units_meant: int = 0

    @property
    def with_customers(self) -> int:
        """Units that customers hold, those in our workshop included."""
        return sum(holder.units for holder in self.holders)

    @property
    def with_us(self) -> int:
        """Units in our warehouses that are ours."""
        return sum(one.units for one in self.lying)


def reach_of(session: Session, notice: ProductNotice) -> Reach:
    """Where the units of a notice are now. Six queries, whatever their number."""
    identities = session.scalar(
        select(func.count()).select_from(NoticeIdentity).where(NoticeIdentity.notice_id == notice.id)
    )
    between = session.scalar(
        select(func.coalesce(func.sum(TransferIdentity.quantity), 0))
        .join(NoticeIdentity, NoticeIdentity.identity_id == TransferIdentity.identity_id)
        .join(Transfer, Transfer.id == TransferIdentity.transfer_id)
        .where(NoticeIdentity.notice_id == notice.id, Transfer.arrived_at.is_(None))
    )
    named = select(NoticeIdentity.identity_id).where(NoticeIdentity.notice_id == notice.id)
    return Reach(
        identities or 0,
        _holders(session, notice),
        _lying(session, notice),
        int(between or 0),
        *count_meant(session, named),
    )


def holdings(notice_id: int) -> Select[*tuple[Any, ...]]:
    """Units of a notice by company: rows of (customer_id, units, lent, in_workshop).

    With a customer are the units on their balance and those that lie in our workshop under an open repair of theirs.
    """
    with_them = (
        select(
            IdentityBalance.customer_id.label("customer_id"),
            IdentityBalance.quantity.label("units"),
            IdentityBalance.keeping.label("keeping"),
        )
        .select_from(NoticeIdentity)
        .join(IdentityBalance, IdentityBalance.identity_id == NoticeIdentity.identity_id)
        .where(
            NoticeIdentity.notice_id == notice_id,
            IdentityBalance.customer_id.is_not(None),
            IdentityBalance.quantity > 0,
        )
    )
    with_us = (
        select(Repair.customer_id, IdentityBalance.quantity, literal(Keeping.REPAIR.value))
        .select_from(NoticeIdentity)
        .join(Repair, and_(Repair.identity_id == NoticeIdentity.identity_id, Repair.state.not_in(CLOSED)))
        .join(IdentityBalance, IdentityBalance.identity_id == NoticeIdentity.identity_id)
        .where(NoticeIdentity.notice_id == notice_id, _workshop())
    )
    held = union_all(with_them, with_us).subquery()
    return select(
        held.c.customer_id,
        func.sum(held.c.units).label("units"),
        func.coalesce(func.sum(held.c.units).filter(held.c.keeping == Keeping.LENT), 0).label("lent"),
        func.coalesce(func.sum(held.c.units).filter(held.c.keeping == Keeping.REPAIR), 0).label(
            "in_workshop"
        ),
    ).group_by(held.c.customer_id)


def good_units(session: Session, notice_ids: list[int]) -> list[tuple[int, Identity, int, int]]:
    """What of these notices lies fit for sale in our warehouses: (notice id, identity, warehouse id, units)."""
    query = (
        select(NoticeIdentity.notice_id, Identity, IdentityBalance.warehouse_id, IdentityBalance.quantity)
        .join(Identity, Identity.id == NoticeIdentity.identity_id)
        .join(IdentityBalance, IdentityBalance.identity_id == Identity.id)
        .where(
            NoticeIdentity.notice_id.in_(notice_ids),
            IdentityBalance.warehouse_id.is_not(None),
            IdentityBalance.keeping == Keeping.GOOD,
            IdentityBalance.quantity > 0,
        )
        .order_by(NoticeIdentity.notice_id, IdentityBalance.warehouse_id, Identity.id)
    )
    return [(row[0], row[1], row[2] or 0, row[3]) for row in session.execute(query)]


def picked_units(session: Session, notice_ids: Collection[int]) -> dict[int, set[int]]:
    """The ids of the lots and serials of these notices that are in shipments which have not left, by notice."""
    query = (
        select(NoticeIdentity.notice_id, NoticeIdentity.identity_id)
        .join(ShipmentIdentity, ShipmentIdentity.identity_id == NoticeIdentity.identity_id)
        .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(NoticeIdentity.notice_id.in_(notice_ids), Shipment.state == ShipmentState.PICKED)
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for notice_id, identity_id in session.execute(query):
        found.setdefault(notice_id, set()).add(identity_id)
    return found


def desk_units(session: Session, notice_ids: Collection[int]) -> list[tuple[int, Identity, int, int]]:
    """What of these notices lies in quarantine for the stock desk to decide on, told as `good_units` does."""
    return _under(session, notice_ids, of_the_desk(IdentityMove.cause_no))


def held_units(session: Session, notice: ProductNotice) -> list[tuple[Identity, int, int]]:
    """What a recall holds in quarantine: (identity, warehouse id, units)."""
    mine = or_(IdentityMove.cause_no == notice.number, IdentityMove.cause_no.startswith(f"{notice.number}/"))
    return [row[1:] for row in _under(session, [notice.id], mine)]


def _under(
    session: Session, notice_ids: Collection[int], causes: ColumnElement[bool]
) -> list[tuple[int, Identity, int, int]]:
    units = func.sum(IdentityMove.quantity)
    held = (
        select(
            NoticeIdentity.notice_id,
            IdentityMove.identity_id,
            IdentityMove.warehouse_id,
            units.label("units"),
        )
        .join(IdentityMove, IdentityMove.identity_id == NoticeIdentity.identity_id)
        .where(
            NoticeIdentity.notice_id.in_(notice_ids),
            IdentityMove.keeping == Keeping.QUARANTINE,
            causes,
        )
        .group_by(NoticeIdentity.notice_id, IdentityMove.identity_id, IdentityMove.warehouse_id)
        .having(units > 0)
        .subquery()
    )
    query = (
        select(held.c.notice_id, Identity, held.c.warehouse_id, held.c.units)
        .join(Identity, Identity.id == held.c.identity_id)
        .order_by(held.c.notice_id, held.c.warehouse_id, Identity.id)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in session.execute(query)]


def _holders(session: Session, notice: ProductNotice) -> list[Holder]:
    held = holdings(notice.id).subquery()
    on_the_way = _on_the_way(notice.id).subquery()
    query = (
        select(Customer, held.c.units, held.c.lent, held.c.in_workshop, func.coalesce(on_the_way.c.units, 0))
        .join(held, held.c.customer_id == Customer.id)
        .outerjoin(on_the_way, on_the_way.c.customer_id == Customer.id)
        .order_by(held.c.units.desc(), Customer.code)
    )
    return [Holder(row[0], *(int(number) for number in row[1:])) for row in session.execute(query)]


def _lying(session: Session, notice: ProductNotice) -> list[Lying]:
    units = func.sum(IdentityBalance.quantity)
    query = (
        select(Warehouse, IdentityBalance.keeping, units)
        .select_from(NoticeIdentity)
        .join(IdentityBalance, IdentityBalance.identity_id == NoticeIdentity.identity_id)
        .join(Warehouse, Warehouse.id == IdentityBalance.warehouse_id)
        .where(
            NoticeIdentity.notice_id == notice.id,
            IdentityBalance.warehouse_id.is_not(None),
            IdentityBalance.keeping != Keeping.REPAIR,
            IdentityBalance.quantity > 0,
        )
        .group_by(Warehouse.id, IdentityBalance.keeping)
        .order_by(Warehouse.code, IdentityBalance.keeping)
    )
    return [Lying(row[0], Keeping(row[1]), int(row[2])) for row in session.execute(query)]


def _on_the_way(notice_id: int) -> Select[*tuple[Any, ...]]:
    """Units of a notice that have left for a company and are not delivered, by company."""
    return (
        select(Order.customer_id.label("customer_id"), func.sum(ShipmentIdentity.quantity).label("units"))
        .select_from(NoticeIdentity)
        .join(ShipmentIdentity, ShipmentIdentity.identity_id == NoticeIdentity.identity_id)
        .join(ShipmentLine, ShipmentLine.id == ShipmentIdentity.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(ScheduleLine, ScheduleLine.id == ShipmentLine.schedule_line_id)
        .join(OrderLine, OrderLine.id == ScheduleLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(NoticeIdentity.notice_id == notice_id, Shipment.state == ShipmentState.SHIPPED)
        .group_by(Order.customer_id)
    )


def _workshop() -> ColumnElement[bool]:
    return and_(
        IdentityBalance.warehouse_id.is_not(None),
        IdentityBalance.keeping == Keeping.REPAIR,
        IdentityBalance.quantity > 0,
    )
