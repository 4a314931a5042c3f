"""Companies call our products by codes and names of their own."""

import io

import pytest
from sqlalchemy import func, select

from inventory import assorting, own_codes
from inventory.assorting import For
from inventory.assortment import CustomerItem
from inventory.catalogue_search import search_products
from inventory.own_codes import OwnCode
from inventory.search_asking import Shelf
from portal.importing.sheets_out import as_xlsx
from portal.refusal import Refused
from tests.importing.runners import bring_in, table
from tests.makers import World, make_customer, make_world, sign_in


@pytest.fixture
def world(session, now):
    return make_world(session, now)


def _put(world: World, product, code: str, name: str = "", customer=None) -> bool:
    own = OwnCode(code, name)
    done = own_codes.put_item(
        world.session, customer or world.customer, product, own, by=world.buyer, now=world.now
    )
    world.session.flush()
    return done


def _codes(world: World) -> dict[str, tuple[str, str]]:
    items = own_codes.all_items(world.session, world.customer)
    return {item.product.sku: (item.code, item.name) for item in items}


def _found(world: World, query: str, customer=None) -> list[str]:
    shelf = Shelf(query, to=customer or world.customer)
    return [product.sku for product in search_products(world.session, shelf).rows]


def test_a_product_is_found_by_the_company_s_own_code_before_anything_else(world):
    soap, salt = world.product("A-1", name_en="Soap 7001 g"), world.product("B-1")
    other = make_customer(world.session, "C2", now=world.now)
    world.session.flush()
    assert _put(world, salt, "7001", "เกลือแถวหน้า")
    assert _found(world, "7001") == ["B-1", "A-1"], "the exact own code first"
    assert _found(world, "70") == ["B-1"], "short words begin something"
    assert _found(world, "แถวหน้า") == ["B-1"]
    assert _found(world, "7001", other) == ["A-1"], "another company knows nothing of it"
    assert soap.sku in _found(world, "soap")


def test_a_code_stands_for_one_product_of_a_company(world):
    soap, salt = world.product("A-1"), world.product("B-1")
    other = make_customer(world.session, "C2", now=world.now)
    world.session.flush()
    _put(world, soap, " 7001 ")
    assert not _put(world, soap, "7001"), "it is called so already"
    for code, name in (("7001", ""), ("  ", ""), ("x" * 61, ""), ("7002", "n" * 201)):
        with pytest.raises(Refused):
            _put(world, salt, code, name)
    assert _codes(world) == {"A-1": ("7001", "")}
    assert _put(world, salt, "7001", customer=other), "another company may use it"
    assert _put(world, soap, "7009", "Soap")
    assert _codes(world) == {"A-1": ("7009", "Soap")}
    own_codes.remove_item(world.session, world.customer, soap, by=world.buyer, now=world.now)
    world.session.flush()
    assert _codes(world) == {}
    with pytest.raises(Refused):
        own_codes.remove_item(world.session, world.customer, soap, by=world.buyer, now=world.now)


def test_a_hidden_product_gets_no_code(world):
    soap = world.product("A-1")
    assorting.set_rule(
        world.session, soap, For(customer=world.customer), shown=False, by=world.manager, now=world.now
    )
    with pytest.raises(Refused):
        _put(world, soap, "7001")
    assert _codes(world) == {}


def test_two_products_swap_their_codes_at_once(world):
    soap, salt = world.product("A-1"), world.product("B-1")
    _put(world, soap, "1")
    _put(world, salt, "2", "Salt")
    swapped = {soap.id: OwnCode("2"), salt.id: OwnCode("1", "Salt")}
    counts = own_codes.put_items(world.session, world.customer, swapped, by=world.buyer, now=world.now)
    assert (counts.new, counts.changed, counts.unchanged) == (0, 2, 0)
    world.session.expire_all()
    assert _codes(world) == {"A-1": ("2", ""), "B-1": ("1", "Salt")}
    with pytest.raises(Refused):
        own_codes.put_items(
            world.session, world.customer, {soap.id: OwnCode("1")}, by=world.buyer, now=world.now
        )


