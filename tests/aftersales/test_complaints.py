"""A customer complains: filled in already, owned, answered in time, escalated, settled or opened again."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales import answering, concluding
from aftersales.complaining import Grievance, complain
from aftersales.complaints import (
    Compensation,
    Complaint,
    ComplaintEntry,
    ComplaintKind,
    ComplaintState,
    EntryKind,
)
from aftersales.escalating import escalate_late
from aftersales.missed import missed_promise
from aftersales.proposing import propose_grown
from orders.cancelling import cancel
from orders.watching import mark
from policies.promises import Promise, PromiseState
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.makers import make_world
from tests.people import make_customer, make_user

LATE = ComplaintKind.LATE


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now - timedelta(days=14))


@pytest.fixture
def late(session, world, now):
    """An order of two weeks ago that came only today, and its missed promise."""
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=9): 5})
        world.delivered(order, at=now)
    (part,) = world.parts(order)
    return order, part.promise


@pytest.fixture
def complaint(session, world, now):
    with transaction(session):
        return complain(
            session, world.customer, Grievance(LATE, "Nobody called back"), by=world.buyer, now=now
        )


def counts(session):
    tables = (Complaint, ComplaintEntry, Compensation, Promise, Notice, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def entries(session):
    return list(session.scalars(select(ComplaintEntry.what).order_by(ComplaintEntry.id)))


def test_a_missed_promise_tells_what_happened_in_words_and_what_the_days_were(session, late):
    order, promise = late
    missed = missed_promise(session, promise.id)
    with speaking("en"):
        assert order.number in missed.words
        assert "5 × Product SOAP" in missed.words
        assert missed.dates == [("Promised for", "Mon 23 Mar 2026"), ("Done on", "Wed 1 Apr 2026")]
    with speaking("th"):
        assert "2569" in missed.words


def test_a_promise_that_was_kept_is_no_missed_promise(session, world, now):
    with transaction(session):
        order = world.order({world.product(stock=2): 2})
        world.delivered(order)
    (part,) = world.parts(order)
    assert part.promise.state == PromiseState.KEPT
    assert missed_promise(session, part.promise_id) is None
    assert missed_promise(session, 0) is None
    assert missed_promise(session, 2**70) is None


def test_a_complaint_is_opened_with_an_answer_promised_and_its_compensation_proposed(
    session, world, late, now
):
    order, promise = late
    with transaction(session):
        said = Grievance(LATE, " It came nine days late ", promise=promise)
        found = complain(session, world.customer, said, by=world.buyer, now=now)
    assert (found.number, found.state, found.order_id) == ("CM-2026-00001", "open", order.id)
    assert found.what == "It came nine days late"
    assert found.answer_promise.kind == "complaint_answer"
    assert found.answer_promise.due_at == end_of(business_day(now + timedelta(days=2)))
    assert (found.compensation.amount_minor, found.compensation.state) == (3500, "proposed")
    assert entries(session) == ["opened"]


@pytest.mark.parametrize("what", ["", "   ", "x" * 4001])
def test_a_complaint_without_words_or_with_too_many_is_refused(session, world, now, what):
    before = counts(session)
    with pytest.raises(Refused) as no, transaction(session):
        complain(session, world.customer, Grievance(LATE, what), by=world.buyer, now=now)
    assert (no.value.field, counts(session)) == ("what", before)


def test_one_promise_has_one_complaint(session, world, late, now):
    _order, promise = late
    with transaction(session):
        complain(session, world.customer, Grievance(LATE, "Late", promise=promise), by=world.buyer, now=now)
    before = counts(session)
    with pytest.raises(Refused, match="CM-2026-00001"), transaction(session):
        complain(session, world.customer, Grievance(LATE, "Late", promise=promise), by=world.staff, now=now)
    assert counts(session) == before


def test_a_promise_or_order_of_somebody_else_cannot_be_complained_about(session, world, late, now):
    order, promise = late
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    before = counts(session)
    for said in (Grievance(LATE, "Late", promise=promise), Grievance(LATE, "Late", order=order)):
        with pytest.raises(Refused), transaction(session):
            complain(session, other, said, by=stranger, now=now)
    assert counts(session) == before


def test_an_open_promise_cannot_be_complained_about(session, world, now):
    with transaction(session):
        order = world.order({world.product(stock=2): 2})
    (part,) = world.parts(order)
    with pytest.raises(Refused), transaction(session):
        said = Grievance(LATE, "Late", promise=part.promise)
        complain(session, world.customer, said, by=world.buyer, now=now)


def test_staff_take_a_complaint_on_note_and_answer_it_in_time(session, world, complaint, now):
    tomorrow = now + timedelta(days=1)
    with transaction(session):
        answering.take(session, complaint, by=world.staff, now=now)
        answering.note(session, complaint, "The driver was ill", by=world.staff, now=now)
        answering.answer(session, complaint, "We are sorry", by=world.manager, now=tomorrow)
    session.refresh(complaint)
    assert (complaint.state, complaint.owner_id) == ("answered", world.staff.id)
    assert complaint.answer_promise.state == PromiseState.KEPT
    assert entries(session) == ["opened", "assigned", "note", "answered"]
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.buyer.id, "/my/complaints/CM-2026-00001")
    assert "We are sorry" in written(notice)[1]


def test_an_answer_after_the_promised_day_is_late_for_good(session, world, complaint, now):
    with transaction(session):
        answering.answer(session, complaint, "Sorry", by=world.staff, now=now + timedelta(days=9))
    assert complaint.answer_promise.state == PromiseState.MISSED


def test_an_answered_complaint_is_not_answered_twice(session, world, complaint, now):
    with transaction(session):
        answering.answer(session, complaint, "Sorry", by=world.staff, now=now)
    before = counts(session)
    for text in ("Again", " "):
        with pytest.raises(Refused), transaction(session):
            answering.answer(session, complaint, text, by=world.staff, now=now)
    assert counts(session) == before


def test_the_customer_settles_it_and_then_it_is_over(session, world, complaint, now):
    with pytest.raises(Refused), transaction(session):
        concluding.accept(session, complaint, by=world.buyer, now=now)
    with transaction(session):
        answering.answer(session, complaint, "Sorry", by=world.staff, now=now)
        concluding.accept(session, complaint, by=world.buyer, now=now)
    before = counts(session)
    with pytest.raises(Refused), transaction(session):
        concluding.reopen(session, complaint, "Still late", by=world.buyer, now=now)
    with pytest.raises(Refused), transaction(session):
        answering.take(session, complaint, by=world.staff, now=now)
    assert (complaint.state, counts(session)) == (ComplaintState.SETTLED, before)


def test_an_answer_that_does_not_settle_it_has_another_one_promised(session, world, complaint, now):
    first = complaint.answer_promise
    with transaction(session):
        answering.answer(session, complaint, "Sorry", by=world.staff, now=now)
    with pytest.raises(Refused), transaction(session):
        concluding.reopen(session, complaint, " ", by=world.buyer, now=now)
    later = now + timedelta(days=5)
    with transaction(session):
        concluding.reopen(session, complaint, "It happened again", by=world.buyer, now=later)
    session.refresh(complaint)
    assert (complaint.state, first.state) == ("open", PromiseState.KEPT)
    assert complaint.answer_promise.id != first.id
    assert complaint.answer_promise.subject_no == "CM-2026-00001/2"
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (notice.user_id, notice.path) == (world.staff.id, "/desk/complaints/CM-2026-00001")
    with transaction(session):
        answering.answer(session, complaint, "A better answer", by=world.staff, now=later)
    assert complaint.answer_promise.state == PromiseState.KEPT
    assert EntryKind.REOPENED in entries(session)


def test_a_late_answer_goes_to_every_manager_once_and_a_second_run_changes_nothing(
    session, world, complaint, now
):
    late = now + timedelta(days=3)
    assert escalate_late(session, now) == 0
    assert escalate_late(session, late) == 1
    before = counts(session)
    assert escalate_late(session, late) == 0
    assert counts(session) == before
    told = session.scalars(select(Notice.user_id).where(Notice.template.like("%escalated%"))).all()
    assert sorted(told) == sorted([world.manager.id, world.admin.id])
    session.refresh(complaint)
    assert complaint.escalated_at == late


def test_an_answered_complaint_is_not_escalated_and_one_opened_again_can_be_once_more(
    session, world, complaint, now
):
    late = now + timedelta(days=3)
    assert escalate_late(session, late) == 1
    with transaction(session):
        answering.answer(session, complaint, "Sorry", by=world.staff, now=late)
    assert escalate_late(session, late + timedelta(days=30)) == 0
    with transaction(session):
        concluding.reopen(session, complaint, "No", by=world.buyer, now=late)
    assert escalate_late(session, late) == 0
    assert escalate_late(session, late + timedelta(days=9)) == 1


def test_a_line_that_is_not_here_yet_can_be_complained_about_and_compensated_once_it_is(session, world, now):

    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        mark(session, now)
    (part,) = world.parts(order)
    with transaction(session):
        said = Grievance(LATE, "Where is it?", promise=part.promise)
        found = complain(session, world.customer, said, by=world.buyer, now=now)
    assert found.compensation is None
    assert propose_grown(session, now) == 0
    with transaction(session):
        world.delivered(order, at=now)
    assert propose_grown(session, now) == 1
    assert propose_grown(session, now) == 0
    session.refresh(found)
    proposed = session.scalars(select(Compensation)).one()
    assert (proposed.complaint_id, proposed.amount_minor) == (found.id, 3500)


def test_a_complaint_that_staff_opened_without_an_order_is_answered_to_the_company(session, world, now):
    with transaction(session):
        found = complain(session, world.customer, Grievance(LATE, "By phone"), by=world.staff, now=now)
        answering.answer(session, found, "We are sorry.", by=world.staff, now=now)
    told = session.scalars(select(Notice).where(Notice.template.contains("complaint_answered"))).all()
    assert world.buyer.id in {notice.user_id for notice in told}


def test_a_complaint_about_what_was_cancelled_late_is_compensated_and_old_ones_are_left_alone(
    session, world, now
):
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        mark(session, now)
        (part,) = world.parts(order)
        said = Grievance(LATE, "Where is it?", promise=part.promise)
        complain(session, world.customer, said, by=world.buyer, now=now)
        cancel(session, order, "Too late", by=world.buyer, now=now)
    assert propose_grown(session, now + timedelta(days=15)) == 0
    assert propose_grown(session, now + timedelta(days=1)) == 1
    assert session.scalars(select(Compensation)).one().amount_minor == 3500
