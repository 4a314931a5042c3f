"""Imports at the desk: upload, columns, progress, result; every message beside its field, in the reader's language."""

import csv
import io
import re
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import FEATURES
from inventory.siting import WarehouseFacts, put_warehouse
from orders.models import Order
from portal import house
from portal.accounts.roles import Role
from portal.feature import load
from portal.importing import running
from portal.importing.kinds import kinds_of
from portal.importing.models import ImportRun, RunState
from portal.importing.sheets_out import as_csv, as_xlsx, sample_rows
from portal.web.session import settings
from tests.importing.runners import bring_in, table
from tests.makers import World, make_user, make_world, sign_in

HEADERS = ("Invoice No", "StockCode", "Quantity", "Invoice Date", "Unit Price", "Customer ID")
GOOD = ("1001", "SOAP", "3", "2026-01-05", "12.50", "C9")
BAD = ("1002", "=SOAP+1", "0", "2026-01-05", "12.50", "C9")


@pytest.fixture
def now(working_noon: datetime) -> datetime:
    """This instant, because the pages tell the time themselves."""
    return working_noon


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return make_world(session, now)


@pytest.fixture
def desk(app: Flask, world: World) -> FlaskClient:
    """A clerk of the distributor, signed in."""
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.staff)
    return client


def upload(client: FlaskClient, kind: str, *files: tuple[str, bytes]) -> str:
    """Upload files and come to the page of columns; gives its address."""
    data = {"kind": kind, "files": [(io.BytesIO(content), name) for name, content in files]}
    answer = client.post("/desk/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return answer.location


def fields(page: str) -> dict[str, str]:
    """What a form would send as it stands."""
    sent = {}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options)
        sent[name] = chosen[1] if chosen else ""
    for tag in re.findall(r"<input[^>]*>", page):
        kind, name, value = (re.search(rf'{what}="([^"]*)"', tag) for what in ("type", "name", "value"))
        if name and kind[1] in {"hidden", "text"}:
            sent[name[1]] = value[1] if value else ""
        if name and kind[1] == "checkbox" and "checked" in tag:
            sent[name[1]] = "y"
    return sent


def carried_out(world: World) -> ImportRun:
    """The scheduler does its work."""
    world.session.rollback()
    running.work_off(world.session, kinds_of([house.FEATURE, *load(FEATURES)]))
    world.session.rollback()
    world.session.expire_all()
    return world.session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).one()


def test_a_clerk_brings_in_past_orders_and_sees_what_became_of_every_row(
    desk: FlaskClient, world: World
) -> None:
    address = upload(desk, "orders", ("งวด 1.csv", table(HEADERS, GOOD, BAD)))
    page = desk.get(address).text
    assert "12.50" in page
    sent = fields(page)
    assert (sent["lines__order_no"], sent["lines__unit_price"], sent["lines__promised_on"]) == (
        "Invoice No",
        "Unit Price",
        "",
    )
    answer = desk.post(address, data={**sent, "add": "y"})
    assert answer.status_code == 302
    waiting = desk.get(answer.location).text
    assert 'hx-trigger="every 1s"' in waiting
    assert "Waiting for its turn" in waiting
    assert "HX-Refresh" not in desk.get(f"{answer.location}/progress").headers

    run = carried_out(world)
    assert run.state == RunState.DONE
    assert desk.get(f"{answer.location}/progress").headers["HX-Refresh"] == "true"
    done = desk.get(answer.location).text
    assert "The quantity is zero." in done
    assert re.search(r'data-label="Booked">37.50<', done)
    assert "It adds up" in done
    assert "งวด 1.csv" in desk.get("/desk/imports").text
    assert world.session.scalars(select(Order.number)).all() == ["1001"]


