"""Notices are written out in their reader's language and mailed, each once, tried again when the server is away."""

import smtplib
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from config import FEATURES
from portal import i18n
from portal.db import transaction
from portal.feature import Job
from portal.i18n import N_
from portal.outbox import MailState, Notice

if TYPE_CHECKING:
    from config import Settings

MOST_ATTEMPTS = 8
CLAIM_LASTS = timedelta(minutes=5)
BATCH = 50


class Carrier(Protocol):
    """What takes a finished e-mail away."""

    def __call__(self, mail: EmailMessage, /) -> None:
        """Hand the mail over, or raise OSError or SMTPException."""


def written(notice: Notice) -> tuple[str, str]:
    """Title and body of a notice in the language being spoken: the first line of its template, and the rest."""
    text = _environment().get_template(notice.template).render(**notice.facts).strip()
    title, _, body = text.partition("\n")
    return title.strip(), body.strip()


def deliver_due(session: Session, carrier: Carrier, settings: "Settings", *, now: datetime) -> int:
    """Mail what is due, each message claimed first, so that two deliverers never send the same one; says how many went.

    A deliverer that dies between claiming and sending leaves its claim to expire: the message is then tried again.
    """
    sent = 0
    while ids := _claim(session, now):
        for notice_id in ids:
            sent += _deliver(session, carrier, settings, notice_id, now)
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
        settings.mailbox.mkdir(parents=True, exist_ok=True)
        name = str(mail["Message-ID"]).strip("<>").replace("/", "-")
        (settings.mailbox / f"{name}.eml").write_bytes(mail.as_bytes())

    return by_smtp if settings.smtp_host else into_files


def jobs_with(settings: "Settings") -> tuple[Job, ...]:
    """The job that empties the outbox, to the server that the settings name."""
    carrier = smtp_carrier(settings)

    def deliver(session: Session, now: datetime) -> int:
        return deliver_due(session, carrier, settings, now=now)

    return (Job("outbox.deliver", N_("Send notices by e-mail"), timedelta(seconds=10), deliver),)


def _claim(session: Session, now: datetime) -> list[int]:
    with transaction(session):
        query = (
            select(Notice)
            .where(
                or_(Notice.mail_state == MailState.DUE, Notice.mail_state == MailState.SENDING),
                Notice.next_try_at <= now,
            )
            .order_by(Notice.next_try_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        claimed = list(session.scalars(query))
        for notice in claimed:
            notice.mail_state = MailState.SENDING
            notice.attempts += 1
            notice.next_try_at = now + CLAIM_LASTS
        return [notice.id for notice in claimed]


def _deliver(session: Session, carrier: Carrier, settings: "Settings", notice_id: int, now: datetime) -> int:
    notice = session.get_one(Notice, notice_id, options=[joinedload(Notice.user)], populate_existing=True)
    problem = None
    try:
        carrier(_mail(notice, settings))
    except (OSError, smtplib.SMTPException) as fault:
        problem = f"{type(fault).__name__}: {fault}"[:300]
    with transaction(session):
        notice = session.get_one(Notice, notice_id, with_for_update=True)
        notice.problem = problem
        if problem is None:
            notice.mail_state, notice.sent_at = MailState.SENT, now
        elif notice.attempts >= MOST_ATTEMPTS:
            notice.mail_state = MailState.FAILED
        else:
            notice.mail_state = MailState.DUE
            notice.next_try_at = now + timedelta(minutes=2**notice.attempts)
    return 0 if problem else 1


def _mail(notice: Notice, settings: "Settings") -> EmailMessage:
    with i18n.speaking(notice.user.language):
        title, body = written(notice)
        lines = [body]
        if notice.path:
            lines += ["", settings.base_url + notice.path]
        lines += ["", "–", i18n.name_of(settings.seller)]
    mail = EmailMessage()
    name, address = parseaddr(settings.mail_from)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(notice.user.name, addr_spec=notice.user.email)
    mail["Subject"] = title
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = f"<notice-{notice.id}@{address.partition('@')[2]}>"
    mail.set_content("\n".join(lines))
    mail["Content-Language"] = notice.user.language  # after the content, which clears such headers
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
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        day=lambda iso: i18n.day_text(datetime.fromisoformat(iso).date()),
        qty=i18n.quantity_text,
        money=i18n.money_text,
        msg=i18n.gettext,
        loc=i18n.name_of,
    )
    return environment


def _has_notices(package: str) -> bool:
    return files(package).joinpath("templates", package, "notices").is_dir()
