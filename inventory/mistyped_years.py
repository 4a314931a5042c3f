"""Days whose year was mistyped, told from how far away they are; pure."""

from datetime import date

from portal.i18n import BUDDHIST_ERA, N_
from portal.refusal import Refused


def refuse_mistyped(day: date | None, today: date, *, most_years: int, field: str) -> None:
    """Refuse a day so many years from today that its year is mistyped; a Buddhist year is named as such."""
    if day is None or abs(day.year - today.year) <= most_years:
        return
    meant = day.year - BUDDHIST_ERA
    if abs(meant - today.year) <= most_years:
        raise Refused(
            N_("%(year)s is a year of the Buddhist era. Please write %(meant)s."),
            field=field,
            year=day.year,
            meant=meant,
        )
    raise Refused(
        N_("This day is more than %(most)s years away. Please check the year."), field=field, most=most_years
    )
