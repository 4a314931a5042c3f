from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from policies import measuring, revising
from policies.kinds import RATE_KINDS, Kind
from policies.measuring import Event, missing
from policies.models import VersionState
from policies.terms import Clause, terms_of
from portal.audit import history_of
from portal.i18n import speaking
from portal.recording import recorded
from portal.refusal import Refused
from tests.policies.makers import LINE_FILL, TERMS, House, days, only
from tests.policies.test_revising import refused
from tests.policies.visiting import Visitor


def test_a_version_goes_from_its_author_to_a_reviewer_who_publishes_it(house: House) -> None:
    version = house.submit(house.draft())
    assert (version.state, version.submitted_at) == (VersionState.IN_REVIEW, house.now)
    house.publish(version)
    assert version.state == VersionState.PUBLISHED
    assert version.reviewer_id == version.publisher_id == house.reviewer.id
    assert version.author_id == house.manager.id


def test_a_draft_is_not_published_before_it_was_submitted(house: House) -> None:
    draft = house.draft()
    with refused(house, "submit it for review", None):
        revising.publish(house.session, draft, house.today, "Why", by=house.reviewer, now=house.now)


def test_whoever_wrote_a_version_neither_publishes_it_nor_sends_it_back(house: House) -> None:
    version = house.submit(house.draft())
    with refused(house, "You wrote this version yourself", None):
        revising.publish(house.session, version, house.today, "Why", by=house.manager, now=house.now)
    with refused(house, "You wrote this version yourself", None):
        revising.send_back(house.session, version, "Hm", by=house.manager, now=house.now)


def test_who_changed_a_draft_last_is_its_author_and_leaves_the_review_to_others(house: House) -> None:
    draft = house.draft()
    revising.change_draft(house.session, draft, days(4), by=house.reviewer, now=house.now)
    revising.submit(house.session, draft, by=house.manager, now=house.now)
    with refused(house, "You wrote this version yourself", None):
        revising.publish(house.session, draft, house.today, "Why", by=house.reviewer, now=house.now)
    revising.publish(house.session, draft, house.today, "Why", by=house.manager, now=house.now)
    assert draft.publisher_id == house.manager.id


def test_the_database_refuses_a_reviewer_who_is_the_author(house: House) -> None:
    version = house.submit(house.draft())
    house.session.commit()
    with pytest.raises(IntegrityError, match="reviewer_is_another"):
        house.session.execute(
            text("UPDATE policy_version SET reviewer_id = author_id WHERE id = :id"), {"id": version.id}
        )


def test_what_is_in_review_is_neither_changed_nor_discarded_nor_drafted_beside(house: House) -> None:
    version = house.submit(house.draft())
    for act in (
        lambda: revising.change_draft(house.session, version, days(9), by=house.manager, now=house.now),
        lambda: revising.discard_draft(house.session, version, by=house.manager, now=house.now),
        lambda: revising.submit(house.session, version, by=house.manager, now=house.now),
    ):
        with refused(house, "in review, so it cannot be changed", None):
            act()
    with refused(house, "is in review: wait", None):
        revising.draft_version(house.session, version.policy, by=house.manager, now=house.now)


def test_a_version_sent_back_is_a_draft_again_with_the_note_of_the_reviewer(house: House) -> None:
    version = house.submit(house.draft())
    with refused(house, "Say what should be changed", "note"):
        revising.send_back(house.session, version, "  ", by=house.reviewer, now=house.now)
    revising.send_back(house.session, version, " Three days are too few ", by=house.reviewer, now=house.now)
    assert (version.state, version.review_note) == (VersionState.DRAFT, "Three days are too few")
    entry = history_of(house.session, "policy", version.policy.code)[0]
    assert (entry.verb, entry.by_id) == ("policy.sent_back", house.reviewer.id)
    assert entry.after == {"version": 1, "reason": "Three days are too few"}
    revising.change_draft(house.session, version, days(5), by=house.manager, now=house.now)
    house.submit(version)
    assert version.review_note == ""
    house.publish(version)


