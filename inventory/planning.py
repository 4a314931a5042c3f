"""Every product is planned in every warehouse that keeps it: expected demand, safety stock, reorder point, quantity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, case, func, select
from sqlalchemy.orm import Session

from inventory.demand_history import demand_of
from inventory.forecasting import Forecast, forecast
from inventory.inbound import InboundReceipt, Supplier
from inventory.models import Product, Warehouse
from inventory.plans import DemandDay, Method, StockPlan
from inventory.replenishing import order_quantity, reorder_point, safety_stock, service_factor
from inventory.stock import Stock
from portal import audit
from portal.accounts.models import User
from portal.clock import business_day
from portal.db import transaction, upsert
from portal.i18n import N_
from portal.money import to_major
from portal.refusal import Refused

BATCH = 200
USUAL_SERVICE_BP = 9500
LEAST_SERVICE_BP, MOST_SERVICE_BP = 5000, 9999
MOST_UNITS = 1_000_000_000


class Verb(StrEnum):
    """Acts on stock plans, for the audit trail."""

    CHANGED = "plan.changed"


@dataclass(frozen=True)
class PlanFacts:
    """What staff say of a plan. `most` is what may be there and on order at most; None is no limit.

    Points and quantity hold only when it is `fixed`; else they are worked out.
    """

    supplier: Supplier | None
    service_bp: int
    most: int | None
    fixed: bool
    safety_stock: int = 0
    reorder_point: int = 0
    order_quantity: int = 1


def multiple_of(product: Product | Row[Any]) -> int:
    """In what multiples a product is bought: whole cartons, or its own order multiple where it has none."""
    return int(product.units_per_carton if product.units_per_carton > 1 else product.order_multiple)


def plan_all(session: Session, now: datetime) -> int:
    """Job: plan every product that is sold, in batches; says how many places were planned."""
    planned, last = 0, 0
    while True:
        query = select(Product.id).where(Product.active, Product.id > last).order_by(Product.id).limit(BATCH)
        ids = session.scalars(query).all()
        if not ids:
            return planned
        with transaction(session):
            planned += plan_products(session, ids, now)
        last = ids[-1]


def plan_products(session: Session, product_ids: Sequence[int], now: datetime) -> int:
    """Plan these products wherever they are kept or asked for; says at how many places. A fixed number of queries."""
    today = business_day(now)
    days = demand_of(session, product_ids, today)
    rows = [
        _plan(one, forecast(days.get((one.id, one.warehouse_id), [])), now)
        for one in _places(session, product_ids)
    ]
    _put(session, rows)
    return len(rows)


def set_plan(
    session: Session,
    product: Product,
    warehouse: Warehouse,
    facts: PlanFacts,
    *,
    by: User | None,
    now: datetime,
) -> StockPlan:
    """Staff say how a product is kept in a warehouse; what they do not fix is worked out at once.

    Refused for a share of cycles or units that cannot be, and where the most is below the reorder point.
    """
    _refuse_bad(facts)
    key = (product.id, warehouse.id)
    new = upsert(session, StockPlan).values(product_id=key[0], warehouse_id=key[1], planned_at=now)
    session.execute(new.on_conflict_do_nothing())
    plan = _locked(session, key)
    before = _said(plan)
    plan.supplier_id = facts.supplier.id if facts.supplier else None
    plan.chosen_supplier = facts.supplier is not None
    plan.service_bp, plan.most, plan.fixed, plan.planned_at = facts.service_bp, facts.most, facts.fixed, now
    if facts.fixed:
        plan.safety_stock, plan.reorder_point = facts.safety_stock, facts.reorder_point
        plan.order_quantity = facts.order_quantity
    else:
        plan.most = None  # the points of before may lie above it
        session.flush()
        plan_products(session, [product.id], now)
        session.refresh(plan)
        if facts.most is not None and facts.most < plan.reorder_point:
            raise Refused(
                N_("The most cannot be less than the reorder point, which is %(point)s."),
                field="most",
                point=plan.reorder_point,
            )
        plan.most = facts.most
    session.flush()
    after = _said(plan)
    if before != after:
        subject = f"{product.sku}@{warehouse.code}"
        audit.record(session, Verb.CHANGED, "plan", subject[:60], by=by, now=now, before=before, after=after)
    return plan


def _places(session: Session, product_ids: Sequence[int]) -> Iterator[Row[Any]]:
    """The places of these products with all that their plans are worked out from."""
    kept = select(Stock.product_id, Stock.warehouse_id).where(Stock.product_id.in_(product_ids))
    asked = select(DemandDay.product_id, DemandDay.warehouse_id).where(DemandDay.product_id.in_(product_ids))
    place = kept.union(asked).subquery()
    # Unless staff have chosen a supplier, the one of whom the product was expected last.
    last = (
        select(InboundReceipt.product_id, func.max(InboundReceipt.id).label("receipt_id"))
        .where(InboundReceipt.product_id.in_(product_ids), InboundReceipt.supplier_id.is_not(None))
        .group_by(InboundReceipt.product_id)
        .subquery()
    )
    query = (
        select(
            Product.id,
            place.c.warehouse_id,
            Product.replenishment_days,
            Product.reorder_point,
            Product.unit_cost,
            Product.units_per_carton.label("units_per_carton"),
            Product.order_multiple,
            func.coalesce(StockPlan.service_bp, USUAL_SERVICE_BP).label("service_bp"),
            Supplier.id.label("supplier_id"),
            Supplier.lead_days,
            Supplier.lead_days_sd,
            Supplier.order_cost_minor,
        )
        .select_from(place)
        .join(Product, Product.id == place.c.product_id)
        .outerjoin(
            StockPlan,
            and_(StockPlan.product_id == Product.id, StockPlan.warehouse_id == place.c.warehouse_id),
        )
        .outerjoin(last, last.c.product_id == Product.id)
        .outerjoin(InboundReceipt, InboundReceipt.id == last.c.receipt_id)
        .outerjoin(
            Supplier,
            Supplier.id
            == case((StockPlan.chosen_supplier, StockPlan.supplier_id), else_=InboundReceipt.supplier_id),
        )
        .order_by(Product.id, place.c.warehouse_id)
    )
    return iter(session.execute(query))


def _plan(one: Row[Any], found: Forecast, now: datetime) -> dict[str, Any]:
    """The plan of a place. Without a measured lead time the product's days to replenish count, unvarying."""
    measured = one.lead_days is not None
    lead = one.lead_days if measured else Decimal(one.replenishment_days)
    lead_sd = (one.lead_days_sd or Decimal(0)) if measured else Decimal(0)
    safety = safety_stock(service_factor(one.service_bp), found.mean, found.sd, lead, lead_sd)
    point = one.reorder_point or 0 if found.method is Method.NONE else reorder_point(found.mean, lead, safety)
    cost = to_major(one.order_cost_minor or 0, "THB")
    return {
        "product_id": one.id,
        "warehouse_id": one.warehouse_id,
        "supplier_id": one.supplier_id,
        "method": found.method.value,
        "daily_mean": found.mean,
        "daily_sd": found.sd,
        "lead_days": lead,
        "lead_days_sd": lead_sd,
        "service_bp": one.service_bp,
        "safety_stock": min(safety, MOST_UNITS),
        "reorder_point": min(point, MOST_UNITS),
        "order_quantity": min(order_quantity(found.mean, cost, one.unit_cost, multiple_of(one)), MOST_UNITS),
        "fixed": False,
        "planned_at": now,
    }


