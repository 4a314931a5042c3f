import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from policies import revising
from policies.kinds import Convention, Kind
from policies.models import Policy, PolicyVersion, ServiceLevel, VersionState
from policies.terms import Clause, Terms, terms_of
from portal.accounts.models import User
from portal.audit import AuditEntry, history_of
from portal.db import make_sessions, transaction
from portal.refusal import Refused
from tests.policies.makers import LEAD_TIME, TERMS, House, days, only


@contextmanager
def refused(house: House, words: str | None, field: str | None) -> Iterator[None]:
    """What happens inside is refused with these words beside this field, and changes nothing."""
    before = _everything(house.session)
    with pytest.raises(Refused, match=words) as no:
        yield
    assert no.value.field == field
    house.session.flush()
    assert _everything(house.session) == before


def _everything(session: Session) -> list[object]:
    session.expire_all()
    versions = session.execute(
        select(
            PolicyVersion.id, PolicyVersion.state, PolicyVersion.valid_from, PolicyVersion.reason
        ).order_by(PolicyVersion.id)
    ).all()
    levels = session.execute(select(ServiceLevel.id, ServiceLevel.target_bp).order_by(ServiceLevel.id)).all()
    return [
        *versions,
        *levels,
        *(session.scalar(select(func.count()).select_from(t)) for t in (Policy, AuditEntry)),
    ]


def test_a_draft_says_what_was_written_into_it(house: House) -> None:
    assert terms_of(house.draft()) == TERMS


def test_a_published_version_keeps_its_day_its_reason_and_who_did_it(house: House) -> None:
    version = house.draft(tier="gold")
    house.publish(version, house.today + timedelta(days=3), reason="  Asked for by gold customers ")
    house.session.expire_all()
    assert version.state == VersionState.PUBLISHED
    assert version.valid_from == house.today + timedelta(days=3)
    assert version.reason == "Asked for by gold customers"
    assert (version.author.id, version.publisher and version.publisher.id) == (
        house.manager.id,
        house.reviewer.id,
    )
    assert version.published_at == house.now


def test_the_next_draft_begins_with_what_the_latest_version_says(house: House) -> None:
    first = house.published(tier="gold")
    second = revising.draft_version(house.session, first.policy, by=house.manager, now=house.now)
    house.session.flush()
    assert (second.number, terms_of(second)) == (2, TERMS)
    assert {level.id for level in first.levels}.isdisjoint(level.id for level in second.levels)


def test_every_act_on_a_policy_is_on_record_with_what_it_changed(house: House) -> None:
    version = house.published()
    entries = history_of(house.session, "policy", version.policy.code)
    assert [entry.verb for entry in entries] == [
        "policy.published",
        "policy.submitted",
        "policy.draft_changed",
        "policy.opened",
    ]
    assert entries[0].after is not None
    assert entries[0].after["clauses"][0]["cut_off"] == "15:00"
    assert entries[2].before == {"version": 1} | Terms().as_facts()


def test_saving_a_draft_unchanged_leaves_no_trace(house: House) -> None:
    version = house.draft()
    before = _everything(house.session)
    revising.change_draft(house.session, version, TERMS, by=house.manager, now=house.now)
    assert _everything(house.session) == before


def test_a_discarded_draft_is_gone_and_its_policy_stays_when_it_has_another_version(house: House) -> None:
    first = house.published()
    draft = revising.draft_version(house.session, first.policy, by=house.manager, now=house.now)
    house.session.flush()
    revising.discard_draft(house.session, draft, by=house.manager, now=house.now)
    house.session.flush()
    assert [version.id for version in first.policy.versions] == [first.id]


def test_discarding_the_only_draft_takes_the_policy_along_so_that_the_scope_is_free_again(
    house: House,
) -> None:
    draft = house.draft(tier="gold")
    revising.discard_draft(house.session, draft, by=house.manager, now=house.now)
    house.session.flush()
    assert house.session.scalar(select(func.count()).select_from(Policy)) == 0
    assert house.draft(tier="gold").number == 1


def test_a_scope_has_one_policy_only(house: House) -> None:
    for scope, field in (
        ({}, "scope"),
        ({"tier": "gold"}, "tier"),
        ({"customer": house.customer}, "customer"),
    ):
        house.draft(**scope)
        with refused(house, "draft a new version", field):
            revising.open_policy(house.session, "อีก", "Another", **scope, by=house.manager, now=house.now)


def test_a_policy_without_a_name_is_refused(house: House) -> None:
    with refused(house, "name", "name_th"):
        revising.open_policy(house.session, " ", "", by=house.manager, now=house.now)


