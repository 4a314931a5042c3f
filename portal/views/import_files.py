"""Files that come and go with imports, and how amounts are written beside them."""

import contextlib
import secrets
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from flask import Response
from werkzeug.datastructures import FileStorage

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".gz")


def keep_upload(file: FileStorage, folder: Path) -> dict[str, str]:
    """An uploaded file, kept under a name of our own; its own name is only ever shown."""
    name = Path((file.filename or "").replace("\\", "/")).name[:200]
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), ".bin")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(12)}{suffix}"
    try:
        file.save(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return {"name": name, "path": str(path.resolve())}


def remove_files(paths: Iterable[str]) -> None:
    """Remove these files, as far as they are there."""
    for path in paths:
        with contextlib.suppress(OSError):
            Path(path).unlink(missing_ok=True)


def amount_text(amount: Decimal, currency: str) -> str:
    """An exact amount: two decimals, more only where they are not nought; units are whole."""
    return f"{amount:,.4f}".removesuffix("00") if currency else f"{amount:,.0f}"


def download(content: bytes, name: str, kind: str) -> Response:
    """A file to be saved under this name."""
    return Response(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
