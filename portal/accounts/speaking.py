"""The language in which the portal speaks and writes to a person."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from portal import audit
from portal.accounts.models import User
from portal.i18n import LANGUAGES, N_
from portal.refusal import Refused


class Verb(StrEnum):
    """Acts on a person's language, for the audit trail."""

    LANGUAGE_CHOSEN = "account.language_chosen"


def choose_language(session: Session, user: User, code: str, *, by: User, now: datetime) -> None:
    """Keep the language a person wants to be addressed in; refuses one that the portal does not speak."""
    if code not in LANGUAGES:
        raise Refused(N_("The portal does not speak this language."), field="language")
    if user.language == code:
        return
    before, user.language = user.language, code
    audit.record(
        session,
        Verb.LANGUAGE_CHOSEN,
        "user",
        user.email,
        by=by,
        now=now,
        before={"language": before},
        after={"language": code},
    )
