"""A manager publishes in which order scarce goods are dealt; the rule in force decides who is served."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inventory import quarantine
from inventory.dealing_rules import keys_in_force, latest_edition, publish, replaced, rule_in_force
from inventory.dealings import DealingRule
from inventory.ledger import Move
from inventory.stock import Reservation
from inventory.turns import USUAL, Key
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.inventory.makers import Scene, make_scene, speak_for, statements
from tests.people import make_user

BY_CLASS = (Key.ALLOCATION_CLASS, Key.PROMISED_DATE)


def manager(session: Session, now: datetime) -> User:
    with transaction(session):
        return make_user(session, Role.MANAGER, now=now)


def put(
    session: Session, by: User, now: datetime, keys: tuple[Key, ...] = BY_CLASS, **more: Any
) -> DealingRule:
    with transaction(session):
        seen = latest_edition(session)
        return publish(session, keys, "Hospitals first", seen=seen, by=by, now=now, **more)


def of_class(session: Session, reservation_id: int, number: int) -> None:
    with transaction(session):
        session.get_one(Reservation, reservation_id).allocation_class = number


def test_without_a_rule_the_promised_day_decides(session: Session, now: datetime) -> None:
    assert rule_in_force(session, now) is None
    assert keys_in_force(session, now) == USUAL


def test_a_published_rule_holds_at_once_with_who_when_and_why(session: Session, now: datetime) -> None:
    by = manager(session, now)
    rule = put(session, by, now)
    assert keys_in_force(session, now) == BY_CLASS
    assert (rule.edition, rule.reason, rule.by, rule.published_at) == (1, "Hospitals first", by, now)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.verb == "dealing_rule.published"))
    assert entry.before == {"keys": [*USUAL]}
    assert entry.after["keys"] == ["allocation_class", "promised_date"]


def test_a_rule_to_come_waits_for_its_day(session: Session, now: datetime) -> None:
    by = manager(session, now)
    put(session, by, now, (Key.ORDER_TIME,))
    put(session, by, now, valid_from=now + timedelta(days=3))
    assert keys_in_force(session, now + timedelta(days=2)) == (Key.ORDER_TIME,)
    assert keys_in_force(session, now + timedelta(days=3)) == BY_CLASS


def test_a_rule_planned_for_later_is_withdrawn_by_the_next(session: Session, now: datetime) -> None:
    by = manager(session, now)
    first = put(session, by, now, (Key.ORDER_TIME,))
    planned = put(session, by, now, valid_from=now + timedelta(days=8))
    assert replaced(session, [first, planned]) == {}
    sooner = put(session, by, now, (Key.PROMISED_DATE,), valid_from=now + timedelta(days=2))
    assert replaced(session, [first, planned, sooner]) == {planned.id: sooner.edition}
    assert rule_in_force(session, now + timedelta(days=1)) == first
    assert rule_in_force(session, now + timedelta(days=9)) == sooner


@pytest.mark.parametrize(
    ("keys", "reason", "starts"),
    [
        ((), "Why", 0),
        ((Key.ORDER_TIME, Key.ORDER_TIME), "Why", 0),
        (BY_CLASS, " ", 0),
        (BY_CLASS, "Why", -1),
        (BY_CLASS, "Why", 400),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    session: Session, now: datetime, keys: tuple[Key, ...], reason: str, starts: int
) -> None:
    by = manager(session, now)
    with pytest.raises(Refused), transaction(session):
        publish(session, keys, reason, now + timedelta(days=starts), seen=0, by=by, now=now)
    assert session.scalars(select(DealingRule)).all() == []


def test_who_has_not_seen_the_latest_rule_is_told(session: Session, now: datetime) -> None:
    by = manager(session, now)
    put(session, by, now)
    with pytest.raises(Refused, match="Somebody else"), transaction(session):
        publish(session, (Key.ORDER_TIME,), "Why", seen=0, by=by, now=now)
    assert keys_in_force(session, now) == BY_CLASS


def test_what_was_published_is_never_edited(session: Session, now: datetime) -> None:
    put(session, manager(session, now), now)
    with pytest.raises(IntegrityError), transaction(session):
        session.execute(text("UPDATE dealing_rule SET reason = 'Another'"))


def test_goods_that_come_go_where_the_rule_says(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (early,) = speak_for(session, scene.place, 4, due_in_days=2)
    (late,) = speak_for(session, scene.place, 4, due_in_days=9)
    of_class(session, late, 1)
    put(session, manager(session, now), now)
    stock(session, scene, 5, now)
    assert held(session, early, late) == [1, 4]


def test_a_rule_to_come_does_not_decide_yet(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    (early,) = speak_for(session, scene.place, 4, due_in_days=2)
    (late,) = speak_for(session, scene.place, 4, due_in_days=9)
    of_class(session, late, 1)
    put(session, manager(session, now), now, valid_from=now + timedelta(days=1))
    stock(session, scene, 5, now)
    assert held(session, early, late) == [4, 1]


def test_the_rule_is_read_only_where_two_wait(session: Session, now: datetime) -> None:
    scene = make_scene(session)
    speak_for(session, scene.place, 4)
    with statements(session) as alone:
        stock(session, scene, 1, now)
    speak_for(session, scene.place, 4)
    with statements(session) as crowded:
        stock(session, scene, 1, now, kind="count")
    assert not [one for one, _ in alone if "FROM dealing_rule" in one]
    assert len([one for one, _ in crowded if "FROM dealing_rule" in one]) == 1


@pytest.mark.postgres
def test_of_two_managers_at_once_one_publishes_and_the_other_is_told(
    postgres_url: str, now: datetime
) -> None:
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    with sessions() as session:
        by_id = manager(session, now).id
    barrier, told = Barrier(2), []

    def run(key: Key) -> None:
        with sessions() as session:
            try:
                with transaction(session):
                    by = session.get_one(User, by_id)
                    barrier.wait(10)
                    publish(session, (key,), "Why", seen=0, by=by, now=now)
                told.append("published")
            except Refused:
                told.append("told")

    threads = [Thread(target=run, args=(key,)) for key in (Key.ORDER_TIME, Key.ALLOCATION_CLASS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(told) == ["published", "told"]
    with sessions() as session:
        assert latest_edition(session) == 1
    engine.dispose()


def held(session: Session, *ids: int) -> list[int]:
    return [session.get_one(Reservation, id_).held for id_ in ids]


def stock(session: Session, scene: Scene, units: int, now: datetime, kind: str = "") -> None:
    """Units come into stock in a way that can be done twice."""
    cause = f"RT-{kind or 'first'}"
    with transaction(session):
        quarantine.take_back(session, [Move(scene.place, units)], cause, by=None, now=now)
        quarantine.release(session, scene.place, units, cause, by=None, now=now)
