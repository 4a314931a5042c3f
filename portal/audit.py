"""The audit trail: who did what to which subject, when, with what before and after; appended, never edited."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from portal import batches, guards
from portal.accounts.models import User
from portal.clock import at
from portal.db import Base, BigId
from portal.keyset import Keyset, keyset

PAGE = 50


class AuditEntry(Base):
    """One act on record."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_no", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    verb: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_no: Mapped[str] = mapped_column(String(60))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    by: Mapped[User | None] = relationship()


guards.attach(AuditEntry, guards.append_only("audit_entry"))


def record(
    session: Session,
    verb: StrEnum,
    subject_kind: str,
    subject_no: str,
    *,
    by: User | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Put an act on record in the transaction that does it; `by` is None when a scheduled job acts."""
    act = {
        "at": now,
        "by_id": by.id if by else None,
        "verb": str(verb),
        "subject_kind": subject_kind,
        "subject_no": subject_no,
        "before": before,
        "after": after,
    }
    batches.add(session, AuditEntry, act)


@dataclass(frozen=True)
class Narrowed:
    """What a reading of the trail is narrowed to: a subject's number, a person's e-mail or name, a day in Bangkok."""

    subject: str = ""
    person: str = ""
    day: date | None = None


def entries(
    session: Session, narrowed: Narrowed, *, older_than: int | None = None, newer_than: int | None = None
) -> Keyset[AuditEntry]:
    """A page of the trail by keyset, so that the last page costs as much as the first."""
    query = select(AuditEntry).options(joinedload(AuditEntry.by))
    if narrowed.subject:
        query = query.where(AuditEntry.subject_no == narrowed.subject)
    if narrowed.person:
        named = or_(
            User.email == narrowed.person.lower(), User.name.icontains(narrowed.person, autoescape=True)
        )
        query = query.where(AuditEntry.by_id.in_(select(User.id).where(named)))
    if narrowed.day:
        query = query.where(
            AuditEntry.at >= at(narrowed.day), AuditEntry.at < at(narrowed.day + timedelta(days=1))
        )
    return keyset(session, query, AuditEntry.id, older_than=older_than, newer_than=newer_than, most=PAGE)


def history_of(session: Session, subject_kind: str, subject_no: str, limit: int = 100) -> list[AuditEntry]:
    """The acts on one subject, newest first, with the people who did them."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.subject_kind == subject_kind, AuditEntry.subject_no == subject_no)
        .options(joinedload(AuditEntry.by))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
