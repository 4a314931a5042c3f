"""A person at Chromium: opens pages, fills in the forms that are there, presses their buttons, takes pictures."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize

from config import ROOT

DESK: ViewportSize = {"width": 1280, "height": 860}
TALLEST = 1500
PATIENCE = 15_000
"""So many milliseconds a page may take on a busy machine."""


def pictures_folder() -> Path:
    """Where the pictures of the README's tour are put: the folder that TOUR names, or build/tour."""
    folder = ROOT / os.environ.get("TOUR", "build/tour")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, name: str, *, tallest: int = TALLEST) -> None:
    """A picture of the page as it is seen before anything is pointed at, as long as it needs to be."""
    page.mouse.move(0, 0)
    size = page.viewport_size or DESK
    height = min(tallest, page.evaluate("document.body.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": height})
    page.evaluate("document.activeElement.blur(); document.querySelector('[data-side]').scrollTo(0, 0)")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures_folder() / f"{name}.png")
    page.set_viewport_size(size)


class Visitor:
    """Somebody signed in at the portal of an address, in a window of their own."""

    def __init__(
        self, browser: Browser, url: str, email: str, password: str, language: str, *, width: int = 1280
    ) -> None:
        self.url = url
        self.page = browser.new_context(
            viewport={"width": width, "height": DESK["height"]}, reduced_motion="reduce", locale=language
        ).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.open("/sign-in")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        with self._arriving():
            self.page.press("#password", "Enter")
        if self.page.get_attribute("html", "lang") != language:
            with self._arriving():
                self.page.locator(f"button[name=language][value={language}]").first.click()
        assert self.page.get_attribute("html", "lang") == language

    def open(self, path: str) -> None:
        """Open a page."""
        answer = self.page.goto(self.url + path)
        assert answer is not None, path
        assert answer.ok, f"{path}: {answer.status}"

    def follow(self, link: str) -> None:
        """Click the first link of the page whose address contains `link`."""
        with self._arriving():
            self.page.locator(f"main a[href*='{link}']").first.click()

    def fill(self, action: str = "", **typed: Any) -> Locator:
        """Fill in the form that goes to `action` (its end is enough); gives the form."""
        target = f"[action$='{action}']" if action else ""
        form = self.page.locator(f"main form[method=post]{target}").first
        form.evaluate(
            "form => { for (let at = form; at; at = at.parentElement) if ('open' in at) at.open = true;"
            " for (const folded of form.querySelectorAll('details')) folded.open = true }"
        )
        for name, said in typed.items():
            _enter(form, name, said)
        return form

    def send(self, action: str = "", *, button: str = "", **typed: Any) -> None:
        """Fill in the form that goes to `action`, press its button (or the one of this value), answer what is asked."""
        form = self.fill(action, **typed)
        chosen = f"button[value^='{button}']" if button else "button:not([type=button]):not([formaction])"
        press = form.locator(chosen).first
        asked = form.get_attribute("data-confirm") or press.get_attribute("data-confirm")
        if asked:
            press.click()
            press = self.page.locator("#confirm-dialog [data-confirm-yes]")
        with self._arriving():
            press.click()

    def sees(self, *texts: str) -> None:
        """Assert that the page shows these texts."""
        shown = self.page.inner_text("main")
        for text in texts:
            assert text in shown, f"{text!r} is not on {self.page.url}:\n{shown}"

    def number(self) -> str:
        """The last part of the address: the number of what the page is about."""
        return self.page.url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]

    def take(self, name: str, *, tallest: int = TALLEST) -> None:
        """A picture of the page for the README's tour."""
        take(self.page, name, tallest=tallest)

    @contextmanager
    def _arriving(self) -> Iterator[None]:
        with self.page.expect_navigation(wait_until="load"):
            yield


def _enter(form: Locator, name: str, said: Any) -> None:
    field = form.locator(f"[name='{name}']").first
    kind = field.evaluate("field => field.localName == 'input' ? field.type : field.localName")
    if kind == "select":
        field.select_option(said)
    elif kind == "checkbox":
        field.set_checked(bool(said))
    elif kind == "radio":
        form.locator(f"[name='{name}'][value='{said}']").check()
    else:
        field.fill(said)
