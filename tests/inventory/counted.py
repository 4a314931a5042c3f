"""Sheets and adjustments for the tests of counting."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import adjusting, counting, drawing_counts
from inventory.adjusting import Correction
from inventory.counting_terms import Terms, set_terms
from inventory.counts import AdjustmentReason, CountLine, CountSheet, StockAdjustment
from inventory.drawing_counts import Wanted
from portal.accounts import inviting
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import transaction
from tests.conftest import NOON
from tests.inventory.makers import Scene


def person(session: Session, name: str, role: Role = Role.STAFF) -> User:
    """Somebody of the distributor."""
    with transaction(session):
        return inviting.add_user(
            session, f"{name}@sanya.example.com", name=name.title(), role=role, by=None, now=NOON
        )


def nothing_at_once(session: Session, by: User, **terms: int) -> None:
    """Everything waits for approval; other terms as given."""
    with transaction(session):
        set_terms(session, Terms(**{"at_once_minor": 0, **terms}), by=by, now=NOON)


def propose(
    session: Session,
    scene: Scene,
    quantity: int,
    by: User,
    reason: AdjustmentReason | None = None,
    now: datetime = NOON,
    **facts: Any,
) -> StockAdjustment:
    """A correction of a scene's stock, proposed."""
    usual = AdjustmentReason.FOUND if quantity > 0 else AdjustmentReason.LOST
    with transaction(session):
        correction = Correction(scene.product, scene.warehouse, quantity, reason or usual, **facts)
        return adjusting.propose(session, correction, by=by, now=now)


def draw(session: Session, scene: Scene, by: User, **wanted: Any) -> CountSheet:
    """One sheet of the product of a scene, or of what is wanted."""
    with transaction(session):
        asked = Wanted(**(wanted or {"skus": [scene.product.sku]}))
        (sheet,) = drawing_counts.draw(session, scene.warehouse, asked, by=by, now=NOON)
    return sheet


def line_of(session: Session, sheet: CountSheet, n: int = 1) -> CountLine:
    """A line as it stands."""
    query = select(CountLine).where(CountLine.sheet_id == sheet.id, CountLine.n == n)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def count(
    session: Session,
    sheet: CountSheet,
    counted: int,
    by: User,
    n: int = 1,
    serials: Sequence[str] = (),
    now: datetime = NOON,
) -> None:
    """A count of a line is entered."""
    with transaction(session):
        counting.enter(session, line_of(session, sheet, n), counted, serials, by=by, now=now)


def hand_in(session: Session, sheet: CountSheet, by: User, now: datetime = NOON) -> str:
    """A sheet is handed in; gives its state."""
    with transaction(session):
        return counting.hand_in(session, sheet, by=by, now=now)


def difference_of(session: Session, sheet: CountSheet, n: int = 1) -> StockAdjustment:
    """What became of the difference of a line."""
    found = line_of(session, sheet, n).adjustment
    assert found is not None
    return found
