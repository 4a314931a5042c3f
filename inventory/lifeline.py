"""The life of one lot or serial, told from its moves: where its units came from, where they went, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.identities import Identity, IdentityMove, Keeping
from inventory.models import Warehouse
from inventory.tracing import Spot
from portal.accounts.models import User
from portal.customers.models import Customer
from portal.i18n import N_


class Step(StrEnum):
    """What happened to units when they moved, as `tracing.shift` is told."""

    OPENING = "opening"
    RECEIPT = "receipt"
    IDENTIFIED = "identified"
    ISSUE = "issue"
    RETURN = "return"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    HOLD = "hold"
    RELEASE = "release"
    SCRAP = "scrap"
    SEND_OFF = "send_off"
    SEND_BACK = "send_back"
    REPAIR_IN = "repair_in"
    REPAIR_OUT = "repair_out"
    POOL = "pool"
    RETIRE = "retire"
    LEND = "lend"
    LEND_BACK = "lend_back"
    ADJUSTED = "adjusted"


STEP_TITLES = {
    Step.OPENING: N_("In stock from the start"),
    Step.RECEIPT: N_("Received from the supplier"),
    Step.IDENTIFIED: N_("Known by its number since"),
    Step.ISSUE: N_("Shipped to the customer"),
    Step.RETURN: N_("Came back from the customer"),
    Step.TRANSFER_OUT: N_("Left for another warehouse"),
    Step.TRANSFER_IN: N_("Arrived from another warehouse"),
    Step.HOLD: N_("Put into quarantine"),
    Step.RELEASE: N_("Released from quarantine"),
    Step.SCRAP: N_("Scrapped"),
    Step.SEND_OFF: N_("Sent to the supplier"),
    Step.SEND_BACK: N_("Sent back to the customer"),
    Step.REPAIR_IN: N_("Came in for repair"),
    Step.REPAIR_OUT: N_("Went back from repair"),
    Step.POOL: N_("Given to the loaner pool"),
    Step.RETIRE: N_("Taken out of the loaner pool"),
    Step.LEND: N_("Lent to a customer"),
    Step.LEND_BACK: N_("Came back from a loan"),
    Step.ADJUSTED: N_("Adjusted in the books"),
}
OTHERWISE = N_("Moved")
Thing = TypeVar("Thing", Warehouse, Customer, User)


@dataclass(frozen=True)
class LifeEvent:
    """Units of an identity went somewhere: when, what happened (a step), its cause, and how many.

    `spot` is where they came to, or when they left our books where they left from; `warehouse` or `customer` is the
    place of it.
    """

    at: datetime
    what: str
    cause_no: str
    spot: Spot
    quantity: int
    left: bool
    warehouse: Warehouse | None = None
    customer: Customer | None = None
    by: User | None = None

    @property
    def title(self) -> str:
        """What happened, as a msgid."""
        return STEP_TITLES[Step(self.what)] if self.what in set(Step) else OTHERWISE


def life_of(session: Session, identity: Identity) -> list[LifeEvent]:
    """Everything that happened to the units of an identity, the first thing first. Four statements at most."""
    query = select(IdentityMove).where(IdentityMove.identity_id == identity.id).order_by(IdentityMove.id)
    moves = session.scalars(query).all()
    warehouses = _by_id(session, Warehouse, {one.warehouse_id for one in moves})
    customers = _by_id(session, Customer, {one.customer_id for one in moves})
    people = _by_id(session, User, {one.by_id for one in moves})
    life = []
    for _, act in groupby(moves, key=lambda one: (one.at, one.what, one.cause_no)):
        for move in _ends(list(act)):
            spot = Spot(Keeping(move.keeping), move.warehouse_id, move.customer_id)
            life.append(
                LifeEvent(
                    move.at,
                    move.what,
                    move.cause_no,
                    spot,
                    abs(move.quantity),
                    move.quantity < 0,
                    warehouses.get(move.warehouse_id or 0),
                    customers.get(move.customer_id or 0),
                    people.get(move.by_id or 0),
                )
            )
    return life


def _ends(act: Sequence[IdentityMove]) -> list[IdentityMove]:
    """Of the moves of one act those that say where units came to; if none did, those that say where they left."""
    return [one for one in act if one.quantity > 0] or list(act)


def _by_id(session: Session, model: type[Thing], ids: set[int | None]) -> dict[int, Thing]:
    wanted = [id_ for id_ in ids if id_ is not None]
    if not wanted:
        return {}
    key = model.__mapper__.primary_key[0]
    return {one.id: one for one in session.scalars(select(model).where(key.in_(wanted)))}
