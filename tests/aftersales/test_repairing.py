"""A repair from the fault to the unit's return: who pays, what is promised, and what is refused."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from aftersales.answering_quotes import approve, decline
from aftersales.diagnosing import Diagnosis, quote, receive
from aftersales.opening_repairs import Fault, ask_for_loaner, cancel_repair, open_repair
from aftersales.registering import register_warranties
from aftersales.repairs import REPAIR_MOVES, Repair, RepairEvent, RepairState
from aftersales.sending_back import Parcel, record_repaired, send_back
from aftersales.waiting import hold_promises
from inventory.identities import IdentityBalance, Keeping
from inventory.tracing import balances_of
from policies.calendars import working_days
from policies.promises import Promise, PromisePause, PromiseState
from policies.sweeping import sweep
from portal.audit import AuditEntry
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.owners import paint, printer, quoted, received, repair_of, sold
from tests.makers import make_world
from tests.people import make_customer

DIAGNOSIS = Diagnosis("The mainboard is broken.", 800_00, 450_00)
PARCEL = Parcel("Kerry", "TH9")


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def serial(session, world):
    """A unit of the customer's, without a warranty."""
    with transaction(session):
        (serial,) = sold(world, printer(world, months=None))
    return serial


@pytest.fixture
def repair(session, world, serial):
    with transaction(session):
        return repair_of(world, serial)


def state_of(session, world):
    """What acts on repairs may change, to compare before and after."""
    session.rollback()
    session.expire_all()
    return {
        "repairs": [(r.number, r.state, r.charge_minor) for r in session.scalars(select(Repair))],
        "events": session.scalar(select(func.count(RepairEvent.id))),
        "promises": [(p.kind, p.state, p.due_at) for p in session.scalars(select(Promise))],
        "notices": session.scalar(select(func.count(Notice.id))),
        "acts": session.scalar(select(func.count(AuditEntry.id))),
        "balances": sorted(
            (b.identity_id, b.keeping, b.quantity) for b in session.scalars(select(IdentityBalance))
        ),
    }


def refused(session, world, act, field=None):
    """The reason for which an act is refused; nothing was changed."""
    before = state_of(session, world)
    with pytest.raises(Refused) as no, transaction(session):
        act()
    assert state_of(session, world) == before
    assert no.value.field == field
    return str(no.value)


def test_a_covered_unit_is_repaired_free_of_charge_and_approved_at_once(session, world, now):
    with transaction(session):
        (serial,) = sold(world, printer(world))
    register_warranties(session, now)
    with transaction(session):
        repair = quoted(world, received(world, repair_of(world, serial)))
    assert (repair.covered, repair.cover_reason, repair.charge_minor) == (True, "covered", 0)
    assert repair.state == RepairState.APPROVED
    assert [event.state for event in repair.events] == ["requested", "received", "quoted", "approved"]
    assert repair.quote_promise.state == PromiseState.KEPT
    assert repair.warranty is not None


def test_a_unit_out_of_warranty_is_quoted_in_full_and_waits_for_the_answer(session, world, repair):
    with transaction(session):
        quoted(world, received(world, repair))
    assert (repair.covered, repair.cover_reason) == (False, "sold_without")
    assert (repair.state, repair.charge_minor) == (RepairState.QUOTED, 1250_00)
    assert balances_of(session, [repair.identity_id])[0].keeping == Keeping.REPAIR


def test_the_promises_run_from_receipt_and_are_kept_by_the_return(session, world, repair, now):
    with transaction(session):
        received(world, repair)
    assert business_day(repair.quote_promise.due_at) == date(2026, 4, 3)
    assert business_day(repair.repair_promise.due_at) == date(2026, 4, 21)
    with transaction(session):
        quoted(world, repair)
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "New mainboard, printed for an hour.", by=world.staff, now=now)
        send_back(session, repair, PARCEL, by=world.staff, now=now)
    assert (repair.state, repair.tracking_no) == (RepairState.RETURNED, "TH9")
    assert repair.repair_promise.state == PromiseState.KEPT
    (spot,) = balances_of(session, [repair.identity_id])
    assert (spot.keeping, spot.customer_id) == (Keeping.OWNED, world.customer.id)
    told = {notice.template for notice in session.scalars(select(Notice))}
    stages = ("requested", "received", "quoted", "approved", "repaired", "returned")
    assert {f"aftersales/notices/repair_{stage}.txt" for stage in stages} <= told


