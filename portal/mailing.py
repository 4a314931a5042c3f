"""Notices are written out in their reader's language and mailed, each once, tried again when the server is away."""

import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, joinedload

from config import FEATURES
from portal import clock, i18n
from portal.db import transaction
from portal.feature import Job
from portal.i18n import N_
from portal.outbox import MailState, Notice
from portal.recording import paper_of

if TYPE_CHECKING:
    from config import Settings

MOST_ATTEMPTS = 8
CLAIM_LASTS = timedelta(minutes=5)
BATCH = 50
READER_LEFT = "its reader cannot sign in any more"
SERVER_AWAY = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)
"""Faults of the server rather than of one message: the next message would meet the same."""


class Carrier(Protocol):
    """What takes a finished e-mail away."""

    def __call__(self, mail: EmailMessage, /) -> None:
        """Hand the mail over, or raise OSError or SMTPException."""


def written(notice: Notice) -> tuple[str, str]:
    """Title and body of a notice in the language being spoken: the first line of its template, and the rest."""
    text = _environment().get_template(notice.template).render(**notice.facts).strip()
    title, _, body = text.partition("\n")
    return title.strip(), body.strip()


def deliver_due(
    session: Session, carrier: Carrier, settings: "Settings", *, now: datetime | None = None
) -> int:
    """Mail what is due, each message claimed first, so that two deliverers never send the same one; says how many went.

    Nothing is mailed to people who cannot sign in any more.
    A deliverer that dies between claiming and sending leaves its claim to expire: the message is then tried again.
    The round ends when the server is away; what was not tried is given back. `now` stands still for the whole round.
    """
    instant: Callable[[], datetime] = clock.now if now is None else lambda: now
    sent = 0
    while ids := _claim(session, claimed_at := instant()):
        for place, notice_id in enumerate(ids):
            if instant() - claimed_at > CLAIM_LASTS / 2:  # a slow server: claim anew before the claims expire
                _give_back(session, ids[place:], claimed_at)
                break
            try:
                sent += _deliver(session, carrier, settings, notice_id, instant)
            except _ServerAway:
                _give_back(session, ids[place + 1 :], claimed_at)
                return sent
    return sent


def smtp_carrier(settings: "Settings") -> Carrier:
    """Mail goes to the SMTP server named in the settings, or into files when none is named."""

    def by_smtp(mail: EmailMessage) -> None:
        with smtplib.SMTP(str(settings.smtp_host), settings.smtp_port, timeout=20) as server:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(mail)

    def into_files(mail: EmailMessage) -> None:
        settings.mailbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(mail["Message-ID"]).strip("<>").replace("/", "-")
        (settings.mailbox / f"{name}.eml").write_bytes(mail.as_bytes())

    return by_smtp if settings.smtp_host else into_files


def jobs_with(settings: "Settings") -> tuple[Job, ...]:
    """The job that empties the outbox, to the server that the settings name."""
    carrier = smtp_carrier(settings)

    def deliver(session: Session, _now: datetime) -> int:
        return deliver_due(session, carrier, settings)

    return (
        Job(
            "outbox.deliver",
            N_("Send notices by e-mail"),
            timedelta(seconds=10),
            deliver,
            N_("Sends by e-mail what the outbox holds; counts the messages."),
        ),
    )


class _ServerAway(Exception):
    """The mail server takes no message at all just now."""


def _claim(session: Session, now: datetime) -> list[int]:
    with transaction(session):
        query = (
            select(Notice)
            .where(
                or_(Notice.mail_state == MailState.DUE, Notice.mail_state == MailState.SENDING),
                Notice.next_try_at <= now,
            )
            .order_by(Notice.next_try_at, Notice.id)
            .limit(BATCH)
            .options(joinedload(Notice.user))
            .with_for_update(of=Notice, skip_locked=True)
        )
        claimed = []
        for notice in session.scalars(query):
            if notice.user is not None and not notice.user.active:
                notice.problem = READER_LEFT
                _end(notice, MailState.FAILED)
                continue
            if notice.attempts >= MOST_ATTEMPTS:  # every deliverer that took it died at it
                _end(notice, MailState.FAILED)
                continue
            notice.mail_state = MailState.SENDING
            notice.attempts += 1
            notice.next_try_at = now + CLAIM_LASTS
            claimed.append(notice.id)
        return claimed


def _give_back(session: Session, ids: list[int], now: datetime) -> None:
    """Undo the claims on messages that were not tried."""
    ours = (
        Notice.id.in_(ids),
        Notice.mail_state == MailState.SENDING,
        Notice.next_try_at == now + CLAIM_LASTS,
    )
    with transaction(session):
        session.execute(
            update(Notice)
            .where(*ours)
            .values(mail_state=MailState.DUE, attempts=Notice.attempts - 1, next_try_at=now)
            .execution_options(synchronize_session=False)
        )


