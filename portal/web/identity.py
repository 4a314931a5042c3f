"""Flask-Login's view of a signed-in person: the browser's session holds the sign-in token, never the user's id."""

from typing import Any

from flask_login import UserMixin

from portal import clock
from portal.accounts import signing_in
from portal.accounts.models import User
from portal.db import transaction
from portal.web.session import db


class Identity(UserMixin):
    """A person and the sign-in they came with; everything else is asked of the person."""

    def __init__(self, user: User, token: str) -> None:
        self.user, self._token = user, token

    def get_id(self) -> str:
        """What Flask-Login keeps in the browser's session: the sign-in token."""
        return self._token

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)


def load(token: str) -> Identity | None:
    """The identity behind a token, or None when the sign-in has ended."""
    now = clock.now()
    found = signing_in.find_sign_in(db(), token, now=now)
    if found is None:
        return None
    _keep(found.user)
    if signing_in.is_stale(found, now=now):
        with transaction(db()):
            signing_in.touch(db(), token, now=now)
    return Identity(found.user, token)


def _keep(user: User) -> None:
    """Who is asking was read in this very request, so that its transactions need not read them again."""
    db().info["asking"] = (user, user.customer) if user.customer else (user,)
