"""The form of a draft: every fact of a clause is typed, kept, and told at its field when it is wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import time_machine

from policies import measuring
from policies.kinds import Convention, Every, Kind
from policies.measuring import Event
from policies.models import PolicyVersion, VersionState
from policies.terms import Clause, Terms, terms_of
from portal.recording import recorded
from tests.policies.makers import LEAD_TIME, TERMS, House
from tests.policies.test_pages import DRAFTED
from tests.policies.visiting import Visitor

ANSWER = Kind.COMPLAINT_ANSWER


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def _address(version: PolicyVersion) -> str:
    return f"/manage/policies/{version.policy.code}/{version.number}"


def test_the_form_keeps_everything_that_a_clause_can_say(house: House, manager: Visitor) -> None:
    version = house.draft(Terms(), tier="gold")
    house.session.commit()
    typed: dict[str, Any] = DRAFTED | {
        "lead_time_0_settle_days": "10",
        "lead_time_0_late_settlement": "100",
        "lead_time_0_exempt": ["flood", "strike"],
        "lead_time_0_review": "quarterly",
        "lead_time_1": "y",
        "lead_time_1_count": "6",
        "lead_time_1_clock": "calendar",
        "lead_time_1_target": "90",
        "lead_time_1_basis": "amount",
        "lead_time_1_provinces": "Chiang Mai, ลำพูน",
        "line_fill_0_tolerance": "2",
        "complaint_answer_0": "y",
        "complaint_answer_0_count": "4",
        "complaint_answer_0_clock": "hours",
        "complaint_answer_0_target": "95",
        "order_confirmation_0": "y",
        "order_confirmation_0_count": "45",
        "order_confirmation_0_clock": "minutes",
        "order_confirmation_0_target": "99",
        "report_every": "monthly",
        "report_to": "a@example.com\r\nb@example.com\r\n",
        "report_to_customers": "y",
    }
    shown = manager.reads(manager.sends(f"{_address(version)}/edit", **typed))
    house.reread()
    said = terms_of(version)
    everywhere, north = said.of(Kind.LEAD_TIME)
    assert everywhere == replace(
        LEAD_TIME,
        settle_days=10,
        late_settlement_minor=100_00,
        exempt_kinds=("flood", "strike"),
        review_every=Every.QUARTER,
    )
    assert north == Clause(Kind.LEAD_TIME, 6, Convention.CALENDAR, 9000, provinces=("TH-50", "TH-51"))
    assert said.of(Kind.LINE_FILL) == (Clause(Kind.LINE_FILL, target_bp=9750, fill_tolerance_bp=200),)
    assert said.of(ANSWER) == (Clause(ANSWER, minutes=240),)
    assert said.of(Kind.ORDER_CONFIRMATION) == (Clause(Kind.ORDER_CONFIRMATION, target_bp=9900, minutes=45),)
    assert (said.report_every, said.report_to, said.report_to_customers) == (
        Every.MONTH,
        ("a@example.com", "b@example.com"),
        True,
    )
    for words in (
        "Chiang Mai and Lamphun",
        "We answer a complaint within 4 hours of business time.",
        "We send the acknowledgement of an order within 45 minutes of business time.",
        "credited within 10 working days; if that is late, we credit another ฿100.00.",
        "What is missed because of a declared flood or strike does not count.",
        "We judge this target every quarter.",
        "at most 2 % of its units are missing",
        "Business time runs only while we work",
        "You get a report of how we kept these promises every month.",
    ):
        assert words in shown, words
    again = manager.reads(f"{_address(version)}/edit")
    for kept in ('value="Chiang Mai, Lamphun"', 'value="45"', "a@example.com", 'value="15:00"'):
        assert kept in again


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"lead_time_0_provinces": "Atlantis"}, "There is no province Atlantis."),
        ({"lead_time_0_settle_days": "0"}, "between 1 and 365"),
        ({"lead_time_0_late_settlement": "5"}, "Say within how many working days"),
        ({"lead_time_0_clock": "hours"}, "Not a valid choice."),
        ({"lead_time_0_exempt": ["aliens"]}, "'aliens' is not a valid choice"),
        ({"line_fill_0_tolerance": "100"}, "below 100 percent"),
        ({"refund_0": "y", "refund_0_target": "95"}, "This field is required."),
        (
            {"refund_0": "y", "refund_0_target": "95", "refund_0_count": "2", "refund_0_settle_days": "3"},
            "Without compensation there is nothing to credit",
        ),
        (
            {"lead_time_1": "y", "lead_time_1_count": "4", "lead_time_1_target": "90"},
            "Two clauses of this standard hold in the same place",
        ),
        ({"report_every": "monthly"}, "Say who gets the report."),
        ({"report_to": "a@example.com"}, "Say how often a report is made."),
        ({"report_every": "weekly", "report_to": "nobody"}, "nobody is not an e-mail address."),
    ],
)
def test_what_is_typed_wrongly_is_told_at_its_field_and_what_was_typed_is_kept(
    house: House, manager: Visitor, typed: dict[str, Any], told: str
) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    page = manager.sends(f"{_address(version)}/edit", 422, **(DRAFTED | {"intro_en": "Kept"} | typed))
    assert told in page
    assert "Kept" in page
    house.reread()
    assert terms_of(version) == TERMS


def test_beside_a_kind_that_nobody_can_measure_the_form_says_which_event_is_missing(
    house: House, manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = recorded() - {Event.BIN_COUNTED, Event.STOCK_DIFFERENCE, Event.DOCUMENT_MISTAKE}
    monkeypatch.setattr(measuring, "recorded", lambda: known)
    version = house.draft(TERMS.but(Clause(Kind.STOCK_ACCURACY)), tier="gold")
    house.session.commit()
    page = manager.reads(f"{_address(version)}/edit")
    assert "nothing here records “bin counted, difference between count and record noted”" in page
    assert page.count("Cannot be measured yet") == 2
    assert "“Stock record accuracy” cannot be published" in manager.reads(
        manager.sends(f"{_address(version)}/submit")
    )
    house.reread()
    assert version.state == VersionState.DRAFT
