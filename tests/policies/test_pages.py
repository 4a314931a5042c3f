import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from policies.forms import PublishForm, SendBackForm
from policies.kinds import Kind
from policies.models import Policy, PolicyVersion, VersionState
from policies.terms import Clause, Terms, terms_of
from portal.accounts.roles import Role
from portal.db import transaction
from portal.web.forms import Form
from tests.policies.makers import LEAD_TIME, TERMS, House, days, make_company, make_person, only
from tests.policies.visiting import Visitor

DRAFTED: dict[str, Any] = {
    "lead_time_0": "y",
    "lead_time_0_count": "3",
    "lead_time_0_clock": "working",
    "lead_time_0_cut_off": "15:00",
    "lead_time_0_target": "95",
    "lead_time_0_per_day": "1",
    "lead_time_0_basis": "share",
    "lead_time_0_cap": "10",
    "line_fill_0": "y",
    "line_fill_0_target": "97.5",
    "intro_th": "คำนำ",
    "intro_en": "Introduction",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are read on one database; what they ask of it is tested on both."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _today(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def _address(version: PolicyVersion, room: str = "/manage/policies") -> str:
    return f"{room}/{version.policy.code}/{version.number}"


def test_a_manager_opens_drafts_and_publishes_a_tier_policy_and_the_customer_reads_it(
    app: Flask, house: House, manager: Visitor
) -> None:
    edit = manager.sends(
        "/manage/policies/new", scope="tier", tier="gold", name_th="โกลด์", name_en="Gold policy"
    )
    version = manager.sends(edit, **DRAFTED)
    assert "We deliver within 3 working days of your order." in manager.reads(version)
    manager.sends(f"{version}/submit")
    reviewer = Visitor(app, house.reviewer)
    published = reviewer.sends(f"{version}/publish", valid_from="2026-04-01", reason="Gold is served first")
    assert "Version 1 is published. It can no longer be changed." in reviewer.reads(published)

    page = Visitor(app, house.buyer).reads("/my/policy")
    for words in (
        "Gold policy",
        "We deliver within 3 working days of your order.",
        "An order placed after 15:00",
        "For each day that a line arrives late we credit you 1 % of its net amount, at most 10 %.",
        "We aim to send 97.5 % of order lines complete",
        "Gold is served first",
        "Day 3 is",
    ):
        assert words in page


def test_the_draft_form_saves_exactly_what_was_typed(house: House, manager: Visitor) -> None:
    version = house.draft(Terms(), tier="gold")
    house.session.commit()
    manager.sends(f"{_address(version)}/edit", **DRAFTED)
    house.reread()
    assert terms_of(version) == TERMS.but(Clause(Kind.LINE_FILL, target_bp=9750))


def test_a_standard_whose_box_is_not_ticked_is_left_out_with_its_fields(
    house: House, manager: Visitor
) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    unticked = {name: value for name, value in DRAFTED.items() if name != "lead_time_0"} | {
        "lead_time_0_count": "4"
    }
    asked = manager.sends(f"{_address(version)}/edit", 422, **unticked)
    assert "Some standards are promised no more." in asked
    assert re.search(r'name="lead_time_0_count"[^>]*value="4"', asked), "what was typed is still there"
    house.reread()
    assert terms_of(version).of(Kind.LEAD_TIME) == TERMS.of(Kind.LEAD_TIME)
    manager.sends(f"{_address(version)}/edit", **unticked, leave_out="y")
    house.reread()
    assert terms_of(version).of(Kind.LEAD_TIME) == ()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"lead_time_0_count": ""}, "This field is required."),
        ({"lead_time_0_count": "0"}, "between 1 and 365"),
        ({"lead_time_0_count": "many"}, "Not a valid integer value."),
        ({"lead_time_0_target": "101"}, "between 0 and 100 percent"),
        ({"lead_time_0_target": "95.555"}, "At most two decimals."),
        ({"lead_time_0_target": "NaN"}, "Not a valid decimal value."),
        ({"lead_time_0_target": "0"}, "A target is above 0"),
        ({"lead_time_0_cap": "0.5"}, "at least that of one day"),
        ({"lead_time_0_clock": "lunar"}, "Not a valid choice."),
        ({"lead_time_0_clock": "calendar"}, "A cut-off time belongs to working days"),
        ({"line_fill_0_target": ""}, "This field is required."),
    ],
)
def test_a_draft_typed_wrongly_is_told_beside_the_field_and_saves_nothing(
    house: House, manager: Visitor, typed: dict[str, Any], told: str
) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    page = manager.sends(f"{_address(version)}/edit", 422, **(DRAFTED | typed))
    assert told in page
    house.reread()
    assert terms_of(version) == TERMS


