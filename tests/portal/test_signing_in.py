"""Signing in, staying in, signing out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts import inviting, signing_in
from portal.accounts.models import SignIn, User
from portal.accounts.roles import Role
from portal.accounts.signing_in import ABSOLUTE_LIMIT, FAILURES_ALLOWED, IDLE_LIMIT, LOCKED_FOR
from portal.audit import AuditEntry
from portal.db import transaction
from tests.people import PASSWORD, make_user, sign_in


@pytest.fixture
def user(session, now) -> User:
    with transaction(session):
        return make_user(session, Role.STAFF, now=now, email="nok@example.com")


def attempt(session, password, now, email="nok@example.com"):
    proof = signing_in.prove(session, email, password)
    with transaction(session):
        return signing_in.sign_in(session, proof, now=now)


def verbs(session):
    return list(session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def test_the_right_password_opens_a_sign_in_whatever_the_case_of_the_address(session, user, now):
    token = attempt(session, PASSWORD, now, email=" NOK@Example.com ")
    assert signing_in.find_signed_in(session, token, now=now).id == user.id
    assert "account.signed_in" in verbs(session)


def test_the_table_holds_no_token_that_could_be_used(session, user, now):
    token = attempt(session, PASSWORD, now)
    assert token not in str(session.scalars(select(SignIn.token_hash)).all())


@pytest.mark.parametrize(
    ("email", "password"), [("nok@example.com", "wrong"), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(session, user, now, email, password):
    assert attempt(session, password, now, email) is None
    assert session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_after_eight_failures_even_the_right_password_does_not_let_in_for_a_quarter_of_an_hour(
    session, user, now
):
    for _ in range(FAILURES_ALLOWED):
        assert attempt(session, "wrong", now) is None
    assert verbs(session)[-1] == "account.locked"
    assert attempt(session, PASSWORD, now + LOCKED_FOR - timedelta(seconds=1)) is None
    assert attempt(session, PASSWORD, now + LOCKED_FOR) is not None


def test_guessing_on_while_the_account_rests_neither_tells_nor_prolongs(session, user, now):
    for _ in range(FAILURES_ALLOWED * 2):
        attempt(session, "wrong", now)
    session.refresh(user)
    assert (user.locked_until, user.failed_sign_ins) == (now + LOCKED_FOR, 0)


def test_a_right_password_forgives_earlier_failures(session, user, now):
    for _ in range(FAILURES_ALLOWED - 1):
        attempt(session, "wrong", now)
    assert attempt(session, PASSWORD, now) is not None
    session.refresh(user)
    assert user.failed_sign_ins == 0


def test_a_sign_in_ends_when_it_is_idle_too_long(session, user, now):
    token = attempt(session, PASSWORD, now)
    assert signing_in.find_signed_in(session, token, now=now + IDLE_LIMIT) is not None
    assert signing_in.find_signed_in(session, token, now=now + IDLE_LIMIT + timedelta(seconds=1)) is None


def test_a_sign_in_in_use_lasts_a_week_and_no_longer(session, user, now):
    token, when = attempt(session, PASSWORD, now), now
    while when < now + ABSOLUTE_LIMIT:
        assert signing_in.find_signed_in(session, token, now=when) is not None
        with transaction(session):
            signing_in.touch(session, token, now=when)
        when += timedelta(hours=8)
    assert signing_in.find_signed_in(session, token, now=now + ABSOLUTE_LIMIT + timedelta(seconds=1)) is None


def test_a_deactivated_person_is_out_at_once_and_cannot_come_back(session, user, now):
    token = attempt(session, PASSWORD, now)
    with transaction(session):
        admin = make_user(session, Role.ADMIN, now=now)
        inviting.deactivate(session, user, by=admin, now=now)
    assert signing_in.find_signed_in(session, token, now=now) is None
    assert attempt(session, PASSWORD, now) is None


def test_old_sign_ins_are_forgotten_and_new_ones_kept(session, user, now):
    attempt(session, PASSWORD, now - timedelta(days=91))
    attempt(session, PASSWORD, now)
    assert signing_in.forget_old_sign_ins(session, now) == 1
    assert signing_in.forget_old_sign_ins(session, now) == 0


def test_signing_in_gives_a_fresh_session_and_leads_to_the_page_asked_for(app, user):
    client = app.test_client()
    with client.session_transaction() as before:
        before["language"], before["planted"] = "en", "by somebody else"
    asked = client.get("/notifications")
    assert asked.headers["Location"] == "/sign-in?next=/notifications"
    answer = client.post(asked.headers["Location"], data={"email": user.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/notifications"
    with client.session_transaction() as after:
        assert "planted" not in after
        assert after["language"] == "en"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/ok\\..\\evil",
        "evil",
        "",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(app, user, elsewhere):
    answer = app.test_client().post(
        "/sign-in", query_string={"next": elsewhere}, data={"email": user.email, "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/"


def test_signing_out_makes_the_token_worthless_even_in_a_copied_cookie(app, user):
    client, thief = app.test_client(), app.test_client()
    sign_in(client, user)
    with client.session_transaction() as mine, thief.session_transaction() as copied:
        copied.update(mine)
    assert thief.get("/notifications").status_code == 200
    assert client.post("/sign-out").status_code == 302
    assert client.get("/notifications").status_code == 302
    assert thief.get("/notifications").status_code == 302


def test_a_wrong_password_is_told_on_the_page_with_the_address_kept(app, user):
    answer = app.test_client().post("/sign-in", data={"email": user.email, "password": "wrong"})
    assert answer.status_code == 422
    assert f'value="{user.email}"' in answer.text


def test_using_the_portal_is_noted_so_that_the_sign_in_does_not_fall_idle(app, session, user):
    client = app.test_client()
    sign_in(client, user)
    with transaction(session):
        opened = session.scalars(select(SignIn)).one()
        opened.seen_at = before = opened.seen_at - timedelta(hours=1)
    client.get("/notifications")
    session.expire_all()
    assert session.scalars(select(SignIn)).one().seen_at > before


def test_a_form_sent_after_the_sign_in_ended_asks_to_sign_in_again(app):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/notifications/read")
    assert answer.status_code == 401


def test_a_form_without_its_csrf_token_changes_nothing(app, user):
    client = app.test_client()
    sign_in(client, user)
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/sign-out").status_code == 400
    assert client.get("/notifications").status_code == 200


def test_a_password_changed_between_its_proof_and_the_sign_in_lets_nobody_in(session, user, now):
    proof = signing_in.prove(session, user.email, PASSWORD)
    with transaction(session):
        inviting.set_password(session, user, "another long password", now=now)
    with transaction(session):
        assert signing_in.sign_in(session, proof, now=now) is None
    assert session.scalars(select(SignIn)).all() == []
