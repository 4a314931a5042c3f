"""The headless Chromium of the browser tests: where it is found, how it is installed, what a page is asked.

`python -m tests.browser` finds one or installs one, and prints where it is.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NPM_PACKAGE = "@sparticuz/chromium@153.0.0"
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

_UNPACK = """
const { inflate } = await import("@sparticuz/chromium");
for (const part of ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"])
  await inflate("node_modules/@sparticuz/chromium/bin/" + part);
"""
_LAUNCHER = """#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/unpacked/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$here/unpacked/fonts"
exec "$here/unpacked/chromium" "$@"
"""


class NoBrowser(Exception):
    """There is no Chromium here, and none of the ways to install one worked."""


def find() -> str | None:
    """The Chromium to run: $CHROMIUM, else one in PATH, else the one in .cache, else Playwright's own; or None."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and (CACHE / "chromium").exists():
        found = str(CACHE / "chromium")
    return found or _playwrights_own()


def install() -> str:
    """A Chromium that starts, installed if there was none: by apt, from npm, or by Playwright."""
    found = find()
    for way in (_from_debian, _from_npm, _from_playwright):
        if found is not None and _starts(found):
            return found
        if os.environ.get("CHROMIUM"):
            raise NoBrowser(f"CHROMIUM={found} does not start")
        try:
            way()
        except (OSError, subprocess.CalledProcessError) as failure:
            print(f"{way.__name__.lstrip('_')}: {failure}", file=sys.stderr)
        found = find()
    if found is None or not _starts(found):
        raise NoBrowser("no Chromium could be installed; install one and name it: CHROMIUM=/path/to/chromium")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the Chromium that was found, and let it talk to nobody but us."""
    return {**browser_type_launch_args, "executable_path": find(), "args": list(QUIET)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk in Bangkok; without animations, so that a screenshot always looks the same."""
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "timezone_id": "Asia/Bangkok",
        "reduced_motion": "reduce",
    }


@contextmanager
def serving(app: "WSGIApplication") -> Iterator[str]:
    """The address of a server that answers with `app` on a free port, until the block is left."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accessibility_faults(page: "Page") -> list[str]:
    """What axe finds wrong with the page as it is now, one line a fault: rule, what to do, where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{fault['id']}: {fault['help']}: {', '.join(str(node['target'][0]) for node in fault['nodes'][:5])}"
        for fault in found
    ]


def _starts(executable: str) -> bool:
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, timeout=30_000)
            works = browser.new_page().evaluate("6 * 7") == 42
            browser.close()
    except PlaywrightError:
        return False
    return works


def _from_debian() -> None:
    release = Path("/etc/os-release")
    if os.geteuid() != 0 or not release.exists() or "ID=debian" not in release.read_text().splitlines():
        return
    quietly = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
    _run("apt-get", "update", "-qq", **quietly)
    _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", **quietly)


def _from_npm() -> None:
    if sys.platform != "linux":
        return
    unpacked = CACHE / "unpacked"
    unpacked.mkdir(parents=True, exist_ok=True)
    (CACHE / "package.json").write_text('{"private": true, "type": "module"}\n')
    path = f"{os.environ.get('PATH', os.defpath)}:{ROOT / '.cache' / 'node' / 'bin'}"
    here = {"cwd": CACHE, "env": {**os.environ, "PATH": path, "TMPDIR": str(unpacked)}}
    npm = shutil.which("npm", path=path)
    node = shutil.which("node", path=path)
    if npm is None or node is None:
        return
    _run(
        npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", NPM_PACKAGE, **here
    )
    _run(node, "--input-type=module", "--eval", _UNPACK, **here)
    launcher = CACHE / "chromium"
    launcher.write_text(_LAUNCHER)
    launcher.chmod(0o755)


def _from_playwright() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"}
    _run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium", env=environment)


def _playwrights_own() -> str | None:
    folders = [
        Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright")),
        Path.home() / "Library" / "Caches" / "ms-playwright",
    ]
    names = ("chrome-headless-shell", "headless_shell", "chrome")
    found = (file for folder in folders for name in names for file in folder.glob(f"chromium*/*/{name}"))
    return next((str(file) for file in found), None)


def _run(*command: str, **options: Any) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


if __name__ == "__main__":
    try:
        print(f"browser: {install()}")
    except NoBrowser as none:
        sys.exit(str(none))
