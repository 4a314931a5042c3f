"""What the rule book adds to what a buyer has to answer: versions to acknowledge."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from policies.reading import unread
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.clock import business_day
from portal.feature import Task
from portal.i18n import N_, day_text, gettext, name_of


def unread_versions(session: Session, person: User, now: datetime) -> Sequence[Task]:
    """The versions of the service policy that a buyer's company was told of and has not acknowledged. One query."""
    if person.audience is not Audience.CUSTOMER or person.customer_id is None:
        return []
    return [
        Task(
            kind=gettext(N_("Service policy")),
            number=f"{news.version.policy.code}/{news.version.number}",
            what=gettext(
                N_("A new version of “%(name)s” holds from %(day)s. Please read what is new."),
                name=name_of(news.version.policy),
                day=day_text(news.version.valid_from),
            ),
            act=gettext(N_("Read and acknowledge")),
            endpoint="policies_customer.version",
            args={"code": news.version.policy.code, "number": str(news.version.number)},
            since=news.told_at,
        )
        for news in unread(session, person.company, business_day(now))
    ]
