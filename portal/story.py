"""What happened to something, told entry by entry: when, what, by whom and why."""

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.i18n import _, moment_text


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `tone` is ok, risk, bad, info or neutral."""

    at: datetime
    what: str
    who: str = ""
    why: str = ""
    tone: str = "neutral"

    @property
    def when(self) -> str:
        """The instant in words."""
        return moment_text(self.at)


def who_acted(person: User | None, reader: User) -> str:
    """Who did something; customers do not read the names of the distributor's people."""
    if person is None:
        return ""
    if person.audience is Audience.STAFF and reader.audience is not Audience.STAFF:
        return _("Our staff")
    return person.name
