"""Stock is moved between warehouses: never in two places, never lost, and first for the line it was moved for."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import receiving, transferring, transfers
from inventory.identities import Identity, IdentityBalance, IdentityKind, Keeping
from inventory.inbound import InboundReceipt, Transfer
from inventory.ledger import Place
from inventory.models import Tracking, Warehouse
from inventory.proving import differences
from inventory.stock import Movement, Reservation, Stock
from inventory.stocking import open_stock
from inventory.tracing import Shift, Spot, shift
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import (
    Scene,
    balance_of,
    expect,
    make_product,
    make_scene,
    make_supplier,
    make_warehouse,
    speak_for,
    statements,
)


def _send(
    session: Session, scene: Scene, target: Warehouse, quantity: int, now: datetime, **facts: Any
) -> Transfer:
    day = facts.pop("expected_on", business_day(now) + timedelta(days=2))
    with transaction(session):
        return transferring.send(
            session, scene.product, scene.warehouse, target, quantity, day, by=None, now=now, **facts
        )


def _arrive(session: Session, transfer: Transfer, now: datetime) -> list[int]:
    with transaction(session):
        return transferring.arrive(session, transfer, by=None, now=now)


def _on_hand(session: Session, product_id: int) -> int:
    total = select(func.sum(Stock.on_hand)).where(Stock.product_id == product_id)
    return int(session.scalar(total) or 0)


def _counts(session: Session) -> tuple[int, ...]:
    return tuple(
        session.scalar(select(func.count()).select_from(table)) or 0
        for table in (Transfer, InboundReceipt, Movement)
    )


def test_what_is_moved_is_on_hand_in_neither_warehouse_until_it_arrives(
    session: Session, now: datetime
) -> None:
    scene, target = make_scene(session, on_hand=10), make_warehouse(session)
    there = Place(scene.product.id, target.id)
    transfer = _send(session, scene, target, 4, now, carrier="Siam Rod Duan")
    assert (balance_of(session, scene.place).on_hand, balance_of(session, there).on_hand) == (6, 0)
    assert transfers.in_transit(session, scene.product.id) == 4
    assert _arrive(session, transfer, now + timedelta(days=2)) == []
    session.expire_all()
    assert (balance_of(session, scene.place).on_hand, balance_of(session, there).on_hand) == (6, 4)
    assert transfers.in_transit(session, scene.product.id) == 0
    assert _on_hand(session, scene.product.id) == 10
    assert differences(session) == []
    receipt = session.scalars(select(InboundReceipt)).one()
    assert receipt.closed_at is not None
    assert receipt.received == 4
    assert receipt.supplier_id is None


def test_the_line_it_is_moved_for_waits_for_it_and_is_served_first(session: Session, now: datetime) -> None:
    source, target = make_scene(session, on_hand=10), make_warehouse(session)
    here = Scene(source.product, target, source.supplier)
    late = expect(session, here, 20, in_days=30)
    (elder,) = speak_for(session, here.place, 5, due_in_days=1, purpose="SO-1/1")
    (named,) = speak_for(session, here.place, 4, due_in_days=9, purpose="SO-2/1")
    assert late.claimed == 9
    purpose = session.get_one(Reservation, named).purpose
    transfer = _send(session, source, target, 6, now, purpose=purpose)
    session.expire_all()
    waits_for = session.get_one(Reservation, named).receipt
    assert waits_for is not None
    assert waits_for.transfer_id == transfer.id
    assert (late.claimed, waits_for.claimed) == (5, 4)
    assert _arrive(session, transfer, now + timedelta(days=2)) == [named, elder]
    session.expire_all()
    assert [session.get_one(Reservation, id_).held for id_ in (named, elder)] == [4, 2]
    assert (late.claimed, waits_for.claimed) == (3, 0)
    assert differences(session) == []


def test_a_line_that_waits_for_more_than_is_moved_keeps_its_receipt_but_is_served_first(
    session: Session, now: datetime
) -> None:
    source, target = make_scene(session, on_hand=3), make_warehouse(session)
    here = Scene(source.product, target, source.supplier)
    late = expect(session, here, 20, in_days=30)
    (waiting,) = speak_for(session, here.place, 8, purpose="SO-1/1")
    purpose = session.get_one(Reservation, waiting).purpose
    transfer = _send(session, source, target, 3, now, purpose=purpose)
    assert session.get_one(Reservation, waiting, populate_existing=True).receipt_id == late.id
    assert _arrive(session, transfer, now) == [waiting]
    session.expire_all()
    assert session.get_one(Reservation, waiting).held == 3
    assert late.claimed == 5
    assert differences(session) == []


def test_who_waits_for_nothing_in_particular_waits_for_what_is_on_its_way(
    session: Session, now: datetime
) -> None:
    source, target = make_scene(session, on_hand=9), make_warehouse(session)
    here = Scene(source.product, target, source.supplier)
    (waiting,) = speak_for(session, here.place, 2)
    transfer = _send(session, source, target, 5, now)
    receipt = session.get_one(Reservation, waiting, populate_existing=True).receipt
    assert receipt is not None
    assert receipt.transfer_id == transfer.id
    assert receipt.claimed == 2
    assert differences(session) == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 6}, "quantity"),
        ({"target": "same"}, "to_warehouse"),
        ({"expected_in": -1}, "expected_on"),
        ({"expected_in": 800}, "expected_on"),
        ({"purpose": "SO-9/1"}, None),
    ],
)
def test_an_impossible_move_is_refused_and_nothing_changes(
    session: Session, now: datetime, facts: dict[str, Any], field: str | None
) -> None:
    scene, other = make_scene(session, on_hand=8), make_warehouse(session)
    speak_for(session, scene.place, 3)
    before = _counts(session)
    day = business_day(now) + timedelta(days=facts.get("expected_in", 2))
    target = scene.warehouse if facts.get("target") == "same" else other
    with pytest.raises(Refused) as no:
        _send(
            session,
            scene,
            target,
            facts.get("quantity", 2),
            now,
            expected_on=day,
            purpose=facts.get("purpose"),
        )
    assert no.value.field == field
    assert _counts(session) == before
    assert balance_of(session, scene.place).on_hand == 8


def test_a_line_that_has_all_it_wants_has_nothing_moved_for_it(session: Session, now: datetime) -> None:
    source, target = make_scene(session, on_hand=9), make_warehouse(session)
    with transaction(session):
        open_stock(session, source.product, target, 5, by=None, now=now)
    (held,) = speak_for(session, Place(source.product.id, target.id), 2)
    with pytest.raises(Refused, match="does not wait"):
        _send(session, source, target, 2, now, purpose=session.get_one(Reservation, held).purpose)


def test_a_transfer_arrives_once(session: Session, now: datetime) -> None:
    scene, target = make_scene(session, on_hand=10), make_warehouse(session)
    transfer = _send(session, scene, target, 4, now)
    _arrive(session, transfer, now)
    before = _counts(session)
    with pytest.raises(Refused, match="already arrived"):
        _arrive(session, transfer, now)
    with pytest.raises(Refused, match="already arrived"), transaction(session):
        transferring.replan(session, transfer, business_day(now), by=None, now=now)
    assert _counts(session) == before
    assert _on_hand(session, scene.product.id) == 10


def test_what_comes_from_another_warehouse_cannot_be_booked_in_as_a_supplier_s(
    session: Session, now: datetime
) -> None:
    scene, target = make_scene(session, on_hand=10), make_warehouse(session)
    transfer = _send(session, scene, target, 4, now)
    receipt = session.scalars(select(InboundReceipt)).one()
    with pytest.raises(Refused, match="another warehouse"), transaction(session):
        receiving.book_in(session, receipt, 4, last=True, by=None, now=now)
    with pytest.raises(Refused, match="another warehouse"), transaction(session):
        receiving.move(session, receipt, business_day(now), by=None, now=now)
    with transaction(session):
        transferring.replan(session, transfer, business_day(now) + timedelta(days=9), by=None, now=now)
    session.expire_all()
    assert receipt.expected_on == transfer.expected_on == business_day(now) + timedelta(days=9)


def test_lots_and_serials_travel_along(session: Session, now: datetime) -> None:
    product = make_product(session, tracking=Tracking.LOT)
    scene, target = Scene(product, make_warehouse(session), make_supplier(session)), make_warehouse(session)
    with transaction(session):
        open_stock(session, product, scene.warehouse, 10, by=None, now=now)
        lots = [
            Identity(
                product_id=product.id, kind=IdentityKind.LOT, number=number, created_at=now, expires_on=day
            )
            for number, day in (
                ("B", now.date() + timedelta(days=90)),
                ("A", now.date() + timedelta(days=30)),
            )
        ]
        session.add_all(lots)
        session.flush()
        shelf = Spot(Keeping.GOOD, warehouse_id=scene.warehouse.id)
        shift(session, [Shift(lot.id, 5, None, shelf) for lot in lots], "receipt", "PO-1", by=None, now=now)
    last_to_expire, first_to_expire = lots
    transfer = _send(session, scene, target, 7, now)
    assert _lying(session) == {(first_to_expire.id, scene.warehouse.id): 3}
    _arrive(session, transfer, now)
    assert _lying(session) == {
        (first_to_expire.id, scene.warehouse.id): 3,
        (first_to_expire.id, target.id): 2,
        (last_to_expire.id, target.id): 5,
    }
    with pytest.raises(Refused):
        _send(session, scene, target, 1, now, identities=[(last_to_expire.id, 1)])
    with pytest.raises(Refused):
        _send(session, scene, target, 1, now, identities=[(first_to_expire.id, 2)])
    assert balance_of(session, scene.place).on_hand == 3


def test_where_else_a_line_can_be_served_from_is_found_in_a_few_queries(
    session: Session, now: datetime
) -> None:
    from policies.calendars import set_up  # noqa: PLC0415 - only here are days counted

    source, near, target = make_scene(session, on_hand=9), make_warehouse(session), make_warehouse(session)
    with transaction(session):
        set_up(session, range(now.year, now.year + 1), now=now)
        open_stock(session, source.product, near, 4, by=None, now=now)
    done = _send(session, Scene(source.product, near, source.supplier), target, 1, now)
    _arrive(session, done, now + timedelta(days=1))
    speak_for(session, Place(source.product.id, target.id), 3, purpose="SO-1")
    waiting = transfers.waiting_all(session, ["SO-1/1", "SO-1/2", "SO-9/1"])
    assert [(one.purpose, one.units) for one in waiting] == [("SO-1/2", 2)]
    with statements(session) as sent:
        found = transfers.elsewhere(session, waiting, business_day(now))
    assert len(sent) == 3
    today = business_day(now)
    assert [(one.warehouse.id, one.available, one.here_on) for one in found["SO-1/2"]] == [
        (near.id, 3, today + timedelta(days=1)),
        (source.warehouse.id, 9, today + timedelta(days=2)),
    ]


def _lying(session: Session) -> dict[tuple[int, int], int]:
    query = select(IdentityBalance).where(IdentityBalance.quantity > 0)
    rows = session.scalars(query.execution_options(populate_existing=True))
    return {(row.identity_id, row.warehouse_id or 0): row.quantity for row in rows}
