"""Goods sent once more, free of charge."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from orders import disrupting
from orders.acknowledging import acknowledgement_of
from orders.disrupting import Declared
from orders.disruptions import DisruptionKind
from orders.models import Order, OrderLine, Origin
from orders.replacing import replace
from policies import revising
from policies.kinds import Kind
from policies.promises import Promise, PromiseState
from policies.terms import Clause, terms_of
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import transaction
from portal.refusal import Refused
from tests.makers import make_world
from tests.publishing import publish_reviewed


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def order(session, world):
    with transaction(session):
        order = world.order({world.product("SOAP", price="12.3450", stock=5): 4})
        world.delivered(order)
    return order


def counts(session):
    tables = (Order, OrderLine, Promise, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_it_costs_nothing_and_what_is_not_in_stock_is_a_dated_backorder(session, world, order, now):
    with transaction(session):
        made = replace(session, order, {order.lines[0].id: 3}, "RT-1", by=world.staff, now=now)
    assert (made.origin, made.buyer_id, made.total_minor) == (Origin.REPLACEMENT, world.buyer.id, 0)
    assert made.ship_to_en == order.ship_to_en
    parts = world.parts(made)
    assert [(part.quantity, part.held, part.backorder) for part in parts] == [(1, 1, False), (2, 0, True)]
    assert all(part.promise.due_at > now + timedelta(days=1) for part in parts)
    assert made.lines[0].short == 2
    sheet = acknowledgement_of(session, made)
    assert (sheet.total_minor, sheet.lines[0].quantity) == (0, 3)


def test_its_confirmation_is_promised_and_kept_like_that_of_any_order(session, world, order, now):
    by = {"by": world.manager, "now": now}
    with transaction(session):
        version = revising.open_policy(session, "ทอง", "Own policy", customer=world.customer, **by)
        session.flush()
        terms = terms_of(world.version).but(Clause(Kind.ORDER_CONFIRMATION, minutes=60))
        revising.change_draft(session, version, terms, **by)
        publish_reviewed(session, version, business_day(now), "More", reviewer=world.admin, now=now)
        made = replace(session, order, {order.lines[0].id: 1}, "RT-1", by=world.staff, now=now)
    query = select(Promise).where(Promise.kind == Kind.ORDER_CONFIRMATION)
    (promise,) = session.scalars(query).all()
    assert (promise.subject_no, promise.customer_id) == (made.number, order.customer_id)
    assert (promise.state, promise.fulfilled_at) == (PromiseState.KEPT, now)
    assert promise.due_at == now + timedelta(minutes=60)


def test_no_confirmation_is_promised_where_no_policy_does(session, world, order, now):
    with transaction(session):
        replace(session, order, {order.lines[0].id: 1}, "RT-1", by=world.staff, now=now)
    kinds = set(session.scalars(select(Promise.kind)))
    assert kinds == {Kind.LEAD_TIME}


def test_what_is_sent_again_is_not_promised_to_leave_while_nothing_can(session, world, order, now):
    today = business_day(now)
    facts = Declared(
        DisruptionKind.FLOOD, world.warehouse, today, today + timedelta(days=20), "น้ำท่วม", "Flood"
    )
    with transaction(session):
        flood = disrupting.declare(session, facts, by=world.manager, now=now)
        disrupting.confirm(session, flood, by=world.manager, now=now)
        made = replace(session, order, {order.lines[0].id: 1}, "RT-1", by=world.staff, now=now)
    (part,) = world.parts(made)
    assert part.ship_by > facts.ends_on
    assert business_day(part.promise.due_at) > part.ship_by


@pytest.mark.parametrize("units", [{}, {0: 1}, {1: 0}, {1: -1}, {1: 5}])
def test_nothing_or_more_than_was_delivered_or_of_another_order_cannot_be_replaced(
    session, world, order, now, units
):
    before = counts(session)
    named = {order.lines[0].id if line else 10**6: count for line, count in units.items()}
    with pytest.raises(Refused), transaction(session):
        replace(session, order, named, "RT-1", by=world.staff, now=now)
    assert counts(session) == before


def test_a_product_that_is_not_sold_any_more_cannot_be_replaced(session, world, order, now):
    with transaction(session):
        order.lines[0].product.lifecycle = "discontinued"
    before = counts(session)
    with pytest.raises(Refused, match="SOAP"), transaction(session):
        replace(session, order, {order.lines[0].id: 1}, "RT-1", by=world.staff, now=now)
    assert counts(session) == before
