"""Every page, in both languages and at both widths: accessible, within its width, and without a word of complaint."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from orders.models import Order
from orders.shipments import Shipment, ShipmentState
from orders.states import LineState
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import transaction
from portal.web.access import access_of
from tests.browser import accessibility_faults
from tests.journeys.conftest import Site
from tests.journeys.house import House
from tests.subjects import subjects_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = [("en", 1440, 900), ("th", 390, 844)]
IN_THE_DEMO = [(Role.ADMIN, *LOOKS[0]), (Role.BUYER, *LOOKS[1]), (Role.STAFF, *LOOKS[1])]
SKIPPED = (
    ".pdf",
    ".csv",
    ".ics",
    "/search?",
    "/healthz",
    "/readyz",
    "sample",
    "/static/",
    "/goods/",
    "/progress",
)
"""What is not a page of its own: documents, files, what a page fetches."""
ASKING = {
    "substitutes.new": "?sku={sku}",
    "product_files.new": "?sku={sku}",
    "product_packs.new": "?sku={sku}",
    "lot_days.correct": "?sku={lot_sku}&number={lot_number}",
    "my_complaints.new": "?promise={promise_id}",
    "my_repairs.warranty": "?serial={serial}",
}
"""What some pages are asked about."""
MOST_PAGES = 45


class Inspector:
    """Looks at pages in one language at one width, and keeps what is wrong with them."""

    def __init__(self, page: Page, url: str, language: str) -> None:
        self.page, self.url, self.language = page, url, language
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))

    def look(self, path: str) -> bool:
        """Look at one page; tells whether it is one."""
        answer = self.page.goto(self.url + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return False
        if answer.status != 200:
            self.faults.append(f"{path}: {answer.status}")
            return True
        self.faults += [f"{path}: {fault}" for fault in accessibility_faults(self.page)]
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        beyond = self.page.evaluate(wide)
        if beyond > 0:
            self.faults.append(f"{path}: {beyond} px wider than the screen")
        if self.page.get_attribute("html", "lang") != self.language:
            self.faults.append(f"{path}: not in the language chosen")
        return True

    def _hear(self, said) -> None:
        if said.type == "error":
            self.faults.append(f"{self.page.url}: {said.text}")


@pytest.mark.parametrize(("language", "width", "height"), LOOKS, ids=["desk-en", "phone-th"])
@pytest.mark.parametrize("role", [Role.BUYER, Role.STAFF, Role.ADMIN])
def test_every_address_a_role_may_enter_is_accessible_and_fits(house: House, role, language, width, height):
    world = house.world
    with transaction(world.session):
        subjects = subjects_of(world)
    person = {Role.BUYER: world.buyer, Role.STAFF: world.staff, Role.ADMIN: world.admin}[role]
    visitor = house.enter(person, language, width=width)
    inspector = Inspector(visitor.page, house.url, language)
    seen = sum(inspector.look(path) for path in _addresses(house.app, person, subjects))
    assert not inspector.faults, "\n".join(inspector.faults)
    assert seen > 30


@pytest.mark.parametrize(
    ("role", "language", "width", "height"),
    IN_THE_DEMO,
    ids=[f"{role}-{look}" for role, look, *_ in IN_THE_DEMO],
)
def test_the_pages_of_the_demo_are_accessible_and_fit(
    site: Site, browser: Browser, role, language, width, height
):
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    site.enter(page, site.person(role), language)
    inspector = Inspector(page, site.url, language)
    waiting = ["/"]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        shape = _shape(path)
        if shape in seen or any(word in path for word in SKIPPED):
            continue
        seen.add(shape)
        if inspector.look(path):
            links = page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
            waiting += [link.split("#")[0] for link in links]
    context.close()
    assert not inspector.faults, "\n".join(inspector.faults)
    assert len(seen) > 8


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_sign_in_page_is_accessible_before_anybody_is_known(site: Site, browser: Browser, language):
    context = browser.new_context(locale=language, viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in ("/sign-in", "/forgot-password", "/set-password/none", "/no-such-page"):
        page.goto(site.url + path)
        assert accessibility_faults(page) == [], path
    context.close()


def test_the_demo_has_orders_to_pick_to_ship_to_follow_and_to_look_back_on(site: Site):
    states = {order.state for order in site.session.scalars(select(Order)).all()}
    picked = site.session.scalars(select(Shipment).where(Shipment.state == ShipmentState.PICKED)).all()
    shipped = site.session.scalars(select(Shipment).where(Shipment.state == ShipmentState.SHIPPED)).all()
    assert {LineState.DELIVERED, LineState.CANCELLED} <= states
    assert states & {LineState.ALLOCATED, LineState.PARTLY_ALLOCATED, LineState.BACKORDERED}
    assert picked
    assert shipped


def _addresses(app: Flask, person: User, subjects: dict[str, str]) -> Iterator[str]:
    """The address of every page that this person may open, with an object that there is."""
    rights = app.extensions["grants"][Role(person.role)]
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or any(word in rule.rule for word in SKIPPED):
            continue
        access = access_of(app, rule.endpoint)
        if not access.signed_in or access.audience not in (None, person.audience):
            continue
        if access.permission is not None and access.permission not in rights:
            continue
        path = rule.rule
        for argument in rule.arguments:
            value = subjects.get(f"{rule.endpoint}:{argument}", subjects.get(argument, "0"))
            path = re.sub(rf"<([^<>]*:)?{argument}>", value, path)
        yield path + ASKING.get(rule.endpoint, "").format(**subjects)


def _shape(path: str) -> str:
    """A path with its numbers and codes taken out, so that one order stands for all."""
    bare = path.split("?", maxsplit=1)[0]
    return "/".join("*" if any(c.isdigit() for c in part) else part for part in bare.split("/"))
