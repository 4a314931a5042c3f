"""Shape of what managers type about the duty rota."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired, NumberRange

from policies.rota import Duty
from policies.rota_filling import MOST_WEEKS, Pattern
from policies.units import DutyShift, ServiceUnit
from policies.wording import WEEKDAYS
from portal.accounts.models import User
from portal.i18n import N_
from portal.web.forms import Form, choices, options


class _PersonForm(Form):
    """Hours of a person, who is one of those offered."""

    person = SelectField(N_("Person"), validators=[InputRequired()])
    opens = TimeField(N_("On duty from"), validators=[InputRequired()])
    closes = TimeField(N_("On duty until"), validators=[InputRequired()])
    by_id: Mapping[str, User]

    @classmethod
    def offering(cls, people: Sequence[User], **known: Any) -> "Any":
        """The form with these people to choose from."""
        form = cls(data=known)
        form.person.choices = options((str(one.id), one.name) for one in people)
        form.by_id = {str(one.id): one for one in people}
        return form

    def who(self) -> User:
        """The person chosen; only after the form is valid."""
        return self.by_id[self.person.data]


class DutyForm(_PersonForm):
    """One duty on one day."""

    day = DateField(N_("Day"), validators=[InputRequired()])

    def duty(self) -> Duty:
        """What was typed, as a duty; only after the form is valid."""
        return Duty(self.who(), self.day.data, self.opens.data, self.closes.data)


class PatternForm(_PersonForm):
    """A duty that repeats on the same weekdays."""

    weekdays = SelectMultipleField(N_("Weekdays"), validators=[InputRequired()])
    first = DateField(N_("First day"), validators=[InputRequired()])
    weeks = IntegerField(N_("Number of weeks"), validators=[InputRequired(), NumberRange(1, MOST_WEEKS)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekdays.choices = choices({str(place): name for place, name in enumerate(WEEKDAYS)})

    def pattern(self) -> Pattern:
        """What was typed, as a pattern; only after the form is valid."""
        return Pattern(
            self.who(),
            frozenset(int(place) for place in self.weekdays.data),
            self.opens.data,
            self.closes.data,
            self.first.data,
            self.weeks.data,
        )


class CopyForm(Form):
    """For how many weeks a week is copied."""

    weeks = IntegerField(N_("To the next weeks"), validators=[InputRequired(), NumberRange(1, MOST_WEEKS)])


def known_duty(unit: ServiceUnit, day: date) -> dict[str, Any]:
    """What a duty form says at first: the unit's own hours on a day."""
    return {"day": day, "opens": unit.opens, "closes": unit.closes}


def known_shift(shift: DutyShift) -> dict[str, Any]:
    """What a duty form says of a duty there is."""
    return {"person": str(shift.user_id), "day": shift.day, "opens": shift.opens, "closes": shift.closes}


def known_pattern(unit: ServiceUnit, first: date) -> dict[str, Any]:
    """What a pattern form says at first: the unit's own days and hours, for four weeks."""
    weekdays = [str(place) for place, digit in enumerate(unit.week) if digit == "1"]
    return {"weekdays": weekdays, "opens": unit.opens, "closes": unit.closes, "first": first, "weeks": 4}
