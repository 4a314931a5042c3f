"""Companies are taken on, changed, found, and shown on one screen."""

import pytest
from sqlalchemy import func, select

from portal.accounts.roles import Role
from portal.audit import history_of
from portal.customers.finding import Filter, company_page, count_companies, find_companies
from portal.customers.models import Customer
from portal.customers.provinces import by_name, find_province, provinces
from portal.customers.registering import Particulars, change, register
from portal.db import transaction
from portal.i18n import speaking
from portal.keyset import PAGE
from portal.refusal import Refused
from tests.people import make_customer, make_user, sign_in

GOOD_TAX_ID = "0994000617721"
GIVEN = Particulars(
    code="C7",
    name_th="บริษัท น้ำฝน จำกัด",
    name_en="Namfon Co., Ltd.",
    kind="retail",
    tax_id=GOOD_TAX_ID,
    address_th="1 ถนนนิมมานเหมินท์",
    province="TH-50",
    postcode="50200",
)
SENT = {
    "code": "C7",
    "name_th": GIVEN.name_th,
    "name_en": GIVEN.name_en,
    "kind": "retail",
    "tier": "silver",
    "language": "th",
    "currency": "THB",
    "tax_id": GOOD_TAX_ID,
    "province": "TH-50",
    "address_th": GIVEN.address_th,
}


@pytest.fixture
def manager(session, now):
    with transaction(session):
        return make_user(session, Role.MANAGER, now=now)


@pytest.fixture
def company(session, manager, now):
    with transaction(session):
        return register(session, GIVEN, by=manager, now=now)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


def test_a_company_is_registered_with_its_address_and_that_is_on_record(session, company):
    assert (company.code, company.ship_to.province, company.tier) == ("C7", "TH-50", "standard")
    (entry,) = history_of(session, "customer", "C7")
    assert (entry.verb, entry.after["tax_id"]) == ("customer.registered", GOOD_TAX_ID)


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("code", {}),
        ("tax_id", {"code": "C8", "tax_id": "0994000617722"}),
        ("province", {"code": "C8", "province": "TH-00"}),
    ],
)
def test_a_code_in_use_a_wrong_check_digit_and_an_unknown_province_are_refused(
    session, company, now, field, facts
):
    with pytest.raises(Refused) as no, transaction(session):
        register(session, Particulars(**{**vars(GIVEN), **facts}), by=None, now=now)
    assert no.value.field == field
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_tax_id_may_be_typed_with_thai_digits_dashes_and_spaces(session, now):
    typed = Particulars(**{**vars(GIVEN), "tax_id": "๐-๙๙๔๐ ๐๐๖๑๗-๗๒-๑"})
    with transaction(session):
        assert register(session, typed, by=None, now=now).tax_id == GOOD_TAX_ID


def test_a_foreign_company_keeps_its_own_kind_of_tax_number(session, now):
    abroad = Particulars(
        code="UK", name_th="", name_en="Acme", kind="wholesale", tax_id="1234567890123", country="GB"
    )
    with transaction(session):
        assert register(session, abroad, by=None, now=now).tax_id == "1234567890123"


def test_a_change_is_on_record_with_what_was_and_what_is(session, company, manager, now):
    moved = Particulars(
        **{**vars(GIVEN), "tier": "gold", "province": "TH-10", "code": "OTHER", "currency": "USD"}
    )
    with transaction(session):
        assert change(session, company, moved, by=manager, now=now)
    latest = history_of(session, "customer", "C7")[0]
    assert latest.before == {"tier": "standard", "province": "TH-50"}
    assert latest.after == {"tier": "gold", "province": "TH-10"}
    assert (company.code, company.currency) == ("C7", "THB")


def test_nothing_changed_leaves_no_trace(session, company, manager, now):
    with transaction(session):
        assert not change(session, company, GIVEN, by=manager, now=now)
    assert len(history_of(session, "customer", "C7")) == 1


