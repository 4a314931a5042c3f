"""What it costs to move stock between our own warehouses, as managers set it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import audit
from portal.accounts.models import User
from portal.db import Base, BigId, lock, upsert
from portal.i18n import N_
from portal.money import Money
from portal.refusal import Refused

CURRENCY = "THB"
"""What moving goods costs us is in baht."""
MOST_MINOR = 1_000_000_000
"""Ten million baht, in satang: more is a slip of the keyboard."""


class Verb(StrEnum):
    """Acts on these costs, for the audit trail."""

    CHANGED = "transfer_cost.changed"


class TransferCost(Base):
    """What one transfer costs, whichever warehouses it joins: a sum for going at all, and one for each unit (THB)."""

    __tablename__ = "transfer_cost"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("base_minor >= 0 AND per_unit_minor >= 0", name="cost"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    base_minor: Mapped[int] = mapped_column(BigId)
    per_unit_minor: Mapped[int] = mapped_column(BigId, default=0)


@dataclass(frozen=True)
class Costs:
    """What moving goes for: base and per unit, in satang."""

    base_minor: int
    per_unit_minor: int = 0

    def of(self, units: int) -> Money:
        """What moving so many units at once costs: base + per unit × units."""
        return Money(self.base_minor + self.per_unit_minor * units, CURRENCY)


def transfer_costs(session: Session) -> Costs | None:
    """What a transfer costs; None while no manager has said it, so that nobody takes it for free."""
    row = session.get(TransferCost, 1)
    return None if row is None else Costs(row.base_minor, row.per_unit_minor)


def set_transfer_costs(session: Session, facts: Costs, *, by: User, now: datetime) -> None:
    """Say what transfers cost from now on. Refused for costs that cannot be.

    Of two managers at once the second has the last word.
    """
    for field, minor in (("base", facts.base_minor), ("per_unit", facts.per_unit_minor)):
        if not 0 <= minor <= MOST_MINOR:
            raise Refused(N_("This cost cannot be."), field=field)
    first = upsert(session, TransferCost).values(id=1, **vars(facts))
    begun = first.on_conflict_do_nothing(index_elements=["id"]).returning(TransferCost.id)
    new = session.scalar(begun) is not None
    (row,) = lock(session, TransferCost, [1])
    before = None if new else _said(row.base_minor, row.per_unit_minor)
    row.base_minor, row.per_unit_minor = facts.base_minor, facts.per_unit_minor
    after = _said(facts.base_minor, facts.per_unit_minor)
    if after != before:
        audit.record(session, Verb.CHANGED, "transfer_cost", "1", by=by, now=now, before=before, after=after)


def _said(base_minor: int, per_unit_minor: int) -> dict[str, int]:
    return {"each_transfer_minor": base_minor, "each_unit_minor": per_unit_minor}
