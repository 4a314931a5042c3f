"""The house's own pages: language, notices, the audit trail, errors, headers."""

import sys

import pytest
from sqlalchemy import select

from config import FEATURES
from portal import audit, outbox
from portal.accounts.inviting import Verb
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit import PAGE, Narrowed
from portal.clock import business_day
from portal.db import transaction
from tests.people import make_customer, make_user, sign_in


@pytest.fixture
def manager(session, now):
    with transaction(session):
        return make_user(session, Role.MANAGER, now=now)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


def test_the_language_is_switched_at_once_kept_with_the_account_and_leads_back(app, desk, session, manager):
    answer = desk.post("/language", data={"language": "th", "next": "/notifications?x=1"})
    assert answer.headers["Location"] == "/notifications?x=1"
    assert '<html lang="th"' in desk.get("/notifications").text
    session.expire_all()
    assert session.get_one(User, manager.id).language == "th"
    fresh = app.test_client()
    sign_in(fresh, manager)
    assert '<html lang="th"' in fresh.get("/notifications").text


def test_an_unknown_language_and_a_foreign_address_change_nothing(desk, session, manager):
    answer = desk.post("/language", data={"language": "xx", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    session.expire_all()
    assert session.get_one(User, manager.id).language == "en"


def test_a_visitor_is_spoken_to_in_the_language_their_browser_asks_for(app):
    client = app.test_client()
    assert '<html lang="en"' in client.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
    assert '<html lang="th"' in client.get("/sign-in", headers={"Accept-Language": "de"}).text


def test_notices_are_shown_counted_and_marked_as_read_and_secrets_are_not_shown(desk, session, manager, now):
    facts = {"name": "Nok", "link": "http://portal.example/secret"}
    with transaction(session):
        for key, private in (("a", False), ("b", True)):
            outbox.post(
                session,
                manager,
                "portal/notices/invitation.txt",
                facts,
                key=key,
                path="/",
                private=private,
                now=now,
            )
    assert outbox.unread(session, manager) == 1
    page = desk.get("/notifications").text
    assert page.count("http://portal.example/secret") == 1
    assert desk.post("/notifications/read").status_code == 302
    session.rollback()
    assert outbox.unread(session, manager) == 0


def test_a_page_of_the_other_audience_is_not_there_and_one_beyond_the_role_is_forbidden(app, session, now):
    with transaction(session):
        clerk = make_user(session, Role.STAFF, now=now)
        buyer = make_user(session, Role.BUYER, customer=make_customer(session, "C1", now=now), now=now)
    desk, shop, nobody = app.test_client(), app.test_client(), app.test_client()
    sign_in(desk, clerk)
    sign_in(shop, buyer)
    assert [desk.get(path).status_code for path in ("/manage/jobs", "/my/returns", "/nowhere")] == [
        403,
        404,
        404,
    ]
    assert [shop.get(path).status_code for path in ("/manage/jobs", "/my/returns", "/nowhere")] == [
        404,
        200,
        404,
    ]
    assert nobody.get("/manage/jobs").headers["Location"] == "/sign-in?next=/manage/jobs"
    assert [nobody.post("/manage/jobs/x/run").status_code, nobody.head("/").status_code] == [401, 302]


def test_every_page_forbids_strangers_scripts_and_frames(desk):
    for path in ("/", "/sign-in", "/nowhere", "/healthz"):
        headers = desk.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_a_fault_shows_a_calm_page_and_changes_nothing(app, desk, monkeypatch, session, manager):
    def broken(*_args, **_options):
        raise RuntimeError("broken on purpose")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["TESTING"] = False
    monkeypatch.setattr("portal.outbox.mark_read", broken)
    answer = desk.post("/notifications/read")
    assert answer.status_code == 500
    assert "broken on purpose" not in answer.text
    assert "Nothing was changed" in answer.text


def test_the_audit_trail_is_narrowed_and_paged_both_ways(session, manager, now):
    with transaction(session):
        for n in range(PAGE + 5):
            audit.record(session, Verb.ADDED, "user", f"u{n}", by=manager if n % 2 else None, now=now)
    first = audit.entries(session, Narrowed())
    second = audit.entries(session, Narrowed(), older_than=first.older)
    back = audit.entries(session, Narrowed(), newer_than=second.newer)
    assert (len(first.rows), first.newer, second.older) == (PAGE, None, None)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    assert back.newer is None
    assert [row.subject_no for row in audit.entries(session, Narrowed("u7")).rows] == ["u7"]
    by_manager = audit.entries(session, Narrowed(person="MANAGER@example.com")).rows
    assert {row.by_id for row in by_manager} == {manager.id}
    assert audit.entries(session, Narrowed(day=business_day(now))).rows
    assert audit.entries(session, Narrowed(day=business_day(now).replace(day=2))).rows == []


def test_everything_that_can_be_on_record_is_told_in_words(app):
    verbs = {
        str(verb)
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in {"portal", *FEATURES} and isinstance(getattr(module, "Verb", None), type)
        for verb in module.Verb
    }
    assert verbs - set(app.extensions["verbs"]) == set()


def test_managers_read_the_trail_on_screen(desk, manager):
    page = desk.get("/manage/audit", query_string={"subject": manager.email}).text
    assert "Signed in" in page
    assert desk.get("/manage/audit?day=nonsense&older=x").status_code == 200


def test_search_groups_what_it_finds_and_goes_straight_to_the_only_hit(desk, session, now):
    with transaction(session):
        make_customer(session, "ALPHA", now=now)
        make_customer(session, "ALPINE", now=now)
    page = desk.get("/search?q=alp").text
    assert page.index("ALPHA") < page.index("ALPINE")
    assert desk.get("/search?q=alpha&go=1").headers["Location"] == "/desk/customers/ALPHA"
    assert desk.get("/search").status_code == 200
    assert desk.get("/search?q=%25").status_code == 200


def test_nobody_is_invited_by_people_below_an_administrator(desk, session):
    assert desk.get("/manage/people").status_code == 403
    assert desk.post("/manage/people/new", data={"email": "x@example.com"}).status_code == 403
    assert len(session.scalars(select(User)).all()) == 1
