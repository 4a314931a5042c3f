"""The addresses of the pages before and after the one shown, its filters kept."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from inventory.queries import Page


@dataclass(frozen=True)
class Paged:
    """What the pager under a list shows."""

    shown: int
    total: int
    prev_url: str | None
    next_url: str | None


def paged(page: Page) -> Paged:
    """How the page of a list that this request asked for is left for its neighbours."""
    return Paged(
        len(page.rows),
        page.total,
        _address(page.number - 1) if page.has_previous else None,
        _address(page.number + 1) if page.has_next else None,
    )


def _address(number: int) -> str:
    asked: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(str(request.endpoint), **asked)
