"""Imports from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from orders.models import Order
from portal.cli import cli
from portal.db import make_sessions
from portal.importing.models import ImportRun
from tests.conftest import SECRET
from tests.importing.runners import table

HEADERS = ("Invoice", "Code", "Pieces", "Day", "Price", "Who")
MAPS = [
    "--map", "order_no=Invoice", "--map", "Product code=Code", "--map", "quantity=Pieces", "--map", "ordered_at=Day",
    "--map", "customer=Who",
]  # fmt: skip


@pytest.fixture
def sanya(database_url: str, tmp_path: Path):
    """The command line on a fresh database; gives the exit code and what was printed."""
    env = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "SANYA_VAR": str(tmp_path / "var")}

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["import", *words], env=env, catch_exceptions=False)
        return result.exit_code, result.output

    return run


def write(folder: Path, *rows: tuple) -> str:
    file = folder / "sold.csv"
    file.write_bytes(table(HEADERS, *rows))
    return str(file)


def test_a_file_is_imported_with_its_sums_printed(sanya, engine: Engine, tmp_path: Path) -> None:
    file = write(
        tmp_path, ("1", "A", "2", "2026-01-05", "1.255", "C1"), ("1", "B", "1", "2026-01-05", "4", "C1")
    )
    code, said = sanya("orders", file, *MAPS, "--currency", "GBP", "--option", "add=yes")
    assert (code, "rows read 2 = booked 2 + unchanged 0 + reported 0" in said) == (0, True), said
    assert "GBP read 6.51 = booked 6.51 + unchanged 0.00 + reported 0.00 + rounding 0.00" in said
    with make_sessions(engine)() as session:
        assert [(one.number, one.currency) for one in session.scalars(select(Order))] == [("1", "GBP")]
        assert session.scalars(select(ImportRun.by_id)).all() == [None]
    code, said = sanya("orders", file, *MAPS, "--currency", "GBP", "--option", "add=yes")
    assert (code, "booked 0 + unchanged 2 + reported 0" in said) == (0, True)


def test_reported_rows_are_printed_and_told_by_the_exit_code(sanya, tmp_path: Path) -> None:
    file = tmp_path / "sold.csv"
    file.write_bytes(
        table(
            ("order_no", "sku", "quantity", "unit_price", "ordered_at", "customer"),
            ("1", "A", "x", "5", "2026-01-05", "C1"),
        )
    )
    code, said = sanya("orders", str(file), "--option", "add=1")
    assert (code, "row 2: quantity “x”: This is not a number." in said) == (1, True), said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["moon", "FILE"], "no such kind; there are: customers, catalogue, prices, own_codes, stock, orders"),
        (["orders", "FILE", "--map", "price"], "should read NAME=VALUE"),
        (["orders", "FILE", "--map", "unit_price=Nowhere"], "no such field, or no table with that column"),
        (["orders", "FILE", "--option", "colour=red"], "orders knows no option colour"),
        (["orders", "FILE", "--currency", "pounds"], "This is not a currency"),
        (["orders", "FILE"], "Choose the column of the file that gives"),
        (["orders", "FILE", "--table", "lines=other.csv"], "there is no table other.csv"),
    ],
)
def test_what_cannot_be_carried_out_is_said_and_nothing_is_left(
    sanya, engine: Engine, tmp_path: Path, words: list[str], said: str
) -> None:
    file = write(tmp_path, ("1", "A", "2", "2026-01-05", "1.25", "C1"))
    code, printed = sanya(*(file if word == "FILE" else word for word in words))
    assert code == 2
    assert said in printed
    with make_sessions(engine)() as session:
        assert session.scalars(select(ImportRun)).all() == []
    assert list((tmp_path / "var" / "uploads").glob("*")) == []
