"""Warehouses, the provinces they serve, and the suppliers who fill them."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from inventory.inbound import Supplier
from inventory.models import ServiceArea, Warehouse
from portal import audit
from portal.accounts.models import User
from portal.i18n import N_
from portal.refusal import Refused

MOST_TRANSIT_DAYS = 60
ADDRESS_WORD = "new"
_CODE = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")
_EMAIL = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Verb(StrEnum):
    """Acts on warehouses and suppliers, for the audit trail."""

    WAREHOUSE_PUT = "warehouse.put"
    AREA_SET = "service_area.set"
    AREA_ENDED = "service_area.ended"
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
    """What is said of a supplier; `usual_delay_days` is how late their overdue deliveries usually turn out.

    Orders are mailed to `email`; placing one costs us `order_cost_minor` (THB), whatever its size.
    """

    code: str
    name_th: str
    name_en: str
    usual_delay_days: int = 3
    email: str = ""
    order_cost_minor: int = 0


def open_warehouse(session: Session, facts: WarehouseFacts, *, by: User | None, now: datetime) -> Warehouse:
    """A new warehouse, the first of all as the main one; refused when its code is taken or cannot be an address."""
    _refuse_code(session, Warehouse.code, facts.code)
    first = session.scalar(select(Warehouse.id).limit(1)) is None
    return put_warehouse(session, replace(facts, main=facts.main or first), by=by, now=now)


def put_warehouse(session: Session, facts: WarehouseFacts, *, by: User | None, now: datetime) -> Warehouse:
    """The warehouse of this code, made or brought up to date; a new main one takes the place of the old.

    Refused for the main one when it shall be main no more: another has to take its place.
    """
    _refuse_nameless(facts)
    warehouse = session.scalars(select(Warehouse).where(Warehouse.code == facts.code)).one_or_none()
    if warehouse is None:
        warehouse = Warehouse(code=facts.code)
        session.add(warehouse)
    elif warehouse.main and not facts.main:
        raise Refused(
            N_("One warehouse has to be the main one: open another and make that the main one."), field="main"
        )
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


def serve_only(
    session: Session, warehouse: Warehouse, transit_days: Mapping[str, int], *, by: User | None, now: datetime
) -> int:
    """A warehouse serves these provinces, each with its working days of travel, and no other; says how many changed.

    Provinces it serves no more are served by the main warehouse. Orders already placed keep their dates.
    """
    served = {
        area.province: area
        for area in session.scalars(select(ServiceArea).where(ServiceArea.warehouse_id == warehouse.id))
    }
    ended = [province for province in served if province not in transit_days]
    for province in ended:
        session.delete(served[province])
        before = {"warehouse": warehouse.code, "transit_days": served[province].transit_days}
        audit.record(session, Verb.AREA_ENDED, "service_area", province, by=by, now=now, before=before)
    changed = {
        province: days
        for province, days in transit_days.items()
        if province not in served or served[province].transit_days != days
    }
    for province, days in changed.items():
        serve(session, province, warehouse, days, by=by, now=now)
    return len(ended) + len(changed)


def take_on_supplier(session: Session, facts: SupplierFacts, *, by: User | None, now: datetime) -> Supplier:
    """A new supplier; refused when the code is taken or cannot be an address."""
    _refuse_code(session, Supplier.code, facts.code)
    return put_supplier(session, facts, by=by, now=now)


def put_supplier(session: Session, facts: SupplierFacts, *, by: User | None, now: datetime) -> Supplier:
    """The supplier of this code, taken on or brought up to date."""
    if facts.usual_delay_days < 0:
        raise Refused(N_("A delay cannot be less than zero days."), field="usual_delay_days")
    if facts.order_cost_minor < 0:
        raise Refused(N_("A cost cannot be less than zero."), field="order_cost")
    if facts.email and not _EMAIL.fullmatch(facts.email):
        raise Refused(N_("This is not an e-mail address."), field="email")
    _refuse_nameless(facts)
    supplier = session.scalars(select(Supplier).where(Supplier.code == facts.code)).one_or_none()
    if supplier is None:
        supplier = Supplier(code=facts.code)
        session.add(supplier)
    if _write(supplier, asdict(facts)):
        audit.record(session, Verb.SUPPLIER_PUT, "supplier", facts.code, by=by, now=now, after=asdict(facts))
    session.flush()  # receipts name it by its id
    return supplier


def _refuse_nameless(facts: WarehouseFacts | SupplierFacts) -> None:
    if not facts.name_th.strip() and not facts.name_en.strip():
        raise Refused(N_("Give a name, in Thai or in English."), field="name_th")


def _refuse_code(session: Session, codes: InstrumentedAttribute[str], code: str) -> None:
    if not _CODE.fullmatch(code) or code.lower() == ADDRESS_WORD:
        raise Refused(
            N_("A code is made of letters A to Z, digits and hyphens, such as BKK or S01."), field="code"
        )
    if session.scalar(select(codes).where(func.lower(codes) == code.lower())):
        raise Refused(N_("The code %(code)s is already in use."), field="code", code=code)


def _write(row: object, values: dict[str, Any]) -> bool:
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)
