"""Notices leave as e-mail through a real SMTP server: each once, later when the server is away."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from portal import outbox
from portal.accounts.roles import Role
from portal.db import make_engine, make_sessions, transaction
from portal.mailing import CLAIM_LASTS, MOST_ATTEMPTS, Carrier, _claim, deliver_due, smtp_carrier
from portal.outbox import MailState, Notice
from tests.conftest import settings_for
from tests.people import make_user

TEMPLATE = "portal/notices/invitation.txt"


class Mailbox:
    """Keeps what it is handed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list = []

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(_free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def reader(session, now):
    with transaction(session):
        return make_user(session, Role.STAFF, now=now, email="malee@example.com", language="th")


@pytest.fixture
def settings(engine, tmp_path):
    return replace(settings_for(str(engine.url), tmp_path), base_url="https://portal.example")


def post(session, reader, now, key="k1", path="/my/orders/SO-1"):
    facts = {"name": "มาลี", "link": "https://portal.example/set-password/x"}
    with transaction(session):
        outbox.post(session, reader, TEMPLATE, facts, key=key, path=path, now=now)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_notice_leaves_once_in_its_readers_language(session, reader, settings, mailbox, now):
    carrier = smtp_carrier(replace(settings, smtp_host="127.0.0.1", smtp_port=mailbox.port))
    post(session, reader, now)
    assert deliver_due(session, carrier, settings, now=now) == 1
    assert deliver_due(session, carrier, settings, now=now + timedelta(days=1)) == 0
    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].addr_spec == "malee@example.com"
    assert mail["Content-Language"] == "th"
    body = mail.get_content()
    assert "มาลี" in body
    assert "https://portal.example/my/orders/SO-1" in body
    assert settings.seller.name_th in body
    notice = session.scalars(select(Notice)).one()
    assert (notice.mail_state, notice.sent_at, notice.problem) == (MailState.SENT, now, None)


def test_nothing_is_mailed_to_who_was_shut_out_and_nobody_is_alarmed(session, reader, settings, mailbox, now):
    carrier = smtp_carrier(replace(settings, smtp_host="127.0.0.1", smtp_port=mailbox.port))
    post(session, reader, now)
    with transaction(session):
        reader.active = False
    assert deliver_due(session, carrier, settings, now=now) == 0
    assert mailbox.mails == []
    notice = session.scalars(select(Notice)).one()
    assert (notice.mail_state, notice.sent_at) == (MailState.FAILED, None)
    assert (outbox.given_up(session, now=now), outbox.last_problem(session, now=now)) == (0, "")


def test_thai_names_and_subjects_survive_the_headers(session, settings, mailbox, now):
    with transaction(session):
        reader = make_user(session, Role.STAFF, now=now, email="somying@example.com", language="th")
        reader.name = "สมหญิง, ใจดี"
    carrier = smtp_carrier(replace(settings, smtp_host="127.0.0.1", smtp_port=mailbox.port))
    post(session, reader, now)
    deliver_due(session, carrier, settings, now=now)
    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].display_name == "สมหญิง, ใจดี"
    assert mail["Subject"]
    assert mail["Message-ID"].startswith("<notice-")


def test_while_the_server_is_away_the_notice_waits_and_leaves_when_it_is_back(session, reader, settings, now):
    away = smtp_carrier(replace(settings, smtp_host="127.0.0.1", smtp_port=_free_port()))
    post(session, reader, now)
    assert deliver_due(session, away, settings, now=now) == 0
    session.expire_all()
    notice = session.scalars(select(Notice)).one()
    assert (notice.mail_state, notice.attempts) == (MailState.DUE, 1)
    assert notice.next_try_at > now
    assert "refused" in notice.problem.lower()
    sent: list = []
    assert deliver_due(session, sent.append, settings, now=now) == 0
    assert deliver_due(session, sent.append, settings, now=notice.next_try_at) == 1
    assert len(sent) == 1


def test_a_server_that_stays_away_is_given_up_after_some_attempts(session, reader, settings, now):
    def away(_mail):
        raise smtplib.SMTPServerDisconnected("gone")

    post(session, reader, now)
    for day in range(MOST_ATTEMPTS + 2):
        deliver_due(session, away, settings, now=now + timedelta(days=day))
    session.expire_all()
    notice = session.scalars(select(Notice)).one()
    assert (notice.mail_state, notice.attempts) == (MailState.FAILED, MOST_ATTEMPTS)


