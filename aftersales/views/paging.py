"""Links to the pages before and after the one shown."""

from typing import Any

from flask import url_for

from aftersales.queries import ReturnPage


def pages_of(found: ReturnPage, endpoint: str, **kept: Any) -> dict[str, object]:
    """What the pager shows of a page of returns; filters are kept in its links."""
    return {
        "shown": len(found.rows),
        "total": None,
        "prev_url": url_for(endpoint, **kept, newer=found.newer) if found.newer else None,
        "next_url": url_for(endpoint, **kept, older=found.older) if found.older else None,
    }
