"""The demo's delivery plan: how long picking and the road take, what goes wrong, and why."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from orders.demo.rhythm import SEED, is_holiday
from portal.clock import BANGKOK

LATE_PER_MILLE = 66
FAULT_PER_MILLE = 25
PICKING_ENDS = time(16, 30)
PICKING_STARTS = time(8, 30)
RAINY_MONTHS = range(6, 12)
FESTIVE_MONTHS = (4, 12)


class LateCause(StrEnum):
    """Why a delivery comes after its promised day."""

    PICKING_BACKLOG = "picking_backlog"
    VEHICLE_BREAKDOWN = "vehicle_breakdown"
    ROAD_TRAFFIC = "road_traffic"
    FLOODED_ROUTE = "flooded_route"
    CARRIER_BACKLOG = "carrier_backlog"
    RECEIVER_CLOSED = "receiver_closed"


class Fault(StrEnum):
    """What is wrong with goods or papers on arrival."""

    DAMAGED = "damaged"
    WRONG_GOODS = "wrong_goods"
    WRONG_DOCUMENTS = "wrong_documents"


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """The times of one shipment (UTC), whether late and why, and a fault of its line `fault_line` (from 0)."""

    picked_at: datetime
    shipped_at: datetime
    delivered_at: datetime
    late_cause: LateCause | None
    late_days: int
    fault: Fault | None
    fault_line: int


def plan_delivery(
    key: str,
    ready_at: datetime,
    transit_days: int,
    *,
    promised_on: date | None = None,
    line_count: int = 1,
    seed: int = SEED,
) -> PlannedDelivery:
    """How a shipment goes whose goods are reserved at `ready_at`; `key` (its number) decides every choice.

    With a promised day, a shipment that goes well is not later than it as far as picking allows, and one
    that goes wrong is `late_days` after it. Nothing is delivered on a Sunday or a holiday.
    """
    rng = Random(f"{seed}:delivery:{key}")
    local = ready_at.astimezone(BANGKOK)
    picked = _working_time(local + timedelta(minutes=60 + rng.randrange(240)), rng)
    late = rng.randrange(1000) < LATE_PER_MILLE
    cause = _cause(rng, local.month) if late else None
    late_days = 1 + min(rng.randrange(6), rng.randrange(6)) if late else 0
    if cause is LateCause.PICKING_BACKLOG:
        picked = _working_time(picked + timedelta(days=min(2, late_days)), rng)
    shipped = picked + timedelta(minutes=30 + rng.randrange(90))
    arrival = shipped.date() + timedelta(days=max(1, transit_days))
    if promised_on is not None:
        after_shipping = shipped.date() + timedelta(days=1)
        arrival = max(arrival, promised_on) if late else max(after_shipping, min(arrival, promised_on))
    arrival = arrival + timedelta(days=late_days)
    # When the promised day is itself closed, the promise is only kept by coming on the open day before it.
    backwards = promised_on is not None and not late and arrival - timedelta(days=1) > shipped.date()
    arrival = _open_day(arrival, -1 if backwards else 1)
    if arrival <= shipped.date():
        arrival = _open_day(shipped.date() + timedelta(days=1), 1)
    delivered = datetime.combine(arrival, time(9 + rng.randrange(8), rng.randrange(60)), tzinfo=BANGKOK)
    fault = rng.choice(tuple(Fault)) if rng.randrange(1000) < FAULT_PER_MILLE else None
    return PlannedDelivery(
        picked.astimezone(UTC),
        shipped.astimezone(UTC),
        delivered.astimezone(UTC),
        cause,
        late_days,
        fault,
        rng.randrange(max(1, line_count)),
    )


def _cause(rng: Random, month: int) -> LateCause:
    weights = {
        LateCause.PICKING_BACKLOG: 40 if month in FESTIVE_MONTHS else 25,
        LateCause.VEHICLE_BREAKDOWN: 15,
        LateCause.ROAD_TRAFFIC: 30 if month in FESTIVE_MONTHS else 15,
        LateCause.FLOODED_ROUTE: 25 if month in RAINY_MONTHS else 0,
        LateCause.CARRIER_BACKLOG: 20,
        LateCause.RECEIVER_CLOSED: 10,
    }
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def _working_time(moment: datetime, rng: Random) -> datetime:
    """The moment itself in picking hours, otherwise some time in the first hours of the next picking day."""
    day = moment.date()
    if not _is_closed(day) and PICKING_STARTS <= moment.time() <= PICKING_ENDS:
        return moment
    if moment.time() > PICKING_ENDS:
        day = day + timedelta(days=1)
    opening = datetime.combine(_open_day(day, 1), PICKING_STARTS, tzinfo=BANGKOK)
    return opening + timedelta(minutes=rng.randrange(150))


def _open_day(day: date, step: int) -> date:
    while _is_closed(day):
        day = day + timedelta(days=step)
    return day


def _is_closed(day: date) -> bool:
    return day.weekday() == 6 or is_holiday(day)
