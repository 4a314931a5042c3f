"""Staff order from suppliers and decide on proposals, through the browser."""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import planning, proposing, purchasing
from inventory.inbound import InboundReceipt, PurchaseLine, PurchaseOrder
from inventory.planning import PlanFacts
from inventory.plans import DemandDay, Proposal, ProposalState, StockPlan
from inventory.proposals import reason_of
from inventory.purchasing import Line
from inventory.siting import WarehouseFacts, put_warehouse
from inventory.stocking import open_stock
from portal.clock import business_day
from portal.db import transaction
from portal.i18n import speaking
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in


@pytest.fixture
def world(session: Session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def desk(app: Flask, world: World) -> FlaskClient:
    client = app.test_client()
    sign_in(client, world.staff)
    return client


def _low(world: World, sku: str, *, stock: int = 4) -> StockPlan:
    """A product whose position has fallen to its reorder point."""
    with transaction(world.session):
        product = world.product(sku, stock=stock, unit_cost=Decimal(10))
        facts = PlanFacts(world.supplier, 9500, None, True, 10, 30, 48)
        return planning.set_plan(
            world.session, product, world.warehouse, facts, by=world.staff, now=world.now
        )


def _proposed(world: World) -> list[Proposal]:
    proposing.propose_all(world.session, world.now)
    return _proposals(world.session)


def _proposals(session: Session) -> list[Proposal]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Proposal).order_by(Proposal.id)))


def _orders(session: Session) -> list[PurchaseOrder]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.id)))


def test_the_board_says_why_and_where_else_there_is_some(desk: FlaskClient, world: World) -> None:
    plan = _low(world, "SOAP-1")
    with transaction(world.session):
        world.receipt(plan.product, 12, business_day(world.now) + timedelta(days=3))
        north = put_warehouse(
            world.session, WarehouseFacts("CNX", "คลังเหนือ", "North"), by=None, now=world.now
        )
        world.session.flush()
        open_stock(world.session, plan.product, north, 500, by=world.staff, now=world.now)
    _proposed(world)
    page = desk.get("/desk/replenishment").text
    assert "SOAP-1" in page
    with speaking("en"):
        told = reason_of(_proposals(world.session)[0])
    assert told.startswith("4 available, 12 on order, reorder point 30: 48 are proposed, needed by ")
    assert "from_warehouse=CNX" in page
    form = desk.get("/desk/transfers/new?sku=SOAP-1&from_warehouse=CNX&to_warehouse=BKK&quantity=48").text
    assert 'value="SOAP-1"' in form
    assert 'value="48"' in form


def test_several_are_accepted_at_once_and_one_draft_is_opened(desk: FlaskClient, world: World) -> None:
    for sku in ("SOAP-1", "ROPE-1"):
        _low(world, sku)
    first, second = _proposed(world)
    typed = {"chosen": [first.id, second.id], f"quantity_{first.id}": "60", f"quantity_{second.id}": "48"}
    answer = desk.post("/desk/replenishment/decide", data={**typed, "act": "accept"})
    (order,) = _orders(world.session)
    assert answer.location == f"/desk/purchases/{order.number}"
    assert [line.quantity for line in order.lines] == [60, 48]
    assert {one.state for one in _proposals(world.session)} == {ProposalState.ACCEPTED}
    assert order.number in desk.get("/desk/replenishment?show=decided").text


@pytest.mark.parametrize("quantity", ["", "0", "-3", "1.5", "many", "99999999999999"])
def test_a_quantity_that_cannot_be_is_told_at_its_field(
    desk: FlaskClient, world: World, quantity: str
) -> None:
    _low(world, "SOAP-1")
    (one,) = _proposed(world)
    typed = {"chosen": [one.id], f"quantity_{one.id}": quantity, "act": "accept"}
    answer = desk.post("/desk/replenishment/decide", data=typed)
    assert answer.status_code == 422
    assert f'id="quantity_{one.id}-error"' in answer.text
    assert _orders(world.session) == []
    assert _proposals(world.session)[0].state == ProposalState.OPEN


def test_a_number_longer_than_any_is_no_proposal(desk: FlaskClient, world: World) -> None:
    _low(world, "SOAP-1")
    (one,) = _proposed(world)
    for chosen in ("9" * 5000, "9" * 11, "x"):
        answer = desk.post("/desk/replenishment/decide", data={"act": "accept", "chosen": [chosen]})
        assert answer.status_code in {400, 422}
    long = {"chosen": [one.id], f"quantity_{one.id}": "1" * 5000, "act": "accept"}
    assert desk.post("/desk/replenishment/decide", data=long).status_code == 422
    assert _orders(world.session) == []


def test_refusing_needs_a_reason_and_at_least_one(desk: FlaskClient, world: World) -> None:
    _low(world, "SOAP-1")
    (one,) = _proposed(world)
    assert desk.post("/desk/replenishment/decide", data={"act": "refuse", "reason": "No"}).status_code == 422
    answer = desk.post("/desk/replenishment/decide", data={"act": "refuse", "chosen": [one.id]})
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    desk.post(
        "/desk/replenishment/decide", data={"act": "refuse", "chosen": [one.id], "reason": "Season is over"}
    )
    (one,) = _proposals(world.session)
    assert (one.state, one.reason) == (ProposalState.REFUSED, "Season is over")


