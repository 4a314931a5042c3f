"""What is charged with an order beside its goods: the part of a faster delivery's cost that the buyer agreed to pay."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from orders.expedites import ExpediteRequest, RequestState
from orders.models import Order, OrderLine, ScheduleLine
from portal.money import tax_amount


@dataclass(frozen=True)
class Charge:
    """The agreed charge of one request for faster delivery: before VAT and the VAT on it, in minor units."""

    request_no: str
    name_th: str
    name_en: str
    net_minor: int
    vat_rate_bp: int

    @property
    def vat_minor(self) -> int:
        """The VAT on it, at the rate of the goods that it brings sooner."""
        return vat_on(self.net_minor, self.vat_rate_bp)


def vat_on(charge_minor: int, vat_rate_bp: int) -> int:
    """The VAT that a charge before VAT carries, in minor units."""
    return tax_amount(charge_minor, vat_rate_bp)


def charges_of(session: Session, order: Order) -> list[Charge]:
    """What was agreed to be paid for faster deliveries of an order, first to last; one query."""
    query = (
        select(ExpediteRequest, OrderLine.vat_rate_bp)
        .join(ExpediteRequest.part)
        .join(ScheduleLine.line)
        .where(
            OrderLine.order_id == order.id,
            ExpediteRequest.state == RequestState.APPROVED,
            ExpediteRequest.charge_minor > 0,
        )
        .options(joinedload(ExpediteRequest.service))
        .order_by(ExpediteRequest.id)
    )
    return [
        Charge(
            request.number,
            request.service.name_th if request.service else "",
            request.service.name_en if request.service else "",
            request.charge_minor,
            rate,
        )
        for request, rate in session.execute(query)
    ]


def rates_of(order: Order, charges: Iterable[Charge]) -> set[int]:
    """Every rate of VAT on an order, in basis points."""
    return {line.vat_rate_bp for line in order.lines} | {charge.vat_rate_bp for charge in charges}
