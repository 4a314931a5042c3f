"""Links to the pages before and after the one shown, of lists paged by keyset."""

from typing import Any, TypedDict

from flask import request, url_for

from portal.keyset import Keyset


class Whereabouts(TypedDict):
    """The place in a list after or before which a page begins."""

    older_than: int | None
    newer_than: int | None


def places() -> Whereabouts:
    """Where in a list the reader is, as the address says."""
    return {
        "older_than": request.args.get("older", type=int),
        "newer_than": request.args.get("newer", type=int),
    }


def links(found: Keyset[Any], endpoint: str, **kept: Any) -> dict[str, object]:
    """What the pager shows of a page; filters are kept in its links."""
    return {
        "shown": len(found.rows),
        "total": None,
        "prev_url": url_for(endpoint, **kept, newer=found.newer) if found.newer else None,
        "next_url": url_for(endpoint, **kept, older=found.older) if found.older else None,
    }