def test_a_return_after_the_promised_day_misses_the_promise(session, world, repair, now):
    late = now + timedelta(days=40)
    with transaction(session):
        quoted(world, received(world, repair))
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "New mainboard.", by=world.staff, now=late)
        send_back(session, repair, PARCEL, by=world.staff, now=late)
    assert repair.repair_promise.state == PromiseState.MISSED


def test_waiting_for_the_customer_does_not_count_against_us(session, world, repair, now):
    with transaction(session):
        quoted(world, received(world, repair), at=now + timedelta(hours=1))
    first = repair.repair_promise.original_due_at
    answered = now + timedelta(days=7)
    with transaction(session):
        approve(session, repair, by=world.buyer, now=answered)
    promise = repair.repair_promise
    days = working_days(session)
    waited = sum(days.works(date(2026, 4, 1) + timedelta(days=n)) for n in range(1, 8))
    assert waited == 4
    assert business_day(promise.due_at) == days.after(date(2026, 4, 21), waited)
    assert promise.original_due_at == first
    assert promise.state == PromiseState.OPEN
    assert promise.events[-1].cause == "customer_answer"


def test_a_promise_is_not_missed_while_we_wait_and_is_settled_by_the_answer(session, world, repair, now):
    with transaction(session):
        quoted(world, received(world, repair), at=now + timedelta(hours=1))
    day = now
    for _ in range(40):
        hold_promises(session, day)
        sweep(session, day)
        session.expire_all()
        assert repair.repair_promise.state == "open", day
        day += timedelta(days=1)
    assert hold_promises(session, day - timedelta(days=1)) == 0
    with transaction(session):
        approve(session, repair, by=world.buyer, now=day)
    assert repair.repair_promise.cause is None
    days = working_days(session)
    first = business_day(now)
    waited = sum(days.works(first + timedelta(days=n)) for n in range(1, 41))
    assert business_day(repair.repair_promise.due_at) == days.after(date(2026, 4, 21), waited)


def test_a_repair_that_waits_unpaused_is_paused_from_its_question_on(session, world, repair, now):
    with transaction(session):
        quoted(world, received(world, repair), at=now + timedelta(hours=1))
    with transaction(session):
        session.execute(delete(PromisePause))
        repair.repair_promise.paused_since = None
    assert [hold_promises(session, now + timedelta(days=2)) for _ in range(2)] == [1, 0]
    session.expire_all()
    assert repair.repair_promise.paused_since == repair.quoted_at


def test_an_answer_on_the_same_day_moves_nothing(session, world, repair, now):
    with transaction(session):
        quoted(world, received(world, repair))
        due = repair.repair_promise.due_at
        approve(session, repair, by=world.buyer, now=now + timedelta(hours=2))
    assert repair.repair_promise.due_at == due
    assert [event.what for event in repair.repair_promise.events] == ["made", "paused", "resumed"]


def test_a_declined_repair_is_owed_no_more_and_the_unit_goes_back_as_it_came(session, world, repair, now):
    with transaction(session):
        quoted(world, received(world, repair))
        decline(session, repair, "Too dear.", by=world.buyer, now=now)
    session.expire_all()
    assert repair.repair_promise.state == PromiseState.WITHDRAWN
    with transaction(session):
        send_back(session, repair, PARCEL, by=world.staff, now=now)
    assert repair.state == RepairState.RETURNED
    assert balances_of(session, [repair.identity_id])[0].keeping == Keeping.OWNED
    assert repair.events[-2].note == "Too dear."


def test_a_repair_is_called_off_before_the_unit_is_received_and_not_afterwards(session, world, serial, now):
    with transaction(session):
        first = repair_of(world, serial, loaner_wanted=True)
        cancel_repair(session, first, "It works again.", by=world.buyer, now=now)
        second = received(world, repair_of(world, serial))
    session.expire_all()
    assert first.loaner_promise.state == PromiseState.WITHDRAWN
    why = refused(session, world, lambda: cancel_repair(session, second, "No.", by=world.buyer, now=now))
    assert "not received" in why


