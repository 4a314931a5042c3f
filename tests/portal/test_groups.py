"""Customer groups through the pages."""

import pytest
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.customers.models import Customer, CustomerGroup
from portal.db import transaction
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture
def desk(app, session, now):
    """A manager and a member of staff at the desk, and one company."""
    with transaction(session):
        make_customer(session, "C1", now=now)
        people = {role: make_user(session, role, now=now) for role in (Role.MANAGER, Role.STAFF)}

    def enter(role: Role):
        client = app.test_client()
        sign_in(client, people[role])
        return client

    return enter


def _group_of(session) -> str | None:
    session.rollback()
    session.expire_all()
    group = session.scalars(select(Customer)).one().group
    return group.code if group else None


def test_a_manager_forms_a_group_puts_a_company_in_renames_it_and_takes_the_company_out(desk, session):
    manager = desk(Role.MANAGER)
    assert "No customer groups yet" in manager.get("/desk/groups").text
    formed = manager.post("/desk/groups/new", data={"code": "CHAIN", "name_en": "A chain"})
    assert formed.location == "/desk/groups/CHAIN"
    manager.post("/desk/groups/CHAIN/companies", data={"customer": "C1"})
    assert _group_of(session) == "CHAIN"
    assert "C1 Co., Ltd." in manager.get("/desk/groups/CHAIN").text
    assert "A chain" in manager.get("/desk/customers/C1").text
    manager.post("/desk/groups/CHAIN/edit", data={"name_th": "เครือ", "name_en": "The chain"})
    assert "The chain" in manager.get("/desk/groups").text
    manager.post("/desk/groups/CHAIN/companies/C1/remove")
    assert _group_of(session) is None


@pytest.mark.parametrize(
    ("path", "typed", "told"),
    [
        ("new", {"code": "CHAIN", "name_en": "Again"}, "already in use"),
        ("new", {"code": "X"}, "name in at least one language"),
        ("new", {"code": "a b", "name_en": "A"}, "Use letters, digits"),
        ("CHAIN/companies", {"customer": "NOBODY"}, "There is no customer with that code."),
        ("CHAIN/edit", {"name_th": " ", "name_en": ""}, "name in at least one language"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(desk, session, path, typed, told):
    manager = desk(Role.MANAGER)
    manager.post("/desk/groups/new", data={"code": "CHAIN", "name_en": "A chain"})
    answer = manager.post(f"/desk/groups/{path}", data=typed)
    assert (answer.status_code, told in answer.text) == (422, True)
    session.rollback()
    assert [group.name_en for group in session.scalars(select(CustomerGroup))] == ["A chain"]
    assert _group_of(session) is None


def test_staff_look_at_groups_and_change_none(desk):
    desk(Role.MANAGER).post("/desk/groups/new", data={"code": "CHAIN", "name_en": "A chain"})
    staff = desk(Role.STAFF)
    page = staff.get("/desk/groups/CHAIN")
    assert page.status_code == 200
    assert "Put into the group" not in page.text
    for path in ("new", "CHAIN/edit", "CHAIN/companies", "CHAIN/companies/C1/remove"):
        assert staff.post(f"/desk/groups/{path}", data={"name_en": "Mine"}).status_code == 403
    assert staff.get("/desk/groups/NONE").status_code == 404
