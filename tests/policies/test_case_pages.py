from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
import time_machine
from flask import Flask

from config import Seller
from policies import calendars, promising, sweeping
from policies.demo.directory import load_directory
from policies.documents import policy_pdf
from policies.kinds import CASE_KINDS, KINDS, Convention, Kind
from policies.models import PolicyVersion
from policies.panels import order_contact
from policies.sheets import sheet_of
from policies.terms import Clause, Terms, terms_of
from portal.i18n import speaking
from tests.policies.makers import CASES, TERMS, House, make_company, only
from tests.policies.test_pages import DRAFTED
from tests.policies.visiting import Visitor

ANSWER = Kind.COMPLAINT_ANSWER
TYPED: dict[str, Any] = DRAFTED | {
    "complaint_answer_0": "y",
    "complaint_answer_0_count": "2",
    "complaint_answer_0_clock": "working",
    "complaint_answer_0_target": "95",
    "complaint_answer_0_per_day": "50",
    "complaint_answer_0_cap": "500",
    "repair_0": "y",
    "repair_0_count": "10",
    "repair_0_clock": "calendar",
    "repair_0_target": "90",
    "repair_0_per_day": "",
    "repair_0_cap": "",
    "return_days": "30",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def _edit(version: PolicyVersion) -> str:
    return f"/manage/policies/{version.policy.code}/{version.number}/edit"


def test_the_draft_form_saves_each_kind_of_case_as_it_was_typed(house: House, manager: Visitor) -> None:
    version = house.draft(Terms(), tier="gold")
    house.session.commit()
    manager.sends(_edit(version), **TYPED)
    house.reread()
    said = terms_of(version)
    assert said.clauses[2:] == (
        Clause(ANSWER, 2, Convention.WORKING, 9500, 50_00, 500_00),
        Clause(Kind.REPAIR, 10, Convention.CALENDAR, 9000),
    )
    assert said.return_days == 30


def test_a_kind_whose_box_is_not_ticked_is_no_longer_promised(house: House, manager: Visitor) -> None:
    version = house.draft(replace(TERMS.but(*CASES), return_days=30))
    house.session.commit()
    left = {name: said for name, said in TYPED.items() if name not in {"complaint_answer_0", "repair_0"}}
    manager.sends(_edit(version), **(left | {"return_days": "", "leave_out": "y"}))
    house.reread()
    assert terms_of(version).kinds == [Kind.LEAD_TIME, Kind.LINE_FILL]
    assert terms_of(version).return_days is None


def test_a_lead_time_may_be_worth_a_fixed_amount_in_place_of_the_share(
    house: House, manager: Visitor
) -> None:
    version = house.draft(Terms(), tier="gold")
    house.session.commit()
    amounts = {
        "lead_time_0_basis": "amount",
        "lead_time_0_per_day": "25.50",
        "lead_time_0_cap": "255",
    }
    shown = manager.sends(_edit(version), **(TYPED | amounts))
    house.reread()
    lead_time = terms_of(version).clause(Kind.LEAD_TIME)
    assert lead_time is not None
    assert (lead_time.compensation_minor_per_day, lead_time.compensation_cap_minor) == (25_50, 255_00)
    assert "For each day that a line arrives late we credit you ฿25.50, at most ฿255.00." in manager.reads(
        shown
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"repair_0_count": "0"}, "between 1 and 365"),
        ({"repair_0_count": "366"}, "between 1 and 365"),
        ({"repair_0_target": ""}, "This field is required."),
        ({"repair_0_target": "0"}, "A target is above 0"),
        ({"repair_0_clock": "lunar"}, "Not a valid choice."),
        ({"complaint_answer_0_per_day": "-1"}, "between 0 and a million baht"),
        ({"complaint_answer_0_per_day": "0.001"}, "At most two decimals."),
        ({"complaint_answer_0_per_day": "0"}, "Say what each day late is worth"),
        ({"complaint_answer_0_cap": "49"}, "at least that of one day"),
        ({"return_days": "-1"}, "between 0 and 3650"),
        ({"lead_time_0_basis": "lunar"}, "Not a valid choice."),
    ],
)
def test_a_case_typed_wrongly_is_told_and_saves_nothing(
    house: House, manager: Visitor, typed: dict[str, Any], told: str
) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    assert told in manager.sends(_edit(version), 422, **(TYPED | typed))
    house.reread()
    assert terms_of(version) == TERMS


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"repair_0_count": "3", "repair_0_target": "90"}, ()),
        ({"repair_0_count": "100000", "repair_0_target": "90"}, ("between 1 and 365",)),
        ({"repair_0_count": "3", "repair_0_target": "101"}, ("A share is between 0 and 100 percent.",)),
        ({"lead_time_1_count": "2", "lead_time_1_target": "90"}, ()),
    ],
)
def test_what_is_typed_under_a_standard_that_is_not_ticked_is_told_and_saves_nothing(
    house: House, manager: Visitor, typed: dict[str, Any], told: tuple[str, ...]
) -> None:
    version = house.draft(TERMS, tier="gold")
    house.session.commit()
    page = manager.sends(_edit(version), 422, **(DRAFTED | typed))
    assert "Tick this to promise it, or empty what you typed below." in page
    assert all(words in page for words in told)
    house.reread()
    assert terms_of(version) == TERMS


