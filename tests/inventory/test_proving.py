"""Balances are proven from their records, and what differs is named, recorded and told."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from inventory.figures import Difference, Figure
from inventory.inbound import InboundReceipt
from inventory.jobs import prove_stock
from inventory.proving import differences
from inventory.stock import Stock
from portal import mailing
from portal.accounts import inviting
from portal.accounts.roles import Role
from portal.audit import AuditEntry, history_of
from portal.db import transaction
from portal.i18n import speaking
from portal.outbox import Notice
from tests.inventory.makers import Scene, expect, make_scene, speak_for, statements


def _broken(session: Session) -> tuple[Scene, InboundReceipt]:
    """A place whose three figures were changed behind the portal's back."""
    scene = make_scene(session, on_hand=10)
    speak_for(session, scene.place, 12)
    receipt = expect(session, scene, 5)
    with transaction(session):
        session.execute(update(Stock).values(on_hand=20, reserved=11))
        session.execute(update(InboundReceipt).values(claimed=1))
    return scene, receipt


def test_a_sound_stock_has_no_differences_and_takes_eight_queries(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=10)
    speak_for(session, scene.place, 12)
    expect(session, scene, 5)
    with statements(session) as sent:
        assert differences(session) == []
    assert len(sent) == 8
    assert prove_stock(session, now) == 0
    assert session.scalar(select(func.count(Notice.id))) == 0


def test_every_wrong_figure_is_named(session: Session) -> None:
    scene, receipt = _broken(session)
    sku, warehouse = scene.product.sku, scene.warehouse.code
    assert differences(session) == [
        Difference(Figure.ON_HAND, sku, warehouse, 20, 10),
        Difference(Figure.RESERVED, sku, warehouse, 11, 10),
        Difference(Figure.CLAIMED, sku, warehouse, 1, 2, receipt.number),
    ]
    assert str(differences(session)[0]) == f"{sku} in {warehouse}: on_hand is 20, its records add up to 10"


def test_differences_are_recorded_and_managers_told_once_a_day(session: Session, now: datetime) -> None:
    scene, _ = _broken(session)
    with transaction(session):
        for email, role in (("m@sanya.example.com", Role.MANAGER), ("s@sanya.example.com", Role.STAFF)):
            inviting.add_user(session, email, name=email, role=role, by=None, now=now)
    assert prove_stock(session, now) == 3
    assert prove_stock(session, now + timedelta(minutes=5)) == 3
    (notice,) = session.scalars(select(Notice))
    assert notice.user.email == "m@sanya.example.com"
    with speaking("en"):
        title, body = mailing.written(notice)
    assert title == "Stock differs from its records"
    assert scene.product.sku in body
    assert prove_stock(session, now + timedelta(days=1)) == 3
    assert session.scalar(select(func.count(Notice.id))) == 2
    entry = history_of(session, "product", scene.product.sku)[-2]
    assert entry.verb == "stock.differs"
    assert entry.before == {"warehouse": scene.warehouse.code, "on_hand": 20}
    assert entry.after == {"warehouse": scene.warehouse.code, "on_hand": 10}
    assert session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.verb == "stock.differs")) == 9
