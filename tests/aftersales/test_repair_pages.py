"""Pages of repairs, loaners, units and product notices: refusals at their fields, and who sees what."""

import re

import pytest
from sqlalchemy import func, select

from aftersales.drafting_notices import draft
from aftersales.issuing_notices import issue
from aftersales.lending import ComeBack, hand_out, take_back
from aftersales.recalls import NoticeKind, NoticeRecipient, ProductNotice
from aftersales.registering import register_warranties
from aftersales.repairs import Grade, Loan, LoanerUnit, Repair
from inventory.identities import Keeping
from inventory.ledger import Move, Place
from inventory.quarantine import release
from inventory.quarantine import take_back as back_into_quarantine
from inventory.tracing import Shift, Spot, shift
from portal.accounts.roles import Role
from portal.db import transaction
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from tests.aftersales.owners import paint, pooled, printer, quoted, received, repair_of, sold
from tests.inventory.makers import statements
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in
from tests.subjects_repairs import TEXTS


@pytest.fixture
def world(session, now):
    with transaction(session):
        return make_world(session, now)


@pytest.fixture
def product(session, world):
    with transaction(session):
        return printer(world, stock=40, months=None)


@pytest.fixture
def repair(session, world, product):
    with transaction(session):
        (serial,) = sold(world, product)
        return received(world, repair_of(world, serial))


