"""Products are planned from their demand, what to order is proposed, and staff decide."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import planning, proposing, purchasing
from inventory.demand_history import demand_of
from inventory.following import follow, followed_by
from inventory.inbound import PurchaseOrder
from inventory.ledger import Place
from inventory.models import Product
from inventory.planning import PlanFacts
from inventory.plans import DemandDay, Method, Proposal, ProposalState, StockPlan
from inventory.positions import position_of, spare
from inventory.proposing import Choice
from inventory.purchases import find_purchase
from inventory.reorder_points import reorder_point_at, reorder_points
from inventory.stock import Stock
from inventory.stocking import open_stock
from inventory.stockouts import Supply
from inventory.warehouse_boards import Show, shelf_page, standings
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import (
    Scene,
    expect,
    make_product,
    make_scene,
    make_supplier,
    make_warehouse,
    speak_for,
)
from tests.people import make_customer, make_user

FIXED = PlanFacts(None, 9500, None, fixed=True, safety_stock=10, reorder_point=30, order_quantity=48)


@pytest.fixture
def clerk(session: Session, now: datetime) -> User:
    with transaction(session):
        return make_user(session, Role.STAFF, now=now)


def _asked(session: Session, place: Place, now: datetime, units: list[int]) -> None:
    """So many units a day were asked for on the last days."""
    today = business_day(now)
    with transaction(session):
        for n, one in enumerate(reversed(units), start=1):
            day = today - timedelta(days=n)
            session.add(DemandDay(**place._asdict(), day=day, lines=1, ordered=one))


def _fix(session: Session, scene: Scene, now: datetime, **facts: Any) -> StockPlan:
    with transaction(session):
        said = PlanFacts(**(vars(FIXED) | {"supplier": scene.supplier} | facts))
        return planning.set_plan(session, scene.product, scene.warehouse, said, by=None, now=now)


def _plan(session: Session, place: Place) -> StockPlan:
    return session.get_one(StockPlan, (place.product_id, place.warehouse_id), populate_existing=True)


def _proposals(session: Session) -> list[Proposal]:
    session.rollback()
    return list(session.scalars(select(Proposal).order_by(Proposal.id)))


def test_days_without_demand_count_from_when_the_product_was_first_kept(
    session: Session, now: datetime
) -> None:
    slow = Scene(make_product(session), make_warehouse(session), make_supplier(session))
    other = Scene(make_product(session), slow.warehouse, slow.supplier)
    with transaction(session):
        since = now - timedelta(days=400)
        open_stock(session, slow.product, slow.warehouse, 500, by=None, now=since)
        open_stock(session, other.product, slow.warehouse, 500, by=None, now=now - timedelta(days=60))
    for scene in (slow, other):
        _asked(session, scene.place, now, [144, *([0] * 37)])
    with transaction(session):
        planning.plan_products(session, [slow.product.id, other.product.id], now)
    days = demand_of(session, [slow.product.id, other.product.id], business_day(now))
    found = {key: (len(those), sum(day.units for day in those)) for key, those in days.items()}
    assert found[slow.product.id, slow.warehouse.id] == (182, 144)
    assert found[other.product.id, slow.warehouse.id] == (60, 144)


def test_demand_of_a_product_that_was_never_kept_counts_from_when_it_was_first_asked_for(
    session: Session, now: datetime
) -> None:
    scene = Scene(make_product(session), make_warehouse(session), make_supplier(session))
    _asked(session, scene.place, now, [5, *([0] * 29)])
    days = demand_of(session, [scene.product.id], business_day(now))
    assert [len(those) for those in days.values()] == [30]
    session.rollback()
    _asked(session, scene.place, now - timedelta(days=300), [1])
    days = demand_of(session, [scene.product.id], business_day(now))
    assert [len(those) for those in days.values()] == [182]


def test_a_plan_follows_the_measured_lead_time_and_the_demand(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=10)
    expect(session, scene, 1)
    with transaction(session):
        supplier = session.merge(scene.supplier)
        supplier.lead_days, supplier.lead_days_sd = Decimal(10), Decimal(2)
    _asked(session, scene.place, now, [25, 35, 30, 30] * 20)
    assert planning.plan_all(session, now) == 1
    plan = _plan(session, scene.place)
    assert (plan.method, plan.supplier_id) == (Method.MEAN, scene.supplier.id)
    assert plan.daily_mean == 30
    assert plan.safety_stock == 100  # 1.645 x sqrt(10 x 12.66 + 900 x 4)
    assert plan.reorder_point == 400
    assert plan.order_quantity == 900


def test_planning_again_changes_nothing_but_the_hour(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=10)
    _asked(session, scene.place, now, [3] * 40)
    planning.plan_all(session, now)
    columns = [c for c in StockPlan.__table__.columns if c.name != "planned_at"]
    before = session.execute(select(*columns)).all()
    planning.plan_all(session, now + timedelta(hours=1))
    assert session.execute(select(*columns)).all() == before


def test_cartons_and_the_cost_of_an_order_make_its_quantity(session: Session, now: datetime) -> None:
    boxed = make_product(session, units_per_carton=24, unit_cost=Decimal(100))
    scene = Scene(boxed, make_warehouse(session), make_supplier(session))
    with transaction(session):
        session.merge(scene.supplier).order_cost_minor = 300_00
    expect(session, scene, 1)
    _asked(session, scene.place, now, [3, 4] * 30)
    planning.plan_all(session, now)
    assert (
        _plan(session, scene.place).order_quantity == 216
    )  # sqrt(2 x 1277.5 x 300 / 20) = 195.8, in cartons of 24


def test_too_little_history_keeps_the_product_s_own_reorder_point(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    with transaction(session):
        session.merge(scene.product).reorder_point = 8
    _asked(session, scene.place, now, [3] * 10)
    planning.plan_all(session, now)
    assert _plan(session, scene.place).method == Method.NONE
    assert _points(session) == [8]
    with transaction(session):
        session.merge(scene.product).reorder_point = None
    assert _points(session) == [None]


def _points(session: Session) -> list[int | None]:
    query = (
        select(reorder_point_at(Stock.warehouse_id))
        .select_from(Stock)
        .join(Product, Product.id == Stock.product_id)
    )
    return list(session.scalars(query.order_by(Stock.id)))


def test_followers_hear_by_the_plan_s_reorder_point(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=20)
    with transaction(session):
        session.merge(scene.warehouse).main = True
        buyer = make_user(session, Role.BUYER, customer=make_customer(session, "C1", now=now), now=now)
        follow(session, buyer, session.merge(scene.product), now=now)
    assert followed_by(session, buyer, business_day(now))[0].supply is Supply.IN
    _fix(session, scene, now)
    assert followed_by(session, buyer, business_day(now))[0].supply is Supply.LOW


def test_the_warehouse_board_counts_what_is_low_by_the_plan(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=20)
    assert [one.low for one in standings(session)] == [0]
    _fix(session, scene, now)
    assert [one.low for one in standings(session)] == [1]
    assert len(shelf_page(session, scene.warehouse, Show.LOW).rows) == 1
    assert reorder_points(session, scene.warehouse, [scene.product.id]) == {scene.product.id: 30}


def test_a_fixed_plan_keeps_its_points_while_its_forecast_goes_on(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    _fix(session, scene, now, most=90)
    _asked(session, scene.place, now, [3] * 40)
    planning.plan_all(session, now)
    plan = _plan(session, scene.place)
    assert (plan.safety_stock, plan.reorder_point, plan.order_quantity, plan.most) == (10, 30, 48, 90)
    assert plan.daily_mean == 3


def test_a_plan_that_is_let_go_is_worked_out_at_once(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=5)
    _asked(session, scene.place, now, [2] * 40)
    _fix(session, scene, now)
    plan = _fix(session, scene, now, fixed=False, service_bp=9900, most=500)
    assert (plan.reorder_point, plan.most, plan.service_bp) == (28, 500, 9900)  # 2 a day for 14 days


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"service_bp": 4999}, "service"),
        ({"service_bp": 10_000}, "service"),
        ({"safety_stock": -1}, "safety_stock"),
        ({"reorder_point": -1}, "reorder_point"),
        ({"reorder_point": 9}, "reorder_point"),
        ({"order_quantity": 0}, "order_quantity"),
        ({"most": 29}, "most"),
        ({"most": 5, "fixed": False}, "most"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(
    session: Session, now: datetime, facts: dict[str, Any], field: str
) -> None:
    scene = make_scene(session, on_hand=5)
    _asked(session, scene.place, now, [2] * 40)
    with pytest.raises(Refused) as no:
        _fix(session, scene, now, **facts)
    assert no.value.field == field
    assert session.scalar(select(func.count()).select_from(StockPlan)) == 0


def test_a_position_at_the_reorder_point_is_proposed_once(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=4)
    expect(session, scene, 12)
    _fix(session, scene, now)
    assert proposing.propose_all(session, now) == 1
    assert proposing.propose_all(session, now + timedelta(hours=1)) == 0
    (one,) = _proposals(session)
    assert (one.available, one.on_order, one.waiting, one.position) == (4, 12, 0, 16)
    assert (one.reorder_point, one.wanted, one.supplier_id) == (30, 48, scene.supplier.id)
    assert one.need_by == business_day(now) + timedelta(days=14)  # nobody asks: the days to replenish


def test_it_is_needed_when_the_position_is_used_up(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=16)
    _asked(session, scene.place, now, [3] * 40)
    _fix(session, scene, now)
    planning.plan_all(session, now)
    proposing.propose_all(session, now)
    assert _proposals(session)[0].need_by == business_day(now) + timedelta(days=5)


def test_what_waits_lowers_the_position_and_the_proposal_follows_it(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now)
    proposing.propose_all(session, now)
    speak_for(session, scene.place, 60)
    assert proposing.propose_all(session, now) == 1
    (one,) = _proposals(session)
    assert (one.available, one.waiting, one.position, one.wanted) == (0, 56, -56, 86)
    assert one.need_by == business_day(now)


def test_a_position_that_recovers_overtakes_its_proposal(session: Session, now: datetime) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now)
    proposing.propose_all(session, now)
    expect(session, scene, 40)
    assert proposing.propose_all(session, now) == 1
    assert [one.state for one in _proposals(session)] == [ProposalState.OVERTAKEN]
    assert proposing.propose_all(session, now) == 0


@pytest.mark.parametrize("lifecycle", ["phase_out", "discontinued"])
def test_what_goes_out_of_the_catalogue_is_not_bought_again(
    session: Session, now: datetime, lifecycle: str
) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now)
    with transaction(session):
        product = session.merge(scene.product)
        product.lifecycle, product.active = lifecycle, lifecycle != "discontinued"
    assert proposing.propose_all(session, now) == 0


def test_proposals_of_a_supplier_become_one_draft_and_count_as_on_order(
    session: Session, now: datetime, clerk: User
) -> None:
    scene = make_scene(session, on_hand=4)
    other = Scene(make_product(session), scene.warehouse, scene.supplier)
    third = Scene(make_product(session), scene.warehouse, make_supplier(session))
    with transaction(session):
        for one in (other, third):
            open_stock(session, one.product, one.warehouse, 1, by=None, now=now)
    for one in (scene, other, third):
        _fix(session, one, now)
    assert proposing.propose_all(session, now) == 3
    proposals = _proposals(session)
    with transaction(session):
        choices = [Choice(one, quantity) for one, quantity in zip(proposals, (50, 48, 48), strict=True)]
        made = proposing.accept(session, choices, by=clerk, now=now)
    assert len(made) == 2
    first = find_purchase(session, made[0].number)
    assert first is not None
    assert [(line.product_id, line.quantity) for line in first.lines] == [
        (scene.product.id, 50),
        (other.product.id, 48),
    ]
    assert {one.state for one in _proposals(session)} == {ProposalState.ACCEPTED}
    assert _proposals(session)[0].quantity == 50
    assert proposing.propose_all(session, now) == 0
    assert position_of(session, scene.product.id, scene.warehouse.id).units == 54


def test_a_discarded_draft_brings_the_proposal_back(session: Session, now: datetime, clerk: User) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now)
    proposing.propose_all(session, now)
    with transaction(session):
        (order,) = proposing.accept(session, [Choice(_proposals(session)[0], 48)], by=clerk, now=now)
        purchasing.discard(session, order, by=clerk, now=now)
    assert proposing.propose_all(session, now) == 1


def test_a_refused_proposal_rests_for_a_week(session: Session, now: datetime, clerk: User) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now)
    proposing.propose_all(session, now)
    with pytest.raises(Refused) as no, transaction(session):
        proposing.refuse(session, _proposals(session), " ", by=clerk, now=now)
    assert no.value.field == "reason"
    with transaction(session):
        proposing.refuse(session, _proposals(session), "The model changes", by=clerk, now=now)
    assert proposing.propose_all(session, now + timedelta(days=6)) == 0
    assert proposing.propose_all(session, now + timedelta(days=8)) == 1
    assert [one.state for one in _proposals(session)] == [ProposalState.REFUSED, ProposalState.OPEN]


def test_a_decision_that_cannot_be_changes_nothing(session: Session, now: datetime, clerk: User) -> None:
    scene = make_scene(session, on_hand=4)
    _fix(session, scene, now, supplier=None)
    proposing.propose_all(session, now)
    (one,) = _proposals(session)
    cases: list[tuple[list[Choice], str | None]] = [
        ([], None),
        ([Choice(one, 0, scene.supplier)], f"quantity_{one.id}"),
        ([Choice(one, 48)], f"supplier_{one.id}"),
    ]
    for choices, field in cases:
        with pytest.raises(Refused) as no, transaction(session):
            proposing.accept(session, choices, by=clerk, now=now)
        assert no.value.field == field
    assert _proposals(session)[0].state == ProposalState.OPEN
    assert session.scalar(select(func.count(PurchaseOrder.id))) == 0
    with transaction(session):
        proposing.accept(session, [Choice(one, 48, scene.supplier)], by=clerk, now=now)
    with pytest.raises(Refused, match="decided already"), transaction(session):
        proposing.refuse(session, [one], "Too late", by=clerk, now=now)


def test_a_warehouse_spares_what_lies_beyond_its_reorder_point_and_one_order(
    session: Session, now: datetime
) -> None:
    scene, far = make_scene(session, on_hand=100), make_warehouse(session)
    with transaction(session):
        open_stock(session, scene.product, far, 3, by=None, now=now)
    _fix(session, scene, now)
    _fix(session, Scene(scene.product, far, scene.supplier), now)
    (one,) = spare(session, [scene.product.id])[scene.product.id]
    assert (one.warehouse_id, one.units) == (scene.warehouse.id, 22)
    assert spare(session, []) == {}


def test_a_job_that_dies_midway_is_taken_up_and_doubles_nothing(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = [make_scene(session, on_hand=4) for _ in range(3)]
    for scene in scenes:
        _fix(session, scene, now)
    monkeypatch.setattr(proposing, "BATCH", 1)
    real, calls = proposing.propose, []

    def dies(*asked: Any) -> int:
        calls.append(asked)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*asked)

    monkeypatch.setattr(proposing, "propose", dies)
    with pytest.raises(KeyboardInterrupt):
        proposing.propose_all(session, now)
    assert len(_proposals(session)) == 1
    assert proposing.propose_all(session, now) == 2
    assert len(_proposals(session)) == 3
