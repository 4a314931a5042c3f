"""In which turn those who want scarce goods are served, by the keys of a rule: pure, and said in plain words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, tuple_
from sqlalchemy.orm.util import AliasedClass

from inventory.stock import Reservation
from portal.i18n import N_, gettext


class Key(StrEnum):
    """What may decide who is served first; of two who are alike in the first key of a rule the second decides."""

    ALLOCATION_CLASS = "allocation_class"
    PROMISED_DATE = "promised_date"
    ORDER_TIME = "order_time"


KEY_TITLES: dict[str, str] = {
    Key.ALLOCATION_CLASS: N_("Allocation class of the company, 1 first"),
    Key.PROMISED_DATE: N_("Promised day, the earliest first"),
    Key.ORDER_TIME: N_("Time of the order, the earliest first"),
}
USUAL = (Key.PROMISED_DATE, Key.ORDER_TIME)
"""What decides as long as no rule is in force."""

_FIRST: dict[str, str] = {
    Key.ALLOCATION_CLASS: N_("companies whose allocation class is nearer to 1"),
    Key.PROMISED_DATE: N_("what is promised for the earlier day"),
    Key.ORDER_TIME: N_("what was ordered earlier"),
}
_SENTENCES = (
    N_("Scarce goods go first to %(first)s."),
    N_("Scarce goods go first to %(first)s, then to %(second)s."),
    N_("Scarce goods go first to %(first)s, then to %(second)s, then to %(third)s."),
)
_COLUMNS = {
    Key.ALLOCATION_CLASS: "allocation_class",
    Key.PROMISED_DATE: "due_at",
    Key.ORDER_TIME: "created_at",
}


@dataclass(frozen=True)
class Claim:
    """What somebody is owed of scarce goods and holds of them now; `kept` of that stays theirs whatever the rule."""

    quantity: int
    held: int
    kept: int


def turn(reservation: Reservation, keys: Sequence[Key]) -> tuple[Any, ...]:
    """The place of a reservation in the order of a rule: the lower, the earlier; what is alike goes by age."""
    return (*(getattr(reservation, _COLUMNS[key]) for key in keys), reservation.id)


def earlier(
    one: type[Reservation] | AliasedClass[Reservation],
    other: type[Reservation] | AliasedClass[Reservation],
    keys: Sequence[Key],
) -> ColumnElement[bool]:
    """That one reservation is served before another, as a condition of a question to the database."""
    names = [*(_COLUMNS[key] for key in keys), "id"]
    return tuple_(*(getattr(one, name) for name in names)) < tuple_(*(getattr(other, name) for name in names))


def in_turn(reservations: Iterable[Reservation], keys: Sequence[Key]) -> list[Reservation]:
    """Reservations in the order in which they are served."""
    return sorted(reservations, key=lambda one: turn(one, keys))


def share_out(claims: Sequence[Claim], free: int) -> list[int]:
    """What each holds once the goods are dealt anew, in the order of their turns.

    All that is held and not kept, and `free` units, are handed out from the first to the last, to each what they are
    owed as far as it goes. Nothing is lost: what all hold together grows by the free units that somebody is owed.
    """
    left = free + sum(one.held - one.kept for one in claims)
    after = []
    for one in claims:
        given = min(left, one.quantity - one.kept)
        left -= given
        after.append(one.kept + given)
    return after


def said(keys: Sequence[Key]) -> str:
    """The order of a rule as a sentence for everybody, in the language being spoken."""
    first = [gettext(_FIRST[key]) for key in keys]
    names = dict(zip(("first", "second", "third"), first, strict=False))
    return gettext(_SENTENCES[len(first) - 1], **names)
