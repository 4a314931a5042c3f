"""What the layout shows around every page: navigation by job, notices, language, the person."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request, session, url_for
from flask_login import current_user

from portal import i18n, outbox
from portal.accounts.roles import ROLE_TITLES, Role
from portal.feature import NavEntry
from portal.i18n import gettext
from portal.web.access import may
from portal.web.session import db, me, settings


def choose_language() -> None:
    """Speak the language chosen in this browser, else the person's own, else the browser's first that we know."""
    if request.endpoint == "static":
        return
    chosen = session.get("language")
    if chosen is None and current_user.is_authenticated:
        chosen = current_user.language
    if chosen is None:
        chosen = request.accept_languages.best_match(list(i18n.LANGUAGES)) or i18n.DEFAULT_LANGUAGE
    i18n.speak(chosen)


def for_layout() -> dict[str, Any]:
    """The values that `layout.html` needs on every page."""
    spoken = i18n.language()
    common = {
        "demo": settings().demo,
        "lang": spoken,
        "locale": spoken,
        "viewer": None,
        "home_url": url_for("session.home"),
        "here": _here(),
    }
    if not current_user.is_authenticated:
        return common
    if "layout" not in g:
        g.layout = _signed_in_layout()
    return {**common, **g.layout}


def _here() -> str:
    """The address of this page that can be opened again: after a refused form, of the page the form stood on."""
    if request.method == "GET":
        return request.full_path if request.query_string else request.path
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host and came_from.path else url_for("session.home")


def _signed_in_layout() -> dict[str, Any]:
    user = me()
    entries = sorted(
        (e for e in current_app.extensions["nav"] if e.audience is user.audience and may(user, e.permission)),
        key=lambda entry: entry.order,
    )
    shown = [_line(entry) for entry in entries]
    return {
        "viewer": user,
        "user_note": i18n.name_of(user.customer) if user.customer else gettext(ROLE_TITLES[Role(user.role)]),
        "nav": shown,
        "nav_phone": [line for line, entry in zip(shown, entries, strict=True) if entry.on_phone][:4],
        "bell": {"url": url_for("session.notifications"), "count": outbox.unread(db(), user)},
        "search_url": url_for("session.search"),
    }


def _line(entry: NavEntry) -> dict[str, Any]:
    url = url_for(entry.endpoint)
    here = request.endpoint == entry.endpoint or (url != "/" and request.path.startswith(url + "/"))
    count = entry.count(db(), me()) if entry.count else None
    return {
        "title": gettext(entry.title),
        "url": url,
        "icon": entry.icon,
        "count": count or None,
        "active": here,
    }
