"""A line is judged by the tolerance of its product's class, whoever drew the sheet and with what else on it."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from inventory import accuracy, counting, drawing_counts, stocking
from inventory.counting_terms import Terms, set_terms
from inventory.counts import CountSheet, SheetState
from inventory.drawing_counts import Wanted
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import transaction
from tests.conftest import NOON
from tests.inventory.counted import count, line_of, nothing_at_once, person
from tests.inventory.makers import make_product, make_warehouse
from tests.makers import sign_in
from tests.people import make_user


@pytest.fixture
def staff(session: Session) -> User:
    return person(session, "somchai")


@pytest.fixture
def mixed(session: Session, staff: User) -> CountSheet:
    """A sheet drawn by hand with a product of each class, 100 units of each."""
    nothing_at_once(session, staff, tolerance_a_bp=0, tolerance_b_bp=100, tolerance_c_bp=200)
    warehouse = make_warehouse(session)
    products = [make_product(session, f"P-{abc}") for abc in "ABC"]
    with transaction(session):
        for product, abc in zip(products, "ABC", strict=True):
            session.merge(product).abc = abc
            stocking.open_stock(session, product, warehouse, 100, by=None, now=NOON)
    with transaction(session):
        (sheet,) = drawing_counts.draw(session, warehouse, Wanted(), by=staff, now=NOON)
    return sheet


def _judged(session: Session, sheet: CountSheet, counted: int, by: User) -> list[bool | None]:
    for n in (1, 2, 3):
        count(session, sheet, counted, by, n)
    with transaction(session):
        assert counting.hand_in(session, sheet, by=by, now=NOON) == SheetState.REVIEW
    return [line_of(session, sheet, n).accurate for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("counted", "judged"),
    [(99, [False, True, True]), (98, [False, False, True]), (97, [False] * 3), (101, [False, True, True])],
)
def test_each_line_is_judged_by_its_class(session, mixed, staff, counted, judged):
    assert _judged(session, mixed, counted, staff) == judged
    found = accuracy.cells(session, NOON.replace(day=1), NOON.replace(day=28))
    assert {cell.abc: cell.good for cell in found} == dict(zip("ABC", map(int, judged), strict=True))


def test_terms_set_later_do_not_judge_what_was_drawn_before(session, mixed, staff):
    with transaction(session):
        set_terms(session, Terms(0, 1000, 1000, 1000), by=staff, now=NOON)
    assert _judged(session, mixed, 98, staff) == [False, False, True]


def test_the_sheet_says_by_what_its_lines_were_judged(session, mixed, staff, app: Flask):
    _judged(session, mixed, 98, staff)
    client = app.test_client()
    with transaction(session):
        manager = make_user(session, Role.MANAGER, now=NOON)
    sign_in(client, manager)
    page = client.get(f"/desk/counts/{mixed.number}")
    assert page.status_code == 200
    assert "a line may differ by the tolerance of its class" in page.text
