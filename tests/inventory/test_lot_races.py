"""Buyers in processes of their own want the last lots at the same moment, while one of these is called back."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from inventory.expired import set_expired_aside
from inventory.identifying import LotFacts
from inventory.identities import Allocation, Identity, IdentityBalance
from inventory.models import Tracking
from inventory.proving import differences
from inventory.reserving import Supply, release, reserve
from inventory.stock import Reservation
from inventory.stocking import open_stock
from inventory.stopping import stop
from portal.clock import business_day
from portal.db import make_engine, make_sessions, transaction
from tests.inventory.makers import Scene, make_product, make_supplier, make_warehouse

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
Act = Callable[[Session], int | None]
SOON, LATE = LotFacts("SOON", date(2026, 4, 2)), LotFacts("LATE", date(2027, 1, 1))


def _lots(session: Session, lots: dict[LotFacts, int], now: datetime) -> Scene:
    product = make_product(session, tracking=Tracking.LOT)
    scene = Scene(product, make_warehouse(session), make_supplier(session))
    with transaction(session):
        open_stock(session, product, scene.warehouse, sum(lots.values()), lots=lots, by=None, now=now)
    return scene


def _buy(session: Session, scene: Scene, name: str, units: int, now: datetime) -> int:
    """Speak for what lies in stock, up to so many units; says how many."""
    with transaction(session):
        supply = Supply(session, [scene.product.id], scene.warehouse.id, business_day(now))
        parts = [part for part in supply.split(scene.product.id, units) if part.held]
        reserve(session, [(f"{name}/{n}", part, now) for n, part in enumerate(parts)], now=now)
        return sum(part.quantity for part in parts)


def _at_once(engine: Engine, *acts: tuple[str, Act]) -> dict[str, int]:
    """Everybody starts at the same moment, each with a session of their own."""
    gate, said, faults = threading.Barrier(len(acts)), dict[str, int](), list[BaseException]()

    def run(name: str, act: Act) -> None:
        try:
            with make_sessions(engine)() as session:
                gate.wait()
                said[name] = act(session) or 0
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    return said


def _meant(session: Session) -> Counter[str]:
    query = (
        select(Identity.number, func.sum(Allocation.quantity))
        .join(Allocation, Allocation.identity_id == Identity.id)
        .group_by(Identity.number)
    )
    return Counter({number: int(units) for number, units in session.execute(query)})


def test_two_buyers_of_the_last_lot_get_it_once(postgres_url: str, now: datetime) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        scene = _lots(session, {LATE: 5}, now)
        buying = [(f"B{n}", lambda own, n=n: _buy(own, scene, f"B{n}", 5, now)) for n in range(2)]
        assert sorted(_at_once(engine, *buying).values()) == [0, 5]
        session.rollback()
        assert _meant(session) == {"LATE": 5}
        assert session.scalar(select(func.count(Allocation.reservation_id))) == 1
        assert differences(session) == []
    engine.dispose()


def test_ten_buyers_share_two_lots_and_no_unit_is_meant_for_two(postgres_url: str, now: datetime) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        scene = _lots(session, {SOON: 7, LATE: 6}, now)
        buying = [(f"B{n}", lambda own, n=n: _buy(own, scene, f"B{n}", 2, now)) for n in range(10)]
        assert sum(_at_once(engine, *buying).values()) == 13
        session.rollback()
        assert _meant(session) == {"SOON": 7, "LATE": 6}
        assert differences(session) == []
    engine.dispose()


def test_a_lot_is_stopped_and_expires_while_others_buy_and_let_go(postgres_url: str, now: datetime) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        scene = _lots(session, {SOON: 6, LATE: 6, LotFacts("STOPPED"): 6}, now)
        assert _buy(session, scene, "first", 15, now) == 15
        first = session.scalars(select(Reservation.id)).all()
        stopped = session.scalars(select(Identity.id).where(Identity.number == "STOPPED")).one()
        session.rollback()
        session.refresh(scene.product)  # what all threads look at is read before they start
        session.refresh(scene.warehouse)

        def call_back(own: Session) -> None:
            with transaction(own):
                stop(own, [stopped], now=now)

        def let_go(own: Session) -> None:
            with transaction(own):
                release(own, first, keeping={first[0]: 4}, now=now)

        _at_once(
            engine,
            ("stop", call_back),
            ("expire", lambda own: set_expired_aside(own, now + timedelta(days=3))),
            ("let go", let_go),
            *[(f"B{n}", lambda own, n=n: _buy(own, scene, f"B{n}", 3, now)) for n in range(4)],
        )
        session.rollback()
        assert differences(session) == []
        assert _meant(session)["STOPPED"] == 0
        assert _meant(session)["SOON"] == 0
        held = session.scalar(select(func.sum(Reservation.held))) or 0
        fit = session.scalar(
            select(func.sum(IdentityBalance.quantity))
            .join(Identity, Identity.id == IdentityBalance.identity_id)
            .where(Identity.number == "LATE", IdentityBalance.keeping == "good")
        )
        assert _meant(session)["LATE"] == min(held, fit or 0)
    engine.dispose()