def test_a_unit_in_repair_is_not_taken_in_twice(session, world, repair, serial, now):
    told = Fault(serial.number.lower(), "Again")
    act = lambda: open_repair(session, world.customer, told, by=world.buyer, now=now)  # noqa: E731
    assert repair.number in refused(session, world, act, "serial")
    session.add(
        Repair(
            number="RP-X",
            customer_id=world.customer.id,
            identity_id=serial.id,
            cover_reason="expired",
            fault="-",
            opened_at=now,
            opened_by_id=world.buyer.id,
            currency="THB",
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_a_serial_of_somebody_else_is_not_a_unit_delivered_to_you(session, world, serial, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        paint_world = paint(world)
        sold(world, paint_world, 2)
    for number in (serial.number, "NO-SUCH-1"):
        act = partial(open_repair, session, other, Fault(number, "x"), by=world.staff, now=now)
        assert refused(session, world, act, "serial") == "This is not a unit delivered to you."
    lot = lambda: open_repair(session, world.customer, Fault("LOT-A", "x"), by=world.buyer, now=now)  # noqa: E731
    assert refused(session, world, lot, "serial") == "This is not a unit delivered to you."


def test_a_fault_a_diagnosis_and_a_reason_must_be_given(session, world, serial, repair, now):
    by = {"by": world.staff, "now": now}
    assert refused(
        session, world, lambda: open_repair(session, world.customer, Fault("X", " "), **by), "fault"
    )
    assert refused(session, world, lambda: cancel_repair(session, repair, "", **by), "reason")
    with transaction(session):
        received(world, repair)
    assert refused(session, world, lambda: quote(session, repair, Diagnosis("", 1, 1), **by), "diagnosis")
    assert refused(session, world, lambda: quote(session, repair, Diagnosis("x", -1, 1), **by), "parts")
    assert refused(session, world, lambda: quote(session, repair, Diagnosis("x", 1, -1), **by), "labour")


@pytest.mark.parametrize("state", list(RepairState))
def test_every_stage_allows_the_acts_of_the_table_and_refuses_all_others(session, world, serial, now, state):
    with transaction(session):
        repair = _brought_to(session, world, serial, state, now)
    by = {"by": world.staff, "now": now}
    acts = {
        RepairState.RECEIVED: lambda: receive(session, repair, world.warehouse, **by),
        RepairState.QUOTED: lambda: quote(session, repair, DIAGNOSIS, **by),
        RepairState.APPROVED: lambda: approve(session, repair, **by),
        RepairState.DECLINED: lambda: decline(session, repair, "", **by),
        RepairState.REPAIRED: lambda: record_repaired(session, repair, "Done.", **by),
        RepairState.RETURNED: lambda: send_back(session, repair, PARCEL, **by),
        RepairState.CANCELLED: lambda: cancel_repair(session, repair, "No.", **by),
    }
    for to, act in acts.items():
        if not REPAIR_MOVES.allow(state, to):
            assert refused(session, world, act)


def test_a_loaner_is_promised_from_the_moment_it_is_asked_for_and_only_once(session, world, repair, now):
    assert repair.loaner_promise_id is None
    with transaction(session):
        ask_for_loaner(session, repair, by=world.buyer, now=now)
    session.refresh(repair)
    assert business_day(repair.loaner_promise.due_at) == date(2026, 4, 3)
    assert repair.loaner_promise.due_at == end_of(date(2026, 4, 3))
    again = refused(session, world, lambda: ask_for_loaner(session, repair, by=world.buyer, now=now))
    assert "already" in again


def _brought_to(session, world, serial, state, now):
    """A repair in this stage."""
    by = {"by": world.staff, "now": now}
    repair = repair_of(world, serial)
    if state is RepairState.CANCELLED:
        cancel_repair(session, repair, "No.", **by)
    if state in (RepairState.REQUESTED, RepairState.CANCELLED):
        return repair
    received(world, repair)
    if state is RepairState.RECEIVED:
        return repair
    quoted(world, repair)
    if state is RepairState.DECLINED:
        decline(session, repair, "", **by)
    elif state is not RepairState.QUOTED:
        approve(session, repair, **by)
        if state is not RepairState.APPROVED:
            record_repaired(session, repair, "Done.", **by)
        if state is RepairState.RETURNED:
            send_back(session, repair, PARCEL, **by)
    return repair
