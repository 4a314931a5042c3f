"""Who may enter where: every route x every role x the owner of what it shows, generated from the application itself."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.roles import Audience, Role
from portal.db import transaction
from portal.web.access import OpenEndpoint, access_of, check_endpoints
from tests.makers import make_world
from tests.people import make_customer, make_user, sign_in
from tests.subjects import subjects_of

SAFE_AFTER_ENTERING = {200, 302, 303, 400, 404, 405, 409, 422, 503}


@dataclass
class Scene:
    """A portal with two companies; everything there is to see belongs to the first."""

    app: Flask
    people: dict[str, User]
    subjects: dict[str, str]


@pytest.fixture
def scene(app: Flask, session: Session, now) -> Scene:
    """One object of each kind, people of every role, and a buyer of another company."""
    with transaction(session):
        world = make_world(session, now)
        subjects = subjects_of(world)
        other = make_customer(session, "OTHER", now=now)
        stranger = make_user(session, Role.BUYER, customer=other, now=now)
    people = {
        "admin": world.admin,
        "manager": world.manager,
        "staff": world.staff,
        "owner": world.buyer,
        "stranger": stranger,
    }
    return Scene(app, people, subjects)


def routes(app: Flask):
    """Every rule of the application that is not a static file, with one method each."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method


def test_every_endpoint_says_who_may_enter(app):
    check_endpoints(app)


def test_an_endpoint_that_does_not_say_stops_start_up(sqlite_url, tmp_path):
    from portal.app import create_app  # noqa: PLC0415 - one of the few tests of the root
    from tests.conftest import settings_for  # noqa: PLC0415 - of that root

    app = create_app(settings_for(sqlite_url, tmp_path))
    app.add_url_rule("/open", "open", lambda: "anything")
    with pytest.raises(OpenEndpoint, match="open"):
        check_endpoints(app)


def test_the_matrix_of_routes_roles_and_owners_holds(scene):
    faults = []
    grants = scene.app.extensions["grants"]
    for name, person in {**scene.people, "nobody": None}.items():
        client = scene.app.test_client()
        if person is not None:
            sign_in(client, person)
        for rule, method in routes(scene.app):
            if rule.endpoint == "session.sign_out" and person is not None:
                continue  # it would end the very sign-in that the rest of the row needs; it has a test of its own
            access = access_of(scene.app, rule.endpoint)
            status = client.open(_path(rule, scene.subjects), method=method).status_code
            expected = _expected(access, person, method, grants)
            if (
                name == "stranger"
                and rule.arguments
                and expected is None
                and access.audience is Audience.CUSTOMER
            ):
                expected = 404 if _owned(rule, scene.subjects) else None
            if status not in ({expected} if expected else SAFE_AFTER_ENTERING):
                faults.append(f"{name} {method} {rule.rule}: {status}, expected {expected or 'to enter'}")
    assert not faults, "\n".join(faults)


def test_every_route_with_an_argument_has_a_subject_to_be_tried_on(scene):
    missing = {
        f"{rule.endpoint}:{argument}"
        for rule, _ in routes(scene.app)
        for argument in rule.arguments
        if f"{rule.endpoint}:{argument}" not in scene.subjects and argument not in scene.subjects
    }
    assert not missing, f"name a subject for these in tests/subjects.py: {sorted(missing)}"


def test_the_owner_does_see_what_the_stranger_does_not(scene):
    client = scene.app.test_client()
    sign_in(client, scene.people["owner"])
    unseen = [
        rule.rule
        for rule, method in routes(scene.app)
        if method == "GET"
        and rule.arguments
        and access_of(scene.app, rule.endpoint).audience is Audience.CUSTOMER
        and client.get(_path(rule, scene.subjects)).status_code != 200
    ]
    assert not unseen


def _expected(access, person, method, grants):
    """The answer at the door: a status, or None when the person enters."""
    if not access.signed_in:
        return None
    if person is None:
        return 302 if method == "GET" else 401
    if access.audience is not None and access.audience is not person.audience:
        return 404
    if access.permission is not None and access.permission not in grants[Role(person.role)]:
        return 403
    return None


def _owned(rule, subjects) -> bool:
    """Whether a route shows something that belongs to one company, unlike a product or a seminar, which all may see."""
    shared = ("sku", "filename", "seminar_no", "time_no")
    return not any(argument in shared for argument in rule.arguments)


def _path(rule, subjects) -> str:
    path = rule.rule
    for argument in rule.arguments:
        value = subjects.get(f"{rule.endpoint}:{argument}", subjects.get(argument, "0"))
        path = re.sub(rf"<([^<>]*:)?{argument}>", value, path)
    return path
