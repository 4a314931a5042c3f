"""Where one looks at the returns, complaints, repairs and loans that promises are about."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from aftersales.finding_numbers import SERIES
from portal.accounts.models import User
from portal.accounts.roles import Audience


def pages_of(_session: Session, viewer: User, numbers: Sequence[str]) -> Mapping[str, str]:
    """By the number of each case its page; the numbers are those of promises that the viewer may see."""
    staff = viewer.audience is Audience.STAFF
    found = {}
    for number in numbers:
        case_no = number.partition("/")[0]
        series = SERIES.get(case_no.partition("-")[0])
        page = (series.desk if staff else series.mine) if series else ""
        if page:
            found[number] = f"{page}/{case_no}"
    return found