def _typed(world: World, *rows: tuple[str, str, str], **more: str) -> dict[str, str]:
    typed = {"supplier": world.supplier.code, "warehouse": world.warehouse.code, **more}
    for n, (sku, quantity, cost) in enumerate(rows, start=1):
        typed |= {f"sku_{n}": sku, f"quantity_{n}": quantity, f"cost_{n}": cost}
    return typed


def test_an_order_is_drafted_changed_and_sent(desk: FlaskClient, world: World) -> None:
    with transaction(world.session):
        for sku in ("SOAP-1", "ROPE-1"):
            world.product(sku)
    rows = [("", "", ""), ("SOAP-1", "10", "2.50"), ("", "", ""), ("ROPE-1", "5", "")]
    assert desk.post("/desk/purchases/new", data=_typed(world, *rows)).status_code == 302
    (order,) = _orders(world.session)
    assert [line.quantity for line in order.lines] == [10, 5]
    number = order.number
    assert "10" in desk.get(f"/desk/purchases/{number}/edit").text
    desk.post(f"/desk/purchases/{number}/edit", data=_typed(world, ("SOAP-1", "12", "2.50")))
    day = business_day(world.now) + timedelta(days=6)
    assert (
        desk.post(f"/desk/purchases/{number}/send", data={"promised_on": day.isoformat()}).status_code == 302
    )
    (line,) = _orders(world.session)[0].lines
    assert (line.quantity, line.receipt.expected_on) == (12, day)
    receipt = line.receipt.number
    assert receipt in desk.get(f"/desk/purchases/{number}").text
    assert number in desk.get(f"/desk/receipts/{receipt}").text
    sent = desk.get(f"/desk/purchases/{number}/edit")
    assert sent.location.endswith(f"/desk/purchases/{number}")
    assert number in desk.get("/desk/purchases?state=sent").text
    assert desk.get(f"/desk/purchases/{number}/order.pdf?language=en").data.startswith(b"%PDF")
    assert desk.get(f"/desk/purchases/{number}/order.pdf?language=xx").status_code == 404


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([], "sku_1"),
        ([("NONE-1", "1", "")], "sku_1"),
        ([("SOAP-1", "0", "")], "quantity_1"),
        ([("SOAP-1", "1.5", "")], "quantity_1"),
        ([("SOAP-1", "", "")], "quantity_1"),
        ([("", "5", "")], "sku_1"),
        ([("SOAP-1", "5", "-1")], "cost_1"),
        ([("SOAP-1", "5", ""), ("SOAP-1", "6", "")], "sku_2"),
    ],
)
def test_a_line_that_cannot_be_is_told_at_its_field(
    desk: FlaskClient, world: World, rows: list[tuple[str, str, str]], field: str
) -> None:
    with transaction(world.session):
        world.product("SOAP-1")
    answer = desk.post("/desk/purchases/new", data=_typed(world, *rows))
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert _orders(world.session) == []


def test_more_lines_are_offered_without_saving(desk: FlaskClient, world: World) -> None:
    answer = desk.post("/desk/purchases/new", data=_typed(world, ("SOAP-1", "3", ""), more="1"))
    assert answer.status_code == 200
    assert 'name="sku_6"' in answer.text
    assert 'value="SOAP-1"' in answer.text
    assert _orders(world.session) == []


def _sent(world: World) -> PurchaseOrder:
    with transaction(world.session):
        lines = [Line(world.product(sku), 10) for sku in ("SOAP-1", "ROPE-1")]
        order = purchasing.draft(
            world.session, world.supplier, world.warehouse, lines, by=None, now=world.now
        )
        day = business_day(world.now) + timedelta(days=5)
        purchasing.send(world.session, order, day, by=None, now=world.now)
    return order


def test_the_supplier_names_another_day_for_a_line(desk: FlaskClient, world: World) -> None:
    order = _sent(world)
    first, second = order.lines
    later = business_day(world.now) + timedelta(days=20)
    typed = {f"day_{first.id}": later.isoformat(), f"day_{second.id}": order.promised_on.isoformat()}
    desk.post(f"/desk/purchases/{order.number}/confirm", data=typed)
    days = [line.receipt.expected_on for line in _orders(world.session)[0].lines]
    assert days == [later, order.promised_on]
    for bad in ("2020-01-01", "soon", "2099-01-01"):
        answer = desk.post(f"/desk/purchases/{order.number}/confirm", data={f"day_{first.id}": bad})
        assert answer.status_code == 422
        assert f'id="day_{first.id}-error"' in answer.text
    assert [line.receipt.expected_on for line in _orders(world.session)[0].lines] == days


