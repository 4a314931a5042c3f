"""Counting on a phone in Chromium: a scan finds the line, Enter saves it, a lost connection loses nothing."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from inventory.counts import CountLine
from inventory.shelving import set_bins
from portal.db import transaction
from tests.browser import accessibility_faults
from tests.journeys.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = 390


def test_a_sheet_is_counted_on_a_phone_and_its_difference_approved_at_the_desk(house: House) -> None:
    world, session = house.world, house.world.session
    with transaction(session):
        for sku, stock in (("NAIL-9", 4321), ("HOOK-9", 77)):
            world.product(sku, stock=stock, gtin="8850006303139" if sku == "NAIL-9" else None)
        bins = {"NAIL-9": "A-01", "HOOK-9": "B-07"}
        set_bins(session, world.warehouse, bins, by=world.staff, now=world.now)
    counter = house.enter(world.staff, "en", width=PHONE)
    counter.open("/desk/counts/new")
    counter.send(warehouse="BKK", skus="NAIL-9 HOOK-9")
    page, number = counter.page, counter.number()
    assert "4321" not in page.content().replace(",", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert accessibility_faults(page) == []

    page.fill("#scan", "8850006303139")
    page.press("#scan", "Enter")
    expect(page.locator("#counted-1")).to_be_focused()
    page.keyboard.type("-5")
    page.keyboard.press("Enter")
    expect(page.locator("#said-1")).to_contain_text("whole units")
    page.fill("#counted-1", "4100")
    page.keyboard.press("Enter")
    expect(page.locator("#said-1")).to_have_text("Saved")
    expect(page.locator("#counted-2")).to_be_focused()
    page.keyboard.type("8850006303139")
    page.keyboard.press("Enter")
    expect(page.locator("#counted-1")).to_be_focused()
    expect(page.locator("#counted-1")).to_have_value("4100")
    expect(page.locator("#counted-2")).to_have_value("")
    page.focus("#counted-2")
    page.keyboard.type("96385074")
    page.keyboard.press("Enter")
    expect(page.locator("#said-2")).to_contain_text("No line of this sheet")
    expect(page.locator("#counted-2")).to_have_value("")
    expect(page.locator("#scan")).to_be_in_viewport()

    page.context.set_offline(True)
    page.keyboard.type("77")
    page.keyboard.press("Enter")
    expect(page.locator("#said-2")).to_contain_text("no connection")
    page.context.set_offline(False)
    expect(page.locator("#said-2")).to_have_text("Saved")
    session.rollback()
    assert session.scalars(select(CountLine.counted).order_by(CountLine.n)).all() == [4100, 77]
    page.fill("#counted-2", "7")
    page.reload()
    expect(page.locator("#counted-2")).to_have_value("7")
    page.fill("#counted-2", "77")
    page.press("#counted-2", "Enter")
    expect(page.locator("#said-2")).to_have_text("Saved")
    counter.send("/hand-in")
    counter.sees("somebody else counts it again")

    manager = house.enter(world.manager, "en", width=PHONE)
    manager.open(f"/desk/counts/{number}")
    manager.page.fill("#counted-1", "4100")
    manager.page.press("#counted-1", "Enter")
    expect(manager.page.locator("#said-1")).to_have_text("Saved")
    manager.send("/hand-in")
    manager.sees("4,321", "-221")
    admin = house.enter(world.admin, "en")
    admin.open(f"/desk/counts/{number}")
    admin.follow("/desk/adjustments/AD")
    admin.send("/approve")
    admin.sees("Approved")
