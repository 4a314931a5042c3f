"""Every page can be reached: it stands in the navigation, or a page that does links to it."""

import re
from collections import Counter, deque

import pytest

from portal.accounts.roles import Audience, Role
from portal.db import transaction
from portal.web.access import access_of
from tests.makers import make_world
from tests.people import sign_in
from tests.subjects import subjects_of

LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)"')
A_DOZEN = 12
"""A list that is narrowed, turned or sorted in ever more ways is followed so many times."""
NOT_LINKED = {
    "policies_customer.version",  # linked once there is an earlier version to look up
    "policy_versions.compare",  # linked once a policy has two versions
    "policy_versions.publish",  # these two are linked while somebody else's draft is in review
    "policy_versions.send_back",
    "disruption_ends.shorten",  # linked while a disruption has days left to shorten
    "my_consulting.book",  # linked while a time is free
    "rota.change",  # linked while the day of a duty is to come
    "desk_returns.record",  # reached by typing the number of an order
    "imports.columns",  # these three are linked while an import is in that state
    "imports.problems",
    "imports.progress",
    "session.sign_in",
    "session.forgot_password",
    "session.set_password",
    "session.healthz",
    "session.readyz",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Links do not depend on the database."""
    return sqlite_url


@pytest.mark.parametrize("role", [Role.BUYER, Role.ADMIN])
def test_every_page_of_an_audience_is_linked_from_home_and_none_of_the_links_is_dead(app, session, now, role):
    with transaction(session):
        world = make_world(session, now)
        subjects_of(world)
    person = world.buyer if role is Role.BUYER else world.admin
    client = app.test_client()
    sign_in(client, person)
    seen, dead = _walk(client)
    assert not dead
    audience = Audience.CUSTOMER if role is Role.BUYER else Audience.STAFF
    adapter = app.url_map.bind("localhost")
    reached = {adapter.match(path.split("?")[0], method=method)[0] for path, method in seen}
    wanted = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOT_LINKED | {"static"}
        and "GET" in rule.methods
        and (access := access_of(app, rule.endpoint)).signed_in
        and access.audience in (None, audience)
    }
    assert wanted - reached == set()


def _walk(client):
    """Follow every link from home; gives the paths seen with the method they take, and those that lead nowhere."""
    waiting, dead = deque(["/"]), []
    seen: set[tuple[str, str]] = set()
    narrowed = Counter[str]()
    while waiting and len(seen) < 1500:
        path = waiting.popleft()
        if (path, "GET") in seen or path.startswith("/static/"):
            continue
        page = path.partition("?")[0]
        narrowed[page] += 1
        if narrowed[page] > A_DOZEN:
            continue
        answer = client.get(path, follow_redirects=False)
        if answer.status_code == 405:
            seen.add((path, "POST"))
            continue
        if answer.status_code >= 400:
            dead.append(f"{path}: {answer.status_code}")
            continue
        seen.add((path, "GET"))
        if answer.mimetype == "text/html":
            for found in LINK.findall(answer.text):
                link = found.replace("&amp;", "&")
                if (link, "GET") not in seen and (link, "POST") not in seen and link.count("=") < 4:
                    waiting.append(link)
            for form in re.findall(r'<form[^>]*method="post"[^>]*>', answer.text):
                target = re.search(r'action="([^"]*)"', form)
                seen.add(((target[1] if target else "") or path, "POST"))
    return seen, dead
