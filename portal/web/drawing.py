"""Small drawings that look alike wherever they stand, made once in a process: icons, and what a state looks like."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask import current_app, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.i18n import gettext, language
from portal.web.kept import kept

KEPT = 4096
"""Drawings that a process keeps at most."""

SPARK_WIDTH, SPARK_HEIGHT = 90, 22
TONE_ICONS = {
    "ok": "circle-check",
    "risk": "alert-triangle",
    "bad": "circle-x",
    "info": "info",
    "neutral": "clock",
}
_STATES_BY_TONE = {
    "ok": "kept delivered published active approved succeeded imported",
    "risk": "at_risk on_hold held backorder backordered in_review overdue",
    "bad": "missed failed refused rejected",
    "info": "open ordered placed confirmed allocated picked picking packed shipped part_shipped part_delivered running "
    "requested",
}
STATE_TONES = {state: tone for tone, states in _STATES_BY_TONE.items() for state in states.split()}
STATE_ICONS = {
    "shipped": "truck",
    "part_shipped": "truck",
    "picked": "package",
    "picking": "package",
    "packed": "package",
    "draft": "pencil",
    "superseded": "history",
    "cancelled": "x",
    "withdrawn": "x",
    "waived": "shield",
    "open": "clock",
    "ordered": "list",
    "placed": "list",
    "confirmed": "check",
    "on_hold": "clock",
    "held": "clock",
    "in_review": "eye",
}


def asset(filename: str) -> str:
    """The address of a file of our own, with a mark that changes when the portal is started anew."""
    known: dict[str, str] = kept("assets")
    if filename not in known:
        version = current_app.jinja_env.globals["static_version"]
        known[filename] = url_for("static", filename=filename, v=version)
    return known[filename]


def piece(template: str, **shown: Any) -> Markup:
    """A piece of a page by itself, drawn from what is given here and nothing else."""
    drawn = current_app.jinja_env.get_template(template).render(shown)
    return Markup(drawn)  # noqa: S704 - the template has escaped what it shows


def still(template: str) -> Markup:
    """A piece that is the same on every page for all who speak a language, drawn once."""
    known: dict[tuple[str, str], Markup] = kept("stills")
    key = (template, language())
    if key not in known:
        known[key] = piece(template)
    return known[key]


def icon(name: str, label: str | None = None, css: str = "") -> Markup:
    """An icon; with a label it is read out, without one it only decorates."""
    return _icon(asset("vendor/icons.svg"), name, label, css)


def badge(text: str, tone: str = "neutral", icon_name: str | None = None) -> Markup:
    """A word with its tone, told by an icon as well as by a colour."""
    return _badge(asset("vendor/icons.svg"), text, tone, icon_name)


def state_badge(state: StrEnum | str, text: str) -> Markup:
    """The word for a state, in the tone and with the icon that this state has everywhere."""
    return badge(text, STATE_TONES.get(state, "neutral"), STATE_ICONS.get(state))


def state(of: StrEnum | str, titles: Mapping[Any, str]) -> Markup:
    """The same for a state of a list whose words are in `titles`."""
    return _state(asset("vendor/icons.svg"), language(), of, titles[of])


def csrf() -> Markup:
    """The hidden field by which a form proves that it comes from a page of ours."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def spark(shares: Sequence[float | None], told: str, aim: float | None = None) -> Markup:
    """A small line of shares of one, from zero to one, with the line they should reach; `told` is read out instead."""
    step = SPARK_WIDTH / max(len(shares) - 1, 1)
    points = [(f"{n * step:.1f}", _height(share)) for n, share in enumerate(shares) if share is not None]
    dots = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="1.75"></circle>').format(x, y) for x, y in points[-1:]
    )
    line = (
        Markup('<line x1="0" x2="{}" y1="{}" y2="{}"></line>').format(SPARK_WIDTH, *[_height(aim)] * 2)
        if aim
        else ""
    )
    drawn = Markup('<polyline points="{}"></polyline>').format(" ".join(f"{x},{y}" for x, y in points))
    frame = Markup('<svg class="spark" viewBox="-2 -2 {} {}" role="img" aria-label="{}">{}</svg>')
    return frame.format(SPARK_WIDTH + 4, SPARK_HEIGHT + 4, told, line + drawn + dots)


def _height(share: float) -> str:
    return f"{SPARK_HEIGHT * (1 - share):.1f}"


@lru_cache(KEPT, typed=True)  # typed, for the same letters may be markup or not
def _icon(drawings: str, name: str, label: str | None, css: str) -> Markup:
    read_out = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    return Markup('<svg class="{}"{} focusable="false"><use href="{}#{}"></use></svg>').format(
        f"icon {css}" if css else "icon", read_out, drawings, name
    )


@lru_cache(KEPT)
def _state(drawings: str, _language: str, of: str, title: str) -> Markup:
    return _badge(drawings, gettext(title), STATE_TONES.get(of, "neutral"), STATE_ICONS.get(of))


@lru_cache(KEPT, typed=True)
def _badge(drawings: str, text: str, tone: str, icon_name: str | None) -> Markup:
    drawn = _icon(drawings, icon_name or TONE_ICONS.get(tone, "info"), None, "")
    return Markup('<span class="tag tag-{}">{}{}</span>').format(tone, drawn, text)
