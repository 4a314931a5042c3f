"""Product notices: what they name, whom they reach, what a recall holds, and who acknowledged."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales.acknowledging import acknowledge, close
from aftersales.affected import reach_of
from aftersales.drafting_notices import NoticeTexts, change, discard, draft, read_numbers
from aftersales.issuing_notices import hold_recalled, issue
from aftersales.lending import hand_out
from aftersales.recall_counts import progress_of
from aftersales.recalls import NoticeIdentity, NoticeKind, NoticeRecipient, NoticeState, ProductNotice
from aftersales.settling_recalls import held_by, release_held, scrap_held
from inventory import setting_aside
from inventory.identifying import LotFacts
from inventory.identities import Keeping
from inventory.ledger import Move, Place
from inventory.proving import differences
from inventory.quarantine import take_back
from inventory.receiving import book_in
from inventory.setting_aside import Units
from inventory.stock import Stock
from inventory.stopping import let_go
from inventory.tracing import Shift, Spot, balances_of, shift
from orders import fulfilling
from orders.unpicking import put_back_held
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.owners import paint, pooled, printer, received, repair_of, sold, unit
from tests.inventory.makers import statements
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in

TEXTS = NoticeTexts(
    "สีปนเปื้อน",
    "Contaminated paint",
    "อาจทำให้ผิวหนังระคายเคือง",
    "It irritates the skin.",
    "หยุดใช้ทันทีและส่งคืน",
    "Stop using it at once and send it back.",
)


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def other(session, world, now):
    """A second company with two buyers, one of whom has left."""
    with transaction(session):
        company = make_customer(session, "OTHER", now=now)
        make_user(session, Role.BUYER, customer=company, now=now)
        gone = make_user(session, Role.BUYER, customer=company, now=now, email="gone@example.com")
        gone.active = False
    return company


@pytest.fixture
def product(session, world):
    with transaction(session):
        return paint(world, lots=(("LOT-A", 20), ("LOT-B", 5)))


def drafted(world, product, numbers="LOT-A", kind=NoticeKind.RECALL):
    notice = draft(world.session, kind, product, numbers, TEXTS, by=world.manager, now=world.now)
    world.session.flush()
    return notice


def refused(session, act, field=None):
    """The reason for which an act is refused; nothing of notices, stock or messages changed."""
    tables = (ProductNotice, NoticeIdentity, NoticeRecipient, Notice, AuditEntry)
    counted = [select(func.count()).select_from(model) for model in tables]
    before = [session.scalar(query) for query in counted]
    with pytest.raises(Refused) as no, transaction(session):
        act()
    session.expire_all()
    assert [session.scalar(query) for query in counted] == before
    assert no.value.field == field
    return no.value


def test_numbers_are_read_one_a_line_and_ranges_by_their_digits():
    numbers, spans = read_numbers(" lot-a \n\nSN-0098 - SN-0103\nSN-1..SN-3\n")
    assert numbers == ["LOT-A"]
    first, second = spans
    assert first.holds("SN-0100")
    assert not first.holds("SN-0104")
    assert not first.holds("SN-01000")
    assert second.holds("SN-2")


@pytest.mark.parametrize(
    "line", ["SN-9 – SN-10", "SN-5 – SN-2", "AB-1 – CD-2", "ABC – ABD", "SN-01X – SN-02Y"]
)
def test_a_range_that_makes_no_sense_is_refused_at_its_field(line):
    with pytest.raises(Refused) as no:
        read_numbers(line)
    assert no.value.field == "numbers"


def test_a_draft_names_its_units_and_unknown_ones_are_named_at_the_field(session, world, product, now):
    with transaction(session):
        serials = printer(world, stock=8)
        notice = drafted(world, serials, "PRINTER-0003\nprinter-0005 – PRINTER-0012", NoticeKind.ADVISORY)
    assert [one.identity.number for one in notice.affected] == [f"PRINTER-000{n}" for n in (3, 5, 6, 7, 8)]
    by = {"by": world.manager, "now": now}
    no = refused(
        session,
        lambda: draft(session, NoticeKind.RECALL, product, "LOT-A\nLOT-X\nPRINTER-0001", TEXTS, **by),
        "numbers",
    )
    assert no.params["numbers"] == "LOT-X, PRINTER-0001"
    empty = lambda: draft(session, NoticeKind.RECALL, product, " \n", TEXTS, **by)  # noqa: E731
    refused(session, empty, "numbers")
    blank = NoticeTexts("ก", "a", "ข", " ", "ค", "c")
    refused(session, lambda: draft(session, NoticeKind.RECALL, product, "LOT-A", blank, **by), "risk_en")


def test_a_draft_is_changed_and_thrown_away_and_an_issued_notice_is_not(session, world, product, now):
    by = {"by": world.manager, "now": now}
    with transaction(session):
        notice = drafted(world, product)
        change(session, notice, NoticeKind.ADVISORY, "LOT-B\nLOT-A", TEXTS, **by)
    assert len(notice.affected) == 2
    with transaction(session):
        discard(session, notice, **by)
        gone = drafted(world, product, kind=NoticeKind.ADVISORY)
        issue(session, gone, **by)
    assert session.scalar(select(func.count(ProductNotice.id))) == 1
    assert "draft" in str(refused(session, lambda: discard(session, gone, **by)))
    changed = lambda: change(session, gone, NoticeKind.RECALL, "LOT-A", TEXTS, **by)  # noqa: E731
    refused(session, changed)
    refused(session, lambda: issue(session, gone, **by))


def test_the_draft_shows_where_the_units_are(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        under_way = world.order({product: 3})
        world.shipped(under_way)
        notice = drafted(world, product)
    found = reach_of(session, notice)
    (holder,) = found.holders
    assert (holder.customer.code, holder.units, holder.on_the_way) == ("C1", 7, 3)
    assert [(one.keeping, one.units) for one in found.lying] == [(Keeping.GOOD, 13)]
    assert (found.identities, found.with_customers, found.with_us, found.between_warehouses) == (1, 7, 13, 0)


def test_who_is_affected_is_found_by_the_numbers_and_not_by_reading_every_balance(session, world, product):
    with transaction(session):
        sold(world, product, 4)
        notice = drafted(world, product)
    with statements(session) as sent:
        reach_of(session, notice)
    connection = session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.exec_driver_sql(
            "SET LOCAL enable_seqscan = off"
        )  # a handful of rows is otherwise just read
    explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    plans = [str(connection.exec_driver_sql(f"{explain} {query}", facts).all()) for query, facts in sent]
    assert len(plans) <= 5
    assert any("uq_identity_balance_customer" in plan for plan in plans)
    assert not any(
        "SCAN identity_balance" in plan or "Seq Scan on identity_balance" in plan for plan in plans
    )


def test_units_in_repair_and_lent_ones_are_their_companies(session, world, now):
    with transaction(session):
        product = printer(world, months=None)
        own, second = sold(world, product, 2)
        repair = received(world, repair_of(world, own))
        hand_out(session, repair, pooled(world, product, "PRINTER-0009"), by=world.staff, now=now)
        notice = drafted(world, product, "PRINTER-0001 – PRINTER-0009")
    (holder,) = reach_of(session, notice).holders
    assert (holder.units, holder.lent, holder.in_workshop) == (3, 1, 1)
    assert second.number == "PRINTER-0002"


def test_each_holder_is_told_once_in_an_act_and_by_nobody_who_left(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        stranger = select_buyer(session, other)
        sold(world, product, 2, buyer=stranger)
        uninvolved = make_customer(session, "THIRD", now=now)
        make_user(session, Role.BUYER, customer=uninvolved, now=now)
        notice = drafted(world, product, kind=NoticeKind.ADVISORY)
        issue(session, notice, by=world.manager, now=now)
    recipients = {one.customer.code: one.units for one in notice.recipients}
    assert recipients == {"C1": 4, "OTHER": 2}
    told = session.scalars(select(Notice).where(Notice.template.contains("product_notice"))).all()
    assert {one.user_id for one in told} == {world.buyer.id, stranger.id}
    assert all(one.path == f"/my/product-notices/{notice.number}" for one in told)
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert stock.quarantined == 0


def test_a_recall_is_issued_by_a_second_person(session, world, product, now):
    with transaction(session):
        notice = drafted(world, product)
    no = refused(session, lambda: issue(session, notice, by=world.manager, now=now))
    assert "somebody else" in str(no)
    with transaction(session):
        issue(session, notice, by=world.admin, now=now)
    assert notice.state == NoticeState.ISSUED


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
        let_go(session, [unit(world, product, "LOT-A").id])  # as if it came at the very same moment
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


def test_a_company_acknowledges_once_and_is_counted(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        sold(world, product, 2, buyer=select_buyer(session, other))
        notice = issue(session, drafted(world, product), by=world.admin, now=now)
        mine = next(one for one in notice.recipients if one.customer_id == world.customer.id)
        acknowledge(session, mine, "All four put aside.", by=world.buyer, now=now)
    assert (mine.note, mine.acknowledged_by_id) == ("All four put aside.", world.buyer.id)
    found = progress_of(session, notice)
    assert (found.told, found.acknowledged, found.units, found.still_out, found.returned) == (2, 1, 6, 6, 0)
    again = refused(session, lambda: acknowledge(session, mine, "", by=world.buyer, now=now))
    assert "already" in str(again)
    with transaction(session):
        _send_back_two(world, product, now)
    assert progress_of(session, notice).returned == 2
    with transaction(session):
        close(session, notice, by=world.manager, now=now)
    theirs = next(one for one in notice.recipients if one.customer_id == other.id)
    late = refused(
        session, lambda: acknowledge(session, theirs, "", by=select_buyer(session, other), now=now)
    )
    assert "closed" in str(late)
    refused(session, lambda: close(session, notice, by=world.manager, now=now))


def select_buyer(session, company):
    return session.scalars(select(User).where(User.customer_id == company.id, User.active)).one()


def _send_back_two(world, product, now):
    lot = unit(world, product, "LOT-A")
    owned = Spot(Keeping.OWNED, customer_id=world.customer.id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=world.warehouse.id)
    take_back(
        world.session, [Move(Place(product.id, world.warehouse.id), 2)], "RT-1", by=world.staff, now=now
    )
    shift(world.session, [Shift(lot.id, 2, owned, aside)], "return", "RT-1", by=world.staff, now=now)
