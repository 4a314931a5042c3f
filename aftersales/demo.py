"""What is owed afterwards in the demo: a few deliveries in a hundred come back in part; some customers complain."""

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from aftersales.demo_complaints import load_complaints
from aftersales.demo_papers import load_papers
from aftersales.demo_repairs import load_repairs
from aftersales.demo_returns import REASONS, load_returns, some_numbers
from aftersales.demo_settlements import load_settlements
from aftersales.models import Disposition, ReturnReason
from aftersales.returning import Back, take_back
from orders.models import ScheduleLine
from orders.shipments import Shipment, ShipmentLine, ShipmentState
from policies.demo.reports import load_reports, restate_one
from portal.demo.cast import Cast

SEED = 2569
PER_MILLE = 40
SOLD_AGAIN = {ReturnReason.WRONG_ITEM, ReturnReason.NOT_NEEDED}


def load(session: Session, cast: Cast) -> None:
    """Goods that came back over the two years, recorded by the service staff; then the cases of the last weeks."""
    _came_back(session, cast)
    session.flush()
    load_reports(session, cast)  # what follows is recorded after the reported months were closed
    load_returns(session, cast)
    load_complaints(session, cast)
    load_papers(session, cast)
    session.flush()
    load_settlements(session, cast)
    load_repairs(session, cast)
    session.flush()
    restate_one(session, cast)


def _came_back(session: Session, cast: Cast) -> None:
    query = (
        select(Shipment)
        .where(Shipment.state == ShipmentState.DELIVERED)
        .options(
            joinedload(Shipment.order),
            selectinload(Shipment.lines).joinedload(ShipmentLine.part).joinedload(ScheduleLine.line),
        )
        .order_by(Shipment.id)
    )
    for shipment in session.scalars(query).all():
        chance = Random(f"{SEED}:return:{shipment.number}")
        if shipment.delivered_at is None or chance.randrange(1000) >= PER_MILLE:
            continue
        back_at = shipment.delivered_at + timedelta(days=1 + chance.randrange(9), hours=chance.randrange(4))
        if back_at > cast.now:
            continue
        came = chance.choice(shipment.lines)
        units = max(1, came.quantity // chance.choice((3, 6, 12)))
        reason = chance.choice(REASONS)
        becomes = Disposition.RESTOCK if reason in SOLD_AGAIN else Disposition.SCRAP
        numbers = some_numbers(session, shipment.order, came.part.line, units)
        back = Back(came.part.line.n, units, reason, becomes, numbers)
        take_back(session, shipment.order, [back], by=chance.choice(cast.staff), now=back_at)
