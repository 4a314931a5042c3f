"""Counting on a phone in the aisle: blind, line by line; then the decision, the paper, the bins and the board."""

from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select

from inventory.count_boards import find_adjustment, find_sheet
from inventory.counting_terms import Terms, terms
from inventory.counts import CountSheet, SheetState, StockAdjustment
from inventory.importing.stock import OPENING_STOCK
from inventory.shelving import set_bins
from inventory.stock import Stock
from portal.accounts.roles import Role
from portal.db import transaction
from tests.importing.runners import bring_in, table
from tests.makers import World, make_world, sign_in
from tests.people import make_user

SECRET = 8317
"""Units on hand that appear nowhere unless they are told."""
BRIEFLY = {"Accept": "application/json"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use-cases are tried on both databases; the pages need one."""
    return sqlite_url


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def staff(app, world):
    client = app.test_client()
    sign_in(client, world.staff)
    return client


@pytest.fixture
def manager(app, world):
    client = app.test_client()
    sign_in(client, world.manager)
    return client


@pytest.fixture
def soap(world):
    with transaction(world.session):
        return world.product("SOAP-1", stock=SECRET, gtin="8850006303139")


def drawn(staff, session, sku: str = "SOAP-1") -> str:
    answer = staff.post("/desk/counts/new", data={"warehouse": "BKK", "skus": sku, "most": "5"})
    assert answer.status_code == 302, answer.text
    return answer.location.rsplit("/", maxsplit=1)[1]


def sheet_of(session, number: str) -> CountSheet:
    session.expire_all()
    found = find_sheet(session, number)
    assert found is not None
    return found


def test_what_the_books_say_reaches_the_browser_only_after_the_sheet_is_handed_in(
    app, staff, manager, session, world, soap
):
    number = drawn(staff, session)
    page = staff.get(f"/desk/counts/{number}").text
    answer = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": "9"}, headers=BRIEFLY)
    after = staff.get(f"/desk/counts/{number}").text
    listed = staff.get("/desk/counts").text
    for text in (page, answer.text, after, listed):
        assert str(SECRET) not in text.replace(",", "")
    assert "8850006303139" in page
    assert answer.json == {"saved": "Saved"}
    assert staff.post(f"/desk/counts/{number}/hand-in").status_code == 302
    again = staff.get(f"/desk/counts/{number}").text
    assert "somebody else counts it again" in again
    assert str(SECRET) not in again.replace(",", "")
    other = manager.get(f"/desk/counts/{number}").text
    assert 'value="9"' not in other
    manager.post(f"/desk/counts/{number}/lines/1", data={"counted": "10"}, headers=BRIEFLY)
    manager.post(f"/desk/counts/{number}/hand-in")
    done = manager.get(f"/desk/counts/{number}").text
    assert f"{SECRET:,}" in done
    assert sheet_of(session, number).state == SheetState.REVIEW


@pytest.mark.parametrize("typed", ["-1", "1.5", "", "many", "1e3", "99999999999"])
def test_a_count_that_is_no_whole_number_is_refused_and_said_so(staff, session, soap, typed):
    number = drawn(staff, session)
    answer = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": typed}, headers=BRIEFLY)
    assert answer.status_code == 422
    assert answer.json["problem"] == "A count is 0 or more, in whole units."
    plain = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": typed})
    assert plain.status_code == 422
    assert sheet_of(session, number).lines[0].counted is None


@pytest.mark.parametrize("scanned", ["96385074", "8850006303139"])
def test_a_barcode_scanned_into_a_count_is_no_count(staff, session, soap, scanned):
    number = drawn(staff, session)
    answer = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": scanned}, headers=BRIEFLY)
    assert answer.status_code == 422
    assert sheet_of(session, number).lines[0].counted is None


def test_a_closed_sheet_takes_no_count_and_says_so(staff, session, soap):
    number = drawn(staff, session)
    assert staff.post(f"/desk/counts/{number}/call-off").status_code == 302
    answer = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": "1"}, headers=BRIEFLY)
    assert answer.status_code == 422
    assert "takes no counts any more" in answer.json["problem"]
    whole = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": "1"})
    assert whole.status_code == 422
    assert "takes no counts any more" in whole.text
    assert staff.get("/desk/counts/CS-2026-99999").status_code == 404
    assert staff.post(f"/desk/counts/{number}/lines/7", data={"counted": "1"}).status_code == 404


def test_without_script_a_line_is_saved_and_the_page_goes_on_to_the_next(staff, session, soap):
    number = drawn(staff, session)
    answer = staff.post(f"/desk/counts/{number}/lines/1", data={"counted": "3"})
    assert answer.location.endswith(f"/desk/counts/{number}#line-2")
    assert 'value="3"' in staff.get(f"/desk/counts/{number}").text


def test_an_adjustment_is_proposed_by_one_and_approved_by_another(app, staff, manager, session, world, soap):
    typed = {
        "sku": "SOAP-1",
        "warehouse": "BKK",
        "direction": "out",
        "quantity": "17",
        "reason": "damaged",
        "note": "Water came in",
    }
    answer = staff.post("/desk/adjustments/new", data=typed)
    number = answer.location.rsplit("/", maxsplit=1)[1]
    assert number in manager.get("/desk/adjustments").text
    assert staff.post(f"/desk/adjustments/{number}/approve").status_code == 403
    assert manager.post(f"/desk/adjustments/{number}/refuse", data={"reason": ""}).status_code == 422
    assert "Approve and book" in manager.get(f"/desk/adjustments/{number}").text
    assert manager.post(f"/desk/adjustments/{number}/approve").status_code == 302
    session.expire_all()
    assert find_adjustment(session, number).state == "approved"
    assert session.scalars(select(Stock)).one().on_hand == SECRET - 17
    assert "Approved and booked" in manager.get(f"/desk/adjustments/{number}").text
    for bad in (
        {"quantity": "-2"},
        {"quantity": "1.5"},
        {"quantity": "0"},
        {"sku": "NONE"},
        {"reason": "found"},
    ):
        assert staff.post("/desk/adjustments/new", data=typed | bad).status_code == 422
    assert len(session.scalars(select(StockAdjustment)).all()) == 1


def test_who_proposed_it_is_told_that_somebody_else_decides(app, manager, session, world, soap):
    typed = {"sku": "SOAP-1", "warehouse": "BKK", "direction": "in", "quantity": "5", "reason": "found"}
    number = manager.post("/desk/adjustments/new", data=typed).location.rsplit("/", maxsplit=1)[1]
    page = manager.get(f"/desk/adjustments/{number}").text
    assert "somebody else decides" in page
    assert "Approve and book" not in page
    manager.post(f"/desk/adjustments/{number}/approve")
    session.expire_all()
    assert find_adjustment(session, number).state == "proposed"


def test_managers_set_the_terms(staff, manager, session):
    assert staff.get("/desk/adjustments/terms").status_code == 403
    typed = {
        "at_once": "750.50",
        "tolerance_a": "0",
        "tolerance_b": "1.5",
        "tolerance_c": "3",
        "lines_a_sheet": "40",
    }
    assert manager.post("/desk/adjustments/terms", data=typed).status_code == 302
    assert terms(session) == Terms(75_050, 0, 150, 300, 40)
    assert manager.post("/desk/adjustments/terms", data=typed | {"tolerance_c": "101"}).status_code == 422


@pytest.mark.parametrize(("language", "words"), [("en", "Count sheet"), ("th", "สินค้า SOAP-1")])
def test_the_paper_has_bars_and_no_figures_of_the_books(staff, session, soap, language, words):
    number = drawn(staff, session)
    answer = staff.get(f"/desk/counts/{number}/sheet.pdf?language={language}")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert words in text
    assert "8850006303139" in text
    assert str(SECRET) not in text.replace(",", "")
    assert staff.get(f"/desk/counts/{number}/sheet.pdf?language=xx").status_code == 404


def test_bins_are_edited_on_the_page_of_the_warehouse_and_order_it(staff, session, world, soap):
    with transaction(session):
        world.product("ROPE-1", stock=3)
    typed = {"bin:SOAP-1": "b-02", "bin:ROPE-1": "a-01"}
    assert staff.post("/desk/warehouses/BKK/bins", data=typed).status_code == 302
    page = staff.get("/desk/warehouses/BKK").text
    assert page.index('value="A-01"') < page.index('value="B-02"')
    assert "SOAP-1" not in staff.get("/desk/warehouses/BKK?q=A-01").text
    staff.post("/desk/warehouses/BKK/bins", data={"bin:SOAP-1": "X" * 21})
    assert 'value="B-02"' in staff.get("/desk/warehouses/BKK").text
    assert "bin B-02" in staff.get("/desk/products/SOAP-1").text


def test_every_figure_of_the_board_leads_to_what_it_counts(staff, session, world, soap):
    with transaction(session):
        world.product("RARE-1")
        world.order({soap: 4})
    number = drawn(staff, session)
    page = staff.get("/desk/warehouses").text
    assert f"{SECRET:,}" in page
    for show in ("reserved", "low", "out", "coming", "quarantined", "no_bin"):
        assert staff.get(f"/desk/warehouses/BKK?show={show}").status_code == 200
    assert "SOAP-1" in staff.get("/desk/warehouses/BKK?show=reserved").text
    assert number in staff.get("/desk/counts?warehouse=BKK").text


def test_the_accuracy_of_the_books_is_shown_with_its_definition(staff, manager, session, world, soap):
    assert "Nothing was counted" in staff.get("/desk/counts/accuracy").text
    number = drawn(staff, session)
    staff.post(f"/desk/counts/{number}/lines/1", data={"counted": str(SECRET)})
    staff.post(f"/desk/counts/{number}/hand-in")
    page = staff.get("/desk/counts/accuracy").text
    assert "100.0 %" in page
    assert "divided by all lines counted" in page


def test_what_is_to_be_counted_and_approved_waits_on_the_home_page(app, staff, manager, session, world, soap):
    drawn(staff, session)
    typed = {"sku": "SOAP-1", "warehouse": "BKK", "direction": "in", "quantity": "5", "reason": "found"}
    staff.post("/desk/adjustments/new", data=typed)
    assert "Sheets to count" in staff.get("/").text
    assert "Adjustments to approve" in manager.get("/").text
    assert "Adjustments to approve" not in staff.get("/").text


def test_scanned_serials_are_kept_as_they_were_scanned(staff, session, world):
    with transaction(session):
        world.product("KETTLE-1", stock=3, tracking="serial", unit_cost=Decimal(5))
    number = drawn(staff, session, "KETTLE-1")
    page = staff.get(f"/desk/counts/{number}").text
    assert "KETTLE-1-0002" not in page
    twice = {"serials": "KETTLE-1-0001\nKETTLE-1-0001"}
    answer = staff.post(f"/desk/counts/{number}/lines/1", data=twice, headers=BRIEFLY)
    assert answer.json["problem"] == "Serial KETTLE-1-0001 is counted twice."
    found = {"serials": "KETTLE-1-0001\nKETTLE-1-0003"}
    assert staff.post(f"/desk/counts/{number}/lines/1", data=found, headers=BRIEFLY).status_code == 200
    page = staff.get(f"/desk/counts/{number}").text
    assert "KETTLE-1-0003" in page
    assert "KETTLE-1-0002" not in page


def test_people_of_other_companies_never_see_it(app, session, world, soap):
    buyer = make_user(session, Role.BUYER, customer=world.customer, now=world.now, email="nosy@example.com")
    session.commit()
    client = app.test_client()
    sign_in(client, buyer)
    for path in ("/desk/counts", "/desk/adjustments", "/desk/warehouses"):
        assert client.get(path).status_code == 404


def test_a_pick_list_follows_the_bins(staff, session, world, soap):
    with transaction(session):
        rope = world.product("ROPE-1", stock=9)
        hook = world.product("HOOK-1", stock=9)
        set_bins(
            session, world.warehouse, {"SOAP-1": "C-01", "HOOK-1": "A-02"}, by=world.staff, now=world.now
        )
        order = world.order({rope: 1, soap: 1, hook: 1})
    page = staff.get(f"/desk/orders/{order.number}/pick-list").text
    assert page.index("A-02") < page.index("C-01") < page.index("ROPE-1")


def test_opening_stock_may_name_the_bins(session, world, tmp_path, now):
    with transaction(session):
        world.product("ROPE-1")
    rows = table(("SKU", "On hand", "Bin"), ("ROPE-1", "7", " d-04 "))
    options = {"warehouse": "BKK"}
    bring_in(session, OPENING_STOCK, {"s.csv": rows}, tmp_path, now=now, options=options)
    row = session.scalars(select(Stock)).one()
    assert (row.on_hand, row.bin) == (7, "D-04")
