"""Paths to our own pages: worked out for a link, and handed back to us by a browser."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app, url_for

from portal.web.kept import kept


def address(endpoint: str, **values: Any) -> str:
    """The address of a page; a path in which nothing varies is worked out once."""
    known: dict[str, str] = kept("addresses")
    if endpoint not in known:
        known[endpoint] = _path(endpoint)
    path = known[endpoint]
    if not path or any(name.startswith("_") for name in values):
        return url_for(endpoint, **values)
    asked = {name: value for name, value in values.items() if value is not None}
    return f"{path}?{urlencode(asked, doseq=True)}" if asked else path


def _path(endpoint: str) -> str:
    """Where a page always is; empty for one whose path varies, or that is named beside the page shown."""
    if endpoint.startswith(".") or any(rule.arguments for rule in current_app.url_map.iter_rules(endpoint)):
        return ""
    return url_for(endpoint)


def own_path(target: str | None, under: str = "/") -> str | None:
    """A path of our own that begins with `under`, or None: nobody is sent elsewhere."""
    if not target or not target.startswith(under) or target.startswith("//"):
        return None
    if "\\" in target or not target.isprintable():  # browsers read a backslash as a slash, and drop controls
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