def test_the_rest_of_a_line_is_cancelled_with_a_reason(desk: FlaskClient, world: World) -> None:
    order = _sent(world)
    first = order.lines[0]
    path = f"/desk/purchases/{order.number}/cancel"
    for typed in ({"lines": [first.id]}, {"reason": "Too late"}, {"reason": "Too late", "lines": ["999"]}):
        assert desk.post(path, data=typed).status_code == 422
    assert world.session.scalar(select(func.count()).where(InboundReceipt.closed_at.is_not(None))) == 0
    assert desk.post(path, data={"lines": [first.id], "reason": "Too late"}).status_code == 302
    world.session.rollback()
    closed = world.session.scalars(
        select(InboundReceipt.id).where(InboundReceipt.closed_at.is_not(None))
    ).all()
    assert closed == [first.receipt_id]


def test_a_draft_is_discarded_and_a_sent_order_is_not(desk: FlaskClient, world: World) -> None:
    order = _sent(world)
    assert desk.post(f"/desk/purchases/{order.number}/discard").status_code == 422
    with transaction(world.session):
        line = Line(world.product("HAT-1"), 1)
        draft = purchasing.draft(
            world.session, world.supplier, world.warehouse, [line], by=None, now=world.now
        )
    assert desk.post(f"/desk/purchases/{draft.number}/discard").status_code == 302
    assert [one.state for one in _orders(world.session)] == ["sent", "cancelled"]
    assert world.session.scalar(select(func.count(PurchaseLine.id))) == 3


def test_a_product_s_demand_and_plan(desk: FlaskClient, world: World) -> None:
    plan = _low(world, "SOAP-1")
    with transaction(world.session):
        for n in range(1, 60):
            day = business_day(world.now) - timedelta(days=n)
            facts = {"lines": 1, "ordered": 3, "out_minutes": 1440 if n == 9 else 0}
            place = {"product_id": plan.product_id, "warehouse_id": plan.warehouse_id}
            world.session.add(DemandDay(**place, day=day, **facts))
    planning.plan_all(world.session, world.now)
    page = desk.get("/desk/replenishment/SOAP-1").text
    assert 'data-series="shade"' in page
    assert 'data-value="21.0"' in page
    path = "/desk/replenishment/SOAP-1?warehouse=BKK"
    good = {
        "service": "97.5",
        "fixed": "y",
        "safety_stock": "5",
        "reorder_point": "20",
        "order_quantity": "24",
    }
    for bad, field in (
        ({"service": "40"}, "service"),
        ({"reorder_point": "-1"}, "reorder_point"),
        ({"order_quantity": "0"}, "order_quantity"),
        ({"most": "10"}, "most"),
    ):
        answer = desk.post(path, data=good | bad)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
    assert desk.post(path, data=good).status_code == 302
    world.session.rollback()
    world.session.refresh(plan)
    assert (plan.service_bp, plan.safety_stock, plan.reorder_point) == (9750, 5, 20)
    assert (plan.order_quantity, plan.fixed) == (24, True)
    assert desk.get("/desk/replenishment/NONE-1").status_code == 404
    assert desk.get("/desk/replenishment/SOAP-1?warehouse=NO").status_code == 404


def test_a_supplier_s_record_and_its_mail(desk: FlaskClient, app: Flask, world: World) -> None:
    assert desk.get(f"/desk/suppliers/{world.supplier.code}").status_code == 200
    assert desk.get("/desk/suppliers/NOBODY").status_code == 404
    manager = app.test_client()
    sign_in(manager, world.manager)
    path, typed = (
        f"/desk/places/suppliers/{world.supplier.code}",
        {"code": world.supplier.code, "name_en": "Seller", "usual_delay_days": "3"},
    )
    answer = manager.post(path, data={**typed, "email": "no address"})
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert (
        manager.post(path, data={**typed, "email": "a@b.example", "order_cost": "250.50"}).status_code == 302
    )
    world.session.rollback()
    world.session.refresh(world.supplier)
    assert (world.supplier.email, world.supplier.order_cost_minor) == ("a@b.example", 250_50)


def test_the_number_of_queries_does_not_grow_with_the_list(desk: FlaskClient, world: World) -> None:
    def asked(path: str) -> int:
        with statements(world.session) as sent:
            assert desk.get(path).status_code == 200
        return len(sent)

    _low(world, "SOAP-1")
    (one,) = _proposed(world)
    paths = ("/desk/replenishment", "/desk/purchases")
    desk.get(paths[0])
    with transaction(world.session):
        world.session.merge(one)
        purchasing.draft(
            world.session,
            world.supplier,
            world.warehouse,
            [Line(world.product("HAT-1"), 1)],
            by=None,
            now=world.now,
        )
    before = [asked(path) for path in paths]
    for n in range(5):
        _low(world, f"ROPE-{n}")
        with transaction(world.session):
            more = [Line(world.product(f"HAT-{n + 2}"), 1)]
            purchasing.draft(world.session, world.supplier, world.warehouse, more, by=None, now=world.now)
    _proposed(world)
    assert [asked(path) for path in paths] == before
