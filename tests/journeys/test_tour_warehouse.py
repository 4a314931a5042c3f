"""What the README's tour says of the warehouse, walked through the demo in Chromium; its pictures are the README's.

TOUR=docs/tour puts the pictures there; without it they lie in build/tour. After each walk the books are proved.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from inventory.assortment import CatalogueRule, CustomerItem
from inventory.availability import home_warehouse
from inventory.counts import CountLine, CountSheet, SheetState
from inventory.inbound import InboundReceipt, Transfer
from inventory.models import Lifecycle, Product, Tracking, Warehouse
from inventory.plans import Proposal, ProposalState
from inventory.proving import differences
from inventory.stock import Movement, MovementKind, Reservation, Stock
from orders.models import Order
from portal import clock
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import make_sessions
from portal.demo.cast import PASSWORD
from tests.journeys.conftest import Site
from tests.journeys.visitor import DESK, Visitor, pictures_folder

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = 390
Enter = Callable[..., Visitor]


@pytest.fixture
def enter(site: Site, browser: Browser) -> Iterator[Enter]:
    """People of the demo at windows of their own; when they have left, every balance is what its records say."""
    inside: list[Visitor] = []

    def come(person: User, *, width: int = 1280) -> Visitor:
        inside.append(Visitor(browser, site.url, person.email, PASSWORD, "en", width=width))
        return inside[-1]

    yield come
    for visitor in inside:
        visitor.page.context.close()
    with a_look(site) as session:
        assert differences(session) == []


def a_look(site: Site):
    """A session of its own, which sees what the pages have written."""
    return make_sessions(site.app.extensions["engine"])()


def on_hand(site: Site, product_id: int, warehouse_id: int) -> int:
    """Units fit for sale of a product at a place."""
    query = select(Stock.on_hand).where(Stock.product_id == product_id, Stock.warehouse_id == warehouse_id)
    with a_look(site) as session:
        return session.scalars(query).one()


def of_role(site: Site, role: Role) -> list[User]:
    """Everybody of a role, but for those who look after one warehouse alone."""
    query = select(User).where(User.role == role, User.active).order_by(User.id)
    return list(site.session.scalars(query))


def test_3_what_is_put_into_the_basket_is_held_for_its_buyer(site: Site, enter: Enter):
    buyer = site.person(Role.BUYER)
    product, code, warehouse = _with_own_code(site, buyer)
    at_desk = enter(buyer)
    at_desk.open(f"/my/catalogue?q={code}")
    at_desk.sees(product.name_en, f"Your code {code}")
    mistyped = product.name_en.split()[0][:-2] + product.name_en.split()[0][-1]
    at_desk.open(f"/my/catalogue?q={mistyped}+{product.name_en.split()[1]}")
    at_desk.sees("These come close", product.name_en)
    at_desk.open(f"/my/catalogue/{product.sku}")
    before = _reserved(site, product, warehouse)
    form = at_desk.fill("/my/basket/add", quantity="2")
    with at_desk.page.expect_response(lambda answer: "/my/catalogue/" in answer.url and answer.ok):
        form.locator("button[type=submit]").last.click()
    at_desk.open("/my/basket")
    at_desk.sees("2 held for you until")
    with a_look(site) as session:
        held_in_baskets = (
            select(Reservation)
            .where(Reservation.product_id == product.id, Reservation.expires_at.is_not(None))
            .order_by(Reservation.id.desc())
        )
        hold = session.scalars(held_in_baskets.limit(1)).one()
        assert hold.held == hold.quantity == 2
        assert hold.expires_at is not None
        assert hold.expires_at > clock.now() + timedelta(minutes=25)
    assert _reserved(site, product, warehouse) == before + 2
    clerk = enter(site.person(Role.STAFF))
    clerk.open(f"/desk/products/{product.sku}")
    clerk.sees("basket")

    at_desk.page.locator(f"button[name=remove][value='{product.id}']").click()
    expect(at_desk.page.locator("main")).to_contain_text("Your basket is empty")
    assert _reserved(site, product, warehouse) == before


def test_17_prices_are_a_companys_own_and_some_goods_are_not_shown_to_all(site: Site, enter: Enter):
    buyer = site.person(Role.BUYER)
    code = buyer.company.code
    with a_look(site) as session:
        rule = session.scalars(
            select(CatalogueRule).where(
                CatalogueRule.category_id.is_not(None), CatalogueRule.customer_id.is_not(None)
            )
        ).one()
        shown_too = select(CatalogueRule.product_id).where(CatalogueRule.customer_id == rule.customer_id)
        hidden = session.scalars(
            select(Product)
            .where(
                Product.category_id == rule.category_id,
                Product.id.not_in(shown_too.where(CatalogueRule.product_id.is_not(None))),
            )
            .order_by(Product.sku)
            .limit(1)
        ).one()
        kept_out = session.scalars(select(User).where(User.customer_id == rule.customer_id).limit(1)).one()
    clerk = enter(site.person(Role.STAFF))
    clerk.open("/desk/price-lists")
    clerk.follow(f"/desk/price-lists/{code}-OWN")
    clerk.sees("Contract prices")
    clerk.open("/desk/assortment")
    clerk.sees("Hidden")
    for person, status in ((buyer, 200), (kept_out, 404)):
        answer = enter(person).page.goto(f"{site.url}/my/catalogue/{hidden.sku}")
        assert answer is not None
        assert answer.status == status


def test_18_the_urgent_first_and_what_is_proposed_becomes_an_order_to_the_supplier(site: Site, enter: Enter):
    clerk = enter(site.person(Role.STAFF))
    clerk.open("/desk/stock-alerts")
    clerk.sees("Out of stock", "Expires soon", "More than will be needed")
    with a_look(site) as session:
        query = select(Proposal).where(
            Proposal.state == ProposalState.OPEN, Proposal.supplier_id.is_not(None)
        )
        proposal = session.scalars(query.order_by(Proposal.need_by, Proposal.id).limit(1)).one()
        sku, wanted = proposal.product.sku, proposal.wanted
    there = on_hand(site, proposal.product_id, proposal.warehouse_id)
    clerk.open("/desk/replenishment")
    clerk.sees("reorder point")
    clerk.take("18-replenishment", tallest=1150)
    clerk.page.locator(f"input[name=chosen][value='{proposal.id}']").check()
    clerk.page.locator("button[name=act][value=accept]").click()
    clerk.page.wait_for_url(re.compile(r"/desk/purchases/PU-"))
    number = clerk.number()
    clerk.sees(sku)
    clerk.send("/send", promised_on=(clock.business_day(clock.now()) + timedelta(days=14)).isoformat())
    clerk.sees("Sent")
    with a_look(site) as session:
        decided = session.get_one(Proposal, proposal.id)
        assert decided.state == ProposalState.ACCEPTED
        assert decided.purchase_order is not None
        assert decided.purchase_order.number == number
        receipts = [session.get_one(InboundReceipt, one.receipt_id) for one in decided.purchase_order.lines]
        assert [(one.product_id, one.quantity, one.received) for one in receipts] == [
            (proposal.product_id, wanted, 0)
        ]
    assert on_hand(site, proposal.product_id, proposal.warehouse_id) == there
    clerk.follow("/desk/suppliers/")
    clerk.sees("Days from order to arrival")


def test_19_a_sheet_counted_on_a_phone_becomes_an_adjustment_that_another_approves(site: Site, enter: Enter):
    first, second = of_role(site, Role.STAFF)[:2]
    products, warehouse = _to_be_counted(site)
    missing, right = products
    there = {one.id: on_hand(site, one.id, warehouse.id) for one in products}
    counter = enter(first, width=PHONE)
    counter.open("/desk/counts/new")
    counter.send(warehouse=warehouse.code, skus=f"{missing.sku} {right.sku}")
    page, number = counter.page, counter.number()
    line_of = _lines_of(site, number)
    for n, product in enumerate(products):
        page.fill("#scan", product.gtin or product.sku)
        page.press("#scan", "Enter")
        field = page.locator(f"#counted-{line_of[product.id]}")
        expect(field).to_be_focused()
        page.keyboard.type(str(there[product.id] - (4 if product is missing else 0)))
        page.keyboard.press("Enter")
        expect(page.locator(f"#said-{line_of[product.id]}")).to_have_text("Saved")
        if n == 0:
            counter.take("19-count", tallest=1100)
    counter.send("/hand-in")
    counter.sees("somebody else counts it again")
    other = enter(second, width=PHONE)
    other.open(f"/desk/counts/{number}")
    again = line_of[missing.id]
    other.page.fill(f"#counted-{again}", str(there[missing.id] - 4))
    other.page.press(f"#counted-{again}", "Enter")
    expect(other.page.locator(f"#said-{again}")).to_have_text("Saved")
    other.send("/hand-in")
    other.sees("-4")
    assert on_hand(site, missing.id, warehouse.id) == there[missing.id]

    manager = enter(site.person(Role.MANAGER))
    manager.open(f"/desk/counts/{number}")
    manager.follow("/desk/adjustments/AD")
    manager.send("/approve")
    manager.sees("Approved")
    assert on_hand(site, missing.id, warehouse.id) == there[missing.id] - 4
    assert on_hand(site, right.id, warehouse.id) == there[right.id]
    with a_look(site) as session:
        query = select(Movement.quantity).where(
            Movement.product_id == missing.id, Movement.cause_no == manager.number()
        )
        assert session.scalars(query).all() == [-4]
    manager.open("/desk/stock-proof")
    manager.sees("Every balance")


def test_20_scarce_goods_are_dealt_anew_and_who_loses_has_ways_out(site: Site, enter: Enter):
    manager = enter(site.person(Role.MANAGER))
    manager.open("/desk/dealing-rule")
    manager.sees("In force", "Edition 2")
    clerk = enter(site.person(Role.STAFF))
    clerk.open("/desk/stock-outs")
    clerk.follow("/desk/dealings")
    clerk.follow("/desk/dealings/")
    clerk.sees("Nothing has changed yet", "Lines that lose")
    clerk.take("20-dealing", tallest=1250)
    sku = clerk.number()
    before = _held(site, sku)
    clerk.send(reason="Hospitals first, as agreed")
    clerk.sees("Who gained", "Who lost", "Hospitals first, as agreed")
    after = _held(site, sku)
    assert sum(after.values()) == sum(before.values())
    lost = {one for one in before if after[one] < before[one]}
    gained = {one for one in before if after[one] > before[one]}
    assert lost
    assert gained
    with a_look(site) as session:
        (purpose,) = {session.get_one(Reservation, one).purpose for one in lost}
    number = purpose.split("/", maxsplit=1)[0]
    with a_look(site) as session:
        loser = session.scalars(select(Order).where(Order.number == number)).one().buyer
    told = enter(loser)
    told.open("/notifications")
    told.sees(number)

    clerk.open(f"/desk/orders/{number}")
    clerk.sees("Ways out for what waits", "Wait for the goods", "Move stock from another warehouse")
    clerk.page.mouse.move(0, 0)
    clerk.page.set_viewport_size({"width": DESK["width"], "height": 2600})  # so that no table scrolls
    clerk.page.locator("#ways-out").screenshot(path=pictures_folder() / "21-ways-out.png")
    clerk.page.set_viewport_size(DESK)
    clerk.follow("/desk/transfers/new")
    clerk.send(
        quantity="1",
        expected_on=(clock.business_day(clock.now()) + timedelta(days=2)).isoformat(),
    )
    moved = clerk.number()
    clerk.sees(number)
    with a_look(site) as session:
        transfer = session.scalars(select(Transfer).where(Transfer.number == moved)).one()
        assert (transfer.purpose, transfer.quantity) == (purpose, 1)
        query = select(Movement.kind, Movement.quantity).where(Movement.cause_no == moved)
        assert session.execute(query).all() == [(MovementKind.TRANSFER_OUT, -1)]
    assert _held(site, sku) == after


def test_21_the_fill_rate_opens_down_to_its_lines(site: Site, enter: Enter):
    manager = enter(site.person(Role.MANAGER))
    manager.open("/desk/fill-rates")
    manager.sees("Line fill rate", "Unit fill rate")
    manager.follow("/desk/fill-rates/lines")
    manager.sees("SO-")


def _with_own_code(site: Site, buyer: User) -> tuple[Product, str, Warehouse]:
    """A product sold by the piece, of which there is plenty for the buyer, and the company's own code for it."""
    with a_look(site) as session:
        address = buyer.company.ship_to
        warehouse, _ = home_warehouse(session, address.province if address else None)
        query = (
            select(Product, CustomerItem.code)
            .join(CustomerItem, CustomerItem.product_id == Product.id)
            .join(Stock, Stock.product_id == Product.id)
            .where(
                CustomerItem.customer_id == buyer.company.id,
                Stock.warehouse_id == warehouse.id,
                Stock.on_hand - Stock.reserved > 20,
                Product.lifecycle == Lifecycle.ACTIVE,
                Product.order_least == 1,
                Product.order_multiple == 1,
            )
            .order_by(Product.sku)
        )
        product, code = session.execute(query.limit(1)).one()
        return product, code, warehouse


