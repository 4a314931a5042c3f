"""The lines of a notice stay lines of their own, whatever is left out of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

import config
from portal.i18n import speaking
from portal.mailing import _environment

ROOT = Path(config.__file__).parent
NOTICES = sorted(
    path.relative_to(ROOT)
    for path in ROOT.glob("*/templates/*/notices/*.txt")
    if "node_modules" not in path.parts
)


class _Anything:
    """Stands for any fact of a notice: a list of one, a number, a text; there or not."""

    def __init__(self, there: bool) -> None:
        self.there = there

    def __bool__(self) -> bool:
        return self.there

    def __iter__(self) -> Iterator["_Anything"]:
        return iter([self])

    def __len__(self) -> int:
        return 1

    def __getattr__(self, _name: str) -> "_Anything":
        return self

    def __getitem__(self, _name: Any) -> "_Anything":
        return self

    def __sub__(self, _other: Any) -> "_Anything":
        return self

    def __gt__(self, _other: Any) -> bool:
        return self.there

    def __lt__(self, _other: Any) -> bool:
        return self.there

    def __str__(self) -> str:
        return "fact"


def _rendered(source: str, *, there: bool, eating: bool) -> list[str]:
    """The lines of a template that say something; `eating` leaves out the newline after a tag, as mails do."""
    mails = _environment()
    environment = Environment(
        autoescape=False,  # noqa: S701 - plain-text mail
        trim_blocks=eating,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters.update({name: lambda *_args, **_facts: "fact" for name in mails.filters})
    environment.filters["length"] = lambda _value: 0
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda said, **_facts: said, lambda one, _many, _count, **_facts: one, newstyle=False
    )
    names = set(re.findall(r"[a-z_]+", source))
    facts = {name: _Anything(there) for name in names - {"_", "gettext", "ngettext"}}
    text = environment.from_string(source).render(facts)
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("there", [True, False], ids=["with everything", "with little"])
@pytest.mark.parametrize("path", NOTICES, ids=str)
def test_no_line_of_a_notice_runs_into_the_next(path: Path, there: bool) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert _rendered(source, there=there, eating=True) == _rendered(source, there=there, eating=False)


@pytest.mark.parametrize("facts", [{"units": 2, "total_minor": 130_504, "currency": "THB"}, {}])
def test_the_subject_of_a_cancellation_is_its_first_line(facts: dict[str, Any]) -> None:
    template = _environment().get_template("orders/notices/cancelled.txt")
    with speaking("en"):
        lines = template.render(order="SO-1", reason="Too late", **facts).strip().split("\n")
    assert lines[0].endswith(("cancelled", "were cancelled"))
    assert lines[1] == "They had not been picked yet and will not be delivered."
    assert lines[2] == "Reason: Too late"
    assert len(lines) == (4 if facts else 3)
