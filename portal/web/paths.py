"""Paths that a browser hands back to us."""

from urllib.parse import urlsplit


def own_path(target: str | None, under: str = "/") -> str | None:
    """A path of our own that begins with `under`, or None: nobody is sent elsewhere."""
    if not target or not target.startswith(under) or target.startswith("//"):
        return None
    if "\\" in target or not target.isprintable():  # browsers read a backslash as a slash, and drop controls
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
