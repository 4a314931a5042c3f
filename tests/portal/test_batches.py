"""Rows written in bulk."""

from sqlalchemy import select

from portal import outbox
from portal.accounts.roles import Role
from portal.db import transaction
from portal.outbox import Notice
from tests.people import make_user


def test_of_a_key_that_comes_twice_in_one_batch_the_first_is_kept(session, now):
    with transaction(session):
        person = make_user(session, Role.STAFF, now=now)
        notices = [(person.id, {"number": number}, "twice", None) for number in ("CP-1", "CP-2")]
        assert outbox.post_all(session, notices, "aftersales/notices/complaint_escalated.txt", now=now) == 1
    kept = session.scalars(select(Notice).where(Notice.key == "twice")).one()
    assert kept.facts["number"] == "CP-1"