@pytest.mark.parametrize(
    "typed", ["C7", "น้ำฝน", "น้ำ ฝน", "นำฝน", "namfon", "เชียงใหม่", "chiang mai", "0994-0006"]
)
def test_a_company_is_found_however_it_is_typed(session, company, now, typed):
    with transaction(session):
        make_customer(session, "X1", now=now)
    assert [found.code for found in find_companies(session, typed)] == ["C7"]


@pytest.mark.parametrize("typed", ["%", "_", "'", "\\"])
def test_signs_of_the_database_find_nothing(session, company, typed):
    assert find_companies(session, typed) == []


def test_the_list_is_narrowed_and_paged(session, company, now):
    with transaction(session):
        for n in range(PAGE + 2):
            make_customer(session, f"W{n:03}", now=now)
    wholesale = Filter(kind="wholesale")
    first = company_page(session, wholesale)
    second = company_page(session, wholesale, older_than=first.older)
    assert (len(first.rows), count_companies(session, wholesale)) == (PAGE, PAGE + 2)
    assert ([row.code for row in second.rows], second.older) == (["W025", "W026"], None)
    assert company_page(session, wholesale, newer_than=second.newer).rows == first.rows
    assert [row.code for row in company_page(session, Filter(province="TH-50")).rows] == ["C7"]


def test_there_are_77_provinces_in_the_order_of_each_language():
    assert len(provinces()) == 77
    assert find_province("TH-10").name_en == "Bangkok"
    with speaking("th"):
        names = [province.name_th for province in by_name()]
    assert names.index("กรุงเทพมหานคร") < names.index("เชียงใหม่") < names.index("ตราด") < names.index("แพร่")


def test_a_manager_registers_and_edits_a_company_on_screen(desk, session):
    answer = desk.post("/desk/customers/new", data=SENT)
    assert answer.headers["Location"] == "/desk/customers/C7"
    page = desk.get("/desk/customers/C7").text
    assert GOOD_TAX_ID in page
    edited = {**SENT, "tier": "gold", "phone": "053-000-000"}
    assert desk.post("/desk/customers/C7/edit", data=edited).status_code == 302
    found = session.scalars(select(Customer)).one()
    assert (found.tier, found.phone, found.ship_to.province) == ("gold", "053-000-000", "TH-50")


def test_a_wrong_tax_id_is_told_beside_its_field_and_what_was_typed_is_kept(desk, session):
    answer = desk.post("/desk/customers/new", data={**SENT, "tax_id": "0994000617722"})
    assert answer.status_code == 422
    assert 'id="tax_id-error"' in answer.text
    assert 'value="0994000617722"' in answer.text
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_staff_see_companies_but_do_not_change_them_and_buyers_see_nothing_there(app, session, company, now):
    with transaction(session):
        clerk = make_user(session, Role.STAFF, now=now)
        buyer = make_user(session, Role.BUYER, customer=company, now=now)
    desk, shop = app.test_client(), app.test_client()
    sign_in(desk, clerk)
    sign_in(shop, buyer)
    assert desk.get("/desk/customers/C7").status_code == 200
    assert desk.get("/desk/customers/C7/edit").status_code == 403
    assert desk.get("/desk/customers/none").status_code == 404
    assert shop.get("/desk/customers/C7").status_code == 404
    assert "/desk/customers/C7" in desk.get("/search?q=namfon").text
    assert "/desk/customers/C7" not in shop.get("/search?q=namfon").text


def test_a_manager_invites_a_buyer_from_the_page_of_the_company(desk, session, company):
    sent = {"name": "Ploy", "email": "ploy@example.com", "language": "th"}
    assert desk.post("/desk/customers/C7/people/new", data=sent).status_code == 302
    page = desk.get("/desk/customers/C7").text
    assert "ploy@example.com" in page
    again = desk.post("/desk/customers/C7/people/new", data=sent)
    assert again.status_code == 422
    assert 'id="email-error"' in again.text
