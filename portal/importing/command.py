"""Imports from the command line: `python -m portal.cli import orders lines.csv --currency GBP`."""

import shutil
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.orm import Session

from config import Settings
from portal import clock
from portal.db import make_engine, make_sessions, transaction
from portal.i18n import gettext, speaking
from portal.importing import queries, running, runs
from portal.importing.kinds import ImportKind
from portal.importing.models import RunState
from portal.importing.tables import found_in, open_place, served
from portal.importing.telling import Sums
from portal.refusal import Refused

Files = Sequence[Mapping[str, str]]
SHOWN_PROBLEMS = 20
SOME_ROWS_REPORTED = 1
NOT_CARRIED_OUT = 2


def command_with(kinds: Callable[[], Mapping[str, ImportKind]]) -> click.Command:
    """The `import` command for these kinds."""

    @click.command("import", help=_HELP)
    @click.argument("kind")
    @click.argument(
        "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
    )
    @click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help="Which column gives a field.")
    @click.option(
        "--table", "tables", multiple=True, metavar="SHEET=FILE[:TAB]", help="Which table serves a sheet."
    )
    @click.option("--currency", help="The currency of all amounts; short for --option currency=…")
    @click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of the kind.")
    @click.option(
        "--language", type=click.Choice(["th", "en"]), default="en", help="The language to report in."
    )
    @click.pass_obj
    def import_files(
        settings: Settings,
        kind: str,
        files: tuple[Path, ...],
        maps: tuple[str, ...],
        tables: tuple[str, ...],
        currency: str | None,
        options: tuple[str, ...],
        language: str,
    ) -> None:
        known = kinds()
        if kind not in known:
            _give_up(f"no such kind; there are: {', '.join(known)}")
        said = dict(_pair(one) for one in options) | ({"currency": currency} if currency else {})
        engine = make_engine(settings.database_url)
        with ExitStack() as at_the_end:
            at_the_end.callback(engine.dispose)
            at_the_end.enter_context(speaking(language))
            session = at_the_end.enter_context(make_sessions(engine)())
            try:
                run_id, claimed = _asked(session, settings, known[kind], files, maps, tables, said)
            except Refused as no:
                _give_up(gettext(no.message, **{name: _word(value) for name, value in no.params.items()}))
            sys.exit(_carried_out(session, run_id, claimed, known))

    return import_files


_HELP = """Import FILES (CSV, also .gz, or XLSX) as KIND: customers, catalogue, stock or orders.

Columns are matched by their headers; --map corrects that, e.g. --map unit_price=Price, or
--map orders.delivered_at=shipped_date where a kind takes several tables. Importing the same file again changes nothing.

Ends with 0 when every row was booked or known, with 1 when some rows were reported (the others are booked), and with 2
when the import could not be carried out.
"""


def _asked(
    session: Session,
    settings: Settings,
    kind: ImportKind,
    files: Sequence[Path],
    maps: Sequence[str],
    tables: Sequence[str],
    options: Mapping[str, str],
) -> tuple[int, str]:
    """The run and our claim on it: taken as it is asked for, no scheduler comes in between."""
    unknown = options.keys() - {option.name for option in kind.options}
    if unknown:
        names = ", ".join(option.name for option in kind.options)
        _give_up(f"{kind.name} knows no option {', '.join(sorted(unknown))}; there are: {names}")
    kept: list[dict[str, str]] = []
    try:
        _copy(files, settings.uploads, kept)
        chosen = _placed(kind, kept, runs.guessed_tables(kind, kept), tables)
        for one in maps:
            _map(kind, kept, chosen, *_pair(one))
        columns = runs.columns_of(kept, chosen)
        now = clock.now()
        with transaction(session):
            run = runs.prepare(session, kind, kept, by=None, now=now, tables=chosen)
            runs.ask(
                session, run, kind, chosen, {**run.options, **options}, by=None, now=now, columns=columns
            )
            return run.id, running.take(run, now=now)
    except BaseException:
        for file in kept:
            Path(file["path"]).unlink(missing_ok=True)
        raise


