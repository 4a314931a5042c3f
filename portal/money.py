"""Exact money: amounts are whole minor units (satang), unit prices have four decimals, lines round half-up."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_precision

PRICE_PLACES = Decimal("0.0001")
BASIS_POINTS = 10_000


def half_up(value: Decimal, step: Decimal = Decimal(1)) -> Decimal:
    """`value` rounded to a multiple of `step`, halves away from zero: the one rounding rule of the house."""
    return value.quantize(step, ROUND_HALF_UP)


@cache
def minor_digits(currency: str) -> int:
    """How many decimals the currency's minor unit has: 2 for THB, 0 for JPY."""
    return int(get_currency_precision(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as whole minor units, half-up."""
    return int(half_up(amount.scaleb(minor_digits(currency))))


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal amount of major units, exactly."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def unit_price(value: Decimal) -> Decimal:
    """A price per unit, kept to four decimals."""
    return half_up(value, PRICE_PLACES)


def line_amount(price: Decimal, quantity: int, currency: str, *, discount_bp: int = 0) -> int:
    """Price x quantity less the discount (in basis points), in minor units, rounded half-up once per line."""
    gross = price * quantity * (BASIS_POINTS - discount_bp) / BASIS_POINTS
    return to_minor(gross, currency)


def tax_amount(net_minor: int, rate_bp: int) -> int:
    """Tax on a line's net amount at a rate in basis points (700 = 7 %), half-up per line."""
    return int(half_up(Decimal(net_minor) * rate_bp / BASIS_POINTS))


@dataclass(frozen=True, order=True)
class Money:
    """An amount of one currency, in minor units. Amounts of two currencies never meet."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exactly."""
        return to_major(self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
