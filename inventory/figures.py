"""The figures that are carried and can be proven, and how a difference is told."""

from dataclasses import dataclass
from enum import StrEnum

from portal.i18n import N_


class Figure(StrEnum):
    """A carried figure that can be recomputed."""

    ON_HAND = "on_hand"
    RESERVED = "reserved"
    CLAIMED = "claimed"
    QUARANTINED = "quarantined"
    IDENTITY = "identity"
    NAMED = "named"
    PICKED = "picked"
    ALLOCATED = "allocated"
    ALLOTTED = "allotted"
    BARRED = "barred"


FIGURE_TITLES = {
    Figure.ON_HAND: N_("On hand, against the movements"),
    Figure.RESERVED: N_("Reserved, against the reservations"),
    Figure.CLAIMED: N_("Claimed, against the lines that wait"),
    Figure.QUARANTINED: N_("In quarantine, against the movements"),
    Figure.IDENTITY: N_("Units of a lot or serial, against its moves"),
    Figure.NAMED: N_("Units known by lot or serial, against the stock they are part of"),
    Figure.PICKED: N_("Lots and serials that lie picked, against what is picked of the reservations"),
    Figure.ALLOCATED: N_("Units of a lot meant for order lines, against what they are allotted of it"),
    Figure.ALLOTTED: N_("Units allotted to an order line, against what it holds"),
    Figure.BARRED: N_("Units allotted of a lot that may not be sold"),
}


@dataclass(frozen=True)
class Difference:
    """A figure that is carried wrong: `recorded` is what the row says, `proven` what its records add up to, in units.

    `receipt_no` names the receipt when the figure is what is claimed of it, `identity_no` the lot or serial when it is
    one's units, `purpose` the demand when it is what is allotted to it; units that a customer has lie with the
    customer of that code instead of in a warehouse.
    """

    figure: Figure
    sku: str
    warehouse: str
    recorded: int
    proven: int
    receipt_no: str | None = None
    identity_no: str | None = None
    purpose: str | None = None

    def __str__(self) -> str:
        where = f"{self.sku} in {self.warehouse}"
        where += f", receipt {self.receipt_no}" if self.receipt_no else ""
        where += f", number {self.identity_no}" if self.identity_no else ""
        where += f", for {self.purpose}" if self.purpose else ""
        return f"{where}: {self.figure} is {self.recorded}, its records add up to {self.proven}"