def test_a_second_draft_beside_an_open_one_is_refused(house: House) -> None:
    draft = house.draft()
    with refused(house, "open already", None):
        revising.draft_version(house.session, draft.policy, by=house.manager, now=house.now)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (days(0), "lead_time_0_count"),
        (days(366), "lead_time_0_count"),
        (TERMS.but(replace(LEAD_TIME, target_bp=0)), "lead_time_0_target"),
        (TERMS.but(replace(LEAD_TIME, target_bp=10_001)), "lead_time_0_target"),
        (TERMS.but(replace(LEAD_TIME, compensation_bp_per_day=-1)), "lead_time_0_per_day"),
        (TERMS.but(replace(LEAD_TIME, compensation_bp_per_day=0)), "lead_time_0_per_day"),
        (TERMS.but(replace(LEAD_TIME, compensation_cap_bp=99)), "lead_time_0_cap"),
        (TERMS.but(replace(LEAD_TIME, compensation_cap_bp=10_001)), "lead_time_0_cap"),
        (TERMS.but(replace(LEAD_TIME, convention=Convention.CALENDAR)), "lead_time_0_cut_off"),
        (TERMS.but(Clause(Kind.LINE_FILL, target_bp=0)), "line_fill_0_target"),
    ],
)
def test_terms_out_of_bounds_are_refused_beside_their_field(house: House, terms: Terms, field: str) -> None:
    draft = house.draft()
    with refused(house, None, field):
        revising.change_draft(house.session, draft, terms, by=house.manager, now=house.now)
    assert terms_of(draft) == TERMS


@pytest.mark.parametrize("reason", ["", "   "])
def test_publishing_without_a_reason_is_refused(house: House, reason: str) -> None:
    draft = house.submit(house.draft())
    with refused(house, "why", "reason"):
        house.publish(draft, reason=reason)


def test_publishing_for_yesterday_is_refused(house: House) -> None:
    draft = house.submit(house.draft())
    with refused(house, "past day", "valid_from"):
        house.publish(draft, house.today - timedelta(days=1))


def test_today_is_the_business_day_of_bangkok(house: House) -> None:
    just_past_midnight = house.now.replace(hour=17, minute=30)
    draft = house.submit(house.draft())
    with refused(house, "past day", "valid_from"):
        revising.publish(house.session, draft, house.today, "Why", by=house.reviewer, now=just_past_midnight)


def test_a_year_of_the_buddhist_era_typed_by_mistake_is_refused(house: House) -> None:
    draft = house.submit(house.draft())
    with refused(house, "two years", "valid_from"):
        house.publish(draft, date(2569, 5, 1))


@pytest.mark.parametrize("sooner", [0, 5])
def test_a_version_published_for_that_day_or_later_stands_in_the_way(house: House, sooner: int) -> None:
    first = house.published(valid_from=house.today + timedelta(days=10))
    draft = revising.draft_version(house.session, first.policy, by=house.manager, now=house.now)
    house.session.flush()
    house.submit(draft)
    with refused(house, "Version 1", "valid_from"):
        house.publish(draft, house.today + timedelta(days=10 - sooner))


def test_the_policy_for_everybody_needs_a_lead_time(house: House) -> None:
    draft = house.submit(house.draft(only(Clause(Kind.LINE_FILL, target_bp=9000))))
    with refused(house, "everybody", "lead_time_0"):
        house.publish(draft)


def test_a_version_that_promises_nothing_is_refused(house: House) -> None:
    house.published()
    draft = house.draft(Terms(), tier="gold")
    with refused(house, "nothing", "lead_time_0"):
        house.submit(draft)


def test_a_tier_may_leave_the_lead_time_to_the_policy_for_everybody_once_that_is_in_force(
    house: House,
) -> None:
    draft = house.submit(house.draft(only(Clause(Kind.LINE_FILL, target_bp=9900)), tier="gold"))
    with refused(house, "No other policy", "lead_time_0"):
        house.publish(draft)
    house.published(valid_from=house.today + timedelta(days=2))
    with refused(house, "No other policy", "lead_time_0"):
        house.publish(draft, house.today + timedelta(days=1))
    house.publish(draft, house.today + timedelta(days=2))


def test_a_published_version_can_be_neither_changed_nor_discarded_nor_published_again(house: House) -> None:
    version = house.published()
    acts = (
        lambda: revising.change_draft(house.session, version, days(9), by=house.manager, now=house.now),
        lambda: revising.discard_draft(house.session, version, by=house.manager, now=house.now),
        lambda: house.publish(version, house.today + timedelta(days=1)),
    )
    for act in acts:
        with refused(house, "published already", None):
            act()


def test_of_two_managers_publishing_at_once_one_wins_and_the_other_is_told(
    house: House, engine: Engine
) -> None:
    version = house.draft(TERMS.but(replace(LEAD_TIME, cut_off=time(12, 0))))
    house.submit(version)
    version_id, manager_id, now, today = version.id, house.reviewer.id, house.now, house.today
    house.session.commit()
    start, told, won = threading.Barrier(2), [], []

    def publish(reason: str) -> None:
        with make_sessions(engine)() as session:
            draft, manager = session.get(PolicyVersion, version_id), session.get(User, manager_id)
            assert draft is not None
            assert manager is not None
            start.wait()
            try:
                with transaction(session):
                    revising.publish(session, draft, today, reason, by=manager, now=now)
                won.append(reason)
            except Refused as no:
                told.append(str(no))

    managers = [threading.Thread(target=publish, args=(reason,)) for reason in ("one", "other")]
    for manager in managers:
        manager.start()
    for manager in managers:
        manager.join()
    house.session.expire_all()
    assert len(won) == 1
    assert told == ["This version is published already, so it can no longer be changed."]
    assert version.reason == won[0]
    assert len(history_of(house.session, "policy", version.policy.code)) == 4
