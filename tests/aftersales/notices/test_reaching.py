"""What a product notice names, whom it reaches, and who acknowledged it."""

import pytest
from sqlalchemy import func, select

from aftersales.acknowledging import acknowledge, close
from aftersales.affected import reach_of
from aftersales.drafting_notices import NoticeTexts, change, discard, draft, read_numbers
from aftersales.issuing_notices import issue
from aftersales.lending import hand_out
from aftersales.recall_counts import progress_of
from aftersales.recalls import NoticeKind, NoticeState, ProductNotice
from inventory.identities import Keeping
from inventory.ledger import Move, Place
from inventory.quarantine import take_back
from inventory.stock import Stock
from inventory.tracing import Shift, Spot, shift
from portal.accounts.roles import Role
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.aftersales.notices.drafts import TEXTS, drafted, refused, select_buyer
from tests.aftersales.owners import pooled, printer, received, repair_of, sold, unit
from tests.inventory.makers import statements
from tests.makers import sign_in
from tests.people import make_customer, make_user


def test_numbers_are_read_one_a_line_and_ranges_by_their_digits():
    numbers, spans = read_numbers(" lot-a \n\nSN-0098 - SN-0103\nSN-1..SN-3\n")
    assert numbers == ["LOT-A"]
    first, second = spans
    assert first.holds("SN-0100")
    assert not first.holds("SN-0104")
    assert not first.holds("SN-01000")
    assert second.holds("SN-2")


@pytest.mark.parametrize(
    "line", ["SN-9 – SN-10", "SN-5 – SN-2", "AB-1 – CD-2", "ABC – ABD", "SN-01X – SN-02Y"]
)
def test_a_range_that_makes_no_sense_is_refused_at_its_field(line):
    with pytest.raises(Refused) as no:
        read_numbers(line)
    assert no.value.field == "numbers"


def test_a_draft_names_its_units_and_unknown_ones_are_named_at_the_field(session, world, product, now):
    with transaction(session):
        serials = printer(world, stock=8)
        notice = drafted(world, serials, "PRINTER-0003\nprinter-0005 – PRINTER-0012", NoticeKind.ADVISORY)
    assert [one.identity.number for one in notice.affected] == [f"PRINTER-000{n}" for n in (3, 5, 6, 7, 8)]
    by = {"by": world.manager, "now": now}
    no = refused(
        session,
        lambda: draft(session, NoticeKind.RECALL, product, "LOT-A\nLOT-X\nPRINTER-0001", TEXTS, **by),
        "numbers",
    )
    assert no.params["numbers"] == "LOT-X, PRINTER-0001"
    empty = lambda: draft(session, NoticeKind.RECALL, product, " \n", TEXTS, **by)  # noqa: E731
    refused(session, empty, "numbers")
    blank = NoticeTexts("ก", "a", "ข", " ", "ค", "c")
    refused(session, lambda: draft(session, NoticeKind.RECALL, product, "LOT-A", blank, **by), "risk_en")


def test_a_draft_is_changed_and_thrown_away_and_an_issued_notice_is_not(session, world, product, now):
    by = {"by": world.manager, "now": now}
    with transaction(session):
        notice = drafted(world, product)
        change(session, notice, NoticeKind.ADVISORY, "LOT-B\nLOT-A", TEXTS, **by)
    assert len(notice.affected) == 2
    with transaction(session):
        discard(session, notice, **by)
        gone = drafted(world, product, kind=NoticeKind.ADVISORY)
        issue(session, gone, **by)
    assert session.scalar(select(func.count(ProductNotice.id))) == 1
    assert "draft" in str(refused(session, lambda: discard(session, gone, **by)))
    changed = lambda: change(session, gone, NoticeKind.RECALL, "LOT-A", TEXTS, **by)  # noqa: E731
    refused(session, changed)
    refused(session, lambda: issue(session, gone, **by))


