"""What a recall names is stopped: it is not picked, does not leave, and what comes in of it is never dealt out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales import issuing_notices
from aftersales.acknowledging import close
from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.issuing_notices import hold_again, hold_recalled, issue
from aftersales.reaching_holders import reach_new_holders
from aftersales.recalls import NoticeKind, NoticeRecipient
from inventory import setting_aside, transferring
from inventory.identifying import LotFacts
from inventory.identities import Identity
from inventory.ledger import Place, stock_rows
from inventory.proving import differences
from inventory.receiving import book_in
from inventory.setting_aside import Units
from inventory.stock import Dealt, Stock
from inventory.stopping import let_go, stop
from orders import fulfilling
from orders.unpicking import put_back_held
from portal.accounts.roles import Role
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.owners import paint, sold, unit
from tests.inventory.makers import make_warehouse
from tests.makers import make_world, sign_in
from tests.people import make_customer, make_user

TEXTS = NoticeTexts("สี", "Paint", "คัน", "It itches.", "หยุดใช้", "Stop using it.")


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def product(session, world):
    with transaction(session):
        return paint(world, lots=(("LOT-A", 20), ("LOT-B", 5)))


def issued(world, product, numbers="LOT-A", kind=NoticeKind.RECALL):
    with transaction(world.session):
        notice = draft(world.session, kind, product, numbers, TEXTS, by=world.manager, now=world.now)
        world.session.flush()
        return issue(world.session, notice, by=world.admin, now=world.now)


def come_in(world, product, units, number):
    with transaction(world.session):
        receipt = world.receipt(product, units, world.now.date())
        lot = LotFacts(number)
        by = {"by": world.staff, "now": world.now}
        return book_in(world.session, receipt, units, last=True, identities=lot, **by)


def slipped_in(world, product, units, number="LOT-A"):
    """Units of a recalled lot that lie fit for sale all the same, as if they had come at the very same moment."""
    lot = unit(world, product, number)
    with transaction(world.session):
        let_go(world.session, [lot.id], now=world.now)
    come_in(world, product, units, number)
    return lot


def balance(session, product, warehouse):
    query = select(Stock).where(Stock.product_id == product.id, Stock.warehouse_id == warehouse.id)
    row = session.scalars(query.execution_options(populate_existing=True)).one()
    return row.on_hand, row.reserved, row.quarantined


def test_what_comes_in_of_a_recalled_lot_is_not_dealt_to_who_waits(session, world, product):
    issued(world, product)
    with transaction(session):
        world.order({product: 8})
    assert come_in(world, product, 6, "LOT-A") == []
    assert session.scalars(select(Dealt)).all() == []
    assert balance(session, product, world.warehouse) == (5, 5, 26)
    assert len(come_in(world, product, 6, "LOT-C")) == 1
    assert hold_recalled(session, world.now) == 6
    assert hold_recalled(session, world.now) == 0
    assert differences(session) == []


def test_what_was_on_its_way_between_warehouses_is_not_dealt_out_either(session, world, product):
    other = make_warehouse(session)
    lot = unit(world, product, "LOT-A")
    facts = (session, product, world.warehouse, other, 7, world.now.date())
    with transaction(session):
        transfer = transferring.send(*facts, identities=[(lot.id, 7)], by=world.staff, now=world.now)
    issued(world, product)
    with transaction(session):
        assert transferring.arrive(session, transfer, by=world.staff, now=world.now) == []
    assert balance(session, product, other) == (0, 0, 7)
    assert differences(session) == []


def test_what_is_stopped_is_not_picked_by_itself_nor_by_name(session, world, product):
    issued(world, product)
    lot = slipped_in(world, product, 6)
    with transaction(session):
        order = world.order({product: 8})
        stop(session, [lot.id], now=world.now)
    (part,) = world.parts(order)
    picked = lambda units, **named: fulfilling.pick(  # noqa: E731
        session, order, {part.id: units}, **named, by=world.staff, now=world.now
    )
    with pytest.raises(Refused, match="LOT-A is called back"), transaction(session):
        picked(6, identities={part.id: {"LOT-A": 6}})
    with pytest.raises(Refused, match="not known by number"), transaction(session):
        picked(6)
    with transaction(session):
        shipment = picked(5)
    assert [one.identity.number for one in shipment.lines[0].identities] == ["LOT-B"]


def test_what_was_stopped_after_it_was_picked_does_not_leave(session, world, product):
    issued(world, product)
    lot = slipped_in(world, product, 6)
    with transaction(session):
        shipment = world.picked(world.order({product: 8}))
        stop(session, [lot.id], now=world.now)
    with pytest.raises(Refused, match="LOT-A is held"), transaction(session):
        fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    with transaction(session):
        assert put_back_held(session, shipment, by=world.staff, now=world.now) == 6
        fulfilling.ship(session, shipment, "Kerry", "TH1", by=world.staff, now=world.now)
    assert differences(session) == []


def test_the_desk_does_not_release_what_is_stopped(session, world, product):
    issued(world, product)
    come_in(world, product, 6, "LOT-A")
    wanted = Units(product, world.warehouse, 6, {"LOT-A": 6}, "Looks fine")
    with pytest.raises(Refused, match="LOT-A is called back"), transaction(session):
        setting_aside.release(session, wanted, by=world.staff, now=world.now)
    assert balance(session, product, world.warehouse) == (5, 0, 26)


def test_a_closed_recall_stops_nothing_that_no_other_one_names(session, world, product):
    first, second = issued(world, product, "LOT-A\nLOT-B"), issued(world, product, "LOT-A")
    stopped = select(Identity.number).where(Identity.stopped).order_by(Identity.number)
    assert session.scalars(stopped).all() == ["LOT-A", "LOT-B"]
    with transaction(session):
        close(session, first, by=world.manager, now=world.now)
    assert session.scalars(stopped).all() == ["LOT-A"]
    with transaction(session):
        close(session, second, by=world.manager, now=world.now)
    assert session.scalars(stopped).all() == []
    come_in(world, product, 6, "LOT-A")
    assert balance(session, product, world.warehouse)[0] == 6


def test_an_advisory_stops_nothing(session, world, product):
    issued(world, product, kind=NoticeKind.ADVISORY)
    assert session.scalars(select(Identity.id).where(Identity.stopped)).all() == []


def test_only_what_lies_at_the_given_places_is_held_again(session, world, product):
    issued(world, product)
    lot = slipped_in(world, product, 6)
    other = make_warehouse(session)
    facts = (session, product, world.warehouse, other, 2, world.now.date())
    with transaction(session):
        transfer = transferring.send(*facts, identities=[(lot.id, 2)], by=world.staff, now=world.now)
        transferring.arrive(session, transfer, by=world.staff, now=world.now)
    with transaction(session):
        place = Place(product.id, other.id)
        stock_rows(session, [place])
        assert hold_again(session, [lot.id], [place], by=world.staff, now=world.now) == 2
    assert balance(session, product, other) == (0, 0, 2)
    assert balance(session, product, world.warehouse)[0] == 9


def test_a_recall_that_cannot_be_held_does_not_stop_the_others(session, world, product, monkeypatch):
    broken = issued(world, product, "LOT-B")
    issued(world, product)
    slipped_in(world, product, 6)
    slipped_in(world, product, 3, "LOT-B")
    kept = issuing_notices.hold_stock

    def faulty(session, notices, **facts):
        if notices[0].number == broken.number:
            raise RuntimeError("out of order")
        return kept(session, notices, **facts)

    monkeypatch.setattr(issuing_notices, "hold_stock", faulty)
    with pytest.raises(ExceptionGroup, match="1 could not be acted on, 6 changed"):
        hold_recalled(session, world.now)
    monkeypatch.undo()
    assert hold_recalled(session, world.now) == 3


def test_a_company_that_gets_affected_units_later_is_told_once(session, world, product, now):
    with transaction(session):
        sold(world, product, 4)
        other = make_customer(session, "OTHER", now=now)
        buyer = make_user(session, Role.BUYER, customer=other, now=now)
    notice = issued(world, product, kind=NoticeKind.ADVISORY)
    assert reach_new_holders(session, now) == 0
    with transaction(session):
        sold(world, product, 2, buyer=buyer)
    later = now + timedelta(hours=1)
    assert [reach_new_holders(session, later) for _ in range(2)] == [1, 0]
    found = session.scalars(select(NoticeRecipient).where(NoticeRecipient.notice_id == notice.id)).all()
    assert {(one.customer_id, one.units, one.told_at) for one in found} == {
        (world.customer.id, 4, now),
        (other.id, 2, later),
    }
    told = select(Notice.user_id).where(
        Notice.template.contains("product_notice"), Notice.user_id == buyer.id
    )
    assert len(session.scalars(told).all()) == 1
    with transaction(session):
        close(session, notice, by=world.manager, now=later)
        sold(world, product, 2, buyer=world.buyer)
    assert reach_new_holders(session, later) == 0


def test_the_product_s_page_tells_what_came_in_stopped(session, world, product, app):
    issued(world, product)
    come_in(world, product, 3, "LOT-A")
    client = app.test_client()
    sign_in(client, world.staff)
    page = client.get(f"/desk/products/{product.sku}")
    assert page.status_code == 200
    assert "Recalled units that came in put into quarantine" in page.text
