"""Reviewers in processes of their own decide about the same version at the same moment."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select

from policies.models import PolicyNews, PolicyVersion, VersionState
from portal.accounts.roles import Role
from portal.audit import history_of
from portal.db import make_engine, make_sessions
from portal.outbox import Notice
from tests.people import make_user
from tests.policies import publishers
from tests.policies.makers import House, make_house

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
REVIEWERS = 5


@pytest.fixture
def scene(postgres_url: str, now: datetime) -> Iterator[House]:
    engine = make_engine(postgres_url)
    with make_sessions(engine)() as session:
        yield make_house(session, now)
    engine.dispose()


def _decide(scene: House, url: str, verbs: list[str]) -> tuple[Counter[str], int]:
    reviewers = [
        make_user(scene.session, Role.MANAGER, email=f"manager{n}@example.com", now=scene.now)
        for n in range(len(verbs))
    ]
    version = scene.submit(scene.draft())
    scene.session.commit()
    tasks = [(url, verb, by.id, version.id, scene.now) for verb, by in zip(verbs, reviewers, strict=True)]
    context = multiprocessing.get_context("forkserver")
    with context.Pool(len(tasks), publishers.wait_at, (context.Barrier(len(tasks)),)) as pool:
        said = Counter(pool.map_async(publishers.act, tasks, chunksize=1).get(timeout=120))
    scene.reread()
    return said, version.id


def test_of_many_managers_publishing_at_once_one_wins_and_the_others_are_told(
    scene: House, postgres_url: str
) -> None:
    said, _version_id = _decide(scene, postgres_url, ["publish"] * REVIEWERS)
    assert said == {
        "publish": 1,
        "This version is published already, so it can no longer be changed.": REVIEWERS - 1,
    }
    assert scene.session.scalar(select(func.count()).select_from(PolicyNews)) == 1
    told = select(func.count()).where(Notice.template == "policies/notices/new_version.txt")
    assert scene.session.scalar(told) == 1


def test_a_version_is_either_published_or_sent_back_whoever_comes_first(
    scene: House, postgres_url: str
) -> None:
    said, version_id = _decide(scene, postgres_url, ["publish", "send_back"])
    first = {"publish", "send_back"} & set(said)
    assert len(first) == 1
    assert sum(said.values()) == 2
    version = scene.session.get_one(PolicyVersion, version_id)
    assert version.state == (VersionState.PUBLISHED if first == {"publish"} else VersionState.DRAFT)
    verbs = [entry.verb for entry in history_of(scene.session, "policy", version.policy.code)]
    assert len({"policy.published", "policy.sent_back"} & set(verbs)) == 1