def test_the_draft_shows_where_the_units_are(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        under_way = world.order({product: 3})
        world.shipped(under_way)
        notice = drafted(world, product)
    found = reach_of(session, notice)
    (holder,) = found.holders
    assert (holder.customer.code, holder.units, holder.on_the_way) == ("C1", 7, 3)
    assert [(one.keeping, one.units) for one in found.lying] == [(Keeping.GOOD, 13)]
    assert (found.identities, found.with_customers, found.with_us, found.between_warehouses) == (1, 7, 13, 0)


def test_the_draft_counts_the_lines_that_affected_lots_are_meant_for(app, session, world, product, now):
    with transaction(session):
        world.order({product: 4})
        world.order({product: 3})
        world.shipped(world.order({product: 2}))
        notice = drafted(world, product)
    found = reach_of(session, notice)
    assert (found.lines_meant, found.units_meant) == (2, 7)
    desk = app.test_client()
    sign_in(desk, world.manager)
    assert "7 units of our stock are meant" in desk.get(f"/desk/product-notices/{notice.number}").text


def test_who_is_affected_is_found_by_the_numbers_and_not_by_reading_every_balance(session, world, product):
    with transaction(session):
        sold(world, product, 4)
        notice = drafted(world, product)
    with statements(session) as sent:
        reach_of(session, notice)
    connection = session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.exec_driver_sql(
            "SET LOCAL enable_seqscan = off"
        )  # a handful of rows is otherwise just read
    explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    plans = [str(connection.exec_driver_sql(f"{explain} {query}", facts).all()) for query, facts in sent]
    assert len(plans) <= 5
    assert any("uq_identity_balance_customer" in plan for plan in plans)
    assert not any(
        "SCAN identity_balance" in plan or "Seq Scan on identity_balance" in plan for plan in plans
    )


def test_units_in_repair_and_lent_ones_are_their_companies(session, world, now):
    with transaction(session):
        product = printer(world, months=None)
        own, second = sold(world, product, 2)
        repair = received(world, repair_of(world, own))
        hand_out(session, repair, pooled(world, product, "PRINTER-0009"), by=world.staff, now=now)
        notice = drafted(world, product, "PRINTER-0001 – PRINTER-0009")
    (holder,) = reach_of(session, notice).holders
    assert (holder.units, holder.lent, holder.in_workshop) == (3, 1, 1)
    assert second.number == "PRINTER-0002"


def test_each_holder_is_told_once_in_an_act_and_by_nobody_who_left(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        stranger = select_buyer(session, other)
        sold(world, product, 2, buyer=stranger)
        uninvolved = make_customer(session, "THIRD", now=now)
        make_user(session, Role.BUYER, customer=uninvolved, now=now)
        notice = drafted(world, product, kind=NoticeKind.ADVISORY)
        issue(session, notice, by=world.manager, now=now)
    recipients = {one.customer.code: one.units for one in notice.recipients}
    assert recipients == {"C1": 4, "OTHER": 2}
    told = session.scalars(select(Notice).where(Notice.template.contains("product_notice"))).all()
    assert {one.user_id for one in told} == {world.buyer.id, stranger.id}
    assert all(one.path == f"/my/product-notices/{notice.number}" for one in told)
    stock = session.scalars(select(Stock).where(Stock.product_id == product.id)).one()
    assert stock.quarantined == 0


def test_a_recall_is_issued_by_a_second_person(session, world, product, now):
    with transaction(session):
        notice = drafted(world, product)
    no = refused(session, lambda: issue(session, notice, by=world.manager, now=now))
    assert "somebody else" in str(no)
    with transaction(session):
        issue(session, notice, by=world.admin, now=now)
    assert notice.state == NoticeState.ISSUED


def test_a_company_acknowledges_once_and_is_counted(session, world, product, other, now):
    with transaction(session):
        sold(world, product, 4)
        sold(world, product, 2, buyer=select_buyer(session, other))
        notice = issue(session, drafted(world, product), by=world.admin, now=now)
        mine = next(one for one in notice.recipients if one.customer_id == world.customer.id)
        acknowledge(session, mine, "All four put aside.", by=world.buyer, now=now)
    assert (mine.note, mine.acknowledged_by_id) == ("All four put aside.", world.buyer.id)
    found = progress_of(session, notice)
    assert (found.told, found.acknowledged, found.units, found.still_out, found.returned) == (2, 1, 6, 6, 0)
    again = refused(session, lambda: acknowledge(session, mine, "", by=world.buyer, now=now))
    assert "already" in str(again)
    with transaction(session):
        _send_back_two(world, product, now)
    assert progress_of(session, notice).returned == 2
    with transaction(session):
        close(session, notice, by=world.manager, now=now)
    theirs = next(one for one in notice.recipients if one.customer_id == other.id)
    late = refused(
        session, lambda: acknowledge(session, theirs, "", by=select_buyer(session, other), now=now)
    )
    assert "closed" in str(late)
    refused(session, lambda: close(session, notice, by=world.manager, now=now))


def _send_back_two(world, product, now):
    lot = unit(world, product, "LOT-A")
    owned = Spot(Keeping.OWNED, customer_id=world.customer.id)
    aside = Spot(Keeping.QUARANTINE, warehouse_id=world.warehouse.id)
    take_back(
        world.session, [Move(Place(product.id, world.warehouse.id), 2)], "RT-1", by=world.staff, now=now
    )
    shift(world.session, [Shift(lot.id, 2, owned, aside)], "return", "RT-1", by=world.staff, now=now)
