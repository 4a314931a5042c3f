"""The books are brought in line with what is there: proposed, approved by somebody else, booked once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import adjusting, stocking
from inventory.counting_terms import Terms, set_terms, terms
from inventory.counts import AdjustmentReason, AdjustmentState, StockAdjustment
from inventory.identifying import LotFacts
from inventory.identities import IdentityBalance, IdentityMove
from inventory.models import Tracking
from inventory.proving import differences
from inventory.stock import Movement, MovementKind, Reservation
from inventory.tracing import identity_named
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import history_of
from portal.db import transaction
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.counted import nothing_at_once, person, propose
from tests.inventory.makers import (
    Scene,
    balance_of,
    expect,
    make_product,
    make_scene,
    make_supplier,
    make_warehouse,
    speak_for,
)


@pytest.fixture
def staff(session: Session) -> User:
    return person(session, "somchai")


@pytest.fixture
def manager(session: Session) -> User:
    return person(session, "malee", Role.MANAGER)


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session, on_hand=10)


def approve(session: Session, found: StockAdjustment, by: User) -> adjusting.Booked:
    with transaction(session):
        return adjusting.approve(session, found, by=by, now=NOON)


def tracked(session: Session, tracking: Tracking, **known: Any) -> Scene:
    scene = Scene(make_product(session, tracking=tracking), make_warehouse(session), make_supplier(session))
    with transaction(session):
        stocking.open_stock(session, scene.product, scene.warehouse, 5, **known, by=None, now=NOON)
    return scene


def units_of(session: Session, scene: Scene, number: str) -> int:
    one = identity_named(session, scene.product.id, number)
    query = select(func.sum(IdentityBalance.quantity)).where(
        IdentityBalance.identity_id == (one.id if one else 0)
    )
    return int(session.scalar(query) or 0)


def test_units_that_are_gone_leave_the_books_once_somebody_else_approves(session, scene, staff, manager):
    found = propose(session, scene, -3, staff, note="Not on the shelf")
    assert found.state == AdjustmentState.PROPOSED
    assert balance_of(session, scene.place).on_hand == 10
    with pytest.raises(Refused, match="Somebody else decides"), transaction(session):
        adjusting.approve(session, found, by=staff, now=NOON)
    assert balance_of(session, scene.place).on_hand == 10
    approve(session, found, manager)
    assert balance_of(session, scene.place).on_hand == 7
    movement = session.scalars(select(Movement).where(Movement.kind == MovementKind.ADJUSTMENT)).one()
    assert (movement.quantity, movement.cause_no) == (-3, found.number)
    with pytest.raises(Refused, match="was decided already"):
        approve(session, found, manager)
    assert differences(session) == []
    assert [one.verb for one in history_of(session, "adjustment", found.number)] == [
        "adjustment.approved",
        "adjustment.proposed",
    ]


def test_a_correction_that_is_refused_changes_nothing(session, scene, staff, manager):
    found = propose(session, scene, 4, staff)
    with pytest.raises(Refused, match="Say why"), transaction(session):
        adjusting.refuse(session, found, " ", by=manager, now=NOON)
    with transaction(session):
        adjusting.refuse(session, found, "They are behind the door", by=manager, now=NOON)
    assert found.state == AdjustmentState.REFUSED
    assert balance_of(session, scene.place).on_hand == 10


def test_a_large_correction_is_not_made_in_slices(session, staff, manager):
    with transaction(session):
        set_terms(session, Terms(at_once_minor=50_000), by=manager, now=NOON)
    cheap = Scene(
        make_product(session, unit_cost=Decimal(100)), make_warehouse(session), make_supplier(session)
    )
    other = Scene(make_product(session, unit_cost=Decimal(100)), cheap.warehouse, cheap.supplier)
    assert propose(session, cheap, 3, staff).state == AdjustmentState.APPROVED
    assert propose(session, cheap, 2, staff).state == AdjustmentState.APPROVED
    waiting = propose(session, cheap, -1, staff)
    assert waiting.state == AdjustmentState.PROPOSED
    assert balance_of(session, cheap.place).on_hand == 5
    assert propose(session, other, 5, staff).state == AdjustmentState.APPROVED, "another product"
    assert propose(session, cheap, 5, manager).state == AdjustmentState.APPROVED, "another person"
    with transaction(session):
        facts = adjusting.Correction(cheap.product, cheap.warehouse, 5, AdjustmentReason.FOUND)
        later = adjusting.propose(session, facts, by=staff, now=NOON + timedelta(days=1))
    assert later.state == AdjustmentState.APPROVED, "another day"


def test_what_is_worth_little_is_booked_at_once_and_what_has_no_cost_never_is(session, staff, manager):
    with transaction(session):
        set_terms(session, Terms(at_once_minor=50_000), by=manager, now=NOON)
    cheap = Scene(
        make_product(session, unit_cost=Decimal(100)), make_warehouse(session), make_supplier(session)
    )
    found = propose(session, cheap, 5, staff)
    assert (found.state, found.decided_by_id) == (AdjustmentState.APPROVED, None)
    assert balance_of(session, cheap.place).on_hand == 5
    dear = propose(session, cheap, 6, staff)
    assert dear.state == AdjustmentState.PROPOSED
    assert propose(session, make_scene(session, on_hand=1), -1, staff).state == AdjustmentState.PROPOSED
    assert balance_of(session, cheap.place).on_hand == 5


def test_where_too_few_are_free_the_youngest_promise_gives_way_and_claims_what_comes(
    session, scene, staff, manager
):
    (old,) = speak_for(session, scene.place, 6, due_in_days=1)
    (young,) = speak_for(session, scene.place, 4, due_in_days=5)
    receipt = expect(session, scene, 20)
    booked = approve(session, propose(session, scene, -3, staff), manager)
    assert booked.gave_way == (young,)
    row = balance_of(session, scene.place)
    assert (row.on_hand, row.reserved) == (7, 7)
    assert session.get(Reservation, old).held == 6
    waits = session.get(Reservation, young)
    assert (waits.held, waits.receipt_id) == (1, receipt.id)
    assert differences(session) == []


def test_found_units_go_to_whoever_waits(session, scene, staff, manager):
    speak_for(session, scene.place, 10)
    (waits,) = speak_for(session, scene.place, 3)
    booked = approve(session, propose(session, scene, 2, staff), manager)
    assert booked.served == (waits,)
    assert session.get(Reservation, waits).held == 2
    assert differences(session) == []


@pytest.mark.parametrize(
    ("quantity", "reason", "note", "words"),
    [
        (0, AdjustmentReason.FOUND, "", "too many or too few"),
        (2, AdjustmentReason.DAMAGED, "", "leave the books"),
        (-2, AdjustmentReason.FOUND, "", "added to the books"),
        (-2, AdjustmentReason.MISTAKEN, " ", "by mistake"),
        (-11, AdjustmentReason.LOST, "", "Only 10 of"),
        (10**10, AdjustmentReason.FOUND, "", "more than there can be"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_nothing_is_written(
    session, scene, staff, quantity, reason, note, words
):
    with pytest.raises(Refused, match=words):
        propose(session, scene, quantity, staff, reason, note=note)
    assert session.scalar(select(func.count(StockAdjustment.id))) == 0


def test_stock_that_moved_since_is_looked_at_again_on_approval(session, scene, staff, manager):
    first, second = propose(session, scene, -8, staff), propose(session, scene, -8, staff)
    approve(session, first, manager)
    with pytest.raises(Refused, match="Only 2 of"):
        approve(session, second, manager)
    assert balance_of(session, scene.place).on_hand == 2


def test_serials_are_named_as_they_leave_and_as_they_come(session, staff, manager):
    serials = [f"SN-{n}" for n in range(1, 6)]
    scene = tracked(session, Tracking.SERIAL, serials=serials)
    with pytest.raises(Refused, match="2 more are to be named"):
        propose(session, scene, -2, staff)
    with pytest.raises(Refused, match="SN-2 is given twice"):
        propose(session, scene, -2, staff, numbers={"SN-2": 1, "sn-2 ": 1})
    with pytest.raises(Refused, match="SN-9 is not known"):
        propose(session, scene, -1, staff, numbers={"SN-9": 1})
    approve(session, propose(session, scene, -2, staff, numbers={"SN-1": 1, "SN-2": 1}), manager)
    assert (units_of(session, scene, "SN-1"), units_of(session, scene, "SN-3")) == (0, 1)
    with pytest.raises(Refused, match="Name the lot or serial of every unit"):
        propose(session, scene, 1, staff)
    with pytest.raises(Refused, match="already in our books"):
        propose(session, scene, 1, staff, numbers={"SN-3": 1})
    approve(session, propose(session, scene, 2, staff, numbers={"SN-1": 1, "SN-77": 1}), manager)
    assert (units_of(session, scene, "SN-1"), units_of(session, scene, "SN-77")) == (1, 1)
    assert balance_of(session, scene.place).on_hand == 5
    assert differences(session) == []


def test_lots_are_named_with_their_units_and_only_known_ones_come_in(session, staff, manager):
    scene = tracked(session, Tracking.LOT, lots={LotFacts("L-1"): 3, LotFacts("L-2"): 2})
    with pytest.raises(Refused, match="Only 3 of L-1"):
        propose(session, scene, -4, staff, numbers={"L-1": 4})
    with pytest.raises(Refused, match="More units are named"):
        propose(session, scene, -1, staff, numbers={"L-1": 1, "L-2": 1})
    with pytest.raises(Refused, match="L-9 is not known"):
        propose(session, scene, 1, staff, numbers={"L-9": 1})
    approve(session, propose(session, scene, -3, staff, numbers={"L-1": 2, "L-2": 1}), manager)
    approve(session, propose(session, scene, 4, staff, numbers={"L-1": 4}), manager)
    assert (units_of(session, scene, "L-1"), units_of(session, scene, "L-2")) == (5, 1)
    moves = select(IdentityMove.quantity).where(IdentityMove.what == "adjusted").order_by(IdentityMove.id)
    assert session.scalars(moves).all() == [-2, -1, 4]
    assert differences(session) == []


def test_terms_are_kept_and_those_that_cannot_be_are_refused(session, manager):
    assert terms(session) == Terms()
    nothing_at_once(session, manager, tolerance_c_bp=500)
    assert terms(session).tolerance_bp(None) == 500
    for bad in (Terms(at_once_minor=-1), Terms(tolerance_b_bp=10_001), Terms(lines_a_sheet=0)):
        with pytest.raises(Refused), transaction(session):
            set_terms(session, bad, by=manager, now=NOON)
    assert terms(session).at_once_minor == 0