def test_a_version_of_cases_only_can_be_published_beside_the_one_for_everybody(
    app: Flask, house: House
) -> None:
    house.published()
    version = house.submit(house.draft(only(Clause(ANSWER, 1)), tier="gold"))
    house.session.commit()
    reviewer = Visitor(app, house.reviewer)
    reviewer.sends(
        _edit(version).replace("/edit", "/publish"), valid_from="2026-04-01", reason="Faster answers"
    )
    assert "We answer a complaint within 1 working day." in reviewer.reads(
        _edit(version).removesuffix("/edit")
    )


def test_the_customer_reads_every_case_with_the_policy_it_comes_from(house: House, buyer: Visitor) -> None:
    house.cases()
    house.published(only(Clause(ANSWER, 1), return_days=45), tier="gold")
    house.session.commit()
    page = buyer.reads("/my/policy")
    for words in (
        "We answer a complaint within 1 working day.",
        "We send a unit back repaired within 10 working days of receiving it.",
        "฿50.00 for each day late, at most ฿500.00",
        "Begun 1 Apr 2026, due",
        "You may ask to send goods back within 45 days of delivery.",
        "A case that begins on a day on which we are closed counts from the next working day.",
    ):
        assert words in page
    assert "within 2 working days" in page
    assert "We answer a complaint within 2 working days." not in page
    for kind in CASE_KINDS:
        assert page.count(KINDS[kind].definition) == 1


def test_the_customer_reads_how_we_did_and_of_what_was_missed(house: House, buyer: Visitor) -> None:
    house.published(TERMS.but(*CASES), valid_from=house.today)
    other = make_company(house.session, "C2", tier="gold", now=house.now)
    for no in (2, 3):
        kept = house.case(ANSWER, f"CP-{no}")
        promising.fulfil(house.session, [kept], house.now, by=house.staff, now=house.now)
    late = house.case(ANSWER, "CP-4")
    house.case(ANSWER, "CP-5", customer=other)
    sweeping.mark(house.session, house.now + timedelta(days=9))
    house.session.commit()
    page = buyer.reads("/my/policy")
    assert "2 of 3 kept, 66.7 %" in page
    assert "no case yet" in page
    assert "CP-4" in page
    assert "CP-5" not in page
    assert "not yet" in page
    link = f"/my/complaints/new?promise={late.id}"
    assert (link in page) == ("my_complaints.new" in buyer.client.application.view_functions)


