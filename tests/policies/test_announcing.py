"""A published version is told to whom it concerns, and acknowledged by them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from policies import revising
from policies.acknowledging import acknowledge
from policies.announcing import remind
from policies.kinds import Kind
from policies.models import PolicyNews, PolicyVersion
from policies.panels_reading import unread_versions
from policies.reading import how_far_read, known_before, reader_page
from policies.terms import Clause
from portal.accounts.roles import Role
from portal.audit import history_of
from portal.customers import grouping
from portal.customers.models import Customer
from portal.i18n import speaking
from portal.mailing import written
from portal.outbox import Notice
from portal.refusal import Refused
from tests.people import make_user
from tests.policies.makers import CASES, LEAD_TIME, TERMS, House, days, make_company, make_person, only

ANSWER = Kind.COMPLAINT_ANSWER


def told(session: Session, version: PolicyVersion) -> set[str]:
    """The codes of the customers who were told of a version."""
    query = select(Customer.code).join(PolicyNews, PolicyNews.customer_id == Customer.id)
    return set(session.scalars(query.where(PolicyNews.version_id == version.id)))


def notices(session: Session, template: str) -> list[Notice]:
    query = select(Notice).where(Notice.template == f"policies/notices/{template}.txt").order_by(Notice.id)
    return list(session.scalars(query))


@pytest.fixture
def silver(house: House) -> Customer:
    """A second company, in another tier, with a buyer of its own."""
    company = make_company(house.session, "C2", tier="silver", now=house.now)
    make_person(house.session, Role.BUYER, customer=company, now=house.now)
    return company


def test_every_customer_whom_a_version_concerns_is_told_once_by_mail_and_in_the_portal(
    house: House, silver: Customer
) -> None:
    second = make_user(house.session, Role.BUYER, customer=silver, email="second@example.com", now=house.now)
    version = house.published()
    assert told(house.session, version) == {"C1", "C2"}
    sent = notices(house.session, "new_version")
    assert {notice.user_id for notice in sent} >= {house.buyer.id, second.id}
    assert len(sent) == len({notice.user_id for notice in sent}) == 3
    assert {notice.path for notice in sent} == {f"/my/policy/{version.policy.code}/1"}


def test_a_version_of_a_tier_is_told_to_that_tier_only(house: House, silver: Customer) -> None:
    house.published()
    assert told(house.session, house.published(days(2), tier="gold")) == {"C1"}
    assert told(house.session, house.published(days(2), tier="silver")) == {"C2"}


def test_a_customer_whom_closer_policies_cover_in_everything_is_not_told(
    house: House, silver: Customer
) -> None:
    first = house.published()
    house.published(days(2), tier="gold")
    second = house.revised(first.policy, days(4), valid_from=house.today + timedelta(days=1))
    assert told(house.session, second) == {"C2"}


def test_a_customer_to_whom_one_standard_is_left_is_told(house: House, silver: Customer) -> None:
    first = house.published()
    house.published(only(LEAD_TIME), tier="gold")
    house.published(only(Clause(Kind.LINE_FILL)), customer=house.customer)
    more = house.revised(
        first.policy, TERMS.but(Clause(ANSWER, 2)), valid_from=house.today + timedelta(days=1)
    )
    assert told(house.session, more) == {"C1", "C2"}


def test_closer_policies_cover_together_and_only_with_what_they_promise_everywhere(
    house: House, silver: Customer
) -> None:
    first = house.published()
    house.published(only(LEAD_TIME), tier="gold")
    house.published(only(Clause(Kind.LINE_FILL)), customer=house.customer)
    second = house.revised(first.policy, days(4), valid_from=house.today + timedelta(days=1))
    assert told(house.session, second) == {"C2"}
    house.published(only(Clause(Kind.LEAD_TIME, 1, provinces=("TH-10",))), tier="silver")
    third = house.revised(first.policy, days(5), valid_from=house.today + timedelta(days=2))
    assert told(house.session, third) == {"C2"}


def test_a_return_window_of_its_own_keeps_a_version_from_being_covered(house: House) -> None:
    first = house.published()
    house.published(tier="gold")
    second = house.revised(
        first.policy, replace(TERMS, return_days=30), valid_from=house.today + timedelta(days=1)
    )
    assert told(house.session, second) == {"C1"}


def test_a_version_of_a_group_is_told_to_the_companies_in_it(house: House, silver: Customer) -> None:
    house.published()
    group = grouping.form_group(house.session, "G", "กลุ่ม", "Group", by=house.manager, now=house.now)
    house.session.flush()
    grouping.put_into_group(house.session, silver, group, by=house.manager, now=house.now)
    assert told(house.session, house.published(days(2), group=group)) == {"C2"}


def test_the_notice_is_written_in_the_readers_language_and_names_the_day_and_the_reason(
    house: House,
) -> None:
    house.published(tier="gold")
    (notice,) = notices(house.session, "new_version")
    with speaking("en"):
        subject, body = written(notice)[:2]
    assert subject == "A new version of our service policy holds for you from Wed 1 Apr 2026"
    assert "Agreed in spring" in body


def test_a_buyer_acknowledges_with_one_act_and_a_second_one_changes_nothing(house: House) -> None:
    version = house.published()
    assert how_far_read(house.session, version).waiting == 1
    acknowledge(house.session, version, house.customer, by=house.buyer, now=house.now)
    later = house.now + timedelta(days=1)
    acknowledge(house.session, version, house.customer, by=house.buyer, now=later)
    house.session.flush()
    (news,) = house.session.scalars(select(PolicyNews))
    assert (news.acknowledged_at, news.acknowledged_by_id) == (house.now, house.buyer.id)
    assert how_far_read(house.session, version).waiting == 0
    acts = [e.verb for e in history_of(house.session, "customer", "C1")]
    assert acts.count("policy.acknowledged") == 1


def test_a_customer_who_came_later_may_acknowledge_the_version_in_force(house: House) -> None:
    version = house.published()
    newcomer = make_company(house.session, "C3", tier="standard", now=house.now)
    buyer = make_person(house.session, Role.BUYER, customer=newcomer, now=house.now)
    acknowledge(house.session, version, newcomer, by=buyer, now=house.now)
    house.session.flush()
    assert told(house.session, version) == {"C1", "C3"}


def test_a_draft_cannot_be_acknowledged(house: House) -> None:
    draft = house.draft()
    with pytest.raises(Refused, match="nothing to acknowledge"):
        acknowledge(house.session, draft, house.customer, by=house.buyer, now=house.now)
    assert house.session.scalar(select(func.count()).select_from(PolicyNews)) == 0


def test_the_home_page_asks_a_buyer_until_it_is_acknowledged(house: House) -> None:
    version = house.published()
    with speaking("en"):
        (task,) = unread_versions(house.session, house.buyer, house.now)
    assert (task.act, task.args) == ("Read and acknowledge", {"code": version.policy.code, "number": "1"})
    assert unread_versions(house.session, house.manager, house.now) == []
    acknowledge(house.session, version, house.customer, by=house.buyer, now=house.now)
    assert unread_versions(house.session, house.buyer, house.now) == []


def test_what_was_superseded_is_no_task_any_more(house: House) -> None:
    first = house.published()
    second = house.revised(first.policy, days(2), valid_from=house.today + timedelta(days=3))
    asked = [task.args["number"] for task in unread_versions(house.session, house.buyer, house.now)]
    assert sorted(asked) == ["1", "2"]
    later = house.now + timedelta(days=3)
    assert [t.args["number"] for t in unread_versions(house.session, house.buyer, later)] == [
        str(second.number)
    ]


def test_who_has_not_acknowledged_is_listed_with_since_when(house: House, silver: Customer) -> None:
    version = house.published()
    acknowledge(house.session, version, house.customer, by=house.buyer, now=house.now)
    house.session.flush()
    (row,) = reader_page(house.session, version, waiting=True).rows
    assert (row.customer.code, row.told_at) == ("C2", house.now)
    assert len(reader_page(house.session, version, waiting=False).rows) == 2


def test_after_a_week_who_has_not_acknowledged_is_reminded_once(house: House, silver: Customer) -> None:
    version = house.published()
    acknowledge(house.session, version, house.customer, by=house.buyer, now=house.now)
    house.session.commit()
    week = timedelta(days=7)
    assert remind(house.session, house.now + week - timedelta(hours=1)) == 0
    assert remind(house.session, house.now + week) == 1
    assert remind(house.session, house.now + 2 * week) == 0
    (notice,) = notices(house.session, "acknowledge")
    assert notice.user.customer_id == silver.id
    with speaking("en"):
        assert written(notice)[0] == "Please acknowledge version 1 of our service policy"


def test_nobody_is_reminded_of_what_was_superseded(house: House) -> None:
    first = house.published()
    house.revised(first.policy, TERMS.but(*CASES), valid_from=house.today + timedelta(days=3))
    house.session.commit()
    assert remind(house.session, house.now + timedelta(days=8)) == 1
    assert [notice.facts["number"] for notice in notices(house.session, "acknowledge")] == [2]


def test_a_company_that_left_the_tier_is_not_reminded_of_its_policy(house: House, silver: Customer) -> None:
    house.published()
    house.published(days(2), tier="silver")
    silver.tier = "gold"
    house.session.commit()
    remind(house.session, house.now + timedelta(days=8))
    reminded = [
        (notice.user.customer_id, notice.facts["name_en"]) for notice in notices(house.session, "acknowledge")
    ]
    assert (silver.id, "Policy silver") not in reminded
    assert (silver.id, "Policy") in reminded


def test_what_is_new_is_told_since_the_version_that_the_customer_knows(house: House) -> None:
    first = house.published()
    second = house.revised(first.policy, days(4), valid_from=house.today + timedelta(days=1))
    third = house.revised(first.policy, days(5), valid_from=house.today + timedelta(days=2))
    house.session.expire_all()
    assert known_before(house.session, house.customer, third) == second
    acknowledge(house.session, first, house.customer, by=house.buyer, now=house.now)
    house.session.flush()
    assert known_before(house.session, house.customer, third) == first
    assert known_before(house.session, house.customer, first) is None


def test_telling_many_customers_takes_no_more_statements_than_telling_one(
    house: House, counting: Callable[[Callable[[], object]], int]
) -> None:
    def publish(version: PolicyVersion) -> None:
        revising.publish(house.session, version, house.today, "Why", by=house.reviewer, now=house.now)

    few = house.submit(house.draft(tier="gold"))
    house.published(valid_from=house.today)
    once = counting(lambda: publish(few))
    for n in range(30):
        company = make_company(house.session, f"S{n}", tier="silver", now=house.now)
        make_person(house.session, Role.BUYER, customer=company, now=house.now)
    many = house.submit(house.draft(tier="silver"))
    house.session.flush()
    assert counting(lambda: publish(many)) <= once
    assert len(told(house.session, many)) == 30


def test_who_comes_later_is_told_of_the_versions_that_concern_them_and_reminded_as_others_are(
    house: House, silver: Customer
) -> None:
    general, gold = house.published(only(LEAD_TIME, CASES[0])), house.published(tier="gold")
    coming = house.revised(
        general.policy, only(LEAD_TIME, CASES[1]), valid_from=house.today + timedelta(days=40)
    )
    house.session.commit()
    assert remind(house.session, house.now) == 0
    new = make_company(house.session, "C3", tier="silver", now=house.now)
    person = make_person(house.session, Role.BUYER, customer=new, now=house.now)
    silver.tier = "gold"
    house.session.commit()
    later = house.now + timedelta(days=1)
    assert [remind(house.session, later) for _ in range(2)] == [3, 0]
    assert told(house.session, general) == told(house.session, coming) == {"C1", "C2", "C3"}
    assert told(house.session, gold) == {"C1", "C2"}
    mine = [one for one in notices(house.session, "new_version") if one.user_id == person.id]
    assert {one.path for one in mine} == {
        f"/my/policy/{version.policy.code}/{version.number}" for version in (general, coming)
    }
    assert remind(house.session, later + timedelta(days=7)) > 0
    assert person.id in {one.user_id for one in notices(house.session, "acknowledge")}
