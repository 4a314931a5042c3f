"""People are invited, choose a password once, forget it, are shut out and let in."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from portal.accounts import inviting, signing_in
from portal.accounts.models import User
from portal.accounts.people import Standing, colleagues, standing_of
from portal.accounts.roles import Role
from portal.audit import AuditEntry
from portal.db import transaction
from portal.outbox import Notice
from portal.refusal import Refused
from tests.conftest import SECRET
from tests.people import make_customer, make_user, sign_in

GOOD = "four words side by side"


@pytest.fixture
def admin(session, now):
    with transaction(session):
        return make_user(session, Role.ADMIN, now=now)


@pytest.fixture
def invited(session, admin, now):
    with transaction(session):
        user = inviting.add_user(session, "Dao@Example.com", name=" Dao ", role=Role.STAFF, by=admin, now=now)
        inviting.invite(session, user, SECRET, "http://portal.example", by=admin, now=now)
    return user


def link(session):
    return session.scalars(select(Notice).order_by(Notice.id.desc())).first().facts["link"].rsplit("/", 1)[1]


def test_an_invited_person_gets_a_link_by_mail_that_the_portal_does_not_show(session, invited):
    notice = session.scalars(select(Notice)).one()
    assert notice.user_id == invited.id
    assert notice.private
    assert notice.facts["link"].startswith("http://portal.example/set-password/")
    assert (invited.email, invited.name) == ("dao@example.com", "Dao")


def test_a_link_sets_a_password_once(session, invited, now):
    token = link(session)
    with transaction(session):
        inviting.choose_password(session, token, GOOD, SECRET, now=now)
    with pytest.raises(Refused), transaction(session):
        inviting.choose_password(session, token, "another long password", SECRET, now=now)
    proof = signing_in.prove(session, "dao@example.com", GOOD)
    with transaction(session):
        assert signing_in.sign_in(session, proof, now=now) is not None


def test_a_link_lasts_three_days(session, invited, now):
    token = link(session)
    assert inviting.user_for_link(session, token, SECRET, now=now + timedelta(days=3)) is not None
    assert inviting.user_for_link(session, token, SECRET, now=now + timedelta(days=3, seconds=1)) is None


@pytest.mark.parametrize("forge", ["", "none-such", "a.b.c", "WzEsIngiLDFd.abc"])
def test_a_forged_link_is_worth_nothing(session, invited, now, forge):
    assert inviting.user_for_link(session, forge, SECRET, now=now) is None


def test_a_link_signed_with_another_key_is_worth_nothing(session, invited, now):
    token = inviting.link_token(invited, "another-key-0123456789-abcdefghij", now=now)
    assert inviting.user_for_link(session, token, SECRET, now=now) is None


def test_a_link_gives_nothing_of_the_old_password_away(session, admin, now):
    token = inviting.link_token(admin, SECRET, now=now)
    assert admin.password_hash[-12:] not in token


def test_choosing_a_password_ends_every_other_sign_in(session, admin, now):
    with transaction(session):
        token = signing_in.open_sign_in(session, admin, now=now)
    with transaction(session):
        inviting.set_password(session, admin, GOOD, now=now)
    assert signing_in.find_signed_in(session, token, now=now) is None


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaa", "password12", "dao@example.com", "x" * 129])
def test_a_weak_password_is_refused_and_the_link_stays_good(session, invited, now, weak):
    token = link(session)
    with pytest.raises(Refused) as no, transaction(session):
        inviting.choose_password(session, token, weak, SECRET, now=now)
    assert no.value.field == "password"
    assert inviting.user_for_link(session, token, SECRET, now=now) is not None


def test_an_address_in_use_is_refused_and_nobody_is_added(session, invited, admin, now):
    count = session.scalar(select(func.count()).select_from(User))
    with pytest.raises(Refused) as no, transaction(session):
        inviting.add_user(session, "DAO@example.com", name="D", role=Role.STAFF, by=admin, now=now)
    assert no.value.field == "email"
    assert session.scalar(select(func.count()).select_from(User)) == count


def test_a_buyer_without_a_company_and_staff_with_one_are_refused(session, admin, now):
    with transaction(session):
        customer = make_customer(session, "C9", now=now)
    for role, company in ((Role.BUYER, None), (Role.STAFF, customer)):
        with pytest.raises(Refused), transaction(session):
            inviting.add_user(
                session, "x@example.com", name="X", role=role, customer=company, by=admin, now=now
            )


def test_asking_for_a_new_password_twice_in_a_minute_sends_one_mail_and_for_a_stranger_none(
    session, admin, now
):
    for email in ("ADMIN@example.com", "admin@example.com", "nobody@example.com"):
        with transaction(session):
            inviting.forget_password(session, email, SECRET, "http://portal.example", now=now)
    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_nobody_shuts_themselves_out(session, admin, now):
    with pytest.raises(Refused), transaction(session):
        inviting.deactivate(session, admin, by=admin, now=now)
    assert admin.active


def test_somebody_shut_out_cannot_use_a_link_nor_be_invited_until_let_in_again(session, invited, admin, now):
    token = link(session)
    with transaction(session):
        inviting.deactivate(session, invited, by=admin, now=now)
    assert inviting.user_for_link(session, token, SECRET, now=now) is None
    with pytest.raises(Refused), transaction(session):
        inviting.invite(session, invited, SECRET, "http://portal.example", by=admin, now=now)
    with transaction(session):
        inviting.reactivate(session, invited, by=admin, now=now)
    assert inviting.user_for_link(session, token, SECRET, now=now) is not None


def test_a_list_says_who_can_sign_in(session, invited, admin, now):
    standings = {person.user.email: person.standing for person in colleagues(session, now=now).rows}
    assert standings == {"admin@example.com": Standing.ACTIVE, "dao@example.com": Standing.INVITED}
    admin.locked_until = now + timedelta(minutes=1)
    assert standing_of(admin, now=now) is Standing.LOCKED


def test_the_whole_way_through_the_pages(app, session, admin):
    boss, guest = app.test_client(), app.test_client()
    sign_in(boss, admin)
    sent = {"name": "Malee", "email": "malee@example.com", "language": "th", "role": "manager"}
    assert boss.post("/manage/people/new", data=sent).status_code == 302
    path = f"/set-password/{link(session)}"
    assert guest.get(path).status_code == 200
    differing = guest.post(path, data={"password": GOOD, "again": GOOD + "x"})
    assert differing.status_code == 422
    assert 'id="again-error"' in differing.text
    assert guest.post(path, data={"password": GOOD, "again": GOOD}).headers["Location"] == "/"
    assert guest.get("/manage/jobs").status_code == 200
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().post(path, data={"password": GOOD, "again": GOOD}).status_code == 404


def test_an_administrator_reaches_colleagues_only_and_buyers_through_their_company(app, session, admin, now):
    with transaction(session):
        customer, other = make_customer(session, "C9", now=now), make_customer(session, "C8", now=now)
        buyer = make_user(session, Role.BUYER, customer=customer, now=now)
    boss = app.test_client()
    sign_in(boss, admin)
    assert boss.post(f"/manage/people/{buyer.id}/deactivate").status_code == 404
    assert boss.post(f"/desk/customers/{other.code}/people/{buyer.id}/deactivate").status_code == 404
    assert boss.post(f"/desk/customers/{customer.code}/people/{admin.id}/deactivate").status_code == 404
    assert boss.post(f"/desk/customers/{customer.code}/people/{buyer.id}/deactivate").status_code == 302
    session.expire_all()
    assert not buyer.active


@pytest.mark.parametrize(
    "email",
    ["foo", "a@b", "สม@example.com", "a b@example.com", "a@@example.com", "a@example.com\nBcc: b@example.com",
     ".a@example.com", "a@-.com", f"{'a' * 250}@example.com"],
)  # fmt: skip
def test_what_no_mail_server_takes_is_refused_as_an_address(session, admin, now, email):
    with pytest.raises(Refused) as no, transaction(session):
        inviting.add_user(session, email, name="Dao", role=Role.STAFF, by=admin, now=now)
    assert no.value.field == "email"
    assert session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("name", ["", "Two\nlines", "x" * 121, "nul\0"])
def test_a_name_that_cannot_head_a_mail_is_refused(session, admin, now, name):
    with pytest.raises(Refused) as no, transaction(session):
        inviting.add_user(session, "dao@example.com", name=name, role=Role.STAFF, by=admin, now=now)
    assert no.value.field == "name"
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_a_persons_choice_of_language_is_kept_and_on_record(app, session, admin):
    client = app.test_client()
    sign_in(client, admin)
    client.post("/language", data={"language": "th"})
    session.expire_all()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "account.language_chosen")).one()
    assert (entry.before, entry.after, entry.by_id) == ({"language": "en"}, {"language": "th"}, admin.id)
    assert session.get_one(User, admin.id).language == "th"


def test_the_link_of_an_invitation_does_not_get_into_the_log(app):
    with capture_logs() as said:
        app.test_client().get("/set-password/secret-token")
    assert [one["path"] for one in said if one["event"] == "request"] == ["/set-password/<token>"]
