"""The tour of the README through the demo, walked in Chromium by a person in each role; its pictures are the README's.

The rest of the tour is walked by test_three_phases.py. TOUR=docs/tour puts the pictures of both there; without it they
lie in build/tour.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from inventory.availability import home_warehouse
from inventory.inbound import InboundReceipt
from inventory.models import Product
from inventory.stock import Reservation, Stock
from orders.models import Order
from orders.watching import check_lead_times
from portal import clock
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import make_sessions, transaction
from portal.jobs import beat
from portal.mailing import deliver_due
from tests.journeys.conftest import Site
from tests.journeys.visitor import DESK, pictures_folder, take
from tests.papers import picture_of, text_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CATALOGUE = """sku,name_th,name_en,price
NEW-001,สบู่เหลวกลิ่นตะไคร้ 500 มล.,Lemongrass liquid soap 500 ml,79.00
NEW-002,ผ้าเช็ดมือ แพ็ก 3,Hand towels pack of 3,twelve
,ไม่มีรหัส,No code,15.00
NEW-003,น้ำยาเช็ดกระจก 500 มล.,Glass cleaner 500 ml,45.50
"""


@pytest.fixture
def desk(browser: Browser):
    """A page as wide as a desk."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce", locale="en")
    yield context.new_page()
    context.close()


def in_sessions_of(site: Site):
    """A session beside the one the site's pages use."""
    return make_sessions(site.app.extensions["engine"])


def test_2_staff_import_a_catalogue_and_see_every_bad_row(site: Site, desk: Page, tmp_path: Path):
    file = tmp_path / "new-products.csv"
    file.write_text(CATALOGUE, encoding="utf-8")
    site.enter(desk, site.person(Role.STAFF))
    desk.goto(f"{site.url}/desk/imports/new?kind=catalogue")
    desk.set_input_files("input[type=file]", file)
    desk.locator("main form .btn-primary").first.click()
    desk.wait_for_url(re.compile("/columns"))
    desk.locator("main form .btn-primary").first.click()
    desk.wait_for_url(re.compile(r"/desk/imports/\d+$"))
    job = site.app.extensions["jobs"]["imports.run"]
    with in_sessions_of(site)() as session:
        assert job.act(session, clock.now()) >= 1
    desk.reload()
    shown = desk.inner_text("main")
    assert "twelve" in shown
    assert "4" in shown
    take(desk, "2-import")


def test_3_an_order_from_the_catalogue_to_a_late_promise(site: Site, browser: Browser, desk: Page):
    buyer = site.session.scalars(select(User).where(User.role == Role.BUYER).order_by(User.id).limit(1)).one()
    plenty, scarce, receipt = _wares(site, buyer)
    site.enter(desk, buyer)
    desk.goto(f"{site.url}/my/catalogue?q={plenty[0].name_th}")
    assert plenty[0].name_en in desk.inner_text("main")
    many = receipt.unclaimed + _left(site, buyer, scarce) - 1
    for product, quantity in ((plenty[0], 2), (plenty[1], 3), (scarce, many)):
        desk.goto(f"{site.url}/my/catalogue/{product.sku}")
        form = desk.locator("form[action*='/my/basket/add']").first
        form.locator("input[name=quantity]").fill(str(quantity))
        with desk.expect_response(lambda answer: "/my/catalogue/" in answer.url and answer.ok):
            form.locator("button[type=submit]").last.click()
    desk.goto(f"{site.url}/my/basket")
    place = desk.locator("button[name=act][value=place]")
    place.dblclick(no_wait_after=True)
    desk.wait_for_url(re.compile(r"/my/orders/SO-"))
    number = desk.url.rsplit("/", 1)[1]
    desk.locator("summary", has_text="How this date was found").last.click()
    take(desk, "3-order", tallest=1150)
    with in_sessions_of(site)() as session:
        order = session.scalars(select(Order).where(Order.number == number)).one()
        assert any(part.backorder for line in order.lines for part in line.parts)

    for language in ("th", "en"):
        paper = desk.request.get(
            f"{site.url}/my/orders/{number}/acknowledgement.pdf?language={language}"
        ).body()
        assert number in text_of(paper)
        if language == "th":
            picture_of(paper, pictures_folder() / "4-acknowledgement.png")
    desk.goto(f"{site.url}/my/orders/{number}/again")
    desk.locator("main form .btn-primary").first.click()
    desk.wait_for_url(re.compile("/my/basket"))

    clerk = browser.new_context(viewport=DESK, reduced_motion="reduce").new_page()
    site.enter(clerk, site.person(Role.STAFF))
    clerk.goto(f"{site.url}/desk/orders/{number}")
    clerk.locator("#pick .btn").last.click()
    clerk.wait_for_load_state()
    clerk.locator("input[name$='ship-tracking_no']").fill("TH987654321")
    take(clerk, "9-picking", tallest=1100)
    clerk.locator("button", has_text="Ship").first.click()
    clerk.wait_for_load_state()
    clerk.locator("input[name$='received_by']").fill("Khun Malee")
    clerk.locator("button", has_text="Record the delivery").first.click()
    clerk.wait_for_load_state()
    desk.goto(f"{site.url}/my/orders/{number}")
    assert "TH987654321" in desk.inner_text("main")
    assert "Partly delivered" in desk.inner_text("main")

    clerk.goto(f"{site.url}/desk/receipts/{receipt.number}")
    later = clock.business_day(clock.now()) + timedelta(days=120)
    clerk.locator("form[action*='/move'] input[type=date]").fill(later.isoformat())
    clerk.locator("form[action*='/move'] button[type=submit], form[action*='/move'] .btn").last.click()
    clerk.wait_for_load_state()
    clerk.context.close()
    mails: list[object] = []
    with in_sessions_of(site)() as session:
        deliver_due(session, mails.append, site.app.extensions["settings"], now=clock.now())
        mails.clear()
        assert check_lead_times(session, clock.now()) >= 1
        assert check_lead_times(session, clock.now()) == 0
        deliver_due(session, mails.append, site.app.extensions["settings"], now=clock.now())
        deliver_due(session, mails.append, site.app.extensions["settings"], now=clock.now())
    about = [mail for mail in mails if number in str(mail["Subject"])]
    assert len(about) == 1
    desk.goto(f"{site.url}/my/orders/{number}")
    assert "the supplier delivers later than expected" in desk.inner_text("main")
    take(desk, "10-at-risk", tallest=1000)
    desk.goto(f"{site.url}/notifications")
    assert number in desk.inner_text("main")


