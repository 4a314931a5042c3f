"""Loaners: put aside, lent, due, reminded of, taken back; and never lent twice at once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from aftersales.answering_quotes import approve, decline
from aftersales.lending import ComeBack, hand_out, loan_out, take_back
from aftersales.loaner_boards import utilisation
from aftersales.opening_repairs import cancel_repair
from aftersales.pooling import add_to_pool, retire
from aftersales.reminding import remind_loans, reminder
from aftersales.repairs import Grade, Loan, LoanerUnit
from aftersales.sending_back import Parcel, record_repaired, send_back
from inventory.identities import Keeping
from inventory.proving import differences
from inventory.stock import Movement, MovementKind, Stock
from inventory.tracing import balances_of
from policies.calendars import working_days
from policies.promises import PromiseState
from portal.clock import business_day, end_of
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.owners import paint, pooled, printer, quoted, received, repair_of, sold, unit
from tests.makers import make_world


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def product(session, world):
    with transaction(session):
        return printer(world, stock=10, months=None)


@pytest.fixture
def repair(session, world, product):
    with transaction(session):
        (serial,) = sold(world, product)
        return received(world, repair_of(world, serial, loaner_wanted=True))


@pytest.fixture
def spare(session, world, product):
    with transaction(session):
        return pooled(world, product, "PRINTER-0009")


def loans_told(session):
    """Which notices of loans were sent, in order, without what the other acts sent."""
    templates = session.scalars(select(Notice.template).order_by(Notice.id))
    return [
        name.removeprefix("aftersales/notices/loan_").removesuffix(".txt")
        for name in templates
        if "/loan_" in name
    ]


def refused(session, act, field=None):
    """The reason for which an act is refused; no loan, balance or movement came of it."""
    counted = [select(func.count(model.id)) for model in (Loan, LoanerUnit, Movement, Notice)]
    before = [session.scalar(query) for query in counted]
    with pytest.raises(Refused) as no, transaction(session):
        act()
    session.expire_all()
    assert [session.scalar(query) for query in counted] == before
    assert no.value.field == field
    return str(no.value)


def test_a_unit_put_into_the_pool_is_no_stock_any_more(session, world, product, repair, spare):
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert stock.on_hand == 8
    assert session.scalar(select(Movement.quantity).where(Movement.kind == MovementKind.POOL)) == -1
    (spot,) = balances_of(session, [spare.identity_id])
    assert (spot.keeping, spot.warehouse_id) == (Keeping.POOL, world.warehouse.id)
    assert differences(session) == []


def test_only_a_serial_that_lies_free_in_stock_can_be_put_into_the_pool(session, world, product, repair, now):
    with transaction(session):
        lot = sold(world, paint(world))[0]
        picked = world.picked(world.order({product: 1}))
        taken = picked.lines[0].identities[0].identity
    by = {"by": world.staff, "now": now}
    assert "is a lot" in refused(session, lambda: add_to_pool(session, lot, "", **by), "serial")
    customers_own = unit(world, product, "PRINTER-0001")
    assert "stock" in refused(session, lambda: add_to_pool(session, customers_own, "", **by), "serial")
    assert picked.number in refused(session, lambda: add_to_pool(session, taken, "", **by), "serial")
    with transaction(session):
        pooled(world, product, "PRINTER-0008")
    already = unit(world, product, "PRINTER-0008")
    assert "stock" in refused(session, lambda: add_to_pool(session, already, "", **by), "serial")


def test_a_loaner_is_due_when_the_repair_is_and_keeps_its_promise(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
    assert loan.due_at == repair.repair_promise.due_at
    assert repair.loaner_promise.state == PromiseState.KEPT
    (spot,) = balances_of(session, [spare.identity_id])
    assert (spot.keeping, spot.customer_id) == (Keeping.LENT, world.customer.id)
    assert loans_told(session) == ["handed_out"]


def test_the_due_day_of_a_loaner_follows_the_repair(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
        quoted(world, repair, at=now + timedelta(hours=1))
        approve(session, repair, by=world.buyer, now=now + timedelta(days=7))
    assert repair.repair_promise.due_at > repair.repair_promise.original_due_at
    assert loan.due_at == repair.repair_promise.due_at


def test_a_loaner_is_due_soon_after_the_repair_is_done(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
        quoted(world, repair)
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "New mainboard, tested", by=world.staff, now=now)
    assert business_day(loan.due_at) == working_days(session).after(business_day(now), 2)


def test_a_loaner_is_due_soon_after_the_quote_was_declined(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
        quoted(world, repair)
        decline(session, repair, "Too dear", by=world.buyer, now=now)
    assert business_day(loan.due_at) == working_days(session).after(business_day(now), 2)


def test_a_unit_that_is_out_is_refused_with_the_reason(session, world, product, repair, spare, now):
    with transaction(session):
        (serial,) = sold(world, product)
        other = received(world, repair_of(world, serial))
        hand_out(session, repair, spare, by=world.staff, now=now)
        second = pooled(world, product, "PRINTER-0010")
    out = refused(session, lambda: hand_out(session, other, spare, by=world.staff, now=now), "unit")
    assert out == "Unit PRINTER-0009 is already lent to somebody. Choose another one."
    twice = refused(session, lambda: hand_out(session, repair, second, by=world.staff, now=now))
    assert "PRINTER-0009 is already out for this repair" in twice


def test_the_database_itself_refuses_a_unit_lent_twice(session, world, product, repair, spare, now):
    with transaction(session):
        (serial,) = sold(world, product)
        other = received(world, repair_of(world, serial))
        hand_out(session, repair, spare, by=world.staff, now=now)
    session.add(
        Loan(
            number="LN-X",
            unit_id=spare.id,
            repair_id=other.id,
            customer_id=world.customer.id,
            handed_out_at=now,
            handed_out_by_id=world.staff.id,
            due_at=now,
            currency="THB",
        )
    )
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_no_loaner_is_lent_for_a_repair_that_is_done_or_from_outside_the_pool(
    session, world, repair, spare, product, now
):
    with transaction(session):
        retired = pooled(world, product, "PRINTER-0010")
        retire(session, retired, "Worn out.", by=world.staff, now=now)
    by = {"by": world.staff, "now": now}
    assert "left the loaner pool" in refused(
        session, lambda: hand_out(session, repair, retired, **by), "unit"
    )
    with transaction(session):
        quoted(world, repair)
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "Done.", **by)
    assert "while" in refused(session, lambda: hand_out(session, repair, spare, **by))


def test_a_loaner_comes_back_with_its_condition_and_the_charge_for_damage(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
    by = {"by": world.staff, "now": now}
    back = ComeBack(Grade.GOOD, "", 100)
    assert "charged" in refused(session, lambda: take_back(session, loan, back, **by), "charge")
    silent = ComeBack(Grade.DAMAGED, "", 100)
    assert refused(session, lambda: take_back(session, loan, silent, **by), "note")
    with transaction(session):
        take_back(session, loan, ComeBack(Grade.DAMAGED, "Lid cracked", 350_00), **by)
    assert (loan.grade_back, loan.charge_minor, spare.condition) == ("damaged", 350_00, "Lid cracked")
    assert balances_of(session, [spare.identity_id])[0].keeping == Keeping.POOL
    assert loans_told(session) == ["handed_out", "taken_back"]
    again = ComeBack(Grade.GOOD)
    assert "already" in refused(session, lambda: take_back(session, loan, again, **by))


def test_a_lent_unit_cannot_be_retired_and_a_retired_one_leaves_the_house(session, world, repair, spare, now):
    by = {"by": world.staff, "now": now}
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
    assert "is lent" in refused(session, lambda: retire(session, spare, "Old", **by))
    with transaction(session):
        take_back(session, loan, ComeBack(Grade.WORN), **by)
    assert refused(session, lambda: retire(session, spare, " ", **by), "reason")
    with transaction(session):
        retire(session, spare, "Old", **by)
    assert balances_of(session, [spare.identity_id]) == []


def test_the_unit_goes_back_only_after_its_loaner_or_for_a_reason(session, world, repair, spare, now):
    by = {"by": world.staff, "now": now}
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
        quoted(world, repair)
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "Done.", **by)
    held = refused(session, lambda: send_back(session, repair, Parcel("Kerry", "T1"), **by), "reason")
    assert "PRINTER-0009" in held
    with transaction(session):
        send_back(session, repair, Parcel("Kerry", "T1", "The driver brings both."), **by)
    assert repair.events[-1].note == "The driver brings both."
    assert business_day(loan.due_at) == date(2026, 4, 3)


def test_a_cancelled_repair_does_not_forget_its_loaner(session, world, product, spare, now):
    with transaction(session):
        (serial,) = sold(world, product)
        early = repair_of(world, serial)
        loan = hand_out(session, early, spare, by=world.staff, now=now)
        cancel_repair(session, early, "It works again.", by=world.buyer, now=now)
    assert loan_out(session, early) is loan
    assert business_day(loan.due_at) == date(2026, 4, 3)


@pytest.mark.parametrize(
    ("day", "what"),
    [
        (4, None),
        (5, "soon"),
        (6, "soon"),
        (7, "due"),
        (9, "due"),
        (10, "overdue"),
        (12, "overdue"),
        (13, "overdue"),
    ],
)
def test_reminders_come_two_days_ahead_on_the_day_and_every_third_day_after(day, what):
    said = reminder("LN-1", date(2026, 5, 7), date(2026, 5, day), under_way=False)
    assert (said.what if said else None) == what
    if day >= 7:
        assert reminder("LN-1", date(2026, 5, 7), date(2026, 5, day), under_way=True) is None


def test_each_reminder_is_sent_once_however_often_the_job_runs(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
        quoted(world, repair)
        approve(session, repair, by=world.buyer, now=now)
        record_repaired(session, repair, "Done.", by=world.staff, now=now)
    due = loan.due_at
    for day in range(-4, 10):
        for _ in range(2):
            remind_loans(session, due + timedelta(days=day, hours=-5))
    assert loans_told(session) == ["handed_out", "soon", "due", "overdue", "overdue", "overdue"]
    assert loan.reminded_at is not None
    with transaction(session):
        take_back(session, loan, ComeBack(Grade.GOOD), by=world.staff, now=due + timedelta(days=10))
    assert remind_loans(session, due + timedelta(days=12)) == 0


def test_while_the_repair_is_late_its_loaner_is_not_asked_back(session, world, repair, spare, now):
    with transaction(session):
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
    late = loan.due_at + timedelta(days=3)
    remind_loans(session, late)
    session.expire_all()
    assert loan.due_at > late
    assert loan.due_at == end_of(business_day(loan.due_at))
    assert loans_told(session) == ["handed_out"]


def test_utilisation_is_the_share_of_pool_days_on_which_units_were_lent(session, world, repair, spare, now):
    later = now + timedelta(days=10)
    with transaction(session):
        hand_out(session, repair, spare, by=world.staff, now=now + timedelta(days=6))
    found = utilisation(session, later)
    assert (found.units, found.loans) == (1, 1)
    assert found.share == Decimal("0.4")