def _reserved(site: Site, product: Product, warehouse: Warehouse) -> int:
    query = select(Stock.reserved).where(Stock.product_id == product.id, Stock.warehouse_id == warehouse.id)
    with a_look(site) as session:
        return session.scalars(query).one()


def _to_be_counted(site: Site) -> tuple[list[Product], Warehouse]:
    """Two dear products that are on no open sheet and lie in no lots, with units to spare."""
    open_sheets = (
        select(CountLine.product_id)
        .join(CountSheet)
        .where(CountSheet.state.in_([SheetState.COUNTING, SheetState.RECOUNT, SheetState.REVIEW]))
    )
    with a_look(site) as session:
        warehouse = session.scalars(select(Warehouse).where(Warehouse.main)).one()
        query = (
            select(Product)
            .join(Stock, Stock.product_id == Product.id)
            .where(
                Stock.warehouse_id == warehouse.id,
                Stock.on_hand - Stock.reserved > 20,
                Product.tracking == Tracking.NONE,
                Product.lifecycle == Lifecycle.ACTIVE,
                Product.unit_cost.is_not(None),
                Product.id.not_in(open_sheets),
            )
            .order_by(Product.unit_cost.desc(), Product.id)
            .limit(2)
        )
        return list(session.scalars(query)), warehouse


def _lines_of(site: Site, number: str) -> dict[int, int]:
    """The line of each product on a sheet."""
    query = select(CountLine.product_id, CountLine.n).join(CountSheet).where(CountSheet.number == number)
    with a_look(site) as session:
        return {row.product_id: row.n for row in session.execute(query)}


def _held(site: Site, sku: str) -> dict[int, int]:
    """What each reservation holds of a product in the main warehouse."""
    query = (
        select(Reservation.id, Reservation.held)
        .join(Product, Product.id == Reservation.product_id)
        .join(Warehouse, Warehouse.id == Reservation.warehouse_id)
        .where(Product.sku == sku, Warehouse.main)
    )
    with a_look(site) as session:
        return {row.id: row.held for row in session.execute(query)}