def enter(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_a_serial_that_is_not_theirs_is_refused_beside_the_field(app, world, session, product):
    buyer = enter(app, world.buyer)
    sent = {"serial": "PRINTER-0030", "fault": "Broken"}
    answer = buyer.post("/my/repairs/new", data=sent)
    assert answer.status_code == 422
    assert 'id="serial-error"' in answer.text
    assert "This is not a unit delivered to you." in answer.text
    assert 'value="PRINTER-0030"' in answer.text
    assert count(session, Repair) == 0
    checked = buyer.get("/my/warranty?serial=PRINTER-0030").text
    unknown = buyer.get("/my/warranty?serial=NO-SUCH-30").text
    said = [re.sub(r'name="csrf_token" value="[^"]+"', "", page) for page in (checked, unknown)]
    assert said[0].replace("PRINTER-0030", "") == said[1].replace("NO-SUCH-30", "")


def test_staff_open_a_repair_for_a_company_that_exists(app, world, session, product):
    with transaction(session):
        sold(world, product)
    desk = enter(app, world.staff)
    sent = {"company": "NOBODY", "serial": "PRINTER-0001", "fault": "Broken"}
    assert 'id="company-error"' in desk.post("/desk/repairs/new", data=sent).text
    answer = desk.post("/desk/repairs/new", data=sent | {"company": "C1"})
    assert answer.status_code == 303
    assert "PRINTER-0001" in desk.get(answer.headers["Location"]).text
    assert "RP-2026-00001" in desk.get("/desk/repairs?q=printer-0001").text
    assert "RP-2026-00001" in desk.get("/desk/repairs?stage=requested").text
    assert "RP-2026-00001" not in desk.get("/desk/repairs?stage=quoted").text
    assert "RP-2026-00001" in desk.get(f"/desk/customers/{world.customer.code}").text


def test_declining_with_too_many_words_is_refused_and_keeps_them(app, world, session, repair):
    with transaction(session):
        quoted(world, repair)
    words = "Too dear " * 60
    page = enter(app, world.buyer).post(f"/my/repairs/{repair.number}/decline", data={"note": words})
    assert page.status_code == 422
    assert words.strip() in page.text
    session.expire_all()
    assert session.get(Repair, repair.id).state == "quoted"


def test_a_quote_is_answered_once_and_the_second_answer_is_refused(app, world, session, repair):
    with transaction(session):
        quoted(world, repair)
    buyer = enter(app, world.buyer)
    page = buyer.post(
        f"/my/repairs/{repair.number}/decline", data={"note": "Too dear"}, follow_redirects=True
    )
    assert "Quote declined" in page.text
    again = buyer.post(f"/my/repairs/{repair.number}/approve", follow_redirects=True)
    assert "does not wait for an answer" in again.text
    session.expire_all()
    assert session.get(Repair, repair.id).state == "declined"


def test_a_loaner_that_is_out_is_refused_at_the_desk_and_stays_out(app, world, session, product, repair, now):
    with transaction(session):
        (serial,) = sold(world, product)
        other = received(world, repair_of(world, serial))
        spare = pooled(world, product, "PRINTER-0039")
        pooled(world, product, "PRINTER-0038")
        loan = hand_out(session, repair, spare, by=world.staff, now=now)
    desk = enter(app, world.staff)
    answer = desk.post(f"/desk/repairs/{other.number}/lend", data={"unit": str(spare.id)})
    assert answer.status_code == 422
    assert count(session, Loan) == 1
    retired = desk.post(
        "/desk/loaners/PRINTER/PRINTER-0039/retire", data={"reason": "Old"}, follow_redirects=True
    )
    assert "is lent; take it back first" in retired.text
    charged = desk.post(
        f"/desk/loans/{loan.number}/take-back", data={"grade": "good", "note": "", "charge": "100"}
    )
    assert charged.status_code == 422
    assert 'id="charge-error"' in charged.text
    session.expire_all()
    assert session.get(LoanerUnit, spare.id).retired_at is None


def test_search_finds_a_serial_for_staff_and_only_their_own_for_a_company(app, world, session, product, now):
    with transaction(session):
        sold(world, product)
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
        repair = repair_of(world, sold(world, product)[0])
    assert "/desk/serials/PRINTER/PRINTER-0001" in enter(app, world.staff).get("/search?q=printer-0001").text
    assert "/my/units/PRINTER/PRINTER-0001" in enter(app, world.buyer).get("/search?q=PRINTER-0001").text
    theirs = enter(app, stranger)
    assert "/my/units/" not in theirs.get("/search?q=PRINTER-0001").text
    assert "/my/repairs/" not in theirs.get(f"/search?q={repair.number}").text
    assert f"/my/repairs/{repair.number}" in enter(app, world.buyer).get(f"/search?q={repair.number}").text


def test_a_company_reads_only_its_own_part_of_a_units_life(app, world, session, product, now):
    with transaction(session):
        (serial,) = sold(world, product)
        place, by = Place(product.id, world.warehouse.id), {"by": world.staff, "now": now}
        back_into_quarantine(session, [Move(place, 1)], "RT-9", **by)
        aside = Spot(Keeping.QUARANTINE, warehouse_id=world.warehouse.id)
        owned = Spot(Keeping.OWNED, customer_id=world.customer.id)
        shift(session, [Shift(serial.id, 1, owned, aside)], "return", "RT-9", **by)
        release(session, place, 1, "RT-9", **by)
        good = Spot(Keeping.GOOD, warehouse_id=world.warehouse.id)
        shift(session, [Shift(serial.id, 1, aside, good)], "release", "RT-9", **by)
        other = make_customer(session, "OTHER", now=now)
        buyer = make_user(session, Role.BUYER, customer=other, now=now)
        shipment = world.delivered(world.order({product: 1}, buyer=buyer))
        assert shipment.lines[0].identities[0].identity.number == serial.number
    register_warranties(session, now)
    page = enter(app, buyer).get(f"/my/units/PRINTER/{serial.number}").text
    assert shipment.number in page
    assert "RT-9" not in page
    assert enter(app, world.buyer).get(f"/my/units/PRINTER/{serial.number}").status_code == 404
    whole = enter(app, world.staff).get(f"/desk/serials/PRINTER/{serial.number}").text
    assert "RT-9" in whole
    assert shipment.number in whole


def test_a_number_with_slashes_has_an_address(app, world, session, now):
    with transaction(session):
        product = printer(world, "A/B-1", stock=3, months=None)
        (serial,) = sold(world, product)
    page = enter(app, world.buyer).get("/my/units").text
    address = re.search(r'href="(/my/units/A/[^"]+)"', page)[1]
    assert address.endswith(serial.number)
    assert enter(app, world.buyer).get(address).status_code == 200
    assert enter(app, world.staff).get(address.replace("/my/units", "/desk/serials")).status_code == 200


def test_only_managers_draft_and_issue_notices_and_a_mistake_is_shown_at_its_field(
    app, world, session, product
):
    sent = {"kind": "recall", "sku": "NO-SUCH", "numbers": "PRINTER-0001", **vars(TEXTS)}
    assert enter(app, world.staff).post("/desk/product-notices/new", data=sent).status_code == 403
    manager = enter(app, world.manager)
    assert 'id="sku-error"' in manager.post("/desk/product-notices/new", data=sent).text
    sent["sku"] = "PRINTER"
    sent["numbers"] = "PRINTER-0001\nPRINTER-9999"
    answer = manager.post("/desk/product-notices/new", data=sent)
    assert answer.status_code == 422
    assert "PRINTER-9999" in answer.text
    assert count(session, ProductNotice) == 0
    sent["numbers"] = "PRINTER-0001 – PRINTER-0003"
    drafted = manager.post("/desk/product-notices/new", data=sent).headers["Location"]
    own = manager.post(f"{drafted}/issue", follow_redirects=True)
    assert "somebody else" in own.text
    assert count(session, NoticeRecipient) == 0
    changed = manager.post(f"{drafted}/edit", data=sent | {"kind": "advisory"}, follow_redirects=True)
    assert "The draft is changed." in changed.text
    assert manager.post(f"{drafted}/discard").status_code == 303
    assert manager.get(drafted).status_code == 404


def test_a_manager_releases_the_stock_of_a_closed_recall(app, world, session, product, now):
    with transaction(session):
        notice = draft(session, NoticeKind.RECALL, product, "PRINTER-0001", TEXTS, by=world.admin, now=now)
        session.flush()
        issue(session, notice, by=world.manager, now=now)
    manager, path = enter(app, world.manager), f"/desk/product-notices/{notice.number}"
    assert "Release the stock held" not in manager.get(path).text
    assert "closed first" in manager.post(f"{path}/release", follow_redirects=True).text
    manager.post(f"{path}/close")
    assert "Release the stock held" in manager.get(path).text
    assert enter(app, world.staff).post(f"{path}/release").status_code == 403
    assert "fit for sale again" in manager.post(f"{path}/release", follow_redirects=True).text
    shown = manager.post(f"{path}/scrap", follow_redirects=True).text
    assert "holds no stock any more" in shown
    assert "Release the stock held" not in shown


def test_a_notice_is_acknowledged_once_and_another_company_finds_nothing(app, world, session, product, now):
    with transaction(session):
        (serial,) = sold(world, product)
        notice = draft(session, NoticeKind.ADVISORY, product, serial.number, TEXTS, by=world.manager, now=now)
        session.flush()
        issue(session, notice, by=world.manager, now=now)
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    path = f"/my/product-notices/{notice.number}"
    assert enter(app, stranger).get(path).status_code == 404
    assert enter(app, stranger).post(f"{path}/acknowledge").status_code == 404
    buyer = enter(app, world.buyer)
    assert serial.number in buyer.get(path).text
    assert notice.number in buyer.get("/my/product-notices").text
    assert TEXTS.title_en in buyer.get("/").text
    assert buyer.post(f"{path}/acknowledge", data={"note": "Seen"}).status_code == 303
    assert TEXTS.title_en not in buyer.get("/").text
    again = buyer.post(f"{path}/acknowledge", data={"note": "Twice"})
    assert again.status_code == 422
    assert "already acknowledged" in again.text
    assert count(session, NoticeRecipient) == 1


def test_every_notice_of_the_slice_is_written_in_both_languages(world, session, product, repair, now):
    with transaction(session):
        loan = hand_out(session, repair, pooled(world, product, "PRINTER-0039"), by=world.staff, now=now)
        take_back(session, loan, ComeBack(Grade.DAMAGED, "Lid", 100), by=world.staff, now=now)
        quoted(world, repair)
        lots = paint(world)
        sold(world, lots, 2)
        for kind in NoticeKind:
            notice = draft(session, kind, lots, "LOT-A", TEXTS, by=world.manager, now=now)
            session.flush()
            issue(session, notice, by=world.admin, now=now)
    mine = ("repair_", "loan_", "product_notice")
    told = [
        one
        for one in session.scalars(select(Notice))
        if one.template.removeprefix("aftersales/notices/").startswith(mine)
    ]
    assert len({one.template for one in told}) == 6
    for language in ("th", "en"):
        with speaking(language):
            for one in told:
                title, body = written(one)
                assert title
                assert body
                assert "None" not in title + body


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/my/units", "buyer"),
        ("/my/repairs", "buyer"),
        ("/my/loans", "buyer"),
        ("/my/product-notices", "buyer"),
        ("/desk/repairs", "staff"),
        ("/desk/loaners", "staff"),
        ("/desk/loaners?show=free", "staff"),
        ("/desk/product-notices", "manager"),
        ("/", "buyer"),
        ("/", "manager"),
    ],
)
def test_lists_ask_the_same_number_of_questions_however_long_they_are(
    app, world, session, product, path, who
):
    client = enter(app, getattr(world, who))
    with transaction(session):
        _cases(world, product, 1, 39)
    client.get(path)
    with statements(session) as few:
        assert client.get(path).status_code == 200
    with transaction(session):
        _cases(world, product, 5, 30)
    with statements(session) as many:
        assert client.get(path).status_code == 200
    assert len(many) <= len(few)


def _cases(world, product, count, spare):
    """So many units sold, in repair, with a loaner of their own, and each the subject of a notice."""
    session, now = world.session, world.now
    for n, serial in enumerate(sold(world, product, count)):
        repair = received(world, repair_of(world, serial))
        hand_out(session, repair, pooled(world, product, f"PRINTER-{spare - n:04d}"), by=world.staff, now=now)
        pooled(world, product, f"PRINTER-{spare - n - 8:04d}")
        quoted(world, repair)
        notice = draft(session, NoticeKind.ADVISORY, product, serial.number, TEXTS, by=world.manager, now=now)
        session.flush()
        issue(session, notice, by=world.manager, now=now)
