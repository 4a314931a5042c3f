"""Scarce stock is dealt anew just as it was simulated: nothing appears or is lost, and what is kept stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from inventory.dealing_anew import Simulation, deal_anew, simulate
from inventory.dealing_rules import latest_edition, publish
from inventory.dealings import Dealing, DealingEffect
from inventory.inbound import InboundReceipt
from inventory.picks import lock_held, mark_held
from inventory.proving import differences
from inventory.reserving import consume_all
from inventory.stock import Dealt, Movement, Reservation
from inventory.turns import Key
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.inventory.makers import Scene, balance_of, expect, make_scene, speak_for
from tests.people import make_user

BY_CLASS = (Key.ALLOCATION_CLASS, Key.PROMISED_DATE)


def ruled(session: Session, now: datetime) -> User:
    """A manager who has published that the allocation class decides first."""
    with transaction(session):
        known = session.scalars(select(User).where(User.role == Role.MANAGER)).first()
        by = known or make_user(session, Role.MANAGER, now=now)
        publish(session, BY_CLASS, "Hospitals first", seen=latest_edition(session), by=by, now=now)
    return by


def scarce(session: Session) -> tuple[Scene, int, int]:
    """Six units, held by a line of the usual class; one of the first class waits for five."""
    scene = make_scene(session, 6)
    (holds,) = speak_for(session, scene.place, 6, due_in_days=2)
    (waits,) = speak_for(session, scene.place, 5, due_in_days=9)
    with transaction(session):
        session.get_one(Reservation, waits).allocation_class = 1
    return scene, holds, waits


def look(session: Session, scene: Scene, now: datetime, spared: Sequence[int] = ()) -> Simulation:
    return simulate(session, scene.place, spared, now=now)


def deal(
    session: Session, scene: Scene, digest: str, by: User, now: datetime, spared: Sequence[int] = ()
) -> Dealing:
    with transaction(session):
        dealing, _ = deal_anew(
            session,
            scene.product,
            scene.warehouse,
            digest,
            "Too few for all",
            sparing=lambda _place: spared,
            by=by,
            now=now,
        )
    return dealing


def held(session: Session, *ids: int) -> list[int]:
    session.expire_all()
    return [session.get_one(Reservation, id_).held for id_ in ids]


def test_simulating_says_who_would_gain_and_lose_and_changes_nothing(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    ruled(session, now)
    found = look(session, scene, now)
    assert [(one.reservation_id, one.held, one.after) for one in found.shares] == [
        (waits, 0, 5),
        (holds, 6, 1),
    ]
    session.rollback()
    assert held(session, holds, waits) == [6, 0]
    assert session.scalars(select(Dealing)).all() == []


def test_dealing_does_just_what_was_simulated_and_leaves_the_ledger_alone(
    session: Session, now: datetime
) -> None:
    scene, holds, waits = scarce(session)
    by = ruled(session, now)
    moved = session.scalar(select(func.count(Movement.id)))
    found = look(session, scene, now)
    dealing = deal(session, scene, found.digest, by, now)
    assert held(session, holds, waits) == [1, 5]
    assert {one.reservation_id: (one.held_before, one.held_after) for one in dealing.effects} == {
        holds: (6, 1),
        waits: (0, 5),
    }
    assert (dealing.number, dealing.reason, dealing.rule.edition) == ("DL-2026-00001", "Too few for all", 1)
    row = balance_of(session, scene.place)
    assert (row.on_hand, row.reserved) == (6, 6)
    assert session.scalar(select(func.count(Movement.id))) == moved
    told = session.scalars(select(Dealt)).one()
    assert (told.reservation_id, told.units, told.told_at) == (waits, 5, None)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == "stock.dealt_anew"))
    assert (entry.subject_no, entry.after["gained"], entry.after["lost"]) == (dealing.number, 1, 1)
    assert differences(session) == []


def test_who_loses_claims_what_is_to_come_and_who_gains_gives_its_claim_back(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, 6)
    (holds,) = speak_for(session, scene.place, 6, due_in_days=2)
    receipt = expect(session, scene, 7)
    (waits,) = speak_for(session, scene.place, 5, due_in_days=9)
    with transaction(session):
        session.get_one(Reservation, waits).allocation_class = 1
    by = ruled(session, now)
    found = look(session, scene, now)
    comes = {one.reservation_id: one.comes_on for one in found.shares}
    assert comes == {holds: receipt.expected_on, waits: None}
    deal(session, scene, found.digest, by, now)
    loser, gainer = (session.get_one(Reservation, id_) for id_ in (holds, waits))
    session.refresh(receipt)
    assert (loser.held, loser.receipt_id, gainer.receipt_id, receipt.claimed) == (1, receipt.id, None, 5)
    assert differences(session) == []


def test_picked_units_and_what_is_due_by_today_and_what_is_spared_stay(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, 12)
    (picked,) = speak_for(session, scene.place, 4, due_in_days=3)
    (due,) = speak_for(session, scene.place, 4, due_in_days=0)
    (agreed,) = speak_for(session, scene.place, 4, due_in_days=3)
    (waits,) = speak_for(session, scene.place, 9, due_in_days=5)
    with transaction(session):
        session.get_one(Reservation, waits).allocation_class = 1
        mark_held(lock_held(session, [picked]), {picked: 3})
    by = ruled(session, now)
    found = look(session, scene, now, [agreed])
    kept = {one.reservation_id: one.kept for one in found.shares}
    assert kept == {picked: 3, due: 4, agreed: 4, waits: 0}
    deal(session, scene, found.digest, by, now, [agreed])
    assert held(session, picked, due, agreed, waits) == [3, 4, 4, 1]
    assert session.get_one(Reservation, picked).picked == 3
    assert differences(session) == []


def test_what_a_basket_holds_takes_no_part(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    by = ruled(session, now)
    with transaction(session):
        basket = session.get_one(Reservation, holds)
        basket.expires_at = now + timedelta(minutes=30)
    found = look(session, scene, now)
    assert [one.reservation_id for one in found.shares] == [waits]
    with pytest.raises(Refused, match="nothing would change"):
        deal(session, scene, found.digest, by, now)
    assert held(session, holds, waits) == [6, 0]


def test_it_is_refused_when_anything_changed_since(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    by = ruled(session, now)
    seen = look(session, scene, now).digest
    session.rollback()
    speak_for(session, scene.place, 1)
    with pytest.raises(Refused, match="changed since"):
        deal(session, scene, seen, by, now)
    assert held(session, holds, waits) == [6, 0]
    assert session.scalars(select(DealingEffect)).all() == []


def test_it_is_refused_when_another_rule_was_published_since(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    ruled(session, now)
    seen = look(session, scene, now).digest
    session.rollback()
    with transaction(session):
        by = session.scalars(select(User).where(User.role == Role.MANAGER)).one()
        publish(session, (Key.ALLOCATION_CLASS,), "Again", seen=1, by=by, now=now)
    with pytest.raises(Refused, match="changed since"):
        deal(session, scene, seen, by, now)
    assert held(session, holds, waits) == [6, 0]


def test_without_a_published_rule_or_a_reason_nothing_is_dealt(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    with transaction(session):
        by = make_user(session, Role.MANAGER, now=now)
    with pytest.raises(Refused, match="published rule"):
        deal(session, scene, look(session, scene, now).digest, by, now)
    with transaction(session):
        publish(session, BY_CLASS, "Hospitals first", seen=0, by=by, now=now)
    digest = look(session, scene, now).digest
    with pytest.raises(Refused, match="Say why"), transaction(session):
        deal_anew(session, scene.product, scene.warehouse, digest, " ", sparing=lambda _: (), by=by, now=now)
    assert held(session, holds, waits) == [6, 0]


def test_dealing_twice_changes_nothing_the_second_time(session: Session, now: datetime) -> None:
    scene, holds, waits = scarce(session)
    by = ruled(session, now)
    deal(session, scene, look(session, scene, now).digest, by, now)
    again = look(session, scene, now)
    assert again.changed == []
    with pytest.raises(Refused, match="nothing would change"):
        deal(session, scene, again.digest, by, now)
    assert held(session, holds, waits) == [1, 5]


def test_what_a_dealing_did_is_never_edited(session: Session, now: datetime) -> None:
    scene, _, _ = scarce(session)
    by = ruled(session, now)
    deal(session, scene, look(session, scene, now).digest, by, now)
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(text("UPDATE dealing_effect SET held_after = 0"))


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 8), st.integers(0, 9), st.integers(0, 8)),
        min_size=1,
        max_size=7,
    ),
    st.integers(0, 30),
    st.integers(0, 20),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_wanted_the_stock_stays_whole(
    session: Session, now: datetime, wanted: list[tuple[int, int, int, int]], stock: int, to_come: int
) -> None:
    by = ruled(session, now)
    scene = make_scene(session, stock)
    if to_come:
        expect(session, scene, to_come)
    ids: list[int] = []
    for class_, units, due, picked in wanted:
        made = speak_for(session, scene.place, units, due_in_days=due)
        ids += made
        with transaction(session):
            for one in lock_held(session, made).values():
                one.allocation_class = class_
                one.picked = min(one.held, picked)
    before = dict(zip(ids, held(session, *ids), strict=True))
    found = look(session, scene, now)
    if found.changed:
        deal(session, scene, found.digest, by, now)
    after = dict(zip(ids, held(session, *ids), strict=True))
    assert {one.reservation_id: one.after for one in found.shares} == after
    assert sum(after.values()) == sum(before.values())
    turns = [session.get_one(Reservation, one.reservation_id) for one in found.shares]
    kept = {one.reservation_id: one.kept for one in found.shares}
    for n, one in enumerate(turns):
        assert one.picked <= one.held <= one.quantity
        if one.held < one.quantity:
            assert all(worse.held == kept[worse.id] for worse in turns[n + 1 :])
    assert differences(session) == []
    assert all(one.claimed <= one.quantity for one in session.scalars(select(InboundReceipt)))
    session.rollback()


@pytest.mark.postgres
def test_dealing_and_shipping_at_once_never_give_a_unit_to_two(postgres_url: str, now: datetime) -> None:
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    with sessions() as session:
        by_id = ruled(session, now).id
        scenes = [scarce(session) for _ in range(6)]
        digests = [look(session, scene, now).digest for scene, _, _ in scenes]
    outcomes = set()
    for (scene, holds, _), digest in zip(scenes, digests, strict=True):
        race = _Race(sessions, scene, holds, digest, by_id, now)
        threads = [Thread(target=race.deal), Thread(target=race.ship)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        outcomes.add((race.done["deal"], race.done["ship"]))
    assert outcomes <= {("done", "told"), ("told", "done")}
    with sessions() as session:
        assert differences(session) == []
    engine.dispose()


@dataclass
class _Race:
    """Somebody deals a place anew while somebody else ships what a line holds there."""

    sessions: sessionmaker[Session]
    scene: Scene
    holds: int
    digest: str
    by_id: int
    now: datetime
    barrier: Barrier = field(default_factory=lambda: Barrier(2))
    done: dict[str, str] = field(default_factory=dict)

    def deal(self) -> None:
        self._try(
            "deal",
            lambda session: deal(
                session, self.scene, self.digest, session.get_one(User, self.by_id), self.now
            ),
        )

    def ship(self) -> None:
        self._try("ship", self._ship)

    def _ship(self, session: Session) -> None:
        with transaction(session):
            consume_all(session, {f"SH-{self.holds}": {self.holds: 6}}, by=None, now=self.now)

    def _try(self, what: str, act: Callable[[Session], object]) -> None:
        with self.sessions() as session:
            self.barrier.wait(10)
            try:
                act(session)
                self.done[what] = "done"
            except Refused:
                self.done[what] = "told"
