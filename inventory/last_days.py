"""The last day on which a lot may be used: one that can be true, and whether it has passed; pure."""

from datetime import date

from inventory import mistyped_years
from portal.i18n import N_
from portal.refusal import Refused

MOST_YEARS = 50
"""Nothing that is kept by lot is good for longer, so that a later year is mistyped."""


def has_passed(expires_on: date | None, today: date) -> bool:
    """Whether goods may be used no more; they may on their last day."""
    return expires_on is not None and expires_on < today


def refuse_mistyped(expires_on: date | None, today: date) -> None:
    """Refuse a last day of use so far from today that its year is mistyped; a Buddhist year is named as such."""
    mistyped_years.refuse_mistyped(expires_on, today, most_years=MOST_YEARS, field="expires_on")


def refuse_passed(number: str, expires_on: date | None, today: date, *, aside: bool) -> None:
    """Refuse a lot whose last day of use has passed, unless it is to go `aside`; one that is good does not go there."""
    if has_passed(expires_on, today) and not aside:
        raise Refused(
            N_(
                "Lot %(number)s could be used until %(day)s, which has passed. "
                "If it is here all the same, say that it goes into quarantine."
            ),
            field="expires_on",
            number=number,
            day=expires_on,
        )
    if aside and not has_passed(expires_on, today):
        raise Refused(
            N_(
                "Lot %(number)s may still be used. Only what is past its last day goes into quarantine at once."
            ),
            field="aside",
            number=number,
        )