def test_publishing_for_yesterday_is_told_beside_the_day_and_publishes_nothing(
    app: Flask, house: House
) -> None:
    version = house.submit(house.draft())
    house.session.commit()
    page = Visitor(app, house.reviewer).sends(
        f"{_address(version)}/publish", 422, valid_from="2026-03-31", reason="Too late"
    )
    assert "A version cannot hold from a past day" in page
    house.reread()
    assert version.state == VersionState.IN_REVIEW


@pytest.mark.parametrize(("act", "form"), [("publish", PublishForm), ("send-back", SendBackForm)])
def test_who_comes_second_to_a_version_in_review_reads_how_it_stands_now(
    app: Flask, house: House, act: str, form: type[Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = house.submit(house.draft())
    house.session.commit()
    second = Visitor(app, house.reviewer)

    def overtaken(self: Form) -> bool:
        with transaction(house.session):  # while the second is on the way, a colleague publishes
            house.publish(version)
        return self.is_submitted() and self.validate()

    monkeypatch.setattr(form, "validate_on_submit", overtaken)
    shown = second.sends(
        f"{_address(version)}/{act}", valid_from=house.today.isoformat(), reason="Second", note="Shorter"
    )
    assert shown == _address(version)
    page = second.reads(shown)
    assert "This version is published already, so it can no longer be changed." in page
    assert "Submit the draft for review first" not in page


def test_a_published_version_has_no_edit_page_and_the_manager_is_told_why(
    house: House, manager: Visitor
) -> None:
    version = house.published()
    house.session.commit()
    for act in ("edit", "publish"):
        assert manager.client.get(f"{_address(version)}/{act}").location == _address(version)
        assert "published already" in manager.reads(_address(version))


def test_a_new_version_begins_as_a_copy_and_can_be_discarded(house: House, manager: Visitor) -> None:
    version = house.published()
    house.session.commit()
    edit = manager.sends(f"/manage/policies/{version.policy.code}/draft")
    assert edit == f"/manage/policies/{version.policy.code}/2/edit"
    assert 'value="97"' in manager.reads(edit)
    assert manager.sends(edit.replace("/edit", "/discard")) == f"/manage/policies/{version.policy.code}"
    assert "The draft was discarded." in manager.reads(f"/manage/policies/{version.policy.code}")


def test_a_second_policy_for_a_tier_and_one_for_an_unknown_customer_are_refused(
    house: House, manager: Visitor
) -> None:
    house.draft(tier="gold")
    house.session.commit()
    names: dict[str, Any] = {"name_th": "อีก", "name_en": "Another"}
    assert "covers them already" in manager.sends(
        "/manage/policies/new", 422, scope="tier", tier="gold", **names
    )
    page = manager.sends(
        "/manage/policies/new", 422, scope="customer", tier="gold", customer="NOBODY", **names
    )
    assert "There is no customer with that code." in page
    house.reread()
    assert house.session.scalar(select(func.count()).select_from(Policy)) == 1


def test_the_list_shows_what_is_in_force_what_comes_and_what_is_drafted(
    house: House, manager: Visitor
) -> None:
    version = house.published(tier="gold")
    house.revised(version.policy, days(2), valid_from=house.today + timedelta(days=9))
    house.draft()
    house.session.commit()
    page = manager.reads("/manage/policies")
    assert "3 days (working days after the order day), target 95 %" in page
    assert "from 10 Apr 2026" in page
    assert "Not in force" in page


def test_staff_read_policies_and_papers_but_may_not_write(house: House, staff: Visitor) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    for path in ("", f"/{version.policy.code}", f"/{version.policy.code}/1", "/holds?customer=C1"):
        staff.reads(f"/manage/policies{path}")
    assert staff.client.get(f"{_address(version)}.en.pdf").data.startswith(b"%PDF")
    assert 'href="/manage/policies"' in staff.reads("/")
    staff.reads("/manage/calendar", 403)
    staff.reads("/manage/policies/new", 403)
    for act in ("edit", "publish", "discard"):
        staff.sends(f"{_address(version)}/{act}", 403, reason="Mine", valid_from="2026-04-02")
    house.reread()
    assert version.state == VersionState.DRAFT


def test_which_policy_holds_is_told_with_its_reason(house: House, staff: Visitor) -> None:
    house.published()
    house.published(only(replace(LEAD_TIME, days=2)), customer=house.customer)
    house.session.commit()
    page = staff.reads("/manage/policies/holds?customer=C1")
    assert "It is written for this company alone, so it comes first." in page
    assert "No closer policy sets this, so the one for everybody does." in page
    assert "There is no customer with that code." in staff.reads("/manage/policies/holds?customer=nobody")


def test_without_a_policy_the_customers_page_says_what_will_be_there(buyer: Visitor) -> None:
    assert "No service policy is in force yet" in buyer.reads("/my/policy")


def test_a_customer_reads_each_standard_with_the_policy_it_comes_from(house: House, buyer: Visitor) -> None:
    house.published()
    house.published(only(replace(LEAD_TIME, days=2)), customer=house.customer)
    house.session.commit()
    page = buyer.reads("/my/policy")
    assert "within 2 working days" in page
    assert "within 3 working days" not in page
    assert "97 % of order lines" in page


def test_a_customer_reads_of_the_version_to_come_and_both_papers(house: House, buyer: Visitor) -> None:
    version = house.published(tier="gold")
    later = house.revised(version.policy, days(2), valid_from=house.today + timedelta(days=9))
    house.session.commit()
    assert "A new version holds from Fri 10 Apr 2026" in buyer.reads("/my/policy")
    assert "Published, not yet in force" in buyer.reads(_address(later, "/my/policy"))
    assert "In force" in buyer.reads(_address(version, "/my/policy"))
    for language in ("th", "en"):
        paper = buyer.client.get(f"{_address(version, '/my/policy')}.{language}.pdf")
        assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")


def test_a_superseded_version_stays_readable_with_its_last_day(app: Flask, house: House) -> None:
    version = house.published(tier="gold")
    house.revised(version.policy, days(2), valid_from=house.today + timedelta(days=9))
    house.session.commit()
    with time_machine.travel(house.now + timedelta(days=20), tick=False):
        buyer = Visitor(app, house.buyer)
        page = buyer.reads("/my/policy")
        assert "We deliver within 2 working days" in page
        assert "1 Apr 2026 – 9 Apr 2026" in page
        assert "Superseded" in buyer.reads(_address(version, "/my/policy"))


def test_drafts_policies_of_others_and_unknown_ones_do_not_exist_for_a_customer(
    house: House, buyer: Visitor
) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    hidden = [house.draft(tier="gold"), house.published(tier="silver"), house.published(customer=other)]
    house.session.commit()
    for version in hidden:
        buyer.reads(_address(version, "/my/policy"), 404)
        buyer.reads(f"{_address(version, '/my/policy')}.th.pdf", 404)
        buyer.reads(_address(version), 404)
    buyer.reads("/my/policy/SP-1/1", 404)


def test_a_customer_who_changed_tier_still_reads_the_version_their_promises_were_made_under(
    app: Flask, house: House
) -> None:
    version = house.published(tier="silver")
    house.promise(version, house.now + timedelta(days=3))
    stranger = make_company(house.session, "C2", tier="gold", now=house.now)
    other = make_person(house.session, Role.BUYER, customer=stranger, now=house.now)
    house.session.commit()
    Visitor(app, house.buyer).reads(_address(version, "/my/policy"))
    Visitor(app, other).reads(_address(version, "/my/policy"), 404)
