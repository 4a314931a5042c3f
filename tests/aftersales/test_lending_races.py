"""Clerks who want the same loaner, or the same repair, at the same moment."""

import threading

import pytest
from sqlalchemy import func, select

from aftersales.answering_quotes import approve, decline
from aftersales.lending import hand_out
from aftersales.repairs import Loan, LoanerUnit, Repair, RepairEvent
from inventory.identities import IdentityBalance, Keeping
from portal.accounts.models import User
from portal.db import make_engine, make_sessions, transaction
from portal.refusal import Refused
from tests.aftersales.owners import pooled, printer, quoted, received, repair_of, sold
from tests.makers import make_world

pytestmark = [pytest.mark.postgres]


@pytest.fixture
def sessions(postgres_url):
    engine = make_engine(postgres_url)
    yield make_sessions(engine)
    engine.dispose()


def at_once(sessions, acts):
    """What came of acts that begin at the same moment, each in a session of its own: "done", or the refusal."""
    gate, came = threading.Barrier(len(acts)), []

    def run(act):
        with sessions() as session:
            gate.wait()
            try:
                with transaction(session):
                    act(session)
                came.append("done")
            except Refused as no:
                came.append(no.message)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return came


def test_a_unit_wanted_for_eight_repairs_at_once_is_lent_to_one(sessions, now):
    with sessions() as session:
        with transaction(session):
            world = make_world(session, now)
            product = printer(world, stock=20, months=None)
            repairs = [received(world, repair_of(world, serial)).id for serial in sold(world, product, 8)]
            unit_id = pooled(world, product, "PRINTER-0019").id
        by_id = world.staff.id

    def lend(repair_id):
        def act(session):
            repair, unit = session.get_one(Repair, repair_id), session.get_one(LoanerUnit, unit_id)
            hand_out(session, repair, unit, by=session.get_one(User, by_id), now=now)

        return act

    came = at_once(sessions, [lend(repair_id) for repair_id in repairs])
    assert sorted(came) == sorted(
        ["done"] + ["Unit %(serial)s is already lent to somebody. Choose another one."] * 7
    )
    with sessions() as session:
        assert session.scalar(select(func.count(Loan.id))) == 1
        lent = select(func.sum(IdentityBalance.quantity)).where(IdentityBalance.keeping == Keeping.LENT)
        assert session.scalar(lent) == 1


def test_a_quote_answered_twice_at_once_is_answered_once(sessions, now):
    with sessions() as session:
        with transaction(session):
            world = make_world(session, now)
            (serial,) = sold(world, printer(world, months=None))
            repair_id = quoted(world, received(world, repair_of(world, serial))).id
        by_id = world.buyer.id

    def yes(session):
        approve(session, session.get_one(Repair, repair_id), by=session.get_one(User, by_id), now=now)

    def no(session):
        decline(session, session.get_one(Repair, repair_id), "", by=session.get_one(User, by_id), now=now)

    came = at_once(sessions, [yes, no, yes, no])
    assert came.count("done") == 1
    with sessions() as session:
        answers = select(func.count(RepairEvent.id)).where(RepairEvent.state.in_(("approved", "declined")))
        assert session.scalar(answers) == 1
