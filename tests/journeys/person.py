"""A person at a browser without scripts: opens pages, fills in the forms that are there, and presses their buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people import PASSWORD


@dataclass
class PageForm:
    """A form as the page shows it: where it goes and what its fields hold."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Reads the forms of a page with everything that is filled in or chosen beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._by_id: dict[str, PageForm] = {}
        self._open: PageForm | None = None
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._open)
            if "id" in said:
                self._by_id[said["id"]] = self._open
            return
        form = self._by_id.get(said.get("form", "")) or self._open
        if form is None or "disabled" in said:
            return
        name = said.get("name", "")
        form.names.add(name)
        if tag == "button" and said.get("type", "submit") == "submit":
            form.buttons.append((name, said.get("value", "")))
        elif tag == "input" and name:
            kind = said.get("type", "text")
            if kind not in ("checkbox", "radio", "submit", "file") or "checked" in said:
                form.fields[name] = said.get("value", "on" if kind in ("checkbox", "radio") else "")
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in said or self._select not in form.fields:
                form.fields[self._select] = said.get("value", "")
        elif tag == "textarea" and name:
            self._textarea = name
            form.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea and self._open is not None:
            self._open.fields[self._textarea] += data


class Person:
    """Somebody signed in, with the page they are looking at."""

    def __init__(self, app: Flask, email: str, password: str = PASSWORD, language: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.page: TestResponse = self.client.get("/sign-in")
        self.submit("/sign-in", email=email, password=password)
        assert self.page.request.path != "/sign-in", self.page.text
        self.client.post("/language", data={"language": language, "csrf_token": self.csrf()})

    def csrf(self) -> str:
        """The token of any form on the page."""
        return next(form.fields["csrf_token"] for form in self.forms() if "csrf_token" in form.fields)

    def open(self, path: str, *, status: int = 200) -> TestResponse:
        """Open a page."""
        self.page = self.client.get(path, follow_redirects=True)
        assert self.page.status_code == status, f"{path}: {self.page.status_code}\n{self.page.text[:2000]}"
        return self.page

    def forms(self) -> list[PageForm]:
        """The forms on the page."""
        reader = _Forms()
        reader.feed(self.page.text)
        return reader.forms

    def submit(self, action: str, *, status: int = 200, **typed: Any) -> TestResponse:
        """Fill in the form that goes to `action` (its beginning or end is enough) and send it."""
        return self.press(action, status=status, typed=typed)

    def press(
        self,
        action: str,
        *,
        button: tuple[str, str] | None = None,
        status: int = 200,
        typed: dict[str, Any] | None = None,
    ) -> TestResponse:
        """Send the form that goes to `action`, filled in with `typed`, by one of its buttons."""
        here = self.page.request.path
        form = self._form(action, here)
        unknown = set(typed or {}) - form.names
        assert not unknown, f"the form has no field {unknown}; it has {sorted(form.names)}"
        data = form.fields | (typed or {}) | (dict([button]) if button else {})
        target = form.action or self.page.request.full_path
        assert form.method == "post", f"{action} is not posted"
        self.page = self.client.post(target, data=data, follow_redirects=True)
        assert self.page.status_code == status, f"{action}: {self.page.status_code}\n{self.page.text[:3000]}"
        return self.page

    def sees(self, *texts: str) -> None:
        """Assert that the page shows these texts."""
        for text in texts:
            assert text in self.page.text, (
                f"{text!r} is not on {self.page.request.path}:\n{self.page.text[-4000:]}"
            )

    def sees_not(self, *texts: str) -> None:
        """Assert that the page does not show these texts."""
        for text in texts:
            assert text not in self.page.text, f"{text!r} is on {self.page.request.path}"

    def _form(self, action: str, here: str) -> PageForm:
        posted = [form for form in self.forms() if form.method == "post"]
        for form in posted:
            target = (form.action or here).split("?")[0]
            if target == action or target.endswith(action):
                return form
        raise AssertionError(
            f"no form goes to {action}; there are: {[form.action or here for form in posted]}"
        )
