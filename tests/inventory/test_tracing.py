"""Each unit of a lot or serial is in one place, and every place is the sum of the moves."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inventory.identities import Identity, IdentityBalance, IdentityKind, IdentityMove, Keeping
from inventory.tracing import (
    Shift,
    Spot,
    balances_of,
    held_by_customers,
    identity_named,
    shift,
)
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import Scene, make_scene
from tests.people import make_customer


def make_identity(
    session: Session, scene: Scene, number: str, kind: IdentityKind, units: int, now: datetime
) -> Identity:
    """A lot or serial whose units have just come into the warehouse."""
    one = Identity(product_id=scene.product.id, kind=kind, number=number, created_at=now)
    with transaction(session):
        session.add(one)
        session.flush()
        shift(session, [Shift(one.id, units, None, good(scene))], "receipt", "PO-1", by=None, now=now)
    return one


def good(scene: Scene) -> Spot:
    return Spot(Keeping.GOOD, warehouse_id=scene.warehouse.id)


def balances(session: Session) -> dict[tuple[int, str], int]:
    return {(one.identity_id, one.keeping): one.quantity for one in session.scalars(select(IdentityBalance))}


def test_a_serial_goes_from_the_shelf_to_its_customer(session: Session, now: datetime) -> None:
    scene, customer = make_scene(session), make_customer(session, "C1", now=now)
    session.commit()
    serial = make_identity(session, scene, "SN-1", IdentityKind.SERIAL, 1, now)
    home = Spot(Keeping.OWNED, customer_id=customer.id)
    with transaction(session):
        shift(session, [Shift(serial.id, 1, good(scene), home)], "issue", "SH-1", by=None, now=now)
    (there,) = balances_of(session, [serial.id])
    assert (there.keeping, there.customer, there.quantity) == ("owned", customer, 1)
    assert held_by_customers(session, [serial.id]) == {customer.id: 1}
    moved = select(func.sum(IdentityMove.quantity)).where(IdentityMove.keeping == "good")
    assert session.scalar(moved) == 0


def test_a_lot_is_split_between_places(session: Session, now: datetime) -> None:
    scene, customer = make_scene(session), make_customer(session, "C1", now=now)
    session.commit()
    lot = make_identity(session, scene, "L-1", IdentityKind.LOT, 10, now)
    held, home = (
        Spot(Keeping.QUARANTINE, warehouse_id=scene.warehouse.id),
        Spot(Keeping.OWNED, customer_id=customer.id),
    )
    with transaction(session):
        some = [Shift(lot.id, 3, good(scene), held), Shift(lot.id, 4, good(scene), home)]
        shift(session, some, "issue", "SH-1", by=None, now=now)
    assert balances(session) == {(lot.id, "good"): 3, (lot.id, "quarantine"): 3, (lot.id, "owned"): 4}


def test_units_that_are_not_at_the_source_do_not_move(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    lot = make_identity(session, scene, "L-1", IdentityKind.LOT, 2, now)
    before = balances(session)
    with pytest.raises(Refused, match="3 of L-1 cannot be moved, for there are only 2"), transaction(session):
        shift(session, [Shift(lot.id, 3, good(scene), None)], "scrap", "X", by=None, now=now)
    assert balances(session) == before


def test_a_unit_in_quarantine_cannot_ship_and_the_refusal_says_so(session: Session, now: datetime) -> None:
    scene, customer = make_scene(session), make_customer(session, "C1", now=now)
    session.commit()
    serial = make_identity(session, scene, "SN-1", IdentityKind.SERIAL, 1, now)
    held = Spot(Keeping.QUARANTINE, warehouse_id=scene.warehouse.id)
    with transaction(session):
        shift(session, [Shift(serial.id, 1, good(scene), held)], "hold", "PN-1", by=None, now=now)
    home = Spot(Keeping.OWNED, customer_id=customer.id)
    with pytest.raises(Refused, match="SN-1 is in quarantine"), transaction(session):
        shift(session, [Shift(serial.id, 1, good(scene), home)], "issue", "SH-1", by=None, now=now)


def test_a_serial_cannot_come_in_twice(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    serial = make_identity(session, scene, "SN-1", IdentityKind.SERIAL, 1, now)
    with pytest.raises(Refused, match="already in our books"), transaction(session):
        shift(session, [Shift(serial.id, 1, None, good(scene))], "receipt", "PO-2", by=None, now=now)
    assert balances(session) == {(serial.id, "good"): 1}


def test_the_database_itself_refuses_a_serial_in_two_places(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    serial = make_identity(session, scene, "SN-1", IdentityKind.SERIAL, 1, now)
    session.add(
        IdentityBalance(
            identity_id=serial.id,
            serial=True,
            warehouse_id=scene.warehouse.id,
            keeping=Keeping.POOL,
            quantity=1,
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_numbers_are_found_however_they_are_typed(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    serial = make_identity(session, scene, "SN-1", IdentityKind.SERIAL, 1, now)
    assert identity_named(session, scene.product.id, " sn-1 ") == serial
    assert identity_named(session, scene.product.id, "SN-2") is None
