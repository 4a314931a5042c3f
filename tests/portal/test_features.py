"""Two rooms cannot offer the same name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config import FEATURES
from portal import house
from portal.accounts.roles import Role
from portal.feature import BadFeature, Feature, Job, check, jobs_by_name, load
from portal.permissions import House


def test_the_rooms_of_the_house_differ_in_all_they_offer():
    check([house.FEATURE, *load(FEATURES)])


def test_a_room_that_grants_a_right_of_the_house_stops_the_start():
    with pytest.raises(BadFeature, match="permission"):
        check([house.FEATURE, Feature("shed", grants={Role.STAFF: frozenset({House.AUDIT_VIEW})})])


def test_a_room_with_a_job_of_the_house_stops_the_start():
    with pytest.raises(BadFeature, match="job"):
        check([house.FEATURE, replace(Feature("shed"), jobs=house.FEATURE.jobs)])
    sending = Job("outbox.deliver", "Send", timedelta(minutes=1), lambda session, now: 0)
    with pytest.raises(BadFeature, match=r"outbox\.deliver"):
        jobs_by_name([sending, sending])
