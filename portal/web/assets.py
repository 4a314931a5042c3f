"""Styles, scripts, fonts and icons, copied out of node_modules into our own static folder.

Pages load nothing from another host, and the content security policy is 'self': pictures inside a style sheet
(`data:` addresses) become files, for the browser would refuse them.
"""

import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "portal" / "static" / "vendor"

SCRIPTS = {
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "chart.umd.js": "chart.js/dist/chart.umd.js",
}
STYLE = "@tabler/core/dist/css/tabler.min.css"
FONT = "@fontsource/sarabun"
FONT_SCRIPTS = ("thai", "latin-ext", "latin")
FONT_WEIGHTS = (400, 500, 600, 700)
LICENCES = {
    "htmx": "htmx.org/LICENSE",
    "Chart.js": "chart.js/LICENSE.md",
    "Sarabun": "@fontsource/sarabun/LICENSE",
    "Bootstrap Icons": "bootstrap-icons/LICENSE",
}

ICONS = {
    "alert-circle": "exclamation-circle",
    "alert-triangle": "exclamation-triangle",
    "arrow-down": "arrow-down",
    "arrow-left": "arrow-left",
    "arrow-right": "arrow-right",
    "arrow-up": "arrow-up",
    "bell": "bell",
    "book": "book",
    "building": "building",
    "calendar": "calendar3",
    "cash": "cash-coin",
    "chart": "bar-chart",
    "check": "check-lg",
    "chevron-down": "chevron-down",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "chevron-up": "chevron-up",
    "circle-check": "check-circle",
    "circle-x": "x-circle",
    "clipboard": "clipboard-check",
    "clock": "clock",
    "copy": "copy",
    "dashboard": "speedometer2",
    "dots": "three-dots",
    "download": "download",
    "external-link": "box-arrow-up-right",
    "eye": "eye",
    "file-spreadsheet": "file-earmark-spreadsheet",
    "file-text": "file-earmark-text",
    "filter": "funnel",
    "flag": "flag",
    "help": "question-circle",
    "history": "clock-history",
    "home": "house",
    "hourglass": "hourglass-split",
    "inbox": "inbox",
    "info": "info-circle",
    "key": "key",
    "language": "translate",
    "layers": "layers",
    "list": "list-ul",
    "lock": "lock",
    "login": "box-arrow-in-right",
    "logout": "box-arrow-right",
    "mail": "envelope",
    "map-pin": "geo-alt",
    "menu": "list",
    "minus": "dash-lg",
    "package": "box-seam",
    "paperclip": "paperclip",
    "pencil": "pencil",
    "percent": "percent",
    "phone": "telephone",
    "plus": "plus-lg",
    "printer": "printer",
    "receipt": "receipt",
    "refresh": "arrow-clockwise",
    "repeat": "arrow-repeat",
    "return": "arrow-return-left",
    "search": "search",
    "settings": "gear",
    "shield": "shield-check",
    "shopping-cart": "cart3",
    "star": "star",
    "tag": "tag",
    "trash": "trash",
    "truck": "truck",
    "upload": "upload",
    "user": "person",
    "users": "people",
    "warehouse": "boxes",
    "wrench": "wrench",
    "x": "x-lg",
}
"""The names our pages use, and the drawing each stands for: `<use href="…/vendor/icons.svg#truck">`."""

_DATA_PICTURE = re.compile(r"""url\(\s*(["'])data:image/svg\+xml(?:;charset=[\w-]+|;utf8)*,(.*?)\1\s*\)""")
_FONT_FACE = re.compile(r"/\*\s*(?P<name>[\w-]+)\s*\*/\s*(?P<rule>@font-face\s*\{.*?\})", re.DOTALL)
_UNICODE_RANGE = re.compile(r"unicode-range:\s*([^;}]+)")
_SOURCE_MAP = re.compile(r"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")
_DRAWING = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)


class AssetsMissing(Exception):
    """A package is not what we expect: not installed, or its files have moved."""


def build(modules: Path = MODULES, vendor: Path = VENDOR) -> list[str]:
    """Names of the files now in the vendor folder; files already right are left alone, strangers are removed."""
    wanted = dict(_files(modules))
    for name, content in wanted.items():
        file = vendor / name
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    for file in vendor.rglob("*"):
        if file.is_file() and file.relative_to(vendor).as_posix() not in wanted:
            file.unlink()
    return sorted(wanted)


def _files(modules: Path) -> Iterator[tuple[str, bytes]]:
    for name, source in SCRIPTS.items():
        yield name, _SOURCE_MAP.sub("\n", _read(modules / source)).encode()
    yield from _style(_read(modules / STYLE))
    yield from _font(modules / FONT)
    yield "icons.svg", _sprite(modules / "bootstrap-icons" / "icons").encode()
    yield "licences.txt", _licences(modules).encode()


def _style(css: str) -> Iterator[tuple[str, bytes]]:
    pictures: dict[str, bytes] = {}

    def to_file(found: re.Match[str]) -> str:
        picture = unquote(found[2]).encode()
        name = f"pictures/{sha256(picture).hexdigest()[:12]}.svg"
        pictures[name] = picture
        return f'url("{name}")'

    css = _DATA_PICTURE.sub(to_file, _SOURCE_MAP.sub("\n", css))
    if "data:" in css:
        raise AssetsMissing("the style sheet holds a data: picture of a kind we cannot turn into a file")
    yield "tabler.min.css", css.encode()
    yield from pictures.items()


def _font(package: Path) -> Iterator[tuple[str, bytes]]:
    faces = []
    for weight in FONT_WEIGHTS:
        rules = {face["name"]: face["rule"] for face in _FONT_FACE.finditer(_read(package / f"{weight}.css"))}
        for script in FONT_SCRIPTS:
            name = f"sarabun-{script}-{weight}-normal"
            letters = _UNICODE_RANGE.search(rules.get(name, ""))
            if letters is None:
                raise AssetsMissing(f"{package.name} describes no {name}")
            faces.append(
                "@font-face {\n"
                "  font-family: Sarabun;\n"
                f"  font-weight: {weight};\n"
                "  font-display: swap;\n"
                f'  src: url("fonts/{name}.woff2") format("woff2");\n'
                f"  unicode-range: {letters[1].strip()};\n"
                "}\n"
            )
            yield f"fonts/{name}.woff2", _bytes(package / "files" / f"{name}.woff2")
    yield "sarabun.css", "".join(faces).encode()


def _sprite(drawings: Path) -> str:
    symbols = []
    for name, drawing in sorted(ICONS.items()):
        inside = _DRAWING.search(_read(drawings / f"{drawing}.svg"))
        if inside is None:
            raise AssetsMissing(f"the icon {drawing} is not a drawing")
        paths = re.sub(r"\s*\n\s*", "", inside[1])
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 16 16" fill="currentColor" stroke="none">{paths}</symbol>\n'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "".join(symbols) + "</svg>\n"


def _licences(modules: Path) -> str:
    return "\n\n".join(f"{name}\n\n{_read(modules / file).strip()}" for name, file in LICENCES.items()) + "\n"


def _read(file: Path) -> str:
    return _bytes(file).decode()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise AssetsMissing(f"{file} is missing; run: npm ci") from None


def main() -> int:
    """Build the vendor folder and say how many files it holds; 1 when a package is missing."""
    if "--clean" in sys.argv[1:]:
        shutil.rmtree(VENDOR, ignore_errors=True)
    try:
        names = build()
    except AssetsMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{len(names)} files in {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
