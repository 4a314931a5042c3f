"""Shape of what managers type about a calendar: closures, the hours of a week, places of their own."""

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from wtforms import BooleanField, DateField, HiddenField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from policies.closing import WEEKDAY_FIELDS, Week
from policies.places import Block
from portal.i18n import N_
from portal.web.forms import Form

_HOURS = re.compile(r"(\d{1,2})[:.](\d\d)\s*[-–]\s*(\d{1,2})[:.](\d\d)")
_MIDNIGHT = (24, 0)


class ClosureForm(Form):
    """A day on which a place is closed, and why; `confirmed` once it was seen what that moves."""

    day = DateField(N_("Day"), validators=[InputRequired()])
    name_th = StringField(N_("Reason in Thai"), validators=[Optional(), Length(max=200)])
    name_en = StringField(N_("Reason in English"), validators=[Optional(), Length(max=200)])
    public = BooleanField(N_("A public holiday, kept at other places too"))
    confirmed = HiddenField()


class PlaceForm(Form):
    """A place that gets a calendar of its own."""

    code = StringField(N_("Code"), validators=[InputRequired(), Length(max=20)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=120)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=120)])


class HoursField(StringField):
    """Times of work as people write them: 09:00-12:00, 13:00-17:00; nothing for a day on which nobody works."""

    def blocks(self) -> list[tuple[time, time]]:
        """The times typed; raises ValueError for what is none."""
        typed = (self.data or "").strip()
        found = []
        for part in re.split(r"[,;]", typed) if typed else ():
            hours = _HOURS.fullmatch(part.strip())
            if hours is None:
                raise ValueError(part)
            opens_at, closes_at = (int(hours[1]), int(hours[2])), (int(hours[3]), int(hours[4]))
            closes = time(23, 59) if closes_at == _MIDNIGHT else time(*closes_at)
            found.append((time(*opens_at), closes))
        return found

    def pre_validate(self, form: Any) -> None:
        """Refuse what is no list of times."""
        try:
            self.blocks()
        except ValueError:
            raise ValidationError(N_("Write times like 09:00-12:00, 13:00-17:00.")) from None


class WeekForm(Form):
    """The hours of each weekday, the cut-off time, and whether the place works on public holidays."""

    monday = HoursField(N_("Monday"))
    tuesday = HoursField(N_("Tuesday"))
    wednesday = HoursField(N_("Wednesday"))
    thursday = HoursField(N_("Thursday"))
    friday = HoursField(N_("Friday"))
    saturday = HoursField(N_("Saturday"))
    sunday = HoursField(N_("Sunday"))
    cut_off = TimeField(N_("Cut-off time"), validators=[Optional()])
    works_on_holidays = BooleanField(N_("Works on public holidays"))
    confirmed = HiddenField()

    def week(self) -> Week:
        """What was typed, as a week; only after the form is valid."""
        blocks: list[Block] = [
            (weekday, opens, closes)
            for weekday, name in enumerate(WEEKDAY_FIELDS)
            for opens, closes in self[name].blocks()
        ]
        return Week(tuple(sorted(blocks)), self.cut_off.data, self.works_on_holidays.data)


def hours_text(blocks: Iterable[tuple[time, time]]) -> str:
    """Times of work as people write them."""
    return ", ".join(
        f"{opens:%H:%M}-{'24:00' if closes == time(23, 59) else f'{closes:%H:%M}'}"
        for opens, closes in blocks
    )


def known(week: Week) -> dict[str, Any]:
    """The fields of the form that say what holds now."""
    days = {
        name: hours_text((opens, closes) for day, opens, closes in week.blocks if day == weekday)
        for weekday, name in enumerate(WEEKDAY_FIELDS)
    }
    return {**days, "cut_off": week.cut_off, "works_on_holidays": week.works_on_holidays}
