"""What a missed promise is worth: worked out, proposed once, credited or rejected by who may."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales import compensating
from aftersales.approval_limits import why_not
from aftersales.complaining import Grievance, complain
from aftersales.complaint_lists import compensation_totals
from aftersales.complaints import Compensation, ComplaintKind
from aftersales.missed import about, net_of, worth
from orders.cancelling import cancel
from orders.crediting import issue_compensation
from orders.shipments import CreditNote
from orders.watching import mark
from policies.compensating import sentences
from policies.kinds import Kind
from policies.promises import Promise
from policies.promising import fulfil, promise_case, withdraw
from portal.accounts.models import User
from portal.audit import AuditEntry
from portal.clock import business_day
from portal.db import make_sessions, transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import make_world
from tests.people import make_customer

BEFORE = timedelta(days=14)


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now - BEFORE)


def late_order(session, world, now, quantity=5, price="100.00"):
    """An order promised for 23 March that came on 1 April, seven working days late."""
    with transaction(session):
        product = world.product("SOAP", price=price, stock=quantity)
        order = world.order({product: quantity})
        world.delivered(order, at=now)
    return order


def proposed(session, world, now, order):
    (part,) = world.parts(order)
    with transaction(session):
        return compensating.propose(session, part.promise, by=world.staff, now=now)


def counts(session):
    tables = (Compensation, CreditNote, Notice, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_each_working_day_late_is_worth_its_share_of_the_part_and_the_sum_is_told(session, world, now):
    found = proposed(session, world, now, late_order(session, world, now))
    assert (found.number, found.state, found.currency) == ("CC-2026-00001", "proposed", "THB")
    assert found.amount_minor == 3500
    with speaking("en"):
        told = sentences(found.worked_out)
    assert "7 working days late" in told[0]
    assert told[-1] == "That makes ฿35.00."


def test_the_cap_of_the_policy_is_the_most_that_is_given(session, world, now):
    found = proposed(
        session, world, now + timedelta(days=30), late_order(session, world, now + timedelta(30))
    )
    assert found.amount_minor == 5000


def test_a_part_is_worth_its_share_of_the_line_half_up(session, world, now):
    with transaction(session):
        product = world.product("SOAP", price="33.3350", stock=1)
        world.receipt(product, 9, business_day(now))
        order = world.order({product: 3})
    first, second = world.parts(order)
    assert (first.quantity, second.quantity, order.lines[0].net_minor) == (1, 2, 10001)
    assert (net_of(first), net_of(second)) == (3334, 6667)


def test_units_that_were_cancelled_are_worth_nothing(session, world, now):
    with transaction(session):
        product = world.product("SOAP", price="100.00", stock=1)
        order = world.order({product: 4})
        world.shipped(order)
        cancel(session, order, "Not needed", by=world.staff, now=world.now)
    first, second = world.parts(order)
    assert (net_of(first), net_of(second)) == (10000, 0)


def test_while_it_is_not_done_its_worth_grows_and_cannot_be_proposed(session, world, now):
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        mark(session, now)
    (part,) = world.parts(order)
    missed = about(session, part.promise)
    today = business_day(now)
    assert [worth(session, missed, today + timedelta(days=n)).amount_minor for n in (0, 1)] == [3500, 4000]
    before = counts(session)
    with pytest.raises(Refused, match="still grows"), transaction(session):
        compensating.propose(session, part.promise, by=world.staff, now=now)
    assert counts(session) == before


def test_a_promise_that_was_kept_or_carries_no_compensation_gives_none(session, world, now):
    with transaction(session):
        order = world.order({world.product("SOAP", stock=5): 5})
        world.delivered(order)
    (part,) = world.parts(order)
    before = counts(session)
    with pytest.raises(Refused, match="not missed"), transaction(session):
        compensating.propose(session, part.promise, by=world.staff, now=now)
    assert counts(session) == before


def test_goods_that_cost_nothing_are_worth_nothing(session, world, now):
    order = late_order(session, world, now, quantity=1, price="0.0100")
    (part,) = world.parts(order)
    before = counts(session)
    with pytest.raises(Refused, match="promises no compensation"), transaction(session):
        compensating.propose(session, part.promise, by=world.staff, now=now)
    assert counts(session) == before


def test_a_case_answered_late_is_worth_its_fixed_amount_a_day(session, world, now):
    with transaction(session):
        promise = promise_case(
            session, world.customer, Kind.REFUND, "RT-1", start=world.now, by=None, now=world.now
        )
        assert promise is not None
        fulfil(session, [promise], world.now + timedelta(days=5), by=None, now=now)
    with transaction(session):
        found = compensating.propose(session, promise, by=world.staff, now=now)
    assert found.amount_minor == 50_00
    assert about(session, promise).order is None


def test_once_for_each_promise(session, world, now):
    order = late_order(session, world, now)
    found = proposed(session, world, now, order)
    before = counts(session)
    with pytest.raises(Refused, match=found.number):
        proposed(session, world, now, order)
    assert counts(session) == before


def test_two_clerks_at_once_propose_it_once(session, engine, world, now):
    order = late_order(session, world, now)
    promise_id, staff_id = world.parts(order)[0].promise_id, world.staff.id
    session.rollback()
    refused, start = [], threading.Barrier(2)

    def clerk() -> None:
        with make_sessions(engine)() as own:
            promise, staff = own.get_one(Promise, promise_id), own.get_one(User, staff_id)
            start.wait()
            try:
                with transaction(own):
                    compensating.propose(own, promise, by=staff, now=now)
            except Refused:
                refused.append(1)

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert len(refused) == 1
    assert session.scalar(select(func.count()).select_from(Compensation)) == 1


def test_approving_it_issues_a_credit_note_without_goods_and_tells_the_customer(session, world, now):
    order = late_order(session, world, now)
    found = proposed(session, world, now, order)
    with transaction(session):
        compensating.approve(session, found, "Agreed", by=world.staff, now=now)
    session.refresh(found)
    note = found.credit_note
    assert (found.state, found.decided_by_id) == ("credited", world.staff.id)
    assert (note.net_minor, note.vat_minor, note.total_minor, note.lines) == (3500, 0, 3500, [])
    assert (note.order_id, note.customer_id) == (order.id, world.customer.id)
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.buyer.id, f"/my/credits/{note.number}")
    assert "฿35.00" in written(notice)[0]


def test_a_decided_compensation_is_not_decided_again(session, world, now):
    found = proposed(session, world, now, late_order(session, world, now))
    with transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    before = counts(session)
    for act in (compensating.approve, compensating.reject):
        with pytest.raises(Refused), transaction(session):
            act(session, found, "Again", by=world.manager, now=now)
    assert counts(session) == before


def test_staff_credit_up_to_their_limit_and_managers_beyond_it(session, world, now):
    order = late_order(session, world, now, quantity=20, price="1000.00")
    found = proposed(session, world, now, order)
    assert found.amount_minor == 140_000
    before = counts(session)
    with pytest.raises(Refused, match="manager"), transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    assert counts(session) == before
    with transaction(session):
        compensating.approve(session, found, by=world.manager, now=now)
    assert found.state == "credited"


def test_it_is_rejected_with_a_reason_only(session, world, now):
    found = proposed(session, world, now, late_order(session, world, now))
    before = counts(session)
    with pytest.raises(Refused) as no, transaction(session):
        compensating.reject(session, found, " ", by=world.staff, now=now)
    assert (no.value.field, counts(session)) == ("reason", before)
    with transaction(session):
        compensating.reject(session, found, "The customer moved the day", by=world.staff, now=now)
    assert (found.state, found.credit_note_id) == ("rejected", None)
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert "The customer moved the day" in written(notice)[1]


def test_a_compensation_proposed_before_its_complaint_is_shown_with_it(session, world, now):
    order = late_order(session, world, now)
    found = proposed(session, world, now, order)
    with transaction(session):
        said = Grievance(ComplaintKind.LATE, "Late", promise=found.promise)
        complaint = complain(session, world.customer, said, by=world.buyer, now=now)
    assert complaint.compensation.number == found.number
    with transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice.path == f"/my/complaints/{complaint.number}"


def test_the_figures_are_counted_from_what_was_decided(session, world, now):
    found = proposed(session, world, now, late_order(session, world, now))
    assert [(t.state, t.count, t.amount_minor) for t in compensation_totals(session)] == [
        ("proposed", 1, 3500)
    ]
    with transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    assert [(t.state, t.count, t.amount_minor) for t in compensation_totals(session)] == [
        ("credited", 1, 3500)
    ]


def test_compensation_is_never_nothing_nor_on_the_order_of_somebody_else(session, world, now):
    order = late_order(session, world, now)
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
    before = counts(session)
    for customer, amount in ((world.customer, 0), (world.customer, -1), (other, 100)):
        with pytest.raises(Refused), transaction(session):
            issue_compensation(session, customer, order, amount, "THB", "Late", by=world.staff, now=now)
    assert counts(session) == before


def test_in_another_currency_a_manager_approves_however_little_it_is(session, world, now):
    found = proposed(session, world, now, late_order(session, world, now))
    with transaction(session):
        found.currency = "USD"
    before = counts(session)
    with pytest.raises(Refused, match="any other currency needs a manager") as no, transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    assert no.value.params["limit"] == "฿1,000.00"
    assert counts(session) == before
    assert why_not(session, world.manager, found) is None


def test_what_was_missed_and_then_cancelled_is_worth_what_it_was_on_that_day(session, world, now):
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        mark(session, now)
        cancel(session, order, "Too late", by=world.buyer, now=now)
    (part,) = world.parts(order)
    with transaction(session):
        withdraw(session, [part.promise_id], by=None, now=now + timedelta(days=3))
    session.refresh(part.promise)
    happened = [event.what for event in part.promise.events]
    assert (part.promise.state, happened.count("withdrawn")) == ("missed", 1)
    later = now + timedelta(days=9)
    with transaction(session):
        found = compensating.propose(session, part.promise, by=world.staff, now=later)
    assert found.amount_minor == 3500
    with speaking("en"):
        assert "cancelled on" in about(session, part.promise).words


def test_where_nobody_complained_or_bought_everybody_of_the_company_is_told(session, world, now):
    with transaction(session):
        promise = promise_case(
            session, world.customer, Kind.REFUND, "RT-1", start=world.now, by=None, now=world.now
        )
        assert promise is not None
        fulfil(session, [promise], world.now + timedelta(days=5), by=None, now=now)
        found = compensating.propose(session, promise, by=world.staff, now=now)
        compensating.approve(session, found, by=world.staff, now=now)
    told = session.scalars(select(Notice).where(Notice.template.contains("compensation_credited"))).all()
    assert world.buyer.id in {notice.user_id for notice in told}
