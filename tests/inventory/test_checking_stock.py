"""`check-stock` names what differs from its records and ends with code 1."""

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session

from inventory.stock import Stock
from portal.cli import cli
from portal.db import transaction
from tests.conftest import SECRET
from tests.inventory.makers import make_scene


def test_sound_stock_is_said_to_be_sound_and_each_difference_is_named(
    session: Session, database_url: str, tmp_path
) -> None:
    scene = make_scene(session, on_hand=10)
    env = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "SANYA_VAR": str(tmp_path / "var")}

    def check():
        result = CliRunner().invoke(cli, ["check-stock"], env=env, catch_exceptions=False)
        return result.exit_code, result.output

    assert check() == (0, "Every balance is the sum of its records.\n")
    with transaction(session):
        session.execute(update(Stock).values(on_hand=12))
    code, said = check()
    assert code == 1
    sku, warehouse = scene.product.sku, scene.warehouse.code
    assert f"{sku} in {warehouse}: on_hand is 12, its records add up to 10" in said
    assert "differences from the records: 1" in said


def test_make_takes_the_settings_of_the_portal_that_make_runs() -> None:
    text = (Path(__file__).parents[2] / "Makefile").read_text()
    settings = {
        target: text.partition(f"\n{target}: setup")[2].partition("$(PY)")[0].partition("@")[2].split()[0]
        for target in ("run", "check-stock")
    }
    assert settings["check-stock"] == settings["run"] == "DEMO=$${DEMO:-1}"