def _deliver(
    session: Session, carrier: Carrier, settings: "Settings", notice_id: int, instant: Callable[[], datetime]
) -> int:
    """Send one claimed message; whatever goes wrong is kept with it. Raises _ServerAway when that is the reason."""
    fault, hopeless = None, False
    try:
        mail = _written_mail(session, settings, notice_id)
        carrier(mail)
    except (_Unwritable, ValueError) as found:  # the same message would fail in the same way every time
        fault, hopeless = found.__cause__ or found, True
    except Exception as found:
        fault = found
    with transaction(session):
        notice = session.get_one(Notice, notice_id, with_for_update=True)
        notice.problem = f"{type(fault).__name__}: {fault}"[:300] if fault else None
        if fault is None:
            _end(notice, MailState.SENT, instant())
        elif hopeless or notice.attempts >= MOST_ATTEMPTS:
            _end(notice, MailState.FAILED)
        else:
            notice.mail_state = MailState.DUE
            notice.next_try_at = instant() + timedelta(minutes=2**notice.attempts)
    if _is_away(fault):
        raise _ServerAway
    return 0 if fault else 1


def _end(notice: Notice, state: MailState, sent_at: datetime | None = None) -> None:
    """Nothing more is tried; the secret of a private notice is forgotten with it."""
    notice.mail_state, notice.sent_at = state, sent_at
    if notice.private:
        notice.facts = {}


def _is_away(fault: BaseException | None) -> bool:
    if isinstance(fault, smtplib.SMTPException):
        return isinstance(fault, SERVER_AWAY)
    return isinstance(fault, OSError)


class _Unwritable(Exception):
    """A notice that cannot be put into an e-mail, from the fault that says why."""


def _written_mail(session: Session, settings: "Settings", notice_id: int) -> EmailMessage:
    """The e-mail of a notice; the database is let go before anybody waits for a server."""
    notice = session.get_one(Notice, notice_id, options=[joinedload(Notice.user)], populate_existing=True)
    papers = _papers(session, settings, notice)
    try:
        mail = _mail(notice, settings, papers)
    except Exception as fault:
        raise _Unwritable from fault
    session.rollback()
    return mail


def _papers(session: Session, settings: "Settings", notice: Notice) -> list[tuple[str, bytes]]:
    """The document of a notice in its reader's language; in each language where nobody knows which they read."""
    if notice.paper is None:
        return []
    languages = [notice.user.language] if notice.user else list(i18n.LANGUAGES)
    return [paper_of(session, notice.paper, language, settings.seller) for language in languages]


def _mail(notice: Notice, settings: "Settings", papers: list[tuple[str, bytes]]) -> EmailMessage:
    user = notice.user
    language = user.language if user else i18n.DEFAULT_LANGUAGE
    with i18n.speaking(language):
        title, body = written(notice)
        lines = [body]
        if notice.path:
            lines += ["", settings.base_url + notice.path]
        lines += ["", "–", i18n.name_of(settings.seller)]
    mail = EmailMessage()
    name, address = parseaddr(settings.mail_from)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(user.name if user else "", addr_spec=user.email if user else notice.address)
    mail["Subject"] = title
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = f"<notice-{notice.id}@{address.partition('@')[2]}>"
    mail.set_content("\n".join(lines))
    mail["Content-Language"] = language  # after the content, which clears such headers
    for filename, paper in papers:
        mail.add_attachment(paper, maintype="application", subtype="pdf", filename=filename)
    return mail


@cache
def _environment() -> Environment:
    loaders = {
        name: PackageLoader(name, f"templates/{name}") for name in ("portal", *FEATURES) if _has_notices(name)
    }
    environment = Environment(
        loader=PrefixLoader(loaders),
        autoescape=False,  # noqa: S701 - plain-text mail
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(i18n.gettext, i18n.plural, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        day=lambda iso: i18n.day_text(datetime.fromisoformat(iso).date()),
        moment=lambda iso: i18n.moment_text(datetime.fromisoformat(iso)),
        due=lambda iso: i18n.due_text(datetime.fromisoformat(iso)),
        qty=i18n.quantity_text,
        money=i18n.money_text,
        msg=i18n.gettext,
        loc=i18n.name_of,
    )
    return environment


def _has_notices(package: str) -> bool:
    return files(package).joinpath("templates", package, "notices").is_dir()
