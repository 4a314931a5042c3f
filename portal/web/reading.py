"""What a request says is looked at once, before any page reads it: what no page could mean is refused here."""

from collections.abc import Iterable

from flask import abort, request
from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1
PLACES = ("page", "older", "newer")
"""Query parameters that name a place in a list; a whole number in them is an id or the number of a page."""


class NumberInPath(IntegerConverter):
    """A whole number in a path that a key of the database can have; anything beyond is an unknown page."""

    regex = r"[0-9]{1,10}"

    def __init__(self, map: object, *args: object, **options: object) -> None:  # noqa: A002 - werkzeug's own name
        super().__init__(map, *args, **{"max": LARGEST, **options})  # type: ignore[arg-type]


def refuse_unreadable() -> None:
    """Before each request: 404 for a path, 400 for words, that hold a NUL; 400 for a place that no list can have."""
    if "\0" in request.path:
        abort(404)
    texts = [*_texts(request.args.lists()), *_texts(request.form.lists())]
    texts += [file.filename or "" for file in request.files.values()]
    if any("\0" in text for text in texts):
        abort(400)
    if any(_beyond(value.strip()) for name in PLACES for value in request.args.getlist(name)):
        abort(400)


def _texts(lists: Iterable[tuple[str, list[str]]]) -> list[str]:
    return [text for name, values in lists for text in (name, *values)]


def _beyond(text: str) -> bool:
    digits = text.removeprefix("-").removeprefix("+")
    return digits.isdecimal() and (len(digits) > len(str(LARGEST)) or int(digits) > LARGEST)
