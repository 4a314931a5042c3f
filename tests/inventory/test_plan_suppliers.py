"""Whom a product is ordered from: whom staff have chosen, else who delivers it last."""

from datetime import datetime

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from inventory import planning
from inventory.inbound import Supplier
from inventory.planning import PlanFacts
from inventory.plans import StockPlan
from inventory.views.purchase_forms import shown_plan
from portal.db import make_engine, make_sessions, transaction
from tests.inventory.makers import Scene, expect, make_scene, make_supplier


def _plan(session: Session, scene: Scene) -> StockPlan:
    key = (scene.product.id, scene.warehouse.id)
    return session.get_one(StockPlan, key, populate_existing=True)


def _set(session: Session, scene: Scene, now: datetime, supplier: Supplier | None) -> None:
    with transaction(session):
        facts = PlanFacts(supplier, 9500, None, fixed=False)
        planning.set_plan(session, scene.product, scene.warehouse, facts, by=None, now=now)


def test_a_plan_follows_the_supplier_of_the_last_receipt_until_staff_choose_one(
    session: Session, now: datetime
) -> None:
    scene, other, third = make_scene(session, on_hand=10), make_supplier(session), make_supplier(session)
    elsewhere = Scene(scene.product, scene.warehouse, other)
    expect(session, scene, 1)
    planning.plan_all(session, now)
    assert _plan(session, scene).supplier_id == scene.supplier.id
    expect(session, elsewhere, 1)
    planning.plan_all(session, now)
    assert _plan(session, scene).supplier_id == other.id, "nobody has chosen, so the plan goes along"
    assert shown_plan(_plan(session, scene), scene.product)["supplier"] == ""
    _set(session, scene, now, third)
    expect(session, scene, 1)
    planning.plan_all(session, now)
    assert _plan(session, scene).supplier_id == third.id
    assert shown_plan(_plan(session, scene), scene.product)["supplier"] == third.code
    _set(session, scene, now, None)
    assert _plan(session, scene).supplier_id == scene.supplier.id, "the one of the last receipt again"


@pytest.mark.postgres
def test_a_supplier_chosen_while_the_job_reckons_is_kept(postgres_url: str, now: datetime) -> None:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session, make_sessions(engine)() as job:
        scene, third = make_scene(session, on_hand=10), make_supplier(session)
        expect(session, scene, 1)
        planning.plan_all(session, now)
        chosen: list[bool] = []

        def choose(_connection, _cursor, statement, *_rest) -> None:
            if statement.startswith("INSERT INTO stock_plan") and not chosen:
                chosen.append(True)
                _set(session, scene, now, third)

        with transaction(job):
            event.listen(job.connection(), "before_cursor_execute", choose)
            planning.plan_products(job, [scene.product.id], now)
        session.rollback()
        assert chosen
        assert _plan(session, scene).supplier_id == third.id
    engine.dispose()
