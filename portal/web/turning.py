"""Links to the pages before and after the one shown: of lists paged by keyset, and of lists paged by number."""

from collections.abc import Sequence
from typing import Any, Protocol, TypedDict

from flask import request, url_for

from portal.numbered import Page


class Turned(Protocol):
    """A page of a list, with the places from which it goes on and back, None at either end."""

    @property
    def rows(self) -> Sequence[Any]:
        """What the page shows."""

    @property
    def older(self) -> int | str | None:
        """The place to go on from."""

    @property
    def newer(self) -> int | str | None:
        """The place to go back from."""


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


def links(found: Turned, endpoint: str, *, total: int | None = None, **filters: Any) -> dict[str, object]:
    """What the pager shows of a page; filters are kept in its links, but for those that are empty."""
    kept: dict[str, Any] = {name: value for name, value in filters.items() if value not in (None, "")}
    return {
        "shown": len(found.rows),
        "total": total,
        "prev_url": url_for(endpoint, **kept, newer=found.newer) if found.newer else None,
        "next_url": url_for(endpoint, **kept, older=found.older) if found.older else None,
    }


def page_number() -> int:
    """The number of the page that the address asks for, the first unless it says."""
    return max(1, request.args.get("page", 1, type=int))


def numbered_links(found: Page[Any]) -> dict[str, object]:
    """What the pager shows of a page; everything else that the request asked for is kept in its links."""
    return {
        "shown": len(found.rows),
        "total": found.total,
        "prev_url": _address(found.number - 1) if found.has_previous else None,
        "next_url": _address(found.number + 1) if found.has_next else None,
    }


def _address(page: int) -> str:
    asked: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), "page": page}
    return url_for(str(request.endpoint), **asked)
