"""Customers send back what a recall names: in one act, whenever it was delivered, counted to the last unit."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from aftersales.acknowledging import close
from aftersales.calling_back import called_back, recalls_behind, returns_under, send_back
from aftersales.drafting_notices import draft
from aftersales.issuing_notices import issue
from aftersales.models import Remedy, Return, ReturnReason, ReturnState
from aftersales.recall_counts import accounts_of, progress_of
from aftersales.recalls import NoticeKind
from aftersales.receiving import Arrived, receive
from aftersales.requesting import Asked, ask
from inventory.proving import differences
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.notices.drafts import TEXTS, select_buyer
from tests.aftersales.owners import paint, printer, received, repair_of, sold
from tests.makers import make_world, sign_in
from tests.people import make_customer, make_user


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def product(session, world):
    with transaction(session):
        return paint(world, lots=(("LOT-A", 20), ("LOT-B", 5)))


def recalled(world, product, numbers="LOT-A", at=None, kind=NoticeKind.RECALL):
    when = at or world.now
    notice = draft(world.session, kind, product, numbers, TEXTS, by=world.manager, now=when)
    world.session.flush()
    return issue(world.session, notice, by=world.admin, now=when)


def recipient_of(notice, customer):
    return next(one for one in notice.recipients if one.customer_id == customer.id)


def refused(session, act):
    """The reason for which an act is refused; no return, message or record was made."""
    counted = [select(func.count()).select_from(table) for table in (Return, Notice, AuditEntry)]
    before = [session.scalar(query) for query in counted]
    with pytest.raises(Refused) as no, transaction(session):
        act()
    session.expire_all()
    assert [session.scalar(query) for query in counted] == before
    return no.value


def test_a_recalled_lot_goes_back_long_after_its_window_with_one_return_for_each_order(
    session, world, product, now
):
    with transaction(session):
        sold(world, product, 4)
        sold(world, product, 3)
        later = now + timedelta(days=200)
        notice = recalled(world, product, at=later)
        mine = recipient_of(notice, world.customer)
        found = send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=later)
    assert [one.state for one in found] == [ReturnState.AUTHORISED] * 2
    lines = [(line.quantity, line.reason) for one in found for line in one.lines]
    assert lines == [(4, ReturnReason.RECALLED), (3, ReturnReason.RECALLED)]
    assert {one.identity.number for r in found for line in r.lines for one in line.identities} == {"LOT-A"}
    assert mine.acknowledged_by_id == world.buyer.id
    assert {one.number for one in returns_under(session, notice)} == {one.number for one in found}
    assert [one.number for one in recalls_behind(session, found[0])] == [notice.number]
    told = session.scalars(select(Notice).where(Notice.template.contains("return_authorised"))).all()
    assert len(told) == 2


def test_what_is_asked_for_is_not_asked_for_again_until_it_is_called_off(session, world, product, now):
    with transaction(session):
        sold(world, product, 4)
        notice = recalled(world, product)
        mine = recipient_of(notice, world.customer)
        send_back(session, mine, Remedy.REPLACEMENT, by=world.buyer, now=now)
    no = refused(session, lambda: send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=now))
    assert "on its way back" in str(no)
    assert [(one.number, one.units, one.left) for one in called_back(session, mine)] == [("LOT-A", 4, 0)]


def test_only_units_that_the_company_still_owns_are_called_back(session, world, now):
    with transaction(session):
        product = printer(world, months=None)
        own, second = sold(world, product, 2)
        received(world, repair_of(world, own))
        notice = recalled(world, product, "PRINTER-0001 – PRINTER-0009")
        mine = recipient_of(notice, world.customer)
        (found,) = send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=now)
    (line,) = found.lines
    assert [one.identity_id for one in line.identities] == [second.id]


def test_a_part_that_an_own_return_asks_for_already_is_left_out(session, world, product, now):
    with transaction(session):
        sold(world, product, 4)
        order = world.order({product: 3})
        world.delivered(order)
        ask(session, order, [Asked(1, 2, ReturnReason.DAMAGED)], Remedy.CREDIT, by=world.buyer, now=now)
        notice = recalled(world, product)
        mine = recipient_of(notice, world.customer)
        found = send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=now)
    assert [line.quantity for one in found for line in one.lines] == [4, 1]


def test_an_advisory_and_a_closed_recall_call_nothing_back(session, world, product, now):
    with transaction(session):
        sold(world, product, 4)
        advisory = recalled(world, product, kind=NoticeKind.ADVISORY)
        notice = recalled(world, product)
        close(session, notice, by=world.manager, now=now)
    for one in (advisory, notice):
        mine = recipient_of(one, world.customer)
        no = refused(
            session, lambda mine=mine: send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=now)
        )
        assert "in force" in str(no)


def test_every_affected_unit_is_accounted_for(session, world, product, now):
    with transaction(session):
        other = make_customer(session, "OTHER", now=now)
        make_user(session, Role.BUYER, customer=other, now=now)
        sold(world, product, 6)
        sold(world, product, 5, buyer=select_buyer(session, other))
        notice = recalled(world, product)
        mine = recipient_of(notice, world.customer)
        (found,) = send_back(session, mine, Remedy.CREDIT, by=world.buyer, now=now)
    waiting = progress_of(session, notice)
    assert (waiting.companies, waiting.told, waiting.acknowledged) == (2, 2, 1)
    assert (waiting.units, waiting.coming, waiting.returned, waiting.still_out) == (11, 6, 0, 11)
    with transaction(session):
        receive(session, found, [Arrived(found.lines[0].id, 4, {"LOT-A": 4})], by=world.staff, now=now)
    done = progress_of(session, notice)
    assert (done.units, done.coming, done.returned, done.still_out) == (11, 0, 4, 7)
    rows = [
        (one.customer.code, one.units, one.returned, one.still_out) for one in accounts_of(session, notice)
    ]
    assert rows == [("OTHER", 5, 0, 5), ("C1", 6, 4, 2)]
    assert [one.left for one in called_back(session, mine)] == [2]
    assert differences(session) == []


def test_the_notice_opens_the_return_and_both_lead_to_each_other(app, world, session, product, now):
    with transaction(session):
        sold(world, product, 4)
        notice = recalled(world, product)
        number = notice.number
    client = app.test_client()
    sign_in(client, world.buyer)
    page = client.get(f"/my/product-notices/{number}").text
    assert "Send 4 units back" in page
    answer = client.post(f"/my/product-notices/{number}/return", data={"remedy": "credit"})
    assert answer.status_code == 303
    session.rollback()
    found = session.scalars(select(Return)).one()
    assert answer.location.endswith(f"/my/returns/{found.number}")
    assert f"/my/product-notices/{number}" in client.get(f"/my/returns/{found.number}").text
    assert f"/my/returns/{found.number}" in client.get(f"/my/product-notices/{number}").text
    assert client.post(f"/my/product-notices/{number}/return", data={"remedy": "credit"}).status_code == 422
    desk = app.test_client()
    sign_in(desk, world.manager)
    staff_page = desk.get(f"/desk/product-notices/{number}").text
    assert f"/desk/returns/{found.number}" in staff_page
    assert f"/desk/product-notices/{number}" in desk.get(f"/desk/returns/{found.number}").text