def _locked(session: Session, key: tuple[int, int]) -> StockPlan:
    """The plan of a product (id) in a warehouse (id); all those of the product are locked in the order of planning."""
    every = select(StockPlan).where(StockPlan.product_id == key[0]).order_by(StockPlan.warehouse_id)
    every = every.with_for_update(key_share=True).execution_options(populate_existing=True)
    return next(plan for plan in session.scalars(every) if plan.warehouse_id == key[1])


def _put(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write plans; what staff fixed or chose by then stays, and a most below the new reorder point rises with it."""
    put = upsert(session, StockPlan)
    new, old = put.excluded, StockPlan
    kept = {
        name: case((old.fixed, getattr(old, name)), else_=new[name])
        for name in ("safety_stock", "reorder_point", "order_quantity")
    }
    found = {name: new[name] for name in ("method", "daily_mean", "daily_sd", "lead_days", "lead_days_sd")}
    raised = and_(~old.fixed, old.most < new.reorder_point)
    for start in range(0, len(rows), BATCH):
        session.execute(
            put.values(rows[start : start + BATCH]).on_conflict_do_update(
                index_elements=["product_id", "warehouse_id"],
                set_={
                    **found,
                    **kept,
                    "supplier_id": case((old.chosen_supplier, old.supplier_id), else_=new.supplier_id),
                    "planned_at": new.planned_at,
                    "most": case((raised, new.reorder_point), else_=old.most),
                },
            )
        )


def _said(plan: StockPlan) -> dict[str, Any]:
    names = ("service_bp", "safety_stock", "reorder_point", "order_quantity", "most", "fixed")
    return {**{name: getattr(plan, name) for name in names}, "supplier_id": plan.supplier_id}


def _refuse_bad(facts: PlanFacts) -> None:
    if not LEAST_SERVICE_BP <= facts.service_bp <= MOST_SERVICE_BP:
        raise Refused(N_("The share is between 50 and 99.99 percent."), field="service")
    if facts.most is not None and not 0 < facts.most <= MOST_UNITS:
        raise Refused(N_("The quantity must be at least 1."), field="most")
    if not facts.fixed:
        return
    for name in ("safety_stock", "reorder_point"):
        if not 0 <= getattr(facts, name) <= MOST_UNITS:
            raise Refused(N_("A stock cannot be less than zero."), field=name)
    if facts.reorder_point < facts.safety_stock:
        raise Refused(
            N_("The reorder point cannot be less than the safety stock, which is %(stock)s."),
            field="reorder_point",
            stock=facts.safety_stock,
        )
    if not 0 < facts.order_quantity <= MOST_UNITS:
        raise Refused(N_("The quantity must be at least 1."), field="order_quantity")
    if facts.most is not None and facts.most < facts.reorder_point:
        raise Refused(
            N_("The most cannot be less than the reorder point, which is %(point)s."),
            field="most",
            point=facts.reorder_point,
        )
