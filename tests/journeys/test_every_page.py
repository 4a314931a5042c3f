"""Every page, in both languages and at both widths: accessible, within its width, and without a word of complaint."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from orders.models import Order
from orders.shipments import Shipment, ShipmentState
from orders.states import LineState
from portal.accounts.roles import Role
from tests.browser import accessibility_faults
from tests.journeys.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = [("en", 1440, 900), ("th", 390, 844)]
SKIPPED = (".pdf", "/search?", "/healthz", "/readyz", "sample")
MOST_PAGES = 45


@pytest.mark.parametrize(("language", "width", "height"), LOOKS, ids=["desk-en", "phone-th"])
@pytest.mark.parametrize("role", [Role.BUYER, Role.STAFF, Role.ADMIN])
def test_every_page_a_role_can_reach_is_accessible_and_fits(
    site: Site, browser: Browser, role, language, width, height
):
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None,
    )
    page.on("pageerror", lambda fault: complaints.append(f"{page.url}: {fault}"))
    site.enter(page, site.person(role), language)
    waiting, faults = ["/"], []
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        shape = _shape(path)
        if shape in seen or any(word in path for word in SKIPPED):
            continue
        seen.add(shape)
        answer = page.goto(site.url + path)
        if (
            answer is None
            or "text/html" not in answer.headers.get("content-type", "")
            or answer.status == 405
        ):
            continue
        assert answer.status == 200, f"{path}: {answer.status}"
        faults += [f"{path}: {fault}" for fault in accessibility_faults(page)]
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            faults.append(f"{path}: {beyond} px wider than the screen")
        if page.get_attribute("html", "lang") != language:
            faults.append(f"{path}: not in the language chosen")
        links = page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
        waiting += [link.split("#")[0] for link in links]
    context.close()
    assert not faults, "\n".join(faults)
    assert not complaints, "\n".join(complaints)
    assert len(seen) > 8


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_sign_in_page_is_accessible_before_anybody_is_known(site: Site, browser: Browser, language):
    context = browser.new_context(locale=language, viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in ("/sign-in", "/forgot-password", "/set-password/none", "/no-such-page"):
        page.goto(site.url + path)
        assert accessibility_faults(page) == [], path
    context.close()


def _shape(path: str) -> str:
    """A path with its numbers and codes taken out, so that one order stands for all."""
    bare = path.split("?", maxsplit=1)[0]
    return "/".join("*" if any(c.isdigit() for c in part) else part for part in bare.split("/"))


def test_the_demo_has_orders_to_pick_to_ship_to_follow_and_to_look_back_on(site: Site):
    states = {order.state for order in site.session.scalars(select(Order)).all()}
    picked = site.session.scalars(select(Shipment).where(Shipment.state == ShipmentState.PICKED)).all()
    shipped = site.session.scalars(select(Shipment).where(Shipment.state == ShipmentState.SHIPPED)).all()
    assert {LineState.DELIVERED, LineState.CANCELLED} <= states
    assert states & {LineState.ALLOCATED, LineState.PARTLY_ALLOCATED, LineState.BACKORDERED}
    assert picked
    assert shipped
