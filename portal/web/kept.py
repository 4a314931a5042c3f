"""What is made once and looked up by every page after."""

from typing import Any

from flask import current_app, g, request


def kept(kind: str) -> dict[Any, Any]:
    """What was made of a kind for the place that the portal is served under; a page looks a hundred times."""
    try:
        found: dict[Any, Any] = getattr(g, kind)
    except AttributeError:
        places = current_app.extensions.setdefault(kind, {})
        found = places.setdefault(request.script_root, {})
        setattr(g, kind, found)
    return found