def test_its_author_alone_takes_a_version_back_from_review(house: House) -> None:
    version = house.submit(house.draft())
    with refused(house, "Only its author", None):
        revising.take_back(house.session, version, by=house.reviewer, now=house.now)
    revising.take_back(house.session, version, by=house.manager, now=house.now)
    assert version.state == VersionState.DRAFT
    with refused(house, "is a draft", None):
        revising.take_back(house.session, version, by=house.manager, now=house.now)


def test_a_version_that_promises_nothing_is_not_even_submitted(house: House) -> None:
    draft = house.draft(only())
    with refused(house, "promises nothing", "lead_time_0"):
        house.submit(draft)


def test_a_standard_whose_event_nobody_records_cannot_be_published_and_the_event_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = recorded() - {Event.DOCUMENT_MISTAKE}
    monkeypatch.setattr(measuring, "recorded", lambda: known)
    draft = house.draft(TERMS.but(Clause(Kind.DOCUMENT_ACCURACY)))
    words = "nothing here records “mistake on a document recorded”"
    with speaking("en"), refused(house, words, "document_accuracy_0"):
        house.submit(draft)
    revising.change_draft(house.session, draft, TERMS, by=house.manager, now=house.now)
    house.publish(draft)


def test_every_kind_of_standard_is_measured_by_events_that_are_recorded(house: House) -> None:
    assert not [kind for kind in Kind if missing(kind)]
    others = [kind for kind in Kind if kind not in (Kind.LEAD_TIME, *RATE_KINDS)]
    shares = [Clause(kind, target_bp=9900) for kind in (Kind.STOCK_ACCURACY, Kind.DOCUMENT_ACCURACY)]
    version = house.published(TERMS.but(*shares, *(Clause(kind, minutes=90) for kind in others)))
    assert {level.kind for level in version.levels} == set(Kind)


def test_an_order_is_judged_for_ever_by_the_version_it_was_promised_under(house: House) -> None:
    first = house.published()
    promise = house.promise(first, house.now + timedelta(days=3))
    house.revised(
        first.policy,
        TERMS.but(replace(TERMS.clauses[0], days=1, target_bp=9900)),
        valid_from=house.today + timedelta(days=1),
    )
    house.session.commit()
    house.session.expire_all()
    assert promise.service_level is not None
    assert (promise.version_id, promise.service_level.days, promise.service_level.target_bp) == (
        first.id,
        3,
        9500,
    )
    with pytest.raises(IntegrityError, match=r"frozen|keeps"):
        house.session.execute(text("UPDATE promise SET version_id = version_id + 1"))
    house.session.rollback()
    assert terms_of(first) == TERMS


def test_a_policy_for_nobody_else_says_so_when_its_reviewer_is_missing(house: House) -> None:
    with pytest.raises(Refused, match="another person has to review it"):
        revising.publish(
            house.session, house.submit(house.draft()), house.today, "Why", by=house.manager, now=house.now
        )


def test_a_reviewer_who_sent_a_version_back_may_then_write_it_and_leave_the_review_to_others(
    house: House, manager: Visitor
) -> None:
    version = house.submit(house.draft())
    revising.send_back(house.session, version, "Four days", by=house.reviewer, now=house.now)
    revising.change_draft(house.session, version, days(4), by=house.reviewer, now=house.now)
    house.session.commit()
    assert (version.author_id, version.reviewer_id) == (house.reviewer.id, None)
    page = manager.reads(f"/manage/policies/{version.policy.code}/{version.number}")
    assert "It was sent back" in page
    assert "Four days" in page
    revising.submit(house.session, version, by=house.reviewer, now=house.now)
    revising.publish(house.session, version, house.today, "Agreed", by=house.manager, now=house.now)
    house.session.flush()
    assert version.reviewer_id == house.manager.id


def test_a_share_is_promised_for_all_provinces_together(house: House, manager: Visitor) -> None:
    draft = house.draft()
    north = only(replace(LINE_FILL, provinces=("TH-50",)))
    with refused(house, "over all provinces together", "line_fill_0_provinces"):
        revising.change_draft(house.session, draft, north, by=house.manager, now=house.now)
    house.session.commit()
    page = manager.reads(f"/manage/policies/{draft.policy.code}/{draft.number}/edit")
    assert "lead_time_0_provinces" in page
    assert "line_fill_0_provinces" not in page
    assert "line_fill_1" not in page
