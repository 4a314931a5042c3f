"""Staff look into a mistake on a document: it is corrected, or the document turns out to be right."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from aftersales import answering
from aftersales.complaints import ComplaintState
from aftersales.document_errors import ERROR_MOVES, DocumentError, ErrorState
from aftersales.reporting_errors import LONGEST
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts of looking into mistakes, for the audit trail."""

    RESOLVED = "document_error.resolved"


def resolve(
    session: Session, error: DocumentError, outcome: ErrorState, text: str, *, by: User, now: datetime
) -> None:
    """Say what came of it; what a customer reported is answered by the same words.

    Found to be right, the document counts as right. Refused without words, and once it is resolved.
    """
    said = text.strip()
    if not said:
        raise Refused(N_("Say what was done, or why the document is right."), field="text")
    if len(said) > LONGEST:
        raise Refused(N_("Say it in at most %(most)s characters."), field="text", most=LONGEST)
    (found,) = lock(session, DocumentError, [error.id])
    if not ERROR_MOVES.allow(found.state, outcome):
        raise Refused(N_("Somebody has resolved this already."))
    ERROR_MOVES.make(found, outcome)
    found.resolution, found.resolved_at, found.resolved_by_id = said, now, by.id
    if found.complaint is not None and found.complaint.state == ComplaintState.OPEN:
        answering.answer(session, found.complaint, said, by=by, now=now)
    after = {"outcome": outcome, "paper_no": found.paper_no}
    audit.record(session, Verb.RESOLVED, "document_error", found.number, by=by, now=now, after=after)
