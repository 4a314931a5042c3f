"""House rules that a linter does not know, held by reading every file of the project."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from portal.web.assets import ICONS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("policies", "inventory", "orders", "aftersales")
HOUSE = (*ROOMS, "portal")
EDGE = {"feature", "views", "forms", "panels", "jobs", "demo"}
WEB = {"feature", "views", "forms"}
WEB_LIBRARIES = {"flask", "flask_babel", "flask_limiter", "flask_login", "flask_wtf", "werkzeug", "wtforms"}
MOST_LINES = 400

TOP_LEVEL = {
    # The house.
    "portal", "orders", "inventory", "aftersales", "policies", "migrations", "tests", "config.py", "README.md",
    # What people read and measure.
    "benchmarks", "docs", "CHANGES.md", "LICENSE",
    # What tools need.
    ".ci", ".editorconfig", ".gitattributes", ".gitignore", ".importlinter", ".npmrc", ".pre-commit-config.yaml",
    "Makefile", "alembic.ini", "babel.cfg", "package-lock.json", "package.json", "pyproject.toml",
    "requirements-dev.in", "requirements-dev.lock", "requirements.in", "requirements.lock",
}  # fmt: skip

# Written in two halves, so that this file does not find itself.
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb.debian" + ".org")
PLACES = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/op" + "t/pypi", "/Us" + "ers/")
LATER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is part of the project: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (Path(name) for name in sorted(set(listed.stdout.split("\0"))) if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def python(*folders: str) -> list[Path]:
    """The Python files in these folders, or all of them."""
    found = [path for path in files() if path.suffix == ".py"]
    return [path for path in found if path.parts[0] in folders] if folders else found


@cache
def text(path: Path) -> str:
    """What a file says, or nothing when it is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def lines(pattern: str | re.Pattern[str], paths: list[Path]) -> list[str]:
    """`file:line` of every line that matches."""
    return [
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), start=1)
        if re.search(pattern, line)
    ]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """The dotted names a file imports, with their lines; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)


def part(path: Path) -> str:
    """Which part of its room a file belongs to: `orders/views/staff.py` belongs to `views`."""
    return path.parts[1].removesuffix(".py")


@pytest.fixture(scope="module", autouse=True)
def _under_git() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("the house rules are checked in a git work tree")


def test_only_the_database_module_commits() -> None:
    assert lines(r"\.commit\(", [path for path in python(*HOUSE) if path != Path("portal/db.py")]) == []


def test_only_feature_views_and_forms_know_the_web() -> None:
    strangers = [
        f"{path}:{line} imports {name}"
        for path in python(*ROOMS)
        if part(path) not in WEB
        for name, line in imports(path)
        if name.partition(".")[0] in WEB_LIBRARIES or name.startswith("portal.web")
    ]
    assert strangers == []


def test_use_cases_and_models_import_no_edge_of_any_room() -> None:
    edges = {f"{room}.{name}" for room in ROOMS for name in EDGE}
    upward = [
        f"{path}:{line} imports {name}"
        for path in python(*ROOMS)
        if part(path) not in EDGE
        for name, line in imports(path)
        if ".".join(name.split(".")[:2]) in edges
    ]
    assert upward == []


def test_money_is_never_a_float() -> None:
    counted = {"measures.py", "manager.py", "panels_desk.py"}  # shares of one, which are no money
    money = [path for path in python("orders", "aftersales") if path.name not in counted] + [
        Path("portal/money.py")
    ]
    assert lines(r"\bfloat\(|\bFloat\b|:\s*float\b", money) == []


def test_a_package_says_what_it_is_and_nothing_else() -> None:
    talkative = [
        str(path)
        for path in python()
        if path.name == "__init__.py" and (len(tree(path).body) != 1 or ast.get_docstring(tree(path)) is None)
    ]
    assert talkative == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in python(*HOUSE)}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").exists()] == []


def test_a_file_fits_one_reading() -> None:
    counted = {str(path): len(text(path).splitlines()) for path in python(*HOUSE)}
    assert {path: count for path, count in counted.items() if count > MOST_LINES} == {}


def test_nothing_is_put_off() -> None:
    written = [path for path in files() if path.suffix not in {".lock", ".po", ".csv"}]
    assert lines(LATER, written) == []


def test_the_top_level_holds_the_house_and_what_tools_need() -> None:
    assert {path.parts[0] for path in files()} - TOP_LEVEL == set()


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    forbidden = re.compile(
        "|".join(map(re.escape, HOSTS)) + "|" + "|".join(rf"(?<![\w.]){p}" for p in PLACES)
    )
    assert lines(forbidden, list(files())) == []


def test_lock_files_name_versions_and_hashes_and_no_place() -> None:
    locks = [Path("requirements.lock"), Path("requirements-dev.lock")]
    assert lines(r"://|@ |^--|^-e", locks) == []
    assert lines(r'"resolved"', [Path("package-lock.json")]) == []


def test_every_icon_a_page_names_is_drawn() -> None:
    pages = [path for path in files() if path.suffix == ".html" and path.parts[0] in HOUSE]
    named = {name for path in pages for name in re.findall(r"\bicon\(['\"]([a-z-]+)['\"]", text(path))}
    assert named - set(ICONS) == set()
