"""Warehouses, the provinces they serve, and the suppliers who fill them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inventory.models import ServiceArea, Warehouse
from inventory.stock import Supplier
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused

MOST_TRANSIT_DAYS = 60


class Verb(StrEnum):
    """Acts on warehouses and suppliers, for the audit trail."""

    WAREHOUSE_PUT = "warehouse.put"
    AREA_SET = "service_area.set"
    SUPPLIER_PUT = "supplier.put"


@dataclass(frozen=True)
class WarehouseFacts:
    """What is said of a warehouse; the main one serves every province that none is named for."""

    code: str
    name_th: str
    name_en: str
    address_th: str = ""
    address_en: str = ""
    main: bool = False


@dataclass(frozen=True)
class SupplierFacts:
    """What is said of a supplier; `usual_delay_days` is how late their overdue deliveries usually turn out."""

    code: str
    name_th: str
    name_en: str
    usual_delay_days: int = 3


def put_warehouse(session: Session, facts: WarehouseFacts, *, by: User | None, now: datetime) -> Warehouse:
    """The warehouse of this code, made or brought up to date; a new main one takes the place of the old."""
    warehouse = session.scalars(select(Warehouse).where(Warehouse.code == facts.code)).one_or_none()
    if warehouse is None:
        warehouse = Warehouse(code=facts.code)
        session.add(warehouse)
    if _write(warehouse, asdict(facts)):
        audit.record(
            session, Verb.WAREHOUSE_PUT, "warehouse", facts.code, by=by, now=now, after=asdict(facts)
        )
        if facts.main:
            others = update(Warehouse).where(Warehouse.code != facts.code, Warehouse.main)
            session.execute(others.values(main=False))
    session.flush()  # stock and service areas name it by its id
    return warehouse


def serve(
    session: Session,
    province: str,
    warehouse: Warehouse,
    transit_days: int,
    *,
    by: User | None,
    now: datetime,
) -> ServiceArea:
    """Goods for a province leave from this warehouse and travel so many working days."""
    if not 0 <= transit_days <= MOST_TRANSIT_DAYS:
        raise Refused(
            N_("Goods travel between 0 and %(most)s working days."),
            field="transit_days",
            most=MOST_TRANSIT_DAYS,
        )
    area = session.get(ServiceArea, province)
    if area is None:
        area = ServiceArea(province=province)
        session.add(area)
    if _write(area, {"warehouse_id": warehouse.id, "transit_days": transit_days}):
        after = {"warehouse": warehouse.code, "transit_days": transit_days}
        audit.record(session, Verb.AREA_SET, "service_area", province, by=by, now=now, after=after)
    return area


def put_supplier(session: Session, facts: SupplierFacts, *, by: User | None, now: datetime) -> Supplier:
    """The supplier of this code, taken on or brought up to date."""
    if facts.usual_delay_days < 0:
        raise Refused(N_("A delay cannot be less than zero days."), field="usual_delay_days")
    supplier = session.scalars(select(Supplier).where(Supplier.code == facts.code)).one_or_none()
    if supplier is None:
        supplier = Supplier(code=facts.code)
        session.add(supplier)
    if _write(supplier, asdict(facts)):
        audit.record(session, Verb.SUPPLIER_PUT, "supplier", facts.code, by=by, now=now, after=asdict(facts))
    session.flush()  # receipts name it by its id
    return supplier


def _write(row: object, values: dict[str, Any]) -> bool:
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)
