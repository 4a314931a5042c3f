"""Compensation that is not credited in time is a miss of its own, with a second compensation, once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from aftersales import answering_offers, compensating, panels_waiting
from aftersales.approval_limits import set_limits
from aftersales.compensation_steps import compensation_of
from aftersales.complaints import Compensation
from aftersales.offering import offer_settlements
from aftersales.settling_late import settle_late
from policies import sweeping
from policies.calendars import working_days
from policies.compensating import sentences, worked_out
from policies.kinds import Kind
from policies.models import ServiceLevel
from policies.settling import settlement_of
from portal.clock import business_day
from portal.db import transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice


@pytest.fixture
def waiting(session, world, late, now):
    """What was accepted on 1 April, above the limit, and is to be credited by 9 April; 6 April is a holiday."""
    promise = late(quantity=20, price="1000.00")
    offer_settlements(session, now)
    with transaction(session):
        found = compensation_of(session, promise)
        assert found
        answering_offers.accept(session, found, by=world.buyer, now=now)
    return found


def missed(session, now):
    with transaction(session):
        sweeping.mark(session, now)


def test_credited_in_time_it_is_worth_nothing_more(session, world, waiting, now):
    with transaction(session):
        compensating.approve(session, waiting, by=world.manager, now=now + timedelta(days=8))
    missed(session, now + timedelta(days=30))
    assert settle_late(session, now + timedelta(days=30)) == 0
    assert settlement_of(session, waiting.number).state == "kept"


def test_credited_late_it_is_a_miss_and_the_second_compensation_is_credited_once(
    session, world, waiting, now
):
    after = now + timedelta(days=9)
    missed(session, after)
    settlement = settlement_of(session, waiting.number)
    assert settlement
    assert settlement.state == "missed"
    assert [settle_late(session, after + timedelta(hours=n)) for n in range(3)] == [1, 0, 0]
    second = compensation_of(session, settlement)
    assert (second.state, second.amount_minor, second.currency) == ("credited", 100_00, "THB")
    assert second.credit_note.order_id == session.get_one(Compensation, waiting.id).complaint.order_id
    session.refresh(settlement)
    assert (settlement.owed_minor, settlement.paid_minor) == (100_00, 100_00)
    with speaking("en"):
        told = sentences(second.worked_out)
    assert (
        told[0]
        == f"Compensation {waiting.number} was to be credited within 5 working days, by Thu 9 Apr 2026."
    )
    assert told[-1] == "That makes ฿100.00."
    with transaction(session):
        compensating.approve(session, waiting, by=world.manager, now=after + timedelta(days=1))
    session.refresh(settlement)
    assert (settlement.state, settlement.fulfilled_at) == ("missed", after + timedelta(days=1))
    assert settle_late(session, after + timedelta(days=40)) == 0
    numbers = session.scalars(select(Compensation.number)).all()
    assert len(numbers) == 2
    assert settlement_of(session, second.number) is None


def test_above_the_limit_the_second_waits_for_approval_too(session, world, waiting, now):
    with transaction(session):
        set_limits(session, 0, 50_000_00, by=world.manager, now=now)
    missed(session, now + timedelta(days=9))
    settle_late(session, now + timedelta(days=9))
    settlement = settlement_of(session, waiting.number)
    assert settlement
    second = compensation_of(session, settlement)
    assert second.state == "proposed"


def test_what_was_rejected_before_it_was_due_is_no_miss(session, world, waiting, now):
    with transaction(session):
        compensating.reject(session, waiting, "Moved by yourselves", by=world.manager, now=now)
    missed(session, now + timedelta(days=9))
    assert settle_late(session, now + timedelta(days=9)) == 0
    assert settlement_of(session, waiting.number).state == "withdrawn"


def test_a_complaint_counts_from_when_it_was_both_known_and_asked_for(session, world, late, now):
    promise = late()
    with transaction(session):
        found = compensating.propose(session, promise, by=world.staff, now=now + timedelta(days=1))
    due = settlement_of(session, found.number).due_at
    assert f"{due:%Y-%m-%d}" == "2026-04-10"


def test_what_is_promised_in_working_minutes_and_late_on_its_day_counts_as_a_day_late(session, world):
    level = ServiceLevel(
        kind=Kind.COMPLAINT_ANSWER,
        minutes=60,
        compensation_minor_per_day=50_00,
        compensation_cap_minor=500_00,
    )
    level.compensation_bp_per_day = 0
    level.compensation_cap_bp = 0
    day, days = business_day(world.now), working_days(session)
    assert worked_out(level, 0, day, day, days, late_at_all=True).amount_minor == 50_00
    assert worked_out(level, 0, day, days.after(day, 2), days, late_at_all=True).amount_minor == 100_00


def test_what_waits_for_approval_is_late_on_the_desk_once_its_day_is_past(session, world, waiting, now):
    missed(session, now + timedelta(days=9))
    found = {
        one.title: one
        for one in panels_waiting.dangers(session, world.manager, now + timedelta(days=9), None)
    }
    danger = found["Compensation to decide"]
    assert (danger.late, [task.number for task in danger.tasks]) == (1, [waiting.number])
    about = session.get_one(Compensation, waiting.id).promise.subject_no
    assert [task.what for task in danger.tasks] == [about], "whose lateness it is for is said beside it"


def test_the_customer_reads_what_the_second_compensation_is_for_and_that_the_first_still_waits(
    session, world, late, waiting, now
):
    missed(session, now + timedelta(days=9))
    settle_late(session, now + timedelta(days=9))
    (notice,) = session.scalars(select(Notice).where(Notice.template.contains("compensation_credited")))
    subject = session.get_one(Compensation, waiting.id).promise.subject_no
    with speaking("en"):
        text = written(notice)[1]
    assert f"It is for {subject}: compensation {waiting.number} was to be credited by Thu 9 Apr 2026." in text
    assert f"Compensation {waiting.number} itself still waits for our approval." in text
    with transaction(session):
        compensating.approve(session, waiting, by=world.manager, now=now + timedelta(days=10))
    query = select(Notice).where(Notice.template.contains("compensation_credited")).order_by(Notice.id.desc())
    first = session.scalars(query).first()
    with speaking("en"):
        assert f"It is for {subject}, promised for Mon 23 Mar 2026." in written(first)[1]