def test_attainment_shows_each_standard_with_its_target_its_trend_and_who_suffered(
    house: House, manager: Visitor
) -> None:
    house.cases()
    kept = house.case(ANSWER, "CP-1")
    promising.fulfil(house.session, [kept], house.now, by=house.staff, now=house.now)
    house.case(ANSWER, "CP-2")
    sweeping.mark(house.session, house.now + timedelta(days=9))
    house.session.commit()
    page = manager.reads("/manage/attainment?months=3")
    for words in (
        KINDS[ANSWER].definition,
        "n = 2",
        "50.0 %",
        "target 95.0 %",
        'data-value="50.0"',
        "Feb 2026",
        "C1 Co., Ltd.",
        "due since Sun 1 Feb 2026",
        "Answers late and still owed",
        "CP-2",
    ):
        assert words in page
    manager.reads("/manage/attainment?months=5", 404)


def test_the_home_page_of_a_manager_and_the_page_of_a_customer_show_how_we_did(
    house: House, manager: Visitor, staff: Visitor
) -> None:
    house.cases()
    kept = house.case(ANSWER, "CP-1")
    promising.fulfil(house.session, [kept], house.now, by=house.staff, now=house.now)
    house.session.commit()
    home = manager.reads("/")
    (row,) = [row for row in home.split("<tr>") if "Answer to a complaint" in row]
    assert "95.0 %" in row
    assert 'aria-label="' in row, "the months are told in words beside their line"
    assert "Answer to a complaint" not in staff.reads("/")
    page = staff.reads("/desk/customers/C1")
    assert "How we kept our promises" in page
    assert "100.0 %" in page


def test_beside_an_order_stands_who_answers_once_somebody_is_named(house: House) -> None:
    assert order_contact(house.session, SimpleNamespace(number="SO-1"), house.buyer, house.now) is None
    load_directory(house.session, by=house.manager, now=house.now)
    panel = order_contact(house.session, SimpleNamespace(number="SO-1"), house.buyer, house.now)
    assert panel is not None
    assert (panel.facts["unit"].code, panel.facts["unit_open"]) == ("ORDERS", True)


def test_attainment_of_a_portal_without_promises_says_what_to_do(manager: Visitor, staff: Visitor) -> None:
    assert "Nothing was promised yet" in manager.reads("/manage/attainment")
    staff.reads("/manage/attainment", 403)


def test_the_pages_of_attainment_ask_the_database_no_more_for_more_promises(
    house: House, manager: Visitor, counting: Callable[[Callable[[], object]], int]
) -> None:
    house.cases()
    house.case(ANSWER, "CP-1")
    sweeping.mark(house.session, house.now + timedelta(days=9))
    house.session.commit()
    few = counting(lambda: manager.reads("/manage/attainment"))
    for no in range(2, 40):
        customer = make_company(house.session, f"X{no}", tier="gold", now=house.now)
        house.case(ANSWER, f"CP-{no}", customer=customer)
    sweeping.mark(house.session, house.now + timedelta(days=9))
    house.session.commit()
    assert counting(lambda: manager.reads("/manage/attainment")) <= few


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.split())


def test_the_paper_says_what_is_promised_on_cases_in_both_languages(house: House) -> None:
    version = house.cases()
    sheet = sheet_of(version, calendars.find_calendar(house.session), on=date(2026, 4, 10))
    text = _text(policy_pdf(sheet, Seller(), "en"))
    for words in (
        "Requests and cases",
        "We answer a complaint within 2 working days.",
        "฿50.00 for each day late, at most",
        "Fri 17 Apr 2026",
        "You may ask to send goods back within 30 days of delivery.",
    ):
        assert words in text
    assert "2569" in _text(policy_pdf(sheet, Seller(), "th"))
    with speaking("en"):
        assert not sheet.complete, "the newer kinds are left to a wider policy"
        assert len(sheet.case_lines()) == len(CASE_KINDS)