def test_4_the_manager_sees_who_holds_what_a_recall_names(site: Site, desk: Page):
    site.enter(desk, site.person(Role.MANAGER))
    desk.goto(f"{site.url}/desk/product-notices")
    desk.locator("main a[href*='/desk/product-notices/PN-']").first.click()
    desk.wait_for_url(re.compile(r"/PN-\d{4}-\d{5}$"))
    take(desk, "14-product-notice", tallest=1100)


def test_5_the_manager_sees_the_figures_the_open_risks_and_a_company_whole(site: Site, desk: Page):
    with in_sessions_of(site)() as session, transaction(session):
        beat(session, "scheduler", now=clock.now())
    site.enter(desk, site.person(Role.MANAGER))
    take(desk, "15-home", tallest=1250)
    buyer = site.person(Role.BUYER)
    desk.goto(f"{site.url}/desk/customers/{buyer.company.code}")
    assert buyer.company.name_en in desk.inner_text("main")
    take(desk, "16-company", tallest=1250)
    desk.goto(f"{site.url}/manage/measures")
    desk.wait_for_function("document.querySelectorAll('canvas').length > 0")
    desk.wait_for_timeout(400)
    assert "On time, as last agreed" in desk.inner_text("main")


def _wares(site: Site, buyer: User):
    """Two products of which there is plenty, and one with a few units and a receipt to come."""
    with in_sessions_of(site)() as session, transaction(session):
        warehouse, _ = home_warehouse(
            session, buyer.company.ship_to.province if buyer.company.ship_to else None
        )
        free = Stock.on_hand - Stock.reserved
        query = (
            select(Product)
            .join(Stock, Stock.product_id == Product.id)
            .where(Stock.warehouse_id == warehouse.id)
        )
        plenty = session.scalars(query.where(free > 50).order_by(Product.sku).limit(2)).all()
        waiting = select(Reservation.product_id).where(Reservation.held < Reservation.quantity)
        coming = session.scalars(
            select(InboundReceipt)
            .join(
                Stock, (Stock.product_id == InboundReceipt.product_id) & (Stock.warehouse_id == warehouse.id)
            )
            .where(
                InboundReceipt.warehouse_id == warehouse.id,
                InboundReceipt.closed_at.is_(None),
                InboundReceipt.expected_on >= clock.business_day(clock.now()),
                InboundReceipt.product_id.not_in(waiting),
                InboundReceipt.product_id.not_in([product.id for product in plenty]),
                free > 0,
            )
            .order_by(InboundReceipt.expected_on)
        ).first()
        assert coming is not None
        return plenty, coming.product, coming


def _left(site: Site, buyer: User, product: Product) -> int:
    """Units of a product that can be had where the buyer's goods come from."""
    with in_sessions_of(site)() as session:
        warehouse, _ = home_warehouse(
            session, buyer.company.ship_to.province if buyer.company.ship_to else None
        )
        query = select(Stock).where(Stock.product_id == product.id, Stock.warehouse_id == warehouse.id)
        return session.scalars(query).one().available
