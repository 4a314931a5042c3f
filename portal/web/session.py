"""The database session of a request, and the person asking."""

from typing import cast

from flask import Flask, current_app, g
from flask_login import current_user
from sqlalchemy.orm import Session, sessionmaker

from config import Settings
from portal.accounts.models import User
from portal.db import read_freely


def db() -> Session:
    """The session of this request; it ends with it, and only `transaction(db())` writes."""
    if "db" not in g:
        g.db = sessions(current_app)()
        read_freely(g.db)
    return cast(Session, g.db)


def me() -> User:
    """The person who is signed in; only endpoints that ask for a sign-in may call it."""
    return cast(User, current_user.user)


def sessions(app: Flask) -> sessionmaker[Session]:
    """The maker of sessions that an application was built with."""
    return cast("sessionmaker[Session]", app.extensions["sessions"])


def settings() -> Settings:
    """The settings of the running application."""
    return cast(Settings, current_app.extensions["settings"])


def close_session(_fault: BaseException | None = None) -> None:
    """Give the request's session back."""
    session = g.pop("db", None)
    if session is not None:
        session.close()
