"""What is in quarantine is nobody's: it leaves the stock, and the youngest promises give way first."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.ledger import Move
from inventory.proving import differences
from inventory.stock import Dealt, Movement, Reservation
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import Scene, balance_of, expect, make_scene, speak_for


def figures(session: Session, scene: Scene) -> tuple[int, int, int]:
    """On hand, reserved and quarantined."""
    row = balance_of(session, scene.place)
    return row.on_hand, row.reserved, row.quarantined


def test_goods_taken_back_lie_in_quarantine_and_are_not_available(session: Session, now: datetime) -> None:
    scene = make_scene(session, 5)
    with transaction(session):
        quarantine.take_back(session, [Move(scene.place, 2)], "RT-1", by=None, now=now)
    assert figures(session, scene) == (5, 0, 2)
    assert differences(session) == []


def test_holding_free_units_leaves_the_promises_alone(session: Session, now: datetime) -> None:
    scene = make_scene(session, 5)
    speak_for(session, scene.place, 2)
    with transaction(session):
        assert quarantine.hold(session, scene.place, 3, "PN-1", by=None, now=now) == []
    assert figures(session, scene) == (2, 2, 3)


def test_when_reserved_units_are_held_the_youngest_promise_gives_way(session: Session, now: datetime) -> None:
    scene = make_scene(session, 6)
    (first,) = speak_for(session, scene.place, 3, due_in_days=2)
    (last,) = speak_for(session, scene.place, 3, due_in_days=9)
    with transaction(session):
        assert quarantine.hold(session, scene.place, 2, "PN-1", by=None, now=now) == [last]
    held = {one.id: one.held for one in session.scalars(select(Reservation))}
    assert held == {first: 3, last: 1}
    assert figures(session, scene) == (4, 4, 2)
    assert differences(session) == []


def test_who_gave_way_claims_what_is_still_to_come(session: Session, now: datetime) -> None:
    scene = make_scene(session, 3)
    receipt = expect(session, scene, 10)
    (mine,) = speak_for(session, scene.place, 3)
    with transaction(session):
        quarantine.hold(session, scene.place, 2, "PN-1", by=None, now=now)
    reservation = session.get_one(Reservation, mine)
    assert (reservation.held, reservation.receipt_id, receipt.claimed) == (1, receipt.id, 2)
    assert differences(session) == []


def test_who_waited_for_a_receipt_without_room_for_more_waits_for_another(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, 0)
    small, large = expect(session, scene, 2, in_days=3), expect(session, scene, 10, in_days=8)
    (mine,) = speak_for(session, scene.place, 2)
    with transaction(session):
        quarantine.take_back(session, [Move(scene.place, 1)], "RT-1", by=None, now=now)
        quarantine.release(session, scene.place, 1, "QR-1", by=None, now=now)
    reservation = session.get_one(Reservation, mine)
    assert (reservation.held, reservation.receipt_id, small.claimed) == (1, small.id, 1)
    speak_for(session, scene.place, 1)
    with transaction(session):
        quarantine.hold(session, scene.place, 1, "PN-1", by=None, now=now)
    assert (reservation.held, reservation.receipt_id) == (0, large.id)
    assert (small.claimed, large.claimed) == (1, 2)
    assert differences(session) == []


def test_more_than_is_there_cannot_be_held(session: Session, now: datetime) -> None:
    scene = make_scene(session, 2)
    with pytest.raises(Refused, match="Only 2 of"), transaction(session):
        quarantine.hold(session, scene.place, 3, "PN-1", by=None, now=now)
    assert figures(session, scene) == (2, 0, 0)


def test_released_units_go_to_whoever_waits_and_are_told_of(session: Session, now: datetime) -> None:
    scene = make_scene(session, 2)
    with transaction(session):
        quarantine.hold(session, scene.place, 2, "PN-1", by=None, now=now)
    (waiting,) = speak_for(session, scene.place, 1)
    with transaction(session):
        assert quarantine.release(session, scene.place, 2, "QR-1", by=None, now=now) == [waiting]
    assert figures(session, scene) == (2, 1, 0)
    dealt = session.scalars(select(Dealt)).one()
    assert (dealt.reservation_id, dealt.units, dealt.told_at) == (waiting, 1, None)


def test_scrapped_and_sent_off_units_are_gone_from_quarantine_only(session: Session, now: datetime) -> None:
    scene = make_scene(session, 5)
    with transaction(session):
        quarantine.hold(session, scene.place, 3, "PN-1", by=None, now=now)
        quarantine.scrap(session, scene.place, 1, "QS-1", by=None, now=now)
        quarantine.send_off(session, scene.place, 1, "RT-1", by=None, now=now)
    assert figures(session, scene) == (2, 0, 1)
    kinds = [(one.kind, one.condition, one.quantity) for one in session.scalars(select(Movement))]
    assert kinds[1:] == [
        ("hold", "good", -3),
        ("hold", "quarantine", 3),
        ("scrap", "quarantine", -1),
        ("issue", "quarantine", -1),
    ]
    assert differences(session) == []


@pytest.mark.parametrize("act", [quarantine.release, quarantine.scrap, quarantine.send_off])
def test_more_than_lies_in_quarantine_cannot_leave_it(session: Session, now: datetime, act: object) -> None:
    scene = make_scene(session, 5)
    with transaction(session):
        quarantine.hold(session, scene.place, 1, "PN-1", by=None, now=now)
    with pytest.raises(Refused, match="Only 1 of"), transaction(session):
        act(session, scene.place, 2, "X-1", by=None, now=now)
    assert figures(session, scene) == (4, 0, 1)


@pytest.mark.parametrize("act", [quarantine.hold, quarantine.release, quarantine.scrap, quarantine.send_off])
def test_no_units_are_no_act(session: Session, now: datetime, act: object) -> None:
    scene = make_scene(session, 5)
    with pytest.raises(Refused, match="at least 1"), transaction(session):
        act(session, scene.place, 0, "X-1", by=None, now=now)
