"""However offers are answered and decided, what promises say is owed and paid is what compensation adds up to."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from aftersales import answering_offers, compensating
from aftersales.compensation_steps import compensation_of
from aftersales.complaints import OWED_STATES, Compensation, CompensationState
from aftersales.offering import offer_settlements
from aftersales.settling_late import settle_late
from orders.shipments import CreditNote
from policies import sweeping
from policies.promises import Promise
from portal.db import transaction
from portal.refusal import Refused

ACTS = ("accept", "dismiss", "reopen", "approve", "reject", "offer", "late", "wait")


def act_on(session: Any, world: Any, promise: Promise, what: str, now: Any) -> None:
    found = compensation_of(session, promise)
    if what == "offer":
        offer_settlements(session, now)
    elif what == "late":
        with transaction(session):
            sweeping.mark(session, now)
        settle_late(session, now)
    elif found is not None and what != "wait":
        acts = {
            "accept": lambda: answering_offers.accept(session, found, by=world.buyer, now=now),
            "dismiss": lambda: answering_offers.dismiss(session, found, by=world.buyer, now=now),
            "reopen": lambda: answering_offers.reopen(session, found, by=world.buyer, now=now),
            "approve": lambda: compensating.approve(session, found, by=world.manager, now=now),
            "reject": lambda: compensating.reject(session, found, "No", by=world.manager, now=now),
        }
        try:
            with transaction(session):
                acts[what]()
        except Refused:
            pass


def test_the_promises_say_what_compensation_adds_up_to(session, world, late, now):
    tried = 0

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        steps=st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), min_size=1, max_size=9),
        quantity=st.sampled_from((3, 20)),
    )
    def history(steps, quantity):
        nonlocal tried
        tried += 1
        promise, moment = late(quantity=quantity, price="1000.00", sku=f"G-{tried}"), now
        offer_settlements(session, moment)
        for what, long_wait in steps:
            moment += timedelta(days=9 if long_wait else 1)
            act_on(session, world, promise, what, moment)
            look(session)

    history()


def look(session):
    def total(*states):
        return session.scalar(
            select(func.coalesce(func.sum(Compensation.amount_minor), 0)).where(
                Compensation.state.in_(states)
            )
        )

    owed, paid = session.execute(select(func.sum(Promise.owed_minor), func.sum(Promise.paid_minor))).one()
    credited = total(CompensationState.CREDITED)
    assert paid == credited == (session.scalar(select(func.sum(CreditNote.total_minor))) or 0)
    assert owed == credited + total(*OWED_STATES)
    assert session.scalar(select(func.count()).where(Promise.paid_minor > Promise.owed_minor)) == 0
    session.rollback()
