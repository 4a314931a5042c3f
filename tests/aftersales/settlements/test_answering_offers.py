"""The customer accepts what is offered, adds to it or dismisses it; limits say what is credited at once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales import answering_offers, compensating
from aftersales.approval_limits import limits, set_limits
from aftersales.complaining import Grievance, complain
from aftersales.complaints import Compensation, Complaint, ComplaintKind
from aftersales.offering import offer_settlements
from orders.shipments import CreditNote
from policies import settling
from policies.promises import Promise
from policies.settling import settlement_of
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import make_sessions, transaction
from portal.i18n import speaking
from portal.outbox import Notice
from portal.refusal import Refused
from tests.people import make_user


@pytest.fixture
def offered(session, late, now):
    """Makes offers for late orders of so many units at a price."""

    def make(**goods):
        promise = late(**goods)
        offer_settlements(session, now)
        return session.scalars(select(Compensation).where(Compensation.promise_id == promise.id)).one()

    return make


def counts(session):
    session.rollback()
    tables = (Compensation, Complaint, CreditNote, Notice, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def accept(session, found, by, now):
    with transaction(session), speaking("en"):
        return answering_offers.accept(session, found, by=by, now=now)


def test_accepting_opens_and_settles_the_complaint_and_credits_within_the_limit(session, world, offered, now):
    found = offered()
    complaint = accept(session, found, world.buyer, now)
    session.refresh(found)
    assert (found.state, found.credit_note.total_minor, found.decided_by_id) == ("credited", 3500, None)
    assert (complaint.state, complaint.promise_id, complaint.answer_promise.state) == (
        "settled",
        found.promise_id,
        "kept",
    )
    assert "5 × Product SOAP" in complaint.what
    session.refresh(found.promise)
    assert (found.promise.owed_minor, found.promise.paid_minor) == (3500, 3500)
    assert found.promise.paid_at == now
    assert settlement_of(session, found.number).state == "kept"


def test_above_the_limit_of_staff_it_waits_for_a_manager(session, world, offered, now):
    found = offered(quantity=20, price="1000.00")
    assert found.amount_minor == 140_000
    complaint = accept(session, found, world.buyer, now)
    session.refresh(found)
    assert (found.state, complaint.state, found.promise.paid_minor) == ("proposed", "settled", 0)
    settlement = settlement_of(session, found.number)
    assert (settlement.state, f"{settlement.due_at:%Y-%m-%d}") == ("open", "2026-04-09")
    with pytest.raises(Refused, match="manager"), transaction(session):
        compensating.approve(session, found, by=world.staff, now=now)
    with transaction(session):
        compensating.approve(session, found, by=world.manager, now=now)
    session.refresh(settlement)
    assert (found.state, settlement.state) == ("credited", "kept")


def test_an_offer_is_answered_once(session, world, offered, now):
    found = offered()
    accept(session, found, world.buyer, now)
    before = counts(session)
    for act in (answering_offers.accept, answering_offers.dismiss, answering_offers.reopen):
        with pytest.raises(Refused), transaction(session):
            act(session, found, by=world.buyer, now=now)
    assert counts(session) == before


def test_two_buyers_at_once_accept_it_once(session, engine, world, offered, now):
    found = offered()
    found_id, buyer_id = found.id, world.buyer.id
    session.rollback()
    refused, start = [], threading.Barrier(2)

    def buyer() -> None:
        with make_sessions(engine)() as own:
            mine, who = own.get_one(Compensation, found_id), own.get_one(User, buyer_id)
            start.wait()
            try:
                with transaction(own):
                    answering_offers.accept(own, mine, by=who, now=now)
            except Refused:
                refused.append(1)

    both = [threading.Thread(target=buyer) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert session.scalar(select(func.count()).select_from(CreditNote)) == 1


def test_adding_words_of_ones_own_makes_a_complaint_that_staff_answer(session, world, offered, now):
    found = offered()
    with transaction(session):
        said = Grievance(ComplaintKind.LATE, "It also cost us a sale", promise=found.promise)
        complaint = complain(session, world.customer, said, by=world.buyer, now=now)
    session.refresh(found)
    assert (found.state, found.complaint_id, complaint.state) == ("proposed", complaint.id, "open")
    assert settlement_of(session, found.number).state == "open"


def test_what_is_dismissed_is_not_owed_and_may_be_taken_up_again_for_thirty_days(
    session, world, offered, now
):
    found = offered()
    with transaction(session):
        answering_offers.dismiss(session, found, by=world.buyer, now=now)
    session.refresh(found.promise)
    assert (found.state, found.promise.owed_minor) == ("dismissed", 0)
    assert offer_settlements(session, now + timedelta(hours=1)) == 0
    before = counts(session)
    with pytest.raises(Refused, match="30 days"), transaction(session):
        answering_offers.reopen(session, found, by=world.buyer, now=now + timedelta(days=31))
    assert counts(session) == before
    with transaction(session):
        answering_offers.reopen(session, found, by=world.buyer, now=now + timedelta(days=30))
    session.refresh(found.promise)
    assert (found.state, found.promise.owed_minor) == ("offered", 3500)
    accept(session, found, world.buyer, now + timedelta(days=30))
    session.refresh(found.promise)
    assert found.promise.paid_minor == 3500


def test_when_what_was_accepted_is_not_given_after_all_the_complaint_is_open_again(
    session, world, offered, now
):
    found = offered(quantity=20, price="1000.00")
    complaint = accept(session, found, world.buyer, now)
    with transaction(session):
        compensating.reject(session, found, "You moved the day yourself", by=world.manager, now=now)
    session.refresh(complaint)
    session.refresh(found.promise)
    assert (complaint.state, complaint.settled_at, complaint.answer_promise.state) == ("open", None, "open")
    assert (found.promise.owed_minor, settlement_of(session, found.number).state) == (0, "withdrawn")


def test_who_proposes_above_the_limit_does_not_approve_their_own(session, world, late, now):
    much, little = late(quantity=20, price="1000.00"), late(sku="SMALL")
    with transaction(session):
        found = compensating.propose(session, much, by=world.manager, now=now)
        small = compensating.propose(session, little, by=world.staff, now=now)
        other = make_user(session, Role.MANAGER, now=now, email="other@example.com")
    before = counts(session)
    with pytest.raises(Refused, match="somebody else"), transaction(session):
        compensating.approve(session, found, by=world.manager, now=now)
    assert counts(session) == before
    with transaction(session):
        compensating.approve(session, found, by=other, now=now)
        compensating.approve(session, small, by=world.staff, now=now)
    assert (found.state, small.state) == ("credited", "credited")


def test_who_takes_an_offer_up_for_the_customer_does_not_approve_it(session, world, offered, now):
    found = offered(quantity=20, price="1000.00")
    with transaction(session):
        other = make_user(session, Role.MANAGER, now=now, email="other@example.com")
        said = Grievance(ComplaintKind.LATE, "They called", None, found.promise)
        complain(session, world.customer, said, by=world.manager, now=now)
    before = counts(session)
    assert (found.state, found.proposed_by_id) == ("proposed", world.manager.id)
    with pytest.raises(Refused, match="somebody else"), transaction(session):
        compensating.approve(session, found, by=world.manager, now=now)
    assert counts(session) == before
    with transaction(session):
        compensating.approve(session, found, by=other, now=now)
    assert found.state == "credited"


def test_above_the_limit_of_managers_an_administrator_approves(session, world, late, now):
    promise = late(quantity=800, price="1000.00")
    with transaction(session):
        found = compensating.propose(session, promise, by=world.staff, now=now)
    assert found.amount_minor == 56_000_00
    with pytest.raises(Refused, match="administrator"), transaction(session):
        compensating.approve(session, found, by=world.manager, now=now)
    with transaction(session):
        compensating.approve(session, found, by=world.admin, now=now)
    assert found.state == "credited"


def test_managers_set_the_limits_and_it_is_on_record(session, world, offered, now):
    with transaction(session):
        set_limits(session, 20_00, 40_000_00, by=world.manager, now=now)
    assert (limits(session).staff_minor, limits(session).manager_minor) == (2000, 4_000_000)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "approval_limit.changed")).all()
    assert [(e.subject_no, e.before["amount_minor"], e.after["amount_minor"]) for e in entries] == [
        ("staff", 100_000, 2000),
        ("manager", 5_000_000, 4_000_000),
    ]
    found = offered()
    accept(session, found, world.buyer, now)
    assert found.state == "proposed"


@pytest.mark.parametrize(("staff", "manager"), [(-1, 100), (200, 100), (0, 10**12), (0, 60_000_00)])
def test_limits_out_of_bounds_are_refused(session, world, now, staff, manager):
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        set_limits(session, staff, manager, by=world.manager, now=now)
    assert (counts(session), limits(session).staff_minor) == (before, 100_000)


def test_an_administrator_raises_the_limit_of_managers(session, world, now):
    with transaction(session):
        set_limits(session, 0, 60_000_00, by=world.admin, now=now)
    assert limits(session).manager_minor == 6_000_000


def test_no_promise_is_paid_beyond_what_is_owed_unless_a_manager_says_why(session, world, offered, now):
    found = offered()
    promise = session.get_one(Promise, found.promise_id)
    for who, why in ((world.staff, "Goodwill"), (world.manager, " "), (None, "")):
        with pytest.raises(Refused, match="owed"), transaction(session):
            settling.pay(session, promise, 3501, by=who, reason=why, now=now)
    session.refresh(promise)
    assert (promise.owed_minor, promise.paid_minor) == (3500, 0)
    with transaction(session):
        settling.pay(session, promise, 3501, by=world.manager, reason="Goodwill", now=now)
    assert (promise.owed_minor, promise.paid_minor) == (3501, 3501)
    with pytest.raises(Refused, match="already"), transaction(session):
        settling.owe(session, promise, 3500, "THB", now=now)
