"""What lines and orders cost: pure sums, exact to the satang, rounded half-up once per line."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from portal.money import line_amount, tax_amount


@dataclass(frozen=True)
class LineSum:
    """A line's amounts in minor units: before tax, and the tax."""

    net_minor: int
    vat_minor: int

    @property
    def total_minor(self) -> int:
        """The line with its tax."""
        return self.net_minor + self.vat_minor


def line_sum(
    price: Decimal, quantity: int, currency: str, *, vat_rate_bp: int, discount_bp: int = 0
) -> LineSum:
    """Price x quantity less discount, and the tax on it, each rounded half-up for the line."""
    net = line_amount(price, quantity, currency, discount_bp=discount_bp)
    return LineSum(net, tax_amount(net, vat_rate_bp))


def share_of(net_minor: int, units: int, of_units: int) -> int:
    """What `units` of `of_units` are sold for when all are sold for `net_minor`, half-up; nothing where none are."""
    return (2 * net_minor * units + of_units) // (2 * of_units) if of_units else 0


def order_sum(lines: Iterable[LineSum]) -> LineSum:
    """The sum of lines; nothing is rounded again, so a document's lines add up to its total."""
    lines = list(lines)
    return LineSum(sum(line.net_minor for line in lines), sum(line.vat_minor for line in lines))
