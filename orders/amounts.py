"""What an order comes to: a line costs what was ordered of it and not cancelled, the order what its lines and the
charges agreed for it cost.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import floor

from sqlalchemy.orm import Session

from orders.charges import charges_of
from orders.models import Order, OrderLine
from orders.pricing import LineSum, order_sum
from portal.money import BASIS_POINTS, minor_digits, tax_amount


def sum_up(session: Session, order: Order, changed: Iterable[OrderLine]) -> None:
    """Put right the amounts of the changed lines of a locked order, and its total; lines that stayed are left alone.

    What was agreed to be charged for faster delivery is in the total.
    """
    for line in changed:
        rest = worth_of(line, line.wanted, order.currency)
        line.net_minor, line.vat_minor = rest.net_minor, rest.vat_minor
    session.flush()  # the charges are read from the rows
    sums = [LineSum(line.net_minor, line.vat_minor) for line in order.lines]
    sums += [LineSum(charge.net_minor, charge.vat_minor) for charge in charges_of(session, order)]
    total = order_sum(sums)
    order.net_minor, order.vat_minor, order.total_minor = total.net_minor, total.vat_minor, total.total_minor


def worth_of(line: OrderLine, units: int | Fraction, currency: str) -> LineSum:
    """What so many units of a line cost at its price less its discount, and the tax on it, each rounded half-up once.

    For whole units this is what `pricing.line_sum` gives.
    """
    exact = Fraction(line.unit_price) * units * (BASIS_POINTS - line.discount_bp) / BASIS_POINTS
    net = floor(exact * 10 ** minor_digits(currency) + Fraction(1, 2))
    return LineSum(net, tax_amount(net, line.vat_rate_bp))
