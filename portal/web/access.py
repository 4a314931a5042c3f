"""Who may enter: every endpoint says it, and an endpoint that does not stops start-up."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.accounts.models import User
from portal.accounts.roles import Audience, Role

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


@dataclass(frozen=True)
class Access:
    """What an endpoint asks of the person entering."""

    signed_in: bool
    audience: Audience | None = None
    permission: StrEnum | None = None


class OpenEndpoint(Exception):
    """An endpoint that does not say who may enter."""


def public(view: View) -> View:
    """Anybody may enter."""
    return _marked(view, Access(signed_in=False))


def signed_in(view: View) -> View:
    """Anybody who is signed in may enter."""
    return _marked(view, Access(signed_in=True))


def customer(view: View) -> View:
    """People of a customer company may enter; what they see is their own company's."""
    return _marked(view, Access(signed_in=True, audience=Audience.CUSTOMER))


def staff(permission: StrEnum) -> Callable[[View], View]:
    """People of the distributor may enter whose role holds the permission."""
    return lambda view: _marked(view, Access(signed_in=True, audience=Audience.STAFF, permission=permission))


def access_of(app: Flask, endpoint: str) -> Access | None:
    """What an endpoint asks, or None when it does not say."""
    return getattr(app.view_functions[endpoint], "access", None)


def may(user: User, permission: StrEnum | None) -> bool:
    """Whether a person's role holds a permission."""
    return allows(Role(user.role), permission)


def allows(role: Role, permission: StrEnum | None) -> bool:
    """Whether a role holds a permission."""
    return permission is None or permission in current_app.extensions["grants"][role]


def check_endpoints(app: Flask) -> None:
    """Raise OpenEndpoint unless every endpoint says who may enter."""
    silent = [name for name in app.view_functions if name != "static" and access_of(app, name) is None]
    if silent:
        raise OpenEndpoint(f"these endpoints do not say who may enter: {', '.join(sorted(silent))}")


def guard() -> ResponseReturnValue | None:
    """Before each request: let in, send to the sign-in page, or answer 404 as if nothing were there.

    Pages of the other audience do not exist for a person; a page of one's own audience that asks for a permission one
    lacks is 403.
    """
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = access_of(current_app, request.endpoint)
    if access is None:
        abort(404)
    if not access.signed_in:
        return None
    if not current_user.is_authenticated:
        if request.method in {"GET", "HEAD"}:
            return redirect(url_for("session.sign_in", next=request.full_path.rstrip("?")))
        abort(401)
    if access.audience is not None and current_user.audience is not access.audience:
        abort(404)
    if not may(current_user, access.permission):
        abort(403)
    return None


def _marked(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
