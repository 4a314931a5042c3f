"""Shape of what is typed about seminars, consultants, their times and bookings."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional

from policies.booking import LONGEST_TEXT
from policies.consultants import ConsultantFacts
from policies.offering_times import Series
from policies.seminar_planning import SeminarFacts, facts_of
from policies.seminar_telling import Invited, Whom
from policies.seminars import Seminar
from policies.wording import WEEKDAYS
from portal.accounts.models import User
from portal.clock import at, local
from portal.customers.models import TIER_TITLES, CustomerGroup
from portal.i18n import N_, gettext, name_of
from portal.web.forms import Form, choices, options

NOBODY = "nobody"
TEXTS = ("title_th", "title_en", "about_th", "about_en", "place_th", "place_en")


class SeminarForm(Form):
    """A seminar: what it is about, where, from when to when, and how many people fit in."""

    title_th = StringField(N_("Title in Thai"), validators=[Optional(), Length(max=200)])
    title_en = StringField(N_("Title in English"), validators=[Optional(), Length(max=200)])
    about_th = TextAreaField(N_("What it is about, in Thai"), validators=[Optional(), Length(max=4000)])
    about_en = TextAreaField(N_("What it is about, in English"), validators=[Optional(), Length(max=4000)])
    place_th = StringField(N_("Place in Thai"), validators=[Optional(), Length(max=300)])
    place_en = StringField(N_("Place in English"), validators=[Optional(), Length(max=300)])
    first_day = DateField(N_("Day"), validators=[InputRequired()])
    starts = TimeField(N_("Begins at"), validators=[InputRequired()])
    last_day = DateField(N_("Last day"), validators=[Optional()])
    ends = TimeField(N_("Ends at"), validators=[InputRequired()])
    places = IntegerField(N_("Number of places"), validators=[InputRequired()])

    def facts(self) -> SeminarFacts:
        """What was typed, as facts of a seminar; only after the form is valid."""
        first, last = self.first_day.data, self.last_day.data or self.first_day.data
        return SeminarFacts(
            starts_at=at(first, self.starts.data),
            ends_at=at(last, self.ends.data),
            places=self.places.data,
            **{name: self[name].data or "" for name in TEXTS},
        )


def known(seminar: Seminar | None) -> dict[str, Any]:
    """What a seminar form says at first: what is known of a seminar, or what is usual."""
    if seminar is None:
        return {"starts": time(9), "ends": time(12), "places": 30}
    begins, ends = local(seminar.starts_at), local(seminar.ends_at)
    span = {"first_day": begins.date(), "starts": begins.time(), "ends": ends.time()}
    if ends.date() != begins.date():
        span["last_day"] = ends.date()
    return asdict(facts_of(seminar)) | span


class AnnounceForm(Form):
    """Whom a notice of the seminar is sent to; every customer sees it anyway."""

    whom = RadioField(N_("Send a notice to"), validators=[InputRequired()], default=NOBODY)
    tiers = SelectMultipleField(N_("Tiers"), validators=[Optional()])
    groups = SelectMultipleField(N_("Groups"), validators=[Optional()])

    @classmethod
    def offering(cls, groups: Iterable[CustomerGroup], *, empty: bool = False) -> "AnnounceForm":
        """The form with its choices in the language being spoken."""
        form = cls(formdata=None) if empty else cls()
        whom = {
            NOBODY: N_("Nobody; customers find it among the seminars"),
            Whom.EVERYBODY: N_("The people of every company"),
            Whom.TIER: N_("The people of companies of some tiers"),
            Whom.GROUP: N_("The people of companies of some groups"),
        }
        found = list(groups)
        if not found:
            del whom[Whom.GROUP]
        form.whom.choices = choices(whom)
        form.tiers.choices = choices(TIER_TITLES)
        form.groups.choices = options((str(group.id), name_of(group)) for group in found)
        return form

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """That companies are named where some are to be told."""
        valid = bool(super().validate(extra_validators))
        named = {Whom.TIER: self.tiers, Whom.GROUP: self.groups}
        chosen = named.get(self.whom.data)
        if chosen is not None and not chosen.data:
            chosen.errors = [*chosen.errors, gettext(N_("Choose at least one."))]
            return False
        return valid

    def invited(self) -> list[Invited]:
        """Who was chosen; only after the form is valid."""
        match self.whom.data:
            case Whom.EVERYBODY:
                return [Invited(Whom.EVERYBODY)]
            case Whom.TIER:
                return [Invited(Whom.TIER, tier=tier) for tier in self.tiers.data]
            case Whom.GROUP:
                return [Invited(Whom.GROUP, group_id=int(group)) for group in self.groups.data]
            case _:
                return []


class EndForm(Form):
    """Why a seminar is cancelled."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


class WithdrawForm(Form):
    """Why a time is withdrawn, which who booked it reads."""

    reason = StringField(N_("Reason"), validators=[Optional(), Length(max=300)])


class ConsultantForm(Form):
    """On what somebody advises, and where."""

    code = StringField(N_("Code"), validators=[Optional(), Length(max=20)])
    person = SelectField(N_("Person"), validators=[InputRequired()])
    subject_th = StringField(N_("Advises on, in Thai"), validators=[Optional(), Length(max=200)])
    subject_en = StringField(N_("Advises on, in English"), validators=[Optional(), Length(max=200)])
    place_th = StringField(N_("Place in Thai"), validators=[Optional(), Length(max=300)])
    place_en = StringField(N_("Place in English"), validators=[Optional(), Length(max=300)])
    active = BooleanField(N_("Offers times at present"))

    def choose_from(self, people: Iterable[User]) -> "ConsultantForm":
        """This form, offering these people."""
        named = [("", gettext(N_("Choose")))]
        self.person.choices = options(named + [(str(one.id), f"{one.name} · {one.email}") for one in people])
        return self

    def facts(self, *, active: bool) -> ConsultantFacts:
        """What was typed; only after the form is valid."""
        words = ("subject_th", "subject_en", "place_th", "place_en")
        return ConsultantFacts(**{name: self[name].data or "" for name in words}, active=active)


class TimeForm(Form):
    """One time that a consultant offers."""

    day = DateField(N_("Day"), validators=[InputRequired()])
    opens = TimeField(N_("Begins at"), validators=[InputRequired()])
    closes = TimeField(N_("Ends at"), validators=[InputRequired()])


class SeriesForm(Form):
    """Times of one length on some weekdays between two days."""

    weekdays = SelectMultipleField(N_("Weekdays"), validators=[InputRequired()])
    opens = TimeField(N_("Begins at"), validators=[InputRequired()])
    closes = TimeField(N_("Ends at"), validators=[InputRequired()])
    minutes = IntegerField(N_("Length of each time"), validators=[InputRequired()])
    first_day = DateField(N_("First day"), validators=[InputRequired()])
    last_day = DateField(N_("Last day"), validators=[InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekdays.choices = choices({str(place): name for place, name in enumerate(WEEKDAYS)})

    def series(self) -> Series:
        """What was typed; only after the form is valid."""
        return Series(
            frozenset(int(day) for day in self.weekdays.data),
            self.opens.data,
            self.closes.data,
            self.minutes.data,
            self.first_day.data,
            self.last_day.data,
        )


class BookForm(Form):
    """What a customer would like advice on."""

    question = TextAreaField(
        N_("What would you like advice on?"), validators=[InputRequired(), Length(max=LONGEST_TEXT)]
    )


class OutcomeForm(Form):
    """What came of an appointment."""

    outcome = TextAreaField(N_("What came of it"), validators=[InputRequired(), Length(max=LONGEST_TEXT)])