def _copy(files: Sequence[Path], folder: Path, kept: list[dict[str, str]]) -> None:
    """Copies of our own: the run can be taken up again though the originals have changed or gone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in files:
        path = folder / f"{uuid.uuid4().hex}{''.join(file.suffixes[-2:])[-12:]}"
        kept.append({"name": file.name, "path": str(path.resolve())})
        shutil.copyfile(file, path)


def _placed(
    kind: ImportKind, files: Files, guessed: Mapping[str, Any], tables: Sequence[str]
) -> dict[str, Any]:
    chosen = dict(guessed)
    found = {one.name.replace(" – ", ":"): one for one in found_in(files)}
    for sheet_name, wanted in map(_pair, tables):
        if sheet_name not in {sheet.name for sheet in kind.sheets}:
            _give_up(
                f"{kind.name} has no sheet {sheet_name}; there are: {', '.join(s.name for s in kind.sheets)}"
            )
        if wanted not in found:
            _give_up(f"there is no table {wanted}; there are: {', '.join(found)}")
        chosen[sheet_name] = served(kind.sheet(sheet_name), found[wanted].place, found[wanted].headers)
    return chosen


def _map(kind: ImportKind, files: Files, chosen: dict[str, Any], field: str, header: str) -> None:
    """Put a header to a field, in the sheet named before a dot or in each one whose table has the header."""
    sheet_name, _, key = field.rpartition(".")
    done = False
    for name, table in chosen.items():
        if sheet_name and sheet_name != name:
            continue
        for column in kind.sheet(name).columns:
            named = key.casefold() in {column.key, column.title.casefold(), gettext(column.title).casefold()}
            if named and (not header or header in open_place(files, table["place"]).headers):
                table["columns"][column.key] = header or None
                done = True
    if not done:
        _give_up(f"--map {field}={header}: there is no such field, or no table with that column")


def _carried_out(session: Session, run_id: int, claimed: str, kinds: Mapping[str, ImportKind]) -> int:
    with click.progressbar(length=1000, label="importing", file=sys.stderr) as bar:
        running.carry_out(session, run_id, claimed, kinds, lambda share, _: bar.update(share - bar.pos))
    session.expire_all()
    run = runs.get_run(session, run_id)
    sums = Sums.read(run.sums)
    _print_sums(kinds[run.kind], sums)
    reported = sums.rows("reported")
    if reported:
        page = queries.problems_page(session, run)
        for problem in page.rows[:SHOWN_PROBLEMS]:
            place = f"{problem.sheet} " if len(kinds[run.kind].sheets) > 1 else ""
            blamed = f" {problem.column} “{problem.value}”:" if problem.column else ""
            click.echo(f"  {place}row {problem.row}:{blamed} {gettext(problem.message, **problem.params)}")
        if (total := queries.count_problems(session, run)) > SHOWN_PROBLEMS:
            click.echo(
                f"  … and {total - SHOWN_PROBLEMS} more; the whole list is on the page of import {run.id}"
            )
    if run.state != RunState.DONE:
        if run.message:
            click.echo(gettext(run.message, **run.params), err=True)
        return NOT_CARRIED_OUT
    return SOME_ROWS_REPORTED if reported else 0


def _print_sums(kind: ImportKind, sums: Sums) -> None:
    click.echo(f"rows read {sums.rows_read:,} = " + " + ".join(
        f"{outcome} {sums.rows(outcome):,}" for outcome in ("booked", "unchanged", "reported")
    ))  # fmt: skip
    for name, title in kind.counted.items():
        click.echo(f"{gettext(title)}: {sums.counted[name]:,}")
    for currency, one in sums.reconciled():
        parts = {
            "booked": one.booked,
            "unchanged": one.unchanged,
            "reported": one.reported,
            "rounding": one.rounding,
        }
        told = " + ".join(f"{name} {_amount(amount)}" for name, amount in parts.items())
        click.echo(f"{currency or 'units'} read {_amount(one.read)} = {told}")


def _amount(amount: Decimal) -> str:
    exact = f"{amount:,.4f}"
    return exact.removesuffix("00")


def _pair(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign:
        _give_up(f"“{written}” should read NAME=VALUE")
    return name.strip(), value.strip()


def _word(value: object) -> object:
    return gettext(value) if isinstance(value, str) and value else value


def _give_up(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(NOT_CARRIED_OUT)