def test_the_list_of_reported_rows_is_a_file_that_no_spreadsheet_takes_for_formulas(
    desk: FlaskClient, world: World
) -> None:
    rows = [("1", "=1+1", "1", "2026-01-05", "5", "NOBODY"), ("2", "A", "x", "2026-01-05", "5", "C1")]
    address = upload(desk, "orders", ("o.csv", table(HEADERS, *rows)))
    desk.post(address, data=fields(desk.get(address).text))
    run = carried_out(world)
    answer = desk.get(f"/desk/imports/{run.id}/problems.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{run.id}-problems.csv"'
    found = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert found[0] == ["Table", "Row", "Column", "Value", "Reason"]
    assert [row[1:4] for row in found[1:]] == [["2", "Customer ID", "NOBODY"], ["3", "Quantity", "x"]]
    assert list(as_csv([["=1+1", "-5", 7, "a"]]))[-1].removeprefix("\ufeff").strip() == "'=1+1,'-5,7,a"


def test_a_required_column_that_is_missing_is_told_beside_its_field_and_nothing_starts(
    desk: FlaskClient, world: World
) -> None:
    address = upload(desk, "orders", ("o.csv", table(HEADERS, GOOD)))
    sent = fields(desk.get(address).text)
    answer = desk.post(address, data={**sent, "lines__quantity": "", "add": "y"})
    assert answer.status_code == 422
    assert re.search(
        r'id="lines__quantity-error".*?Choose the column of the file that gives “Quantity”',
        answer.text,
        re.DOTALL,
    )
    answer = desk.post(address, data={**sent, "currency": "pounds", "add": "y"})
    assert answer.status_code == 422
    assert re.search(r'id="currency-error".*?This is not a currency', answer.text, re.DOTALL)
    world.session.rollback()
    assert world.session.scalars(select(ImportRun.state)).all() == [RunState.DRAFT]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.pdf", b"%PDF-1.7 ...", "not a table"),
        ("a.xlsx", b"not a workbook at all", "it is not one"),
        ("a.csv", b"only,headers\n", "There are no rows below the headers."),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field_and_leaves_nothing(
    desk: FlaskClient, app: Flask, world: World, name: str, content: bytes, said: str
) -> None:
    data = {"kind": "orders", "files": [(io.BytesIO(content), name)]}
    answer = desk.post("/desk/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in answer.text
    world.session.rollback()
    assert world.session.scalars(select(ImportRun)).all() == []
    with app.app_context():
        assert list(settings().uploads.iterdir()) == []


def test_nothing_chosen_is_told_beside_the_fields(desk: FlaskClient) -> None:
    answer = desk.post("/desk/imports/new", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose at least one file." in answer.text


def test_of_two_files_the_right_one_serves_each_sheet_and_may_be_changed(desk: FlaskClient) -> None:
    heads = table(("order_id", "customer_id", "order_date"), ("1", "C1", "2026-01-05"))
    lines = table(("order_id", "product_id", "unit_price", "quantity"), ("1", "SOAP", "5", "1"))
    address = upload(desk, "orders", ("heads.csv", heads), ("lines.csv", lines))
    page = desk.get(address).text
    sent = fields(page)
    assert (sent["orders__order_no"], sent["orders__customer"], sent["lines__sku"]) == (
        "order_id",
        "customer_id",
        "product_id",
    )
    alone = desk.get(f"{address}?table__orders=&table__lines=1").text
    assert "orders__order_no" not in alone
    assert fields(alone)["lines__sku"] == "product_id"


def test_a_stopped_import_says_why_and_goes_on_when_asked(
    desk: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = upload(desk, "orders", ("o.csv", table(HEADERS, GOOD)))
    place = desk.post(address, data={**fields(desk.get(address).text), "add": "y"}).location
    with monkeypatch.context() as patch:
        patch.setattr("orders.importing.booking.PastOrders.take", lambda *_: 1 / 0)
        carried_out(world)
    page = desk.get(place).text
    assert "ZeroDivisionError" in page
    assert desk.post(f"{place}/again").status_code == 302
    assert carried_out(world).state == RunState.DONE


def test_an_upload_can_be_forgotten_with_its_files(desk: FlaskClient, app: Flask, world: World) -> None:
    address = upload(desk, "orders", ("o.csv", table(HEADERS, GOOD)))
    assert desk.post(address.replace("/columns", "/drop")).status_code == 302
    assert desk.get(address).status_code == 404
    with app.app_context():
        assert list(settings().uploads.iterdir()) == []


def test_the_name_of_a_file_is_only_ever_shown(desk: FlaskClient, app: Flask) -> None:
    address = upload(desk, "orders", ("../../<b>evil</b>.csv", table(HEADERS, GOOD)))
    page = desk.get(address).text
    assert "<b>evil" not in page
    with app.app_context():
        [kept] = settings().uploads.iterdir()
    assert re.fullmatch(r"[0-9a-f]{24}\.csv", kept.name)


def test_only_people_of_the_distributor_come_in(app: Flask, world: World) -> None:
    world.session.commit()
    client = app.test_client()
    assert client.get("/desk/imports").status_code == 302
    sign_in(client, world.buyer)
    for path in (
        "/desk/imports",
        "/desk/imports/new",
        "/desk/imports/1",
        "/desk/imports/samples/orders/lines.csv",
    ):
        assert client.get(path).status_code == 404


def test_what_is_not_there_is_not_found(desk: FlaskClient) -> None:
    for path in (
        "7",
        "7/columns",
        "7/progress",
        "7/problems.csv",
        "samples/orders/none.csv",
        "samples/moon/lines.csv",
        "samples/orders/lines.pdf",
    ):
        assert desk.get(f"/desk/imports/{path}").status_code == 404


@pytest.mark.parametrize("as_text", [0, 1], ids=["main as a workbook", "main as CSV"])
def test_every_sample_is_a_file_that_its_own_kind_understands(
    session: Session, world: World, tmp_path: Path, now: datetime, as_text: int
) -> None:
    kinds = kinds_of([house.FEATURE, *load(FEATURES)])
    place = WarehouseFacts(code="BPL", name_th="คลังบางพลี", name_en="Bang Phli warehouse")
    put_warehouse(session, place, by=world.manager, now=now)
    session.commit()
    for name in ("catalogue", "customers", "stock", "orders"):
        kind = kinds[name]
        files = {}
        for n, sheet in enumerate(kind.sheets):
            rows = sample_rows(sheet)
            text = (n + as_text) % 2
            content = "".join(as_csv(rows)).encode() if text else as_xlsx(rows, sheet.name)
            files[f"{sheet.name}.{'csv' if text else 'xlsx'}"] = content
        if name == "orders":
            files = {"lines.xlsx": as_xlsx(sample_rows(kind.main), "lines")}
        done = bring_in(
            session, kind, files, tmp_path, now=now, options={"add": "1"} if name == "orders" else {}
        )
        assert (done.run.state, done.told) == (RunState.DONE, []), name


def test_samples_are_offered_in_both_forms(desk: FlaskClient) -> None:
    page = desk.get("/desk/imports/new").text
    for address in re.findall(r'href="(/desk/imports/samples/[^"]+)"', page):
        assert desk.get(address).status_code == 200
    assert desk.get("/desk/imports/samples/orders/lines.csv").get_data().startswith(b"\xef\xbb\xbf")


def test_reported_rows_are_paged_and_can_be_narrowed_to_a_reason(desk: FlaskClient, world: World) -> None:
    rows = [(str(n), "A", "0", "2026-01-05", "5", "C1") for n in range(150)] + [
        ("900", "A", "1", "2026-01-05", "0", "C1")
    ]
    address = upload(desk, "orders", ("o.csv", table(HEADERS, *rows)))
    place = desk.post(address, data=fields(desk.get(address).text)).location
    carried_out(world)
    first = desk.get(place).text
    assert first.count("The quantity is zero.") == 101
    assert "100 of 151 shown" in first
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert desk.get(unescape(onward[1])).text.count("The quantity is zero.") == 51
    only = desk.get(place, query_string={"reason": "The price is not above zero."}).text
    assert only.count('<td data-label="Reason">') == 1


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_pages_come_in_both_languages(app: Flask, world: World, language: str) -> None:
    clerk = make_user(world.session, Role.STAFF, now=world.now, email="two@example.com", language=language)
    world.session.commit()
    client = app.test_client()
    sign_in(client, clerk)
    address = upload(client, "orders", ("o.csv", table(HEADERS, GOOD, BAD)))
    place = client.post(address, data={**fields(client.get(address).text), "add": "y"}).location
    carried_out(world)
    for path in ("/desk/imports", "/desk/imports/new", place):
        assert f'lang="{language}"' in client.get(path).text
