"""The pages of attainment: each number leads to its cases, for managers of everybody, for a customer of their own."""

import csv
import html
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine

from policies import promising, settling
from policies.kinds import KINDS, Kind
from policies.promises import Promise
from tests.policies.makers import CASES, LEAD_TIME, House, make_company, only
from tests.policies.visiting import Visitor

ANSWER = Kind.COMPLAINT_ANSWER
MANAGED, MINE = "/manage/attainment", "/my/policy"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def other(house: House) -> Promise:
    """A complaint of another customer, answered late, for which something is owed."""
    house.published(only(LEAD_TIME, *CASES))
    company = make_company(house.session, "C2", tier="silver", now=house.now)
    promise = _answered(house, house.case(ANSWER, "CM-2026-0009", customer=company), late=True)
    settling.owe(house.session, promise, 50_00, "THB", now=house.now)
    house.session.commit()
    return promise


def _answered(house: House, promise: Promise, *, late: bool = False) -> Promise:
    done = promise.due_at + timedelta(days=late)
    promising.fulfil(house.session, [promise], done, by=house.staff, now=done)
    return promise


def _own(house: House) -> None:
    for no in range(3):
        _answered(house, house.case(ANSWER, f"CM-2026-000{no}"), late=no == 0)
    house.case(Kind.REPAIR, "RP-2026-0001")
    house.session.commit()


def _links(page: str, name: str) -> list[str]:
    """The addresses of the numbers that are named so."""
    found = re.findall(rf'<a href="([^"]+)">[^<]*<span class="visually-hidden"> {name}', page)
    return [html.unescape(one) for one in found]


def test_each_number_of_the_managers_page_opens_to_as_many_cases(
    house: House, manager: Visitor, other: Promise
) -> None:
    _own(house)
    page = manager.reads(MANAGED)
    for what, numbers in (
        ("missed: Answer", ["CM-2026-0000", "CM-2026-0009"]),
        ("kept: Answer", ["CM-2026-0001", "CM-2026-0002"]),
        ("open: Repair", ["RP-2026-0001"]),
    ):
        address = _links(page, what)[0]
        shown = manager.reads(address)
        assert sorted(set(re.findall(r"(?:CM|RP)-2026-\d{4}", shown))) == numbers
    assert "฿50.00" in page
    assert "/desk/complaints/CM-2026-0009" in manager.reads(f"{MANAGED}/cases?kind={ANSWER}")


def test_under_each_figure_stands_what_it_counts(house: House, manager: Visitor, other: Promise) -> None:
    page = manager.reads(MANAGED)
    for words in (
        KINDS[ANSWER].definition,
        "Due from 1 May 2025 to 30 Apr 2026.",
        "its due time as last agreed",
        "Open cases are neither kept nor missed yet",
        "We answer a complaint within 2 working days.",
        "version 1",
    ):
        assert words in page


def test_the_table_is_narrowed_by_customer_kind_policy_version_and_period(
    house: House, manager: Visitor, other: Promise
) -> None:
    _own(house)
    code = other.version.policy.code if other.version else ""
    for asked, numbers in (
        ("customer=C2", {"CM-2026-0009"}),
        (f"kind={Kind.REPAIR}", {"RP-2026-0001"}),
        (f"policy={code}&version=1&customer=C2", {"CM-2026-0009"}),
        ("month=2026-03", set()),
    ):
        shown = manager.reads(f"{MANAGED}/cases?{asked}")
        assert set(re.findall(r"(?:CM|RP)-2026-\d{4}", shown)) == numbers, asked
        manager.reads(f"{MANAGED}?{asked}")


@pytest.mark.parametrize(
    "asked",
    [
        "customer=NOBODY",
        "kind=lunar",
        "kind=line_fillx",
        "policy=NONE",
        "level=0",
        "level=99999",
        "level=x",
        "month=2026-13",
        "month=1",
        "months=5",
        "outcome=lost",
    ],
)
def test_what_is_asked_wrongly_is_not_found(house: House, manager: Visitor, asked: str) -> None:
    manager.reads(f"{MANAGED}/cases?{asked}", 404)


def test_the_table_is_exported_as_it_stands(house: House, manager: Visitor, other: Promise) -> None:
    text = manager.client.get(f"{MANAGED}/attainment.csv?customer=C2").data.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    found = dict(zip(head, row, strict=True))
    assert (found["Standard"], found["Target, %"], found["Kept, %"]) == (
        "Answer to a complaint",
        "95.0",
        "0.0",
    )
    assert (found["Cases"], found["Missed"], found["Compensation owed"]) == ("1", "1", "฿50.00")


def test_a_customer_sees_their_own_figures_with_the_cases_behind_and_nobody_elses(
    house: House, buyer: Visitor, other: Promise
) -> None:
    _own(house)
    page = buyer.reads(MINE)
    assert "How we kept our promises to you" in page
    (address,) = _links(page, "missed: Answer")
    assert address.startswith(f"{MINE}/cases?")
    shown = buyer.reads(address)
    assert set(re.findall(r"CM-2026-\d{4}", shown)) == {"CM-2026-0000"}
    assert "/my/complaints/CM-2026-0000" in shown
    assert "CM-2026-0009" not in buyer.reads(f"{MINE}/cases?customer=C2")
    buyer.reads(f"{MANAGED}/cases", 404 if buyer.client.get(MANAGED).status_code == 404 else 403)


def test_a_level_under_which_nothing_was_promised_to_a_customer_is_not_found_by_them(
    house: House, buyer: Visitor, other: Promise
) -> None:
    buyer.reads(f"{MINE}/cases?level={other.service_level_id}", 404)
    _own(house)
    buyer.reads(f"{MINE}/cases?level={other.service_level_id}")


def test_a_missed_promise_is_exempt_by_a_manager_who_names_what_caused_it(
    house: House, manager: Visitor, staff: Visitor, other: Promise
) -> None:
    path = f"{MANAGED}/cases/{other.id}/exempt"
    assert path in manager.reads(f"{MANAGED}/cases?outcome=missed")
    manager.reads(path)
    assert "No disruption with this number" in manager.sends(path, 422, cause_no="DI-9", steps="Boats")
    staff.reads(path, 403)
    manager.reads(f"{MANAGED}/cases/999999/exempt", 404)


def test_a_long_list_of_cases_asks_the_database_no_more(
    house: House, manager: Visitor, other: Promise, counting: Callable[[Callable[[], object]], int]
) -> None:
    house.case(ANSWER, "CM-2026-0100")
    house.session.commit()
    few = counting(lambda: manager.reads(f"{MANAGED}/cases"))
    for no in range(30):
        company = make_company(house.session, f"X{no}", tier="gold", now=house.now)
        house.case(ANSWER, f"CM-2026-1{no:03}", customer=company)
    house.session.commit()
    assert counting(lambda: manager.reads(f"{MANAGED}/cases")) <= few
    assert 'rel="next"' in manager.reads(f"{MANAGED}/cases")
