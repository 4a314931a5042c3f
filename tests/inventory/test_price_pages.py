"""Our people keep price lists on their pages and by spreadsheet; buyers read where a price comes from."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from inventory import price_lists, pricing
from inventory.importing.prices import PRICES
from inventory.models import Price, PriceList
from inventory.price_lists import ListFacts
from tests.importing.runners import bring_in, table
from tests.makers import make_world, sign_in


@pytest.fixture
def world(session, now):
    return make_world(session, now)


def _client(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def _prices(session) -> dict[tuple[str, int], str]:
    query = select(PriceList.code, Price.from_units, Price.unit_price).join(
        PriceList, PriceList.id == Price.price_list_id
    )
    return {(code, units): f"{price:.2f}" for code, units, price in session.execute(query)}


FORM = {"code": "OWN-1", "currency": "thb", "name_th": "", "name_en": "Own prices", "customer": "C1"}
FORM |= {"group": "", "tier": "standard", "valid_from": "", "valid_until": ""}


def test_a_list_is_made_filled_copied_and_changed_on_its_pages(world, app):
    world.product("A-1", price="10.00")
    world.session.commit()
    client = _client(app, world.manager)
    assert client.post("/desk/price-lists/new", data=FORM).status_code == 302
    assert client.post("/desk/price-lists/new", data=FORM).status_code == 422, "the code is taken"
    for units, price in ((1, "9.50"), (24, "9.00")):
        facts = {"sku": "A-1", "from_units": str(units), "unit_price": price}
        assert client.post("/desk/price-lists/OWN-1/prices", data=facts).status_code == 303
    for wrong in ({"sku": "NONE"}, {"from_units": "0"}, {"unit_price": "0"}, {"unit_price": "x"}):
        facts = {"sku": "A-1", "from_units": "1", "unit_price": "1", **wrong}
        assert client.post("/desk/price-lists/OWN-1/prices", data=facts).status_code == 422
    copied = FORM | {"code": "OWN-2", "valid_from": "2026-06-01"}
    assert client.post("/desk/price-lists/new?copy=OWN-1", data=copied).status_code == 302
    gone = {"sku": "A-1", "from_units": "24"}
    assert client.post("/desk/price-lists/OWN-1/prices/remove", data=gone).status_code == 303
    world.session.rollback()
    assert _prices(world.session) == {
        ("THB-standard", 1): "10.00", ("OWN-1", 1): "9.50", ("OWN-2", 1): "9.50", ("OWN-2", 24): "9.00",
    }  # fmt: skip
    page = client.get("/desk/price-lists/OWN-1").text
    assert "OWN-2" in page, "the list that begins later wins, and is named"
    changed = FORM | {"valid_until": "2026-05-31"}
    assert client.post("/desk/price-lists/OWN-1/edit", data=changed).status_code == 302
    world.session.rollback()
    own = world.session.scalars(select(PriceList).where(PriceList.code == "OWN-1")).one()
    assert own.valid_until == date(2026, 5, 31)
    assert client.get("/desk/price-lists?q=own&state=now").status_code == 200
    assert client.get("/desk/price-lists/NONE").status_code == 404


@pytest.mark.parametrize("price", ["sNaN", "NaN", "Infinity", "-Infinity", "1e-5000000", "", "-1", "many"])
def test_a_price_that_is_no_number_is_told_at_its_field_and_sets_nothing(world, app, price):
    world.product("A-1", price="10.00")
    world.session.commit()
    (code,) = world.session.scalars(select(PriceList.code))
    asked = {"sku": "A-1", "from_units": "5", "unit_price": price}
    answer = _client(app, world.manager).post(f"/desk/price-lists/{code}/prices", data=asked)
    assert answer.status_code == 422
    assert 'id="unit_price-error"' in answer.text
    world.session.rollback()
    assert _prices(world.session) == {(code, 1): "10.00"}


def test_those_who_only_look_change_no_prices(world, app):
    world.session.commit()
    client = _client(app, world.staff)
    assert client.get("/desk/price-lists").status_code == 200
    assert client.get("/desk/price-lists/THB-standard").status_code == 200
    assert client.get("/desk/price-lists/new").status_code == 403
    facts = {"sku": "A-1", "from_units": "1", "unit_price": "1"}
    assert client.post("/desk/price-lists/THB-standard/prices", data=facts).status_code == 403


def test_a_buyer_reads_the_next_break_and_the_list_a_price_comes_from(world, app, now):
    soap = world.product("A-1", price="100.00", stock=99)
    facts = ListFacts("OWN-1", name_en="Spring terms", name_th="ราคาฤดูใบไม้ผลิ", customer="C1")
    own = price_lists.make_list(world.session, facts, by=world.manager, now=now)
    for units, price in ((1, 98), (24, 95)):
        pricing.set_price(world.session, own, soap, Decimal(price), from_units=units, by=None, now=now)
    world.session.commit()
    client = _client(app, world.buyer)
    catalogue = client.get("/my/catalogue").text
    assert "98.00" in catalogue
    assert "24" in catalogue
    assert "95.00" in catalogue
    page = client.get("/my/catalogue/A-1").text
    assert "ราคาฤดูใบไม้ผลิ" in page or "Spring terms" in page
    client.post("/my/basket/add", data={"sku": "A-1", "quantity": "23"})
    assert "2,254.00" in client.get("/my/basket").text
    client.post("/my/basket/add", data={"sku": "A-1", "quantity": "1"})
    basket = client.get("/my/basket").text
    assert "2,280.00" in basket, "24 at 95"


def test_prices_come_by_list_and_break_and_a_second_time_nothing_changes(world, tmp_path):
    world.product("A-1", price="10.00")
    world.product("B-1", price="20.00")
    price_lists.make_list(world.session, ListFacts("OWN-1", customer="C1"), by=world.manager, now=world.now)
    world.session.commit()
    content = table(
        ("Price list", "SKU", "Price", "From units 2", "Unit price 2", "From units 3", "Unit price 3"),
        ("own-1", "A-1", "9.00", "24", "8.00", "100", "7.50"),
        ("", "B-1", "19.00", "", "", "", ""),
        ("NONE", "A-1", "1", "", "", "", ""),
        ("OWN-1", "NONE", "1", "", "", "", ""),
        ("OWN-1", "B-1", "0", "", "", "", ""),
        ("OWN-1", "B-1", "5", "24", "", "", ""),
        ("OWN-1", "B-1", "5", "1", "4", "", ""),
        ("OWN-1", "B-1", "5", "2.5", "4", "", ""),
    )
    options = {"price_list": "THB-standard"}
    done = bring_in(world.session, PRICES, {"p.csv": content}, tmp_path, now=world.now, options=options)
    assert done.rows == (2, 0, 6)
    assert [row for row, *_ in done.told] == [4, 5, 6, 7, 8, 9]
    assert _prices(world.session) == {
        ("THB-standard", 1): "19.00", ("OWN-1", 1): "9.00", ("OWN-1", 24): "8.00", ("OWN-1", 100): "7.50",
    } | {("THB-standard", 1): _prices(world.session)[("THB-standard", 1)]}  # fmt: skip
    again = bring_in(world.session, PRICES, {"p.csv": content}, tmp_path, now=world.now, options=options)
    assert again.rows == (0, 2, 6)


def test_a_file_that_contradicts_itself_is_told_row_by_row(world, tmp_path):
    world.product("A-1", price="10.00")
    price_lists.make_list(world.session, ListFacts("OWN-1", customer="C1"), by=world.manager, now=world.now)
    world.session.commit()
    content = table(
        ("Price list", "SKU", "Price", "From units 2", "Unit price 2"),
        ("OWN-1", "A-1", "10", "", ""),
        ("OWN-1", "A-1", "11", "", ""),
        ("OWN-1", "A-1", "10", "24", "12"),
        ("OWN-1", "A-1", "10", "24", "8"),
    )
    done = bring_in(world.session, PRICES, {"p.csv": content}, tmp_path, now=world.now)
    assert done.rows == (2, 0, 2)
    assert [row for row, *_ in done.told] == [3, 4]
    assert "another price from 1 units on: 10" in done.told[0][2]
    assert "would cost more" in done.told[1][2]
    own = {key: price for key, price in _prices(world.session).items() if key[0] == "OWN-1"}
    assert own == {("OWN-1", 1): "10.00", ("OWN-1", 24): "8.00"}


def test_a_price_that_rises_with_the_quantity_is_set_with_a_warning(world, app):
    world.product("A-1", price="10.00")
    world.session.commit()
    (code,) = world.session.scalars(select(PriceList.code))
    client, typed = _client(app, world.manager), {"sku": "a-1", "from_units": "5", "unit_price": "9"}
    fine = client.post(f"/desk/price-lists/{code}/prices", data=typed, follow_redirects=True)
    assert "costs more in a larger quantity" not in fine.text
    typed |= {"from_units": "10", "unit_price": "9.50"}
    odd = client.post(f"/desk/price-lists/{code}/prices", data=typed, follow_redirects=True)
    assert "costs more in a larger quantity" in odd.text
    world.session.rollback()
    assert _prices(world.session)[code, 10] == "9.50"
