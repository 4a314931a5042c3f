"""What a recall holds of our stock and takes out of what was picked, and what becomes of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales.acknowledging import close
from aftersales.issuing_notices import hold_recalled, issue
from aftersales.lending import hand_out
from aftersales.settling_recalls import held_by, release_held, scrap_held
from inventory import setting_aside
from inventory.identifying import LotFacts
from inventory.identities import Keeping
from inventory.proving import differences
from inventory.receiving import book_in
from inventory.setting_aside import Units
from inventory.stock import Stock
from inventory.stopping import let_go
from inventory.tracing import balances_of
from orders import fulfilling
from orders.unpicking import put_back_held
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.notices.drafts import drafted, refused
from tests.aftersales.owners import pooled, printer, received, repair_of, sold, unit
from tests.people import sign_in


def test_a_recall_holds_our_stock_and_takes_it_out_of_what_was_picked(session, world, product, now):
    with transaction(session):
        order = world.order({product: 3})
        picked = world.picked(order)
        notice = drafted(world, product)
        issue(session, notice, by=world.admin, now=now)
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert (stock.on_hand, stock.quarantined) == (5, 20)
    lot = unit(world, product, "LOT-A")
    assert [(b.keeping, b.quantity) for b in balances_of(session, [lot.id])] == [(Keeping.QUARANTINE, 20)]
    assert differences(session) == []
    with pytest.raises(Refused), transaction(session):
        fulfilling.ship(session, picked, "Kerry", "T1", by=world.staff, now=now)
    assert [(part.picked, part.pickable) for part in world.parts(order)] == [(0, 3)]
    told = session.scalars(select(Notice).where(Notice.template.contains("held_back"))).all()
    assert {one.user_id for one in told} == {world.staff.id, world.manager.id}
    with transaction(session):
        good = world.picked(order)
    assert {one.identity.number for line in good.lines for one in line.identities} == {"LOT-B"}


def test_of_a_mixed_pick_only_what_is_called_back_is_taken_out_and_the_line_waits_for_the_rest(
    session, world, product, now
):
    with transaction(session):
        order = world.order({product: 23})
        picked = world.picked(order)
        world.receipt(product, 30, now.date() + timedelta(days=4))
        issue(session, drafted(world, product), by=world.admin, now=now)
    (line,) = picked.lines
    assert (line.quantity, [one.identity.number for one in line.identities]) == (3, ["LOT-B"])
    (part,) = world.parts(order)
    assert (part.picked, part.held, part.pickable, part.reservation.receipt_id is not None) == (3, 5, 2, True)
    with transaction(session):
        fulfilling.ship(session, picked, "Kerry", "T1", by=world.staff, now=now)
    assert differences(session) == []


def test_what_others_picked_of_good_lots_does_not_give_way_to_a_recall(session, world, product, now):
    with transaction(session):
        older = world.order({product: 12})
        younger = world.order({product: 13})
        by_hand = {part.id: {"LOT-B": 5} for part in world.parts(younger)}
        shipment = fulfilling.pick(
            session,
            younger,
            {part.id: 5 for part in world.parts(younger)},
            identities=by_hand,
            by=world.staff,
            now=now,
        )
        issue(session, drafted(world, product), by=world.admin, now=now)
    assert [part.held for part in world.parts(younger)] == [5]
    assert [part.held for part in world.parts(older)] == [0]
    with transaction(session):
        fulfilling.ship(session, shipment, "Kerry", "T1", by=world.staff, now=now)
    assert differences(session) == []


def test_what_was_set_aside_after_it_was_picked_cannot_leave_until_it_is_taken_out(
    session, world, product, now
):
    by = {"by": world.staff, "now": now}
    with transaction(session):
        order = world.order({product: 23})
        picked = world.picked(order)
        setting_aside.set_aside(session, Units(product, world.warehouse, 20, {"LOT-A": 20}, "Wet"), **by)
    no = refused(session, lambda: fulfilling.ship(session, picked, "Kerry", "T1", **by))
    assert "LOT-A" in str(no)
    with transaction(session):
        assert put_back_held(session, picked, **by) == 20
    refused(session, lambda: put_back_held(session, picked, **by))
    with transaction(session):
        fulfilling.ship(session, picked, "Kerry", "T1", **by)
    assert differences(session) == []


def test_one_click_takes_what_is_held_out_of_a_shipment(app, session, world, product, now):
    by = {"by": world.staff, "now": now}
    with transaction(session):
        order = world.order({product: 23})
        number, shipment_no = order.number, world.picked(order).number
        setting_aside.set_aside(session, Units(product, world.warehouse, 20, {"LOT-A": 20}, "Wet"), **by)
    desk = app.test_client()
    sign_in(desk, world.staff)
    page = desk.get(f"/desk/orders/{number}").text
    assert "LOT-A may not leave any more" in page
    act = f"/desk/orders/{number}/shipments/{shipment_no}/put-back-held"
    assert act in page
    assert desk.post(act).status_code == 302
    assert "may not leave any more" not in desk.get(f"/desk/orders/{number}").text


def test_the_job_takes_out_what_was_picked_before_it_held_the_lot(session, world, product, now):
    with transaction(session):
        issue(session, drafted(world, product), by=world.admin, now=now)
        let_go(session, [unit(world, product, "LOT-A").id], now=now)  # as if it came at the very same moment
        receipt = world.receipt(product, 6, now.date())
        book_in(session, receipt, 6, last=True, identities=LotFacts("LOT-A"), by=world.staff, now=now)
        order = world.order({product: 10})
        world.picked(order)
    assert hold_recalled(session, now) == 6
    assert hold_recalled(session, now) == 0
    assert sum(part.picked for part in world.parts(order)) == 4
    assert differences(session) == []


def test_what_comes_in_after_the_recall_is_held_by_the_job_which_changes_nothing_twice(
    session, world, product, now
):
    with transaction(session):
        notice = drafted(world, product)
        issue(session, notice, by=world.admin, now=now)
        receipt = world.receipt(product, 6, now.date())
        book_in(session, receipt, 6, last=True, identities=LotFacts("LOT-A"), by=world.staff, now=now)
    assert hold_recalled(session, now) == 6
    assert hold_recalled(session, now) == 0
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert (stock.on_hand, stock.quarantined) == (5, 26)
    assert differences(session) == []


def test_what_the_desk_had_set_aside_is_held_by_the_recall_and_released_once_it_is_closed(
    session, world, product, now
):
    by = {"by": world.staff, "now": now}
    with transaction(session):
        setting_aside.set_aside(session, Units(product, world.warehouse, 6, {"LOT-A": 6}, "Wet"), **by)
        notice = issue(session, drafted(world, product), by=world.admin, now=now)
    for act in (setting_aside.release, setting_aside.scrap):
        wanted = Units(product, world.warehouse, 6, {"LOT-A": 6}, "Dried")
        no = refused(session, lambda act=act, wanted=wanted: act(session, wanted, **by), "identities")
        assert notice.number in str(no)
    assert held_by(session, notice) == 20
    early = refused(session, lambda: release_held(session, notice, by=world.manager, now=now))
    assert "closed first" in str(early)
    with transaction(session):
        close(session, notice, by=world.manager, now=now)
        assert release_held(session, notice, by=world.manager, now=now) == 20
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert (stock.on_hand, stock.quarantined, held_by(session, notice)) == (25, 0, 0)
    assert differences(session) == []
    assert hold_recalled(session, now) == 0
    refused(session, lambda: release_held(session, notice, by=world.manager, now=now))


def test_what_two_recalls_name_stays_held_by_the_other_and_can_be_scrapped_at_the_end(
    session, world, product, now
):
    by = {"by": world.manager, "now": now}
    with transaction(session):
        first = issue(session, drafted(world, product, "LOT-A\nLOT-B"), by=world.admin, now=now)
        second = issue(session, drafted(world, product, "LOT-A"), by=world.admin, now=now)
        close(session, first, **by)
        assert release_held(session, first, **by) == 5
    assert (held_by(session, first), held_by(session, second)) == (0, 20)
    with transaction(session):
        close(session, second, **by)
        assert scrap_held(session, second, **by) == 20
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert (stock.on_hand, stock.quarantined) == (5, 0)
    assert differences(session) == []


def test_a_recalled_unit_of_the_pool_is_not_lent(session, world, now):
    with transaction(session):
        product = printer(world, months=None)
        (own,) = sold(world, product)
        repair, spare = received(world, repair_of(world, own)), pooled(world, product, "PRINTER-0009")
        notice = drafted(world, product, "PRINTER-0009")
        issue(session, notice, by=world.admin, now=now)
    no = refused(session, lambda: hand_out(session, repair, spare, by=world.staff, now=now), "unit")
    assert notice.number in str(no)
