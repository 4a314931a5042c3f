"""Documents as issued: the facts of each sheet, stored with the act that issues it and never changed."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal import batches
from portal.db import Base, BigId
from portal.guards import append_only, attach
from portal.refusal import Unknown


class StoredDocument(Base):
    """One document: what it is about and every fact printed on it, in both languages."""

    __tablename__ = "stored_document"
    __table_args__ = (Index("uq_stored_document_subject", "kind", "subject_no", "edition", unique=True),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    subject_no: Mapped[str] = mapped_column(String(60))
    edition: Mapped[int] = mapped_column(default=1)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    issued_at: Mapped[datetime]
    sheet: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))


attach(StoredDocument, append_only("stored_document"))


def store(
    session: Session,
    kind: str,
    subject_no: str,
    customer_id: int,
    sheet: dict[str, Any],
    *,
    now: datetime,
    edition: int = 1,
) -> None:
    """Keep a sheet as issued, with the digest of its facts; a later edition stands beside the earlier ones."""
    facts = json.dumps(sheet, sort_keys=True, ensure_ascii=False)
    document = {
        "kind": kind,
        "subject_no": subject_no,
        "edition": edition,
        "customer_id": customer_id,
        "issued_at": now,
        "sheet": sheet,
        "digest": hashlib.sha256(facts.encode()).hexdigest(),
    }
    batches.add(session, StoredDocument, document)


def stored(session: Session, kind: str, subject_no: str) -> StoredDocument:
    """The latest edition of a document; raises Unknown when none was issued."""
    query = select(StoredDocument).where(StoredDocument.kind == kind, StoredDocument.subject_no == subject_no)
    found = session.scalars(query.order_by(StoredDocument.edition.desc()).limit(1)).first()
    if found is None:
        raise Unknown(f"no {kind} for {subject_no}")
    return found
