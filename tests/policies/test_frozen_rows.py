from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from policies import promising
from policies.terms import terms_of
from tests.policies.makers import TERMS, House


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_version SET valid_from = '2020-01-01'",
        "UPDATE policy_version SET state = 'draft'",
        "DELETE FROM policy_version",
        "UPDATE service_level SET target_bp = 1",
        "DELETE FROM service_level",
        """INSERT INTO service_level (version_id, kind, target_bp, compensation_bp_per_day, compensation_cap_bp)
        SELECT id, 'line_fill', 1, 0, 0 FROM policy_version""",
        "UPDATE policy SET tier = 'silver'",
        "UPDATE policy SET name_en = 'Another'",
        "UPDATE promise SET original_due_at = due_at, made_at = due_at",
        "UPDATE promise_event SET what = 'kept'",
        "DELETE FROM promise_event",
        "UPDATE audit_entry SET verb = 'nothing'",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_refuses_to_change_what_was_published_promised_or_recorded(
    house: House, statement: str
) -> None:
    version = house.published(tier="gold")
    house.promise(version, house.now + timedelta(days=3))
    house.session.commit()
    with pytest.raises(IntegrityError, match=r"frozen|append-only|keeps"):
        house.session.execute(text(statement))
    house.session.rollback()
    house.session.expire_all()
    assert terms_of(version) == TERMS


def test_a_level_cannot_be_moved_into_a_published_version(house: House) -> None:
    published, draft = house.published(tier="gold"), house.draft(tier="silver")
    house.session.commit()
    with pytest.raises(IntegrityError, match="frozen"):
        house.session.execute(
            text("UPDATE service_level SET version_id = :to WHERE version_id = :of"),
            {"to": published.id, "of": draft.id},
        )


def test_a_draft_and_the_agreed_due_time_may_still_change(house: House) -> None:
    version = house.published(tier="gold")
    promise = house.promise(version, house.now + timedelta(days=3))
    draft = house.draft(tier="silver")
    draft.intro_en = "Still being written"
    for level in draft.levels:
        level.target_bp = 9100
    promising.repromise(
        house.session, promise, house.now + timedelta(days=5), None, by=house.staff, now=house.now
    )
    house.session.commit()
    assert promise.due_at == house.now + timedelta(days=5)
