"""What a substitute costs: its list price, and never more than what it stands for; pure."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from orders.pricing import LineSum, line_sum
from portal.money import BASIS_POINTS, PRICE_PLACES, to_major


@dataclass(frozen=True)
class Replaced:
    """Units of a line that are to be replaced: `counted` of the line cost `sums` as it stands."""

    unit_price: Decimal
    discount_bp: int
    vat_rate_bp: int
    currency: str
    counted: int
    quantity: int
    sums: LineSum

    @property
    def rest(self) -> LineSum:
        """What the line costs without the replaced units."""
        return line_sum(
            self.unit_price,
            self.counted - self.quantity,
            self.currency,
            vat_rate_bp=self.vat_rate_bp,
            discount_bp=self.discount_bp,
        )

    @property
    def cost(self) -> tuple[int, int]:
        """What the replaced units cost on the document, to the minor unit: before tax, and with it."""
        rest = self.rest
        net = self.sums.net_minor - rest.net_minor
        return max(0, net), max(0, self.sums.total_minor - rest.total_minor)


def protected_price(replaced: Replaced, units: int, list_price: Decimal) -> Decimal:
    """The price at which `units` of a substitute cost no more than what they stand for, with tax and rounding.

    It is the list price or the price of the replaced units shared out, whichever is lower, rounded down to four
    decimals. Where rounding each line for itself would still cost a minor unit more, it is lowered by what that takes.
    """
    most, most_total = replaced.cost
    paid = replaced.unit_price * replaced.quantity * (BASIS_POINTS - replaced.discount_bp) / BASIS_POINTS
    price = min(list_price, _floor(paid / units))
    net = most
    while price > 0:
        sums = line_sum(price, units, replaced.currency, vat_rate_bp=replaced.vat_rate_bp)
        if sums.net_minor <= most and sums.total_minor <= most_total:
            break
        price = min(price, _floor(to_major(max(0, net), replaced.currency) / units))
        net -= 1
    return price


def _floor(price: Decimal) -> Decimal:
    return price.quantize(PRICE_PLACES, ROUND_FLOOR)