def _client(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def _upload(client, content: bytes, name: str, path: str = "/my/codes"):
    return client.post(f"{path}/upload", data={"file": (io.BytesIO(content), name)})


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_buyer_uploads_a_spreadsheet_and_all_of_it_is_kept(world, app, kind):
    world.product("A-1")
    world.product("B-1")
    world.session.commit()
    rows = [["รหัสสินค้า", "รหัสของเรา", "ชื่อของเรา"], ["a-1", "7001", "สบู่"], ["B-1", "7002", ""]]
    content = "\r\n".join(",".join(row) for row in rows).encode() if kind == "csv" else as_xlsx(rows, "codes")
    client = _client(app, world.buyer)
    assert _upload(client, content, f"codes.{kind}").status_code == 303
    world.session.rollback()
    assert _codes(world) == {"A-1": ("7001", "สบู่"), "B-1": ("7002", "")}
    page = client.get("/my/codes?q=7001")
    assert "A-1" in page.text
    assert "B-1" not in page.text
    exported = client.get("/my/codes/codes.csv")
    assert "A-1,7001,สบู่" in exported.text
    for path in ("/my/catalogue", "/my/catalogue/A-1"):
        assert "7001" in client.get(path).text
    client.post("/my/basket/add", data={"sku": "A-1", "quantity": "1"})
    assert "7001" in client.get("/my/basket").text


def test_an_upload_with_bad_rows_names_them_and_keeps_nothing(world, app):
    world.product("A-1")
    world.product("B-1")
    hidden = world.product("HID-1")
    assorting.set_rule(world.session, hidden, For(), shown=False, by=world.manager, now=world.now)
    world.session.commit()
    client = _client(app, world.buyer)
    content = b"SKU,Own code\nA-1,1\nNONE,2\nB-1,1\nHID-1,3\nB-1,\n"
    answer = _upload(client, content, "codes.csv")
    assert answer.status_code == 422
    for row in (3, 4, 5, 6):
        assert f"{row}:" in answer.text
    assert _upload(client, b"Name\nSoap\n", "codes.csv").status_code == 422
    assert _upload(client, b"", "codes.csv").status_code == 422
    assert _upload(client, b"\x89PNG....", "codes.png").status_code == 422
    world.session.rollback()
    assert world.session.scalar(select(func.count()).select_from(CustomerItem)) == 0


def test_buyers_and_staff_keep_single_codes_on_their_pages(world, app):
    world.product("A-1")
    world.session.commit()
    buyer, staff = _client(app, world.buyer), _client(app, world.staff)
    assert buyer.post("/my/codes", data={"sku": "A-1", "code": "7001", "name": ""}).status_code == 303
    assert buyer.post("/my/codes", data={"sku": "NONE", "code": "1"}).status_code == 422
    path = f"/desk/customers/{world.customer.code}/codes"
    assert "7001" in staff.get(path).text
    assert staff.post(path, data={"sku": "A-1", "code": "7005", "name": "Soap"}).status_code == 303
    assert "7005" in buyer.get("/my/codes").text
    assert staff.post(f"{path}/remove", data={"sku": "A-1"}).status_code == 303
    assert "7005" not in buyer.get("/my/codes").text


def test_staff_import_codes_of_many_customers(world, tmp_path):
    from inventory.importing.own_codes import OWN_CODES  # noqa: PLC0415

    world.product("A-1")
    world.product("B-1")
    make_customer(world.session, "C2", now=world.now)
    world.session.commit()
    content = table(
        ("Customer code", "Product code", "Own code", "Own name"),
        ("C1", "A-1", "1", "Soap"),
        ("C2", "A-1", "1", ""),
        ("C1", "B-1", "1", ""),
        ("C9", "A-1", "1", ""),
        ("C1", "NONE", "2", ""),
        ("C1", "B-1", "2", ""),
    )
    done = bring_in(world.session, OWN_CODES, {"c.csv": content}, tmp_path, now=world.now)
    assert done.rows == (3, 0, 3)
    assert [(row, column) for row, column, _ in done.told] == [
        (4, "Own code"), (5, "Customer code"), (6, "Product code"),
    ]  # fmt: skip
    assert _codes(world) == {"A-1": ("1", "Soap"), "B-1": ("2", "")}
    again = bring_in(world.session, OWN_CODES, {"c.csv": content}, tmp_path, now=world.now)
    assert again.rows == (0, 3, 3)


def test_a_code_taken_away_tells_nothing_of_what_is_hidden(world, app):
    hidden = world.product("HID-1")
    assorting.set_rule(world.session, hidden, For(), shown=False, by=world.manager, now=world.now)
    world.session.commit()
    client = _client(app, world.buyer)
    answers = []
    for sku in ("HID-1", "NONE"):
        client.post("/my/codes/remove", data={"sku": sku})
        page = client.get("/my/codes")
        answers.append(("This code was taken away already." in page.text, page.text.count("alert")))
    assert answers[0] == answers[1]
    assert answers[0][0]
