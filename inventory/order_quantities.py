"""How many units of a product may be ordered at once, and which quantity is the nearest that may; pure."""

from dataclasses import dataclass, field
from typing import Any

from inventory.models import Lifecycle
from portal.i18n import N_, NN_


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """By how many a product is ordered: by `multiple`, at least `least` and at most `most` units at once."""

    sku: str
    lifecycle: str = Lifecycle.ACTIVE
    least: int = 1
    multiple: int = 1
    most: int | None = None

    @property
    def lowest(self) -> int:
        """The smallest quantity that may be ordered."""
        return _up(self.least, self.multiple)

    @property
    def highest(self) -> int | None:
        """The largest quantity that may be ordered, None when there is none."""
        return None if self.most is None else self.most - self.most % self.multiple

    @property
    def unusual(self) -> bool:
        """Whether not every quantity may be ordered."""
        return self.lowest > 1 or self.multiple > 1 or self.most is not None


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a quantity cannot be ordered, as a message with its values, and the `nearest` that can; 0 when none can."""

    message: str
    nearest: int
    params: dict[str, Any] = field(default_factory=dict)


def misfit(terms: OrderTerms, quantity: int, left: int | None = None) -> Misfit | None:
    """Why so many units cannot be ordered at once, or None when they can.

    `left` are the units in stock that nobody has been promised: of a product that is being phased out no more than
    these can be ordered, and all of them whatever its multiple and least. None leaves that unjudged.
    """
    sku = terms.sku
    if terms.lifecycle == Lifecycle.DISCONTINUED:
        return Misfit(N_("%(sku)s is not sold any more."), 0, {"sku": sku})
    left = left if terms.lifecycle == Lifecycle.PHASE_OUT else None
    nearest = nearest_allowed(terms, quantity, left)
    if nearest == quantity:
        return None
    if left is not None and quantity > left:
        return Misfit(_too_few_left(left), nearest, {"sku": sku, "left": max(left, 0)})
    if terms.most is not None and quantity > terms.most:
        return Misfit(
            N_("At most %(most)s units of %(sku)s are ordered at once."),
            nearest,
            {"sku": sku, "most": terms.most},
        )
    if quantity < terms.least:
        return Misfit(
            N_(
                "At least %(least)s units of %(sku)s are ordered at once; the nearest quantity is %(nearest)s."
            ),
            nearest,
            {"sku": sku, "least": terms.least, "nearest": nearest},
        )
    return Misfit(
        N_("%(sku)s is ordered in multiples of %(multiple)s; the nearest quantity is %(nearest)s."),
        nearest,
        {"sku": sku, "multiple": terms.multiple, "nearest": nearest},
    )


def nearest_allowed(terms: OrderTerms, quantity: int, left: int | None = None) -> int:
    """The next quantity up that may be ordered, or the largest that may when there is none above; 0 when none may."""
    if terms.lifecycle == Lifecycle.DISCONTINUED:
        return 0
    wanted = max(terms.lowest, _up(quantity, terms.multiple))
    if terms.highest is not None:
        wanted = min(wanted, terms.highest)
    if terms.lifecycle != Lifecycle.PHASE_OUT or left is None or wanted <= left:
        return quantity if _all_that_is_left(terms, quantity, left) else wanted
    rest = max(left, 0)
    return rest if terms.most is None else min(rest, terms.most)


def _all_that_is_left(terms: OrderTerms, quantity: int, left: int | None) -> bool:
    """Whether these are the last units of a product that is being phased out."""
    if terms.lifecycle != Lifecycle.PHASE_OUT or left is None or quantity != left:
        return False
    return quantity > 0 and (terms.most is None or quantity <= terms.most)


def _too_few_left(left: int) -> str:
    if left <= 0:
        return N_("%(sku)s is being phased out, and none are left.")
    return NN_(
        "%(sku)s is being phased out; only %(left)s unit is left.",
        "%(sku)s is being phased out; only %(left)s units are left.",
        "left",
    )


def _up(quantity: int, multiple: int) -> int:
    return -(-quantity // multiple) * multiple
