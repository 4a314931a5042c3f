"""Whether a unit is under warranty on a day, and why or why not; pure."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from aftersales.repairs import Warranty
from inventory.models import Product
from portal.i18n import N_, day_text, gettext


class CoverReason(StrEnum):
    """Why a unit is covered or not."""

    COVERED = "covered"
    EXPIRED = "expired"
    VOIDED = "voided"
    NOT_REGISTERED = "not_registered"
    SOLD_WITHOUT = "sold_without"
    NOT_YOURS = "not_yours"


SENTENCES = {
    CoverReason.COVERED: N_("Covered: the warranty runs from %(starts_on)s and its last day is %(last_on)s."),
    CoverReason.EXPIRED: N_("Not covered: the last day of the warranty was %(last_on)s."),
    CoverReason.VOIDED: N_("Not covered: the warranty was ended on %(voided_on)s."),
    CoverReason.NOT_REGISTERED: N_("Not covered: no warranty is registered for this unit."),
    CoverReason.SOLD_WITHOUT: N_("Not covered: this product is sold without a warranty."),
    CoverReason.NOT_YOURS: N_("This is not a unit delivered to you."),
}


@dataclass(frozen=True)
class Cover:
    """The answer to a cover check: whether the warranty pays, the reason, and the days it rests on."""

    covered: bool
    reason: CoverReason
    days: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The reason in the language being spoken."""
        return gettext(SENTENCES[self.reason], **{name: day_text(day) for name, day in self.days.items()})


NOT_YOURS = Cover(False, CoverReason.NOT_YOURS)
"""What a company is told of any serial that it does not hold, whether there is such a unit or not."""


def ends_on(starts_on: date, months: int) -> date:
    """The first day that a warranty of so many months does not cover any more.

    The same day of the month, or the month's last one when it has no such day: 31 January and one month give
    28 February.
    """
    years, month = divmod(starts_on.month - 1 + months, 12)
    year = starts_on.year + years
    return date(year, month + 1, min(starts_on.day, monthrange(year, month + 1)[1]))


def last_day(ends_on: date) -> date:
    """The last day that is covered."""
    return ends_on - timedelta(days=1)


def cover(warranty: Warranty | None, product: Product, on: date) -> Cover:
    """Whether a unit of `product` with this warranty is covered when a fault is reported on a day."""
    if warranty is None:
        sold_without = not product.warranty_months
        return Cover(False, CoverReason.SOLD_WITHOUT if sold_without else CoverReason.NOT_REGISTERED)
    if warranty.voided_at is not None:
        return Cover(False, CoverReason.VOIDED, {"voided_on": warranty.voided_at})
    days = {"starts_on": warranty.starts_on, "last_on": last_day(warranty.ends_on)}
    if on < warranty.ends_on:
        return Cover(True, CoverReason.COVERED, days)
    return Cover(False, CoverReason.EXPIRED, days)
