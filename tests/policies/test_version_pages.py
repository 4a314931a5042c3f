"""A version on its way through the pages: written, reviewed, compared, published, read and acknowledged."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from policies import revising
from policies.kinds import Kind
from policies.models import Policy, PolicyNews, PolicyVersion, VersionState
from policies.terms import Clause
from portal.accounts.models import User
from portal.customers import grouping
from tests.policies.makers import TERMS, House, days, make_company
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


@pytest.fixture
def reviewer(app: Flask, house: House) -> Visitor:
    house.session.commit()
    return Visitor(app, house.reviewer)


def _address(version: PolicyVersion, room: str = "/manage/policies") -> str:
    return f"{room}/{version.policy.code}/{version.number}"


def test_a_version_is_submitted_sent_back_with_a_note_changed_and_published_by_another(
    house: House, manager: Visitor, reviewer: Visitor
) -> None:
    version = house.draft(tier="gold")
    house.session.commit()
    page = manager.sends(f"{_address(version)}/submit")
    assert "waits for its review by another person" in manager.reads(page)
    assert "It waits for another person than Manager" in manager.reads(page)
    assert "it cannot be changed until" in manager.reads(manager.sends(f"{_address(version)}/edit"))
    reviewer.sends(f"{_address(version)}/send-back", note="Five days, please")
    assert "Five days, please" in manager.reads(_address(version))
    assert "Five days, please" in manager.reads(f"{_address(version)}/edit")
    manager.sends(f"{_address(version)}/edit", **(DRAFTED | {"lead_time_0_count": "5"}))
    manager.sends(f"{_address(version)}/submit")
    reviewer.sends(f"{_address(version)}/publish", valid_from="2026-04-01", reason="Agreed")
    house.reread()
    assert version.state == VersionState.PUBLISHED
    assert [level.days for level in version.levels if level.kind == Kind.LEAD_TIME] == [5]


def test_its_author_reads_on_the_page_why_another_has_to_publish_it(house: House, manager: Visitor) -> None:
    version = house.submit(house.draft())
    house.session.commit()
    assert "It waits for another person" in manager.reads(f"{_address(version)}/publish")
    page = manager.sends(f"{_address(version)}/publish", 422, valid_from="2026-04-01", reason="Mine")
    assert "You wrote this version yourself, so another person has to review it" in page
    manager.sends(f"{_address(version)}/take-back")
    house.reread()
    assert version.state == VersionState.DRAFT


def test_a_portal_with_one_manager_only_says_that_a_second_person_is_needed(
    house: House, manager: Visitor
) -> None:
    version = house.submit(house.draft())
    house.session.get_one(User, house.reviewer.id).active = False
    house.session.commit()
    for page in (_address(version), f"{_address(version)}/publish"):
        shown = manager.reads(page)
        assert "A second person is needed" in shown
        assert "Invite a second manager under People" in shown


def test_sending_back_without_a_note_is_told_beside_the_field(house: House, reviewer: Visitor) -> None:
    version = house.submit(house.draft())
    house.session.commit()
    assert "This field is required." in reviewer.sends(f"{_address(version)}/send-back", 422, note="")
    house.reread()
    assert version.state == VersionState.IN_REVIEW


def test_two_versions_stand_side_by_side_with_only_the_changes_marked(house: House, manager: Visitor) -> None:
    first = house.published(replace(TERMS, return_days=30))
    changed = days(2).without(Kind.LINE_FILL).but(Clause(ANSWER, 1))
    house.revised(first.policy, replace(changed, return_days=30), valid_from=house.today + timedelta(days=9))
    house.session.commit()
    page = manager.reads(f"/manage/policies/{first.policy.code}/compare")
    for words in (
        "<del>We deliver within 3 working days of your order.</del>",
        "<ins>We deliver within 2 working days of your order.</ins>",
        "<del>3 working days</del>",
        "<ins>2 working days</ins>",
        "No longer promised",
        "<ins>We answer a complaint within 1 working day.</ins>",
        "You may ask to send goods back within 30 days of delivery.",
    ):
        assert words in page, words
    assert "<ins>15:00" not in page
    assert "<ins>You may ask" not in page
    same = manager.reads(f"/manage/policies/{first.policy.code}/compare?old=1&new=1")
    assert "Both say the same." in same
    manager.reads(f"/manage/policies/{first.policy.code}/compare?old=1&new=7", 404)


def test_the_reviewer_sees_what_changed_before_publishing(house: House, reviewer: Visitor) -> None:
    first = house.published()
    house.session.commit()
    second = house.draft(tier="gold")
    house.submit(second)
    house.session.commit()
    assert "What changed since" not in reviewer.reads(f"{_address(second)}/publish")
    third = _next(house, first.policy)
    page = reviewer.reads(f"{_address(third)}/publish")
    assert "What changed since version 1" in page
    assert "<ins>We deliver within 2 working days of your order.</ins>" in page


def _next(house: House, policy: Policy) -> PolicyVersion:
    version = revising.draft_version(house.session, policy, by=house.manager, now=house.now)
    house.session.flush()
    revising.change_draft(house.session, version, days(2), by=house.manager, now=house.now)
    house.submit(version)
    house.session.commit()
    return version


def test_the_customer_reads_what_is_new_and_acknowledges_it_with_one_click(
    house: House, buyer: Visitor, manager: Visitor
) -> None:
    first = house.published()
    second = house.revised(first.policy, days(2), valid_from=house.today + timedelta(days=2))
    house.session.commit()
    assert "Read and acknowledge" in buyer.reads("/")
    page = buyer.reads(_address(second, "/my/policy"))
    assert "What is new since version 1, which you know" in page
    assert "<ins>We deliver within 2 working days of your order.</ins>" in page
    assert "0 of 1 customers have acknowledged it" in manager.reads(_address(second))
    assert "C1 Co., Ltd." in manager.reads(f"{_address(second)}/readers")
    after = buyer.reads(buyer.sends(f"{_address(second, '/my/policy')}/acknowledge"))
    assert "Buyer acknowledged this version on Wed 1 Apr 2026." in after
    assert "Everybody has acknowledged it" in manager.reads(f"{_address(second)}/readers")
    assert "Acknowledged" in manager.reads(f"{_address(second)}/readers?whose=all")


def test_the_policy_page_asks_for_what_is_in_force_and_not_acknowledged(house: House, buyer: Visitor) -> None:
    version = house.published()
    house.session.commit()
    assert "not acknowledged yet" in buyer.reads("/my/policy")
    buyer.sends(f"{_address(version, '/my/policy')}/acknowledge")
    assert "not acknowledged yet" not in buyer.reads("/my/policy")
    assert "Read and acknowledge" not in buyer.reads("/")


def test_nobody_acknowledges_what_is_not_written_for_them(house: House, buyer: Visitor) -> None:
    other = make_company(house.session, "C2", tier="silver", now=house.now)
    for version in (house.published(customer=other), house.draft(tier="gold")):
        house.session.commit()
        buyer.sends(f"{_address(version, '/my/policy')}/acknowledge", 404)
    known = select(func.count()).select_from(PolicyNews).where(PolicyNews.acknowledged_at.is_not(None))
    assert house.session.scalar(known) == 0


def test_a_policy_is_opened_for_a_customer_group(house: House, manager: Visitor, buyer: Visitor) -> None:
    house.published()
    group = grouping.form_group(house.session, "CHAIN", "เครือ", "A chain", by=house.manager, now=house.now)
    house.session.flush()
    grouping.put_into_group(house.session, house.customer, group, by=house.manager, now=house.now)
    house.session.commit()
    names: dict[str, Any] = {"name_th": "เครือ", "name_en": "Chain policy", "tier": "gold"}
    assert "Choose a customer group." in manager.sends(
        "/manage/policies/new", 422, scope="group", group="", **names
    )
    edit = manager.sends("/manage/policies/new", scope="group", group="CHAIN", **names)
    version = house.session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc())).first()
    assert version is not None
    assert edit == f"{_address(version)}/edit"
    assert "For every customer of the group A chain" in manager.reads(_address(version))
    manager.sends(edit, **(DRAFTED | {"lead_time_0_cut_off": time(12).isoformat()[:5]}))
    house.reread_all()
    house.publish(version)
    house.session.commit()
    assert "For every customer of the group A chain" in buyer.reads("/my/policy")
    assert "A chain" in manager.reads("/manage/policies/holds?customer=C1")
