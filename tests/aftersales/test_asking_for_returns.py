"""A return from the request to the settlement, and what is refused on the way."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales import calling_off, deciding, inspecting, receiving, requesting, settling
from aftersales.drafting_notices import NoticeTexts, draft
from aftersales.expiring import expire_authorisations
from aftersales.inspecting import Finding
from aftersales.issuing_notices import issue
from aftersales.models import Disposition, Remedy, Return, ReturnLine, ReturnReason, ReturnState
from aftersales.recalls import NoticeKind
from aftersales.receiving import Arrived
from aftersales.requesting import Asked
from aftersales.return_papers import authorisation_of, authorisation_pdf
from aftersales.returning import Back, take_back
from inventory import setting_aside
from inventory.identities import IdentityBalance, IdentityMove, Keeping
from inventory.models import Tracking
from inventory.setting_aside import Units
from inventory.stock import Movement, Stock
from orders.models import Order, OrderLine, Origin
from orders.shipments import CreditNote
from policies.promises import Promise, PromiseState
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.clock import business_day, end_of
from portal.db import make_sessions, transaction
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.conftest import settings_for
from tests.makers import make_world
from tests.papers import text_of
from tests.people import make_customer, make_user

DAMAGED, UNWANTED, RECALLED = ReturnReason.DAMAGED, ReturnReason.NOT_NEEDED, ReturnReason.RECALLED
CREDIT, REPLACEMENT = Remedy.CREDIT, Remedy.REPLACEMENT
RESTOCK, SCRAP = Disposition.RESTOCK, Disposition.SCRAP
TO_SUPPLIER, TO_CUSTOMER = Disposition.RETURN_TO_SUPPLIER, Disposition.RETURN_TO_CUSTOMER
TABLES = (Return, ReturnLine, CreditNote, Order, Movement, IdentityMove, Promise, Notice, AuditEntry)


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def order(session, world):
    """Five units of soap, delivered."""
    with transaction(session):
        order = world.order({world.product("SOAP", price="12.3450", stock=9): 5})
        world.delivered(order)
    return order


def counts(session):
    return [session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def ask(session, world, order, quantity, *, reason=UNWANTED, remedy=CREDIT, numbers=None, at=None, n=1):
    with transaction(session):
        asked = [Asked(n, quantity, reason, numbers=numbers or {})]
        return requesting.ask(session, order, asked, remedy, "note", by=world.buyer, now=at or world.now)


def authorise(session, world, found, at=None):
    with transaction(session):
        deciding.authorise(session, found, by=world.staff, now=at or world.now)


def receive(session, world, found, *units, numbers=None, at=None):
    arrived = [Arrived(line.id, count, numbers or {}) for line, count in zip(found.lines, units, strict=True)]
    with transaction(session):
        receiving.receive(session, found, arrived, by=world.staff, now=at or world.now)


def inspect(session, world, found, *ways, at=None):
    (line,) = found.lines
    findings = [Finding(line.id, way, count) for way, count in ways]
    with transaction(session):
        inspecting.inspect(session, found, findings, by=world.staff, now=at or world.now)


def settle(session, world, found, remedy=None, at=None):
    with transaction(session):
        settling.settle(session, found, remedy, by=world.staff, now=at or world.now)


def stock(session):
    row = session.scalars(select(Stock).execution_options(populate_existing=True)).one()
    return row.on_hand, row.quarantined


def test_a_buyer_asks_and_a_decision_is_promised(session, world, order, now):
    found = ask(session, world, order, 2)
    assert (found.number, found.state, found.note) == ("RT-2026-00001", "requested", "note")
    promise = found.decision_promise
    assert (promise.kind, promise.subject_no) == ("return_decision", "RT-2026-00001")
    assert promise.due_at == end_of(business_day(now + timedelta(days=2)))
    assert order.lines[0].returned == 0


@pytest.mark.parametrize("quantity", [0, -1, 6])
def test_more_than_was_delivered_or_nothing_cannot_be_asked_for(session, world, order, quantity):
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, order, quantity)
    assert no.value.field == (None if quantity == 0 else "quantity_1")
    assert counts(session) == before


def test_what_is_asked_for_already_cannot_be_asked_for_again_until_it_is_called_off(
    session, world, order, now
):
    first = ask(session, world, order, 4)
    with pytest.raises(Refused) as no:
        ask(session, world, order, 2)
    assert no.value.params["left"] == 1
    with transaction(session):
        calling_off.cancel(session, first, by=world.buyer, now=now)
    assert (first.state, first.decision_promise.state) == ("cancelled", PromiseState.WITHDRAWN)
    assert ask(session, world, order, 5).state == "requested"


def test_goods_that_are_not_delivered_yet_cannot_be_sent_back(session, world, now):
    with transaction(session):
        order = world.order({world.product(stock=5): 5})
        world.shipped(order)
    before = counts(session)
    with pytest.raises(Refused):
        ask(session, world, order, 1)
    assert counts(session) == before


def test_the_window_counts_from_the_delivery_and_its_last_day_is_still_in_it(session, world, order, now):
    last = now + timedelta(days=30)
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, order, 1, at=last + timedelta(days=1))
    assert no.value.field == "quantity_1"
    assert counts(session) == before
    assert ask(session, world, order, 1, at=last).state == "requested"


def test_an_authorised_return_has_a_paper_and_its_decision_is_kept(session, world, order, now, tmp_path):
    found = ask(session, world, order, 2, reason=DAMAGED)
    authorise(session, world, found)
    session.refresh(found)
    assert (found.state, found.decision_promise.state) == ("authorised", PromiseState.KEPT)
    assert found.return_by == business_day(now + timedelta(days=14))
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.buyer.id, "/my/returns/RT-2026-00001")
    assert "RT-2026-00001" in written(notice)[0]
    sheet = authorisation_of(session, found)
    seller = settings_for("sqlite://", tmp_path).seller
    english, thai = (text_of(authorisation_pdf(sheet, code, seller)) for code in ("en", "th"))
    for said in ("RT-2026-00001", "Product SOAP", "Bangkok warehouse", "15 Apr 2026", "Arrived damaged"):
        assert said in english
    assert "คลังกรุงเทพ" in thai
    assert "2569" in thai


def test_a_return_is_refused_with_a_reason_only_and_only_once(session, world, order, now):
    found = ask(session, world, order, 2)
    before = counts(session)
    with pytest.raises(Refused) as no, transaction(session):
        deciding.refuse(session, found, "  ", by=world.staff, now=now)
    assert (no.value.field, counts(session)) == ("reason", before)
    with transaction(session):
        deciding.refuse(session, found, "Opened", by=world.staff, now=now)
    assert (found.state, found.decision_promise.state) == ("refused", PromiseState.KEPT)
    before = counts(session)
    with pytest.raises(Refused):
        authorise(session, world, found)
    assert counts(session) == before
    assert ask(session, world, order, 5).state == "requested"


@pytest.mark.parametrize("days", [-1, 200])
def test_goods_are_expected_on_a_day_to_come_within_half_a_year(session, world, order, now, days):
    found = ask(session, world, order, 2)
    with pytest.raises(Refused) as no, transaction(session):
        day = business_day(now + timedelta(days=days))
        deciding.authorise(session, found, return_by=day, by=world.staff, now=now)
    assert no.value.field == "return_by"
    session.refresh(found)
    assert found.state == "requested"


def test_received_goods_lie_in_quarantine_and_their_refund_is_promised_from_then(session, world, order, now):
    found = ask(session, world, order, 4)
    authorise(session, world, found)
    later = now + timedelta(days=5)
    receive(session, world, found, 3, at=later)
    session.refresh(found)
    assert (found.state, found.lines[0].received, order.lines[0].returned) == ("received", 3, 3)
    assert stock(session) == (4, 3)
    assert found.refund_promise.due_at == end_of(business_day(later + timedelta(days=3)))


@pytest.mark.parametrize("units", [0, 5, -1])
def test_more_than_authorised_or_nothing_is_not_received(session, world, order, units):
    found = ask(session, world, order, 4)
    authorise(session, world, found)
    before = counts(session)
    with pytest.raises(Refused):
        receive(session, world, found, units)
    assert (counts(session), stock(session)) == (before, (4, 0))


def test_goods_are_not_received_before_they_are_authorised(session, world, order):
    found = ask(session, world, order, 4)
    before = counts(session)
    with pytest.raises(Refused):
        receive(session, world, found, 4)
    assert counts(session) == before


def test_each_way_out_of_the_inspection_moves_the_goods(session, world, order):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    receive(session, world, found, 5)
    ways = ((RESTOCK, 1), (SCRAP, 1), (TO_SUPPLIER, 1), (TO_CUSTOMER, 1), (Disposition.REFURBISH, 1))
    inspect(session, world, found, *ways)
    assert stock(session) == (5, 1)
    session.refresh(order.lines[0])
    assert order.lines[0].returned == 4
    assert sum(one.quantity for one in found.lines[0].outcomes) == 5


def test_the_stock_desk_decides_on_what_was_to_be_refurbished_and_on_nothing_before(
    session, world, order, now
):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    mended = Units(order.lines[0].product, world.warehouse, 2, {}, "As new again")
    with pytest.raises(Refused), transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert stock(session) == (4, 3)
    inspect(session, world, found, (Disposition.REFURBISH, 2), (SCRAP, 1))
    with transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert stock(session) == (6, 0)


@pytest.mark.parametrize(
    "ways", [[(RESTOCK, 2)], [(RESTOCK, 2), (SCRAP, 2)], [], [(RESTOCK, 4), (SCRAP, -1)]]
)
def test_an_inspection_that_does_not_add_up_is_refused(session, world, order, ways):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    before = counts(session)
    with pytest.raises(Refused):
        inspect(session, world, found, *ways)
    assert (counts(session), stock(session)) == (before, (4, 3))


def test_what_stays_with_us_is_credited_and_what_goes_back_is_not(session, world, order):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    receive(session, world, found, 5)
    before = counts(session)
    with pytest.raises(Refused):
        settle(session, world, found)
    assert counts(session) == before
    inspect(session, world, found, (SCRAP, 3), (TO_CUSTOMER, 2))
    settle(session, world, found)
    session.refresh(found)
    assert (found.state, found.refund_promise.state) == ("settled", PromiseState.KEPT)
    assert [line.quantity for line in found.credit_note.lines] == [3]
    assert found.credit_note.net_minor == 3704
    before = counts(session)
    with pytest.raises(Refused):
        settle(session, world, found)
    assert counts(session) == before


def test_goods_that_all_go_back_to_the_customer_settle_without_a_credit(session, world, order):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    inspect(session, world, found, (TO_CUSTOMER, 2))
    settle(session, world, found)
    session.refresh(found)
    assert (found.state, found.credit_note, found.replacement) == ("settled", None, None)
    assert session.scalar(select(func.count()).select_from(CreditNote)) == 0
    assert ask(session, world, order, 5).state == "requested"


def test_a_refund_after_its_promised_day_is_missed(session, world, order, now):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    inspect(session, world, found, (SCRAP, 2))
    settle(session, world, found, at=now + timedelta(days=9))
    session.refresh(found)
    assert found.refund_promise.state == PromiseState.MISSED


def test_a_replacement_is_an_order_free_of_charge_with_promised_days(session, world, order, now):
    found = ask(session, world, order, 3, remedy=REPLACEMENT)
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (SCRAP, 3))
    settle(session, world, found)
    session.refresh(found)
    again = found.replacement
    assert (again.origin, again.total_minor, again.buyer_id) == (Origin.REPLACEMENT, 0, world.buyer.id)
    (line,) = again.lines
    assert (line.ordered, line.discount_bp, line.unit_price) == (3, 10000, order.lines[0].unit_price)
    (part,) = line.parts
    assert part.held == 3
    assert part.promise.due_at == end_of(business_day(now + timedelta(days=6)))
    assert found.credit_note is None
    with transaction(session):
        world.delivered(again)
    assert again.state == "delivered"


def test_another_remedy_than_asked_for_can_be_agreed(session, world, order):
    found = ask(session, world, order, 3, remedy=REPLACEMENT)
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (SCRAP, 3))
    settle(session, world, found, CREDIT)
    session.refresh(found)
    assert (found.remedy, found.replacement) == ("credit", None)
    assert found.credit_note is not None


def test_goods_that_are_here_cannot_be_called_off(session, world, order, now):
    found = ask(session, world, order, 3)
    authorise(session, world, found)
    receive(session, world, found, 3)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        calling_off.cancel(session, found, by=world.buyer, now=now)
    assert counts(session) == before


def test_an_authorisation_past_its_day_is_closed_once_and_its_units_are_free_again(
    session, world, order, now
):
    found = ask(session, world, order, 5)
    authorise(session, world, found)
    assert expire_authorisations(session, now + timedelta(days=14)) == 0
    late = now + timedelta(days=15)
    assert expire_authorisations(session, late) == 1
    before = counts(session)
    assert expire_authorisations(session, late) == 0
    assert counts(session) == before
    session.refresh(found)
    assert found.state == ReturnState.CANCELLED
    assert ask(session, world, order, 5, at=late).state == "requested"


def test_goods_taken_back_unannounced_leave_nothing_for_what_is_asked_for(session, world, order, now):
    found = ask(session, world, order, 4)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        take_back(session, order, [Back(1, 2, DAMAGED, SCRAP)], by=world.staff, now=now)
    assert counts(session) == before
    with transaction(session):
        take_back(session, order, [Back(1, 1, DAMAGED, SCRAP)], by=world.staff, now=now)
    authorise(session, world, found)
    receive(session, world, found, 4)
    session.refresh(order.lines[0])
    assert order.lines[0].returned == 5


def test_two_tabs_asking_at_once_get_no_more_than_was_delivered(session, engine, world, order, now):
    order_id, buyer_id = order.id, world.buyer.id
    refused, start = [], threading.Barrier(2)

    def tab() -> None:
        with make_sessions(engine)() as own:
            mine, buyer = own.get_one(Order, order_id), own.get_one(User, buyer_id)
            start.wait()
            try:
                with transaction(own):
                    requesting.ask(own, mine, [Asked(1, 4, UNWANTED)], CREDIT, by=buyer, now=now)
            except Refused:
                refused.append(1)

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for one in tabs:
        one.start()
    for one in tabs:
        one.join()
    assert len(refused) == 1
    assert session.scalar(select(func.sum(ReturnLine.quantity))) == 4


# Serials and lots


@pytest.fixture
def pumps(session, world):
    """Three pumps by serial, delivered."""
    with transaction(session):
        order = world.order({world.product("PUMP", price="100.00", stock=5, tracking=Tracking.SERIAL): 3})
        world.delivered(order)
    return order


def places(session):
    query = select(IdentityBalance.keeping, func.sum(IdentityBalance.quantity)).where(
        IdentityBalance.quantity > 0
    )
    return dict(session.execute(query.group_by(IdentityBalance.keeping)).all())


def test_a_grade_that_there_is_not_is_refused_at_its_field(session, world, order, now):
    found = ask(session, world, order, 2)
    authorise(session, world, found)
    receive(session, world, found, 2)
    (line,) = found.lines
    with pytest.raises(Refused, match="grade is one of") as no, transaction(session):
        inspecting.inspect(session, found, [Finding(line.id, RESTOCK, 2, "e")], by=world.staff, now=now)
    assert no.value.field == f"grade_{line.id}_{RESTOCK}"
    session.expire_all()
    assert found.state == "received"


def test_serials_go_where_their_goods_go(session, world, pumps, now):
    found = ask(session, world, pumps, 2, numbers={"PUMP-0001": 1, "PUMP-0003": 1})
    assert sorted(one.identity.number for one in found.lines[0].identities) == ["PUMP-0001", "PUMP-0003"]
    authorise(session, world, found)
    receive(session, world, found, 2)
    assert places(session) == {Keeping.GOOD: 2, Keeping.OWNED: 1, Keeping.QUARANTINE: 2}
    (line,) = found.lines
    with transaction(session):
        findings = [
            Finding(line.id, RESTOCK, 1, "a", numbers={"PUMP-0003": 1}),
            Finding(line.id, TO_CUSTOMER, 1, "c", "Nothing found"),
        ]
        inspecting.inspect(session, found, findings, by=world.staff, now=now)
    assert places(session) == {Keeping.GOOD: 3, Keeping.OWNED: 2}


def test_a_serial_that_was_not_delivered_on_the_line_is_refused_at_its_field(session, world, pumps, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
        theirs = world.order({pumps.lines[0].product: 1}, buyer=stranger)
        world.delivered(theirs)
    before = counts(session)
    for number in ("PUMP-0004", "PUMP-0099"):
        with pytest.raises(Refused) as no:
            ask(session, world, pumps, 1, numbers={number: 1})
        assert (no.value.field, counts(session)) == ("numbers_1", before)


@pytest.mark.parametrize("numbers", [{}, {"PUMP-0001": 1}, {"PUMP-0001": 2}])
def test_every_unit_known_by_serial_is_named(session, world, pumps, numbers):
    before = counts(session)
    with pytest.raises(Refused) as no:
        ask(session, world, pumps, 2, numbers=numbers)
    assert (no.value.field, counts(session)) == ("numbers_1", before)


def test_all_units_of_a_line_need_no_names_and_a_serial_is_not_asked_for_twice(session, world, pumps):
    first = ask(session, world, pumps, 1, numbers={"PUMP-0002": 1})
    with pytest.raises(Refused):
        ask(session, world, pumps, 1, numbers={"PUMP-0002": 1})
    rest = ask(session, world, pumps, 2)
    assert sorted(one.identity.number for one in rest.lines[0].identities) == ["PUMP-0001", "PUMP-0003"]
    assert len(first.lines[0].identities) == 1


def test_fewer_serials_than_authorised_can_come(session, world, pumps):
    found = ask(session, world, pumps, 3)
    authorise(session, world, found)
    before = counts(session)
    for numbers in ({}, {"PUMP-0009": 1}):
        with pytest.raises(Refused):
            receive(session, world, found, 1, numbers=numbers)
    assert counts(session) == before
    receive(session, world, found, 1, numbers={"PUMP-0002": 1})
    session.refresh(found)
    assert [one.identity.number for one in found.lines[0].identities] == ["PUMP-0002"]
    assert places(session)[Keeping.QUARANTINE] == 1


def test_a_lot_is_split_by_units(session, world, now):
    with transaction(session):
        order = world.order({world.product("MILK", stock=9, tracking=Tracking.LOT): 6})
        world.delivered(order)
    found = ask(session, world, order, 4)
    assert [(one.identity.number, one.quantity) for one in found.lines[0].identities] == [("MILK-L1", 4)]
    authorise(session, world, found)
    receive(session, world, found, 3)
    inspect(session, world, found, (RESTOCK, 1), (SCRAP, 2))
    assert places(session) == {Keeping.GOOD: 4, Keeping.OWNED: 3}
    assert session.scalar(select(OrderLine.returned)) == 3


def recall(session, world, order, numbers, now):
    texts = NoticeTexts("เรียกคืน", "Recall", "ไฟฟ้าลัดวงจร", "Short circuit", "หยุดใช้", "Stop using it")
    product = order.lines[0].product
    with transaction(session):
        notice = draft(session, NoticeKind.RECALL, product, numbers, texts, by=world.manager, now=now)
        issue(session, notice, by=world.admin, now=now)


def test_what_we_called_back_can_be_sent_back_at_any_time_and_never_goes_into_stock(
    session, world, pumps, now
):
    late = now + timedelta(days=99)
    recall(session, world, pumps, "PUMP-0001", late)
    before = counts(session)
    for number, reason in (("PUMP-0001", DAMAGED), ("PUMP-0002", RECALLED)):
        with pytest.raises(Refused):
            ask(session, world, pumps, 1, reason=reason, numbers={number: 1}, at=late)
    assert counts(session) == before
    found = ask(session, world, pumps, 1, reason=RECALLED, numbers={"PUMP-0001": 1}, at=late)
    authorise(session, world, found, at=late)
    receive(session, world, found, 1, at=late)
    before = counts(session)
    with pytest.raises(Refused, match="PUMP-0001"):
        inspect(session, world, found, (RESTOCK, 1), at=late)
    assert counts(session) == before
    inspect(session, world, found, (SCRAP, 1), at=late)
    settle(session, world, found, at=late)
    session.refresh(found)
    assert found.state == "settled"


def test_what_we_called_back_is_not_left_to_the_stock_desk_when_it_is_to_be_refurbished(
    session, world, pumps, now
):
    recall(session, world, pumps, "PUMP-0001", now)
    found = ask(session, world, pumps, 1, reason=RECALLED, numbers={"PUMP-0001": 1})
    authorise(session, world, found)
    receive(session, world, found, 1)
    inspect(session, world, found, (Disposition.REFURBISH, 1))
    mended = Units(pumps.lines[0].product, world.warehouse, 1, {"PUMP-0001": 1}, "As new again")
    with pytest.raises(Refused, match="PUMP-0001 is held by PN-"), transaction(session):
        setting_aside.release(session, mended, by=world.staff, now=now)
    assert places(session)[Keeping.QUARANTINE] == 1
