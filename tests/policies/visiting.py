"""Somebody at a browser, without the browser."""

import html
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import User
from tests.policies.makers import PASSWORD


class Visitor:
    """Somebody signed in at a browser."""

    def __init__(self, app: Flask, person: User) -> None:
        self.client: FlaskClient = app.test_client()
        answer = self.client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text

    def reads(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return " ".join(html.unescape(answer.text).split())

    def sends(self, path: str, status: int = 302, **data: Any) -> str:
        answer = self.client.post(path, data=data)
        assert answer.status_code == status, answer.text
        return answer.location or " ".join(html.unescape(answer.text).split())
