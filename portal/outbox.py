"""The only way out: a notice is a row written with the act, shown in the portal and mailed after the commit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from portal.accounts.models import User
from portal.batches import append, insert_new
from portal.db import Base, BigId

FRESH = timedelta(days=2)
"""How long a notice counts as news."""

Message = tuple[int, dict[str, Any], str, str | None]
"""To whom (user id), the facts, the key and the path."""
SHOWN_AS_GIVEN_UP = timedelta(days=7)


class MailState(StrEnum):
    """How far the e-mail of a notice has come."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Notice(Base):
    """One message to one person: a template and its facts, written out in the reader's language when shown or sent.

    One to an `address` instead of a person is only mailed. `paper` names the document that goes with the mail, as the
    name of its kind and its number with a colon between.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("mail_state IN ('due', 'sending', 'sent', 'failed')", name="mail_state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("(user_id IS NULL) = (address IS NOT NULL)", name="to_somebody"),
        Index(
            "ix_notice_due",
            "next_try_at",
            postgresql_where=text("mail_state IN ('due', 'sending')"),
            sqlite_where=text("mail_state IN ('due', 'sending')"),
        ),
        Index("ix_notice_reader", "user_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    address: Mapped[str | None] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(80))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    path: Mapped[str | None] = mapped_column(String(200))
    paper: Mapped[str | None] = mapped_column(String(80))
    private: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mail_state: Mapped[str] = mapped_column(String(8), default=MailState.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(300))

    user: Mapped[User | None] = relationship()


@dataclass(frozen=True)
class Letter:
    """A message with a document, to a person (their id) or to somebody outside of the portal (an e-mail address)."""

    to: int | str
    facts: dict[str, Any]
    key: str
    paper: str
    path: str | None = None


UNREAD = select(func.count()).where(
    Notice.user_id == bindparam("person"), Notice.read_at.is_(None), Notice.private.is_(False)
)
"""How many notices wait to be read by who is asking."""


def day_fact(day: date | None) -> str | None:
    """A day as the facts of a notice keep it."""
    return day.isoformat() if day else None


def post(
    session: Session,
    to: User,
    template: str,
    facts: Mapping[str, Any],
    *,
    key: str,
    now: datetime,
    path: str | None = None,
    private: bool = False,
) -> None:
    """Put a notice to one person into the outbox, once per `key`; `private` ones hold a secret and are only mailed."""
    rows = _rows([(to.id, dict(facts), key, path)], template, now=now, private=private)
    append(session, Notice, rows, key="key")


def post_all(
    session: Session,
    notices: Iterable[Message],
    template: str,
    *,
    now: datetime,
    private: bool = False,
) -> int:
    """Put many notices of one template (user id, facts, key, path) into the outbox at once; says how many were new."""
    return insert_new(session, Notice, _rows(notices, template, now=now, private=private), "key")


def post_letters(session: Session, letters: Iterable[Letter], template: str, *, now: datetime) -> int:
    """Put messages of one template that carry documents into the outbox, each once per key; says how many were new."""
    rows = [
        {
            **row,
            "user_id": letter.to if isinstance(letter.to, int) else None,
            "address": letter.to if isinstance(letter.to, str) else None,
            "paper": letter.paper,
        }
        for letter in letters
        for row in _rows([(0, letter.facts, letter.key, letter.path)], template, now=now, private=False)
    ]
    return insert_new(session, Notice, rows, "key")


def given_up(session: Session, *, now: datetime) -> int:
    """How many e-mails of the last week could not be sent to people who wait for them, and are not tried any more."""
    return session.scalar(select(func.count()).where(_missed(now))) or 0


def last_problem(session: Session, *, now: datetime) -> str:
    """What went wrong with the latest of them, in the words of the mail server; empty when there is none."""
    query = select(Notice.problem).where(_missed(now))
    return session.scalar(query.order_by(Notice.id.desc()).limit(1)) or ""


def _missed(now: datetime) -> ColumnElement[bool]:
    left = select(User.id).where(User.id == Notice.user_id, User.active.is_(False)).exists()
    return and_(Notice.mail_state == MailState.FAILED, Notice.created_at > now - SHOWN_AS_GIVEN_UP, ~left)


def unread(session: Session, user: User) -> int:
    """How many notices wait to be read by a person."""
    return session.scalar(UNREAD, {"person": user.id}) or 0


def notices_for(session: Session, user: User, limit: int = 100) -> list[Notice]:
    """The latest notices to a person, newest first."""
    query = select(Notice).where(Notice.user_id == user.id, Notice.private.is_(False))
    return list(session.scalars(query.order_by(Notice.id.desc()).limit(limit)))


def mark_read(session: Session, user: User, *, now: datetime) -> None:
    """Mark every notice to a person as read."""
    session.execute(
        update(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None)).values(read_at=now)
    )


def _rows(notices: Iterable[Message], template: str, *, now: datetime, private: bool) -> list[dict[str, Any]]:
    return [
        {
            "user_id": user_id,
            "facts": facts,
            "key": key,
            "path": path,
            "template": template,
            "private": private,
            "created_at": now,
            "next_try_at": now,
        }
        for user_id, facts, key, path in notices
    ]
