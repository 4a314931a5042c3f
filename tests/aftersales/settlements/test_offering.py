"""What a missed promise is worth is offered once, told once a day, and not at all where nobody owes it."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from aftersales import compensating
from aftersales.complaining import Grievance, complain
from aftersales.complaints import Compensation, ComplaintKind
from aftersales.offering import offer_settlements
from aftersales.telling_offers import tell_offers
from orders import delivering
from orders.cancelling import cancel
from orders.watching import mark
from policies.promises import Promise, PromiseExemption, PromiseState
from portal.audit import AuditEntry
from portal.db import transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice


def offers(session):
    return session.scalars(select(Compensation).order_by(Compensation.id)).all()


def told(session):
    query = select(Notice).where(Notice.template.contains("compensation_offered")).order_by(Notice.id)
    return session.scalars(query).all()


def test_a_promise_that_was_missed_and_is_done_is_offered_with_what_it_is_worth(session, world, late, now):
    promise = late()
    assert offer_settlements(session, now) == 1
    (found,) = offers(session)
    assert (found.state, found.amount_minor, found.currency, found.complaint_id) == (
        "offered",
        3500,
        "THB",
        None,
    )
    session.refresh(promise)
    assert (promise.owed_minor, promise.paid_minor, promise.owed_currency) == (3500, 0, "THB")
    verbs = set(
        session.scalars(
            select(AuditEntry.verb).where(AuditEntry.subject_no.in_((found.number, promise.subject_no)))
        )
    )
    assert verbs >= {"compensation.offered", "promise.owed"}


def test_it_is_offered_once_however_often_the_job_runs(session, world, late, now):
    late()
    assert [offer_settlements(session, now + timedelta(hours=n)) for n in range(3)] == [1, 0, 0]
    assert len(offers(session)) == 1


def test_while_it_is_not_done_nothing_is_offered_and_once_it_is_given_up_it_is(session, world, now):
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        mark(session, now)
    assert offer_settlements(session, now) == 0
    with transaction(session):
        cancel(session, order, "Too late", by=world.buyer, now=now)
    assert offer_settlements(session, now + timedelta(minutes=10)) == 1
    assert offers(session)[0].amount_minor == 3500


def test_what_was_kept_or_ended_long_ago_is_not_offered(session, world, late, now):
    with transaction(session):
        world.delivered(world.order({world.product("KEPT", stock=1): 1}))
    late()
    assert offer_settlements(session, now + timedelta(days=15)) == 0


def test_what_came_long_ago_is_offered_when_its_delivery_is_recorded_only_now(session, world, now):
    with transaction(session):
        order = world.order({world.product("SOAP", price="100.00", stock=5): 5})
        shipment = world.shipped(order)
    recorded = now + timedelta(days=20)
    with transaction(session):
        delivering.deliver(session, shipment, now, "Somchai", by=world.staff, now=recorded)
    assert offer_settlements(session, recorded) == 1
    assert offers(session)[0].amount_minor == 3500


def test_a_complaint_that_the_customer_opened_first_wins(session, world, late, now):
    promise = late()
    with transaction(session):
        said = Grievance(ComplaintKind.LATE, "Late", promise=promise)
        complain(session, world.customer, said, by=world.buyer, now=now)
    assert offer_settlements(session, now) == 0
    (found,) = offers(session)
    assert (found.state, found.complaint_id is None) == ("proposed", False)


def test_what_staff_proposed_is_not_offered_besides(session, world, late, now):
    promise = late()
    with transaction(session):
        compensating.propose(session, promise, by=world.staff, now=now)
    assert offer_settlements(session, now) == 0


def test_a_company_is_told_of_all_its_offers_together_once_a_day(session, world, late, now):
    for sku in ("SOAP", "RICE"):
        late(sku=sku)
    offer_settlements(session, now)
    assert (tell_offers(session, now), tell_offers(session, now + timedelta(hours=1))) == (1, 0)
    (notice,) = told(session)
    with speaking("en"):
        subject, body = written(notice)
    assert subject == "We owe you compensation for 2 missed promises"
    assert "In all ฿70.00." in body
    assert (notice.user_id, notice.path) == (world.buyer.id, "/my/compensation")


def test_what_is_found_later_on_the_same_day_is_told_on_the_next(session, world, late, now):
    late()
    offer_settlements(session, now)
    tell_offers(session, now)
    late(sku="RICE")
    offer_settlements(session, now + timedelta(hours=1))
    assert tell_offers(session, now + timedelta(hours=1)) == 0
    assert tell_offers(session, now + timedelta(days=1)) == 1
    assert [notice.facts["count"] for notice in told(session)] == [1, 1]


def test_nobody_is_told_in_the_night(session, world, late, now):
    late()
    offer_settlements(session, now)
    assert tell_offers(session, now + timedelta(hours=14)) == 0
    assert tell_offers(session, now + timedelta(hours=21)) == 1


def test_a_run_that_is_killed_midway_and_run_again_offers_and_tells_everything_once(
    session, world, late, now
):
    for sku in ("SOAP", "RICE", "TEA"):
        late(sku=sku)
    commits = itertools.count(1)

    def die(_session):
        if next(commits) == 2:
            raise KeyboardInterrupt

    event.listen(session, "before_commit", die)
    with pytest.raises(KeyboardInterrupt):
        offer_settlements(session, now)
    event.remove(session, "before_commit", die)
    assert len(offers(session)) == 1
    offer_settlements(session, now)
    tell_offers(session, now)
    tell_offers(session, now)
    assert (len(offers(session)), [notice.facts["count"] for notice in told(session)]) == (3, [3])


def excuse(session, world, promise, now):
    with transaction(session):
        found = session.get_one(Promise, promise.id)
        found.state, found.owed_minor, found.owed_currency = PromiseState.WAIVED, 0, None
        steps = "Goods sent round the flooded road"
        session.add(
            PromiseExemption(promise_id=found.id, cause_no="DS-1", steps=steps, at=now, by_id=world.staff.id)
        )


def test_an_offer_for_a_promise_that_is_excused_is_withdrawn_with_its_reason(session, world, late, now):
    promise = late()
    offer_settlements(session, now)
    excuse(session, world, promise, now)
    assert offer_settlements(session, now) == 1
    (found,) = offers(session)
    session.refresh(found)
    assert (found.state, found.note) == ("withdrawn", "DS-1: Goods sent round the flooded road")
    assert session.scalar(select(func.sum(Promise.owed_minor))) == 0
    assert offer_settlements(session, now) == 0


def test_what_waits_for_approval_for_an_excused_promise_is_rejected_with_its_reason(
    session, world, late, now
):
    promise = late()
    with transaction(session):
        found = compensating.propose(session, promise, by=world.staff, now=now)
    excuse(session, world, promise, now)
    assert offer_settlements(session, now) == 1
    session.refresh(found)
    assert (found.state, "DS-1" in found.note) == ("rejected", True)


def test_an_excused_promise_is_offered_nothing(session, world, late, now):
    excuse(session, world, late(), now)
    assert offer_settlements(session, now) == 0
