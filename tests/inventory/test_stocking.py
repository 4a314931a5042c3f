"""Opening stock is booked once; goods that come back go to whoever waits."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory.ledger import Move, Place, book
from inventory.proving import differences
from inventory.stock import Movement, MovementKind, Reservation
from inventory.stocking import open_places, open_stock, put_back
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import balance_of, make_product, make_scene, make_warehouse, speak_for


def _movements(session: Session) -> int:
    return session.scalar(select(func.count(Movement.id))) or 0


def test_the_same_opening_figure_again_changes_nothing(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=12)
    with transaction(session):
        assert not open_stock(session, scene.product, scene.warehouse, 12, by=None, now=now)
    assert _movements(session) == 1


def test_another_opening_figure_is_refused_and_says_what_was_recorded(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, on_hand=12)
    with pytest.raises(Refused, match=r"Opening stock of 12 was already recorded"), transaction(session):
        open_stock(session, scene.product, scene.warehouse, 13, by=None, now=now)
    stock = balance_of(session, scene.place)
    assert stock is not None
    assert stock.on_hand == 12
    assert _movements(session) == 1


def test_less_than_nothing_is_refused(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    with pytest.raises(Refused), transaction(session):
        open_stock(session, scene.product, scene.warehouse, -1, by=None, now=now)
    assert _movements(session) == 0


def test_many_opening_figures_are_booked_at_once_and_conflicts_told(session: Session, now: datetime) -> None:
    warehouse = make_warehouse(session)
    places = [Place(make_product(session).id, warehouse.id) for _ in range(5)]
    with transaction(session):
        opened = open_places(session, {place: n for n, place in enumerate(places)}, by=None, now=now)
    assert (opened.new, opened.unchanged, opened.conflicts) == (4, 1, {})
    with transaction(session):
        opened = open_places(session, dict.fromkeys(places, 3), by=None, now=now)
    assert (opened.new, opened.unchanged) == (1, 1)
    assert opened.conflicts == {places[1]: 1, places[2]: 2, places[4]: 4}
    assert differences(session) == []


def test_opening_stock_goes_to_the_lines_that_wait(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (waiting,) = speak_for(session, scene.place, 5)
    with transaction(session):
        open_stock(session, scene.product, scene.warehouse, 3, by=None, now=now)
    assert session.get_one(Reservation, waiting).held == 3
    assert differences(session) == []


def test_what_comes_back_goes_to_the_lines_that_wait(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (waiting,) = speak_for(session, scene.place, 2)
    with transaction(session):
        assert put_back(session, [Move(scene.place, 3)], "RMA-1", by=None, now=now) == [waiting]
    stock = balance_of(session, scene.place)
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (3, 2)
    with pytest.raises(Refused), transaction(session):
        put_back(session, [Move(scene.place, 0)], "RMA-2", by=None, now=now)


def test_what_is_reserved_cannot_leave_and_nothing_is_written(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=10)
    speak_for(session, scene.place, 8)
    with pytest.raises(Refused, match="Only 2 of"), transaction(session):
        moves = [Move(scene.place, -2), Move(scene.place, -1)]
        book(session, moves, MovementKind.ISSUE, "SCRAP-1", by=None, now=now)
    stock = balance_of(session, scene.place)
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (10, 8)
    assert _movements(session) == 1