def test_a_deliverer_killed_after_claiming_leaves_the_notice_to_be_sent_once_later(
    session, reader, settings, now
):
    post(session, reader, now)
    assert len(_claim(session, now)) == 1  # and then its process is gone
    sent: list = []
    assert deliver_due(session, sent.append, settings, now=now + CLAIM_LASTS - timedelta(seconds=1)) == 0
    assert deliver_due(session, sent.append, settings, now=now + CLAIM_LASTS) == 1
    assert deliver_due(session, sent.append, settings, now=now + timedelta(days=1)) == 0
    assert len(sent) == 1


def test_one_bad_address_does_not_keep_the_others_waiting(session, reader, settings, now):
    def picky(mail):
        if "malee" in str(mail["To"]):
            raise smtplib.SMTPRecipientsRefused({})
        sent.append(mail)

    sent: list = []
    with transaction(session):
        other = make_user(session, Role.STAFF, now=now, email="other@example.com")
    post(session, reader, now, key="a")
    post(session, other, now, key="b")
    assert deliver_due(session, picky, settings, now=now) == 1


def test_the_same_news_told_twice_is_one_notice(session, reader, now):
    post(session, reader, now)
    post(session, reader, now)
    assert len(session.scalars(select(Notice)).all()) == 1


def test_without_a_server_mail_is_kept_as_files(session, reader, settings, now):
    post(session, reader, now)
    assert deliver_due(session, smtp_carrier(settings), settings, now=now) == 1
    (file,) = settings.mailbox.glob("*.eml")
    assert b"malee@example.com" in file.read_bytes()


@pytest.mark.postgres
def test_two_deliverers_at_once_send_each_notice_once(postgres_url, tmp_path, now):
    engine = make_engine(postgres_url)
    sessions, settings = make_sessions(engine), settings_for(postgres_url, tmp_path)
    with sessions() as session:
        with transaction(session):
            reader = make_user(session, Role.STAFF, now=now)
        for n in range(60):
            post(session, reader, now, key=f"k{n}")
    sent, start = [], threading.Barrier(2)

    def work() -> None:
        with sessions() as own:
            start.wait()
            deliver_due(own, lambda mail: sent.append(mail["Message-ID"]), settings, now=now)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    engine.dispose()
    assert (len(sent), len(set(sent))) == (60, 60)


def test_a_notice_that_cannot_be_written_is_given_up_and_the_others_leave(session, reader, settings, now):
    with transaction(session):
        other = make_user(session, Role.STAFF, now=now, email="other@example.com")
        outbox.post(session, reader, TEMPLATE, {"name": "no link"}, key="a", now=now)
        reader.name = "Two\nlines"
    post(session, reader, now, key="b")
    post(session, other, now, key="c")
    sent: list = []
    assert deliver_due(session, sent.append, settings, now=now) == 1
    session.expire_all()
    notices = session.scalars(select(Notice).order_by(Notice.key)).all()
    assert [one.mail_state for one in notices] == ["failed", "failed", "sent"]
    assert all(one.problem for one in notices[:2])
    assert outbox.given_up(session, now=now) == 2
    assert outbox.last_problem(session, now=now) == notices[1].problem


def test_while_the_server_is_away_only_one_message_is_tried_and_the_others_keep_their_attempts(
    session, reader, settings, now
):
    def away(_mail):
        tried.append(1)
        raise ConnectionRefusedError("away")

    tried: list = []
    for key in "abc":
        post(session, reader, now, key=key)
    assert deliver_due(session, away, settings, now=now) == 0
    session.expire_all()
    notices = session.scalars(select(Notice).order_by(Notice.key)).all()
    assert len(tried) == 1
    assert [(one.mail_state, one.attempts) for one in notices] == [("due", 1), ("due", 0), ("due", 0)]
    assert deliver_due(session, tried.append, settings, now=now) == 2


def test_a_notice_that_every_deliverer_died_at_is_given_up(session, reader, settings, now):
    post(session, reader, now)
    for n in range(MOST_ATTEMPTS):
        assert len(_claim(session, now + n * CLAIM_LASTS)) == 1
    sent: list = []
    assert deliver_due(session, sent.append, settings, now=now + timedelta(days=1)) == 0
    session.expire_all()
    assert session.scalars(select(Notice.mail_state)).one() == MailState.FAILED


def test_the_secret_of_a_private_notice_is_forgotten_once_it_is_sent_or_given_up(
    session, reader, settings, now
):
    def refuse(_mail):
        raise ValueError("no")

    carriers: list[tuple[str, Carrier]] = [("a", lambda _mail: None), ("b", refuse)]
    for key, carrier in carriers:
        with transaction(session):
            facts = {"name": "x", "link": "https://portal.example/set-password/secret"}
            outbox.post(session, reader, TEMPLATE, facts, key=key, now=now, private=True)
        deliver_due(session, carrier, settings, now=now)
    session.expire_all()
    assert [one.facts for one in session.scalars(select(Notice))] == [{}, {}]
