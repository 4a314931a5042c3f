"""What a year of deliveries shows of suppliers: how long they take, how often they are in time, how late otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.forecasting import deviation, mean
from inventory.inbound import InboundReceipt, Supplier, SupplierDelivery
from portal.clock import business_day
from portal.db import lock, transaction
from portal.money import half_up

WINDOW = timedelta(days=365)
LEAST_DELIVERIES = 5
"""From fewer deliveries nothing is concluded."""
BATCH = 50
_CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Delivered:
    """A delivery on a receipt: when it was ordered, for which day promised and agreed last, and when it came."""

    ordered_on: date
    promised_on: date
    agreed_on: date
    arrived_on: date

    @property
    def lead_days(self) -> int:
        """Days from order to arrival."""
        return (self.arrived_on - self.ordered_on).days

    @property
    def late_days(self) -> int:
        """Days after the day agreed last; 0 when it came in time."""
        return max(0, (self.arrived_on - self.agreed_on).days)


@dataclass(frozen=True)
class Record:
    """What deliveries show; the measures are None while there are fewer than five, or none that they speak of.

    `on_promised` came by the day first promised, `on_agreed` by the day agreed last.
    """

    deliveries: int
    on_promised: int
    on_agreed: int
    lead_days: Decimal | None = None
    lead_days_sd: Decimal | None = None
    usual_delay_days: int | None = None


def measured(deliveries: Sequence[Delivered]) -> Record:
    """The record of these deliveries: mean and sample deviation of the lead time, and of the late ones the mean delay.

    Days to two decimals, the delay in whole days, half-up.
    """
    late = [one.late_days for one in deliveries if one.late_days]
    record = Record(
        len(deliveries),
        sum(one.arrived_on <= one.promised_on for one in deliveries),
        len(deliveries) - len(late),
    )
    if len(deliveries) < LEAST_DELIVERIES:
        return record
    days = [one.lead_days for one in deliveries]
    return Record(
        record.deliveries,
        record.on_promised,
        record.on_agreed,
        half_up(mean(days), _CENTS),
        half_up(deviation(days), _CENTS),
        int(half_up(mean(late))) if late else None,
    )


def measure_suppliers(session: Session, now: datetime) -> int:
    """Job: bring the measures of every supplier up to date from a year's deliveries; says how many changed.

    A measure that there are too few deliveries for stays as it was typed.
    """
    ids = session.scalars(select(Supplier.id).order_by(Supplier.id)).all()
    changed = 0
    for start in range(0, len(ids), BATCH):
        with transaction(session):
            changed += measure(session, ids[start : start + BATCH], business_day(now))
    return changed


def measure(session: Session, supplier_ids: Iterable[int], today: date) -> int:
    """Bring the measures of these suppliers up to date; says how many changed. Two queries."""
    ids = list(supplier_ids)
    found = deliveries_of(session, ids, today)
    changed = 0
    for supplier in lock(session, Supplier, ids):
        record = measured(found.get(supplier.id, []))
        if record.lead_days is None:
            continue
        values = {
            "deliveries": record.deliveries,
            "lead_days": record.lead_days,
            "lead_days_sd": record.lead_days_sd,
            "measured_on": today,
        }
        if record.usual_delay_days is not None:
            values["usual_delay_days"] = record.usual_delay_days
        known = {name: getattr(supplier, name) for name in values}
        changed += any(known[name] != value for name, value in values.items() if name != "measured_on")
        for name, value in values.items():
            setattr(supplier, name, value)
    return changed


def deliveries_of(session: Session, supplier_ids: Sequence[int], today: date) -> dict[int, list[Delivered]]:
    """The deliveries of a year by supplier, oldest first; what came on one receipt on one day is one delivery."""
    row = SupplierDelivery
    query = (
        select(
            row.supplier_id, row.receipt_id, row.ordered_on, row.promised_on, row.agreed_on, row.arrived_on
        )
        .where(row.supplier_id.in_(supplier_ids), row.arrived_on > today - WINDOW, row.arrived_on <= today)
        .distinct()
        .order_by(row.arrived_on, row.receipt_id)
    )
    found: dict[int, list[Delivered]] = {}
    for supplier_id, _receipt, *days in session.execute(query):
        found.setdefault(supplier_id, []).append(Delivered(*days))
    return found


@dataclass(frozen=True)
class Month:
    """The deliveries of a month: how many, how many by the day agreed, and how long they took on average."""

    first: date
    deliveries: int
    on_agreed: int
    lead_days: Decimal


def by_month(deliveries: Iterable[Delivered]) -> list[Month]:
    """Deliveries by the month in which they came, oldest first."""
    months: dict[date, list[Delivered]] = {}
    for one in deliveries:
        months.setdefault(one.arrived_on.replace(day=1), []).append(one)
    return [
        Month(
            first,
            len(those),
            sum(not one.late_days for one in those),
            half_up(mean([one.lead_days for one in those]), Decimal("0.1")),
        )
        for first, those in sorted(months.items())
    ]


def latest_deliveries(
    session: Session, supplier: Supplier, limit: int = 25
) -> list[tuple[SupplierDelivery, InboundReceipt]]:
    """The latest deliveries of a supplier with their receipts, newest first."""
    query = (
        select(SupplierDelivery, InboundReceipt)
        .join(InboundReceipt, InboundReceipt.id == SupplierDelivery.receipt_id)
        .where(SupplierDelivery.supplier_id == supplier.id)
        .order_by(SupplierDelivery.arrived_on.desc(), SupplierDelivery.id.desc())
        .limit(limit)
    )
    return [(delivery, receipt) for delivery, receipt in session.execute(query)]
