"""Shape of what managers type about a unit of the service directory."""

from dataclasses import asdict
from datetime import time
from typing import Any

from wtforms import EmailField, IntegerField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from policies.directory import LONGEST_ESCALATION, UnitFacts, facts_of
from policies.units import MATTER_TITLES, Matter, ServiceUnit
from policies.wording import WEEKDAYS
from portal.accounts.roles import ROLE_TITLES, STAFF_ROLES, Role
from portal.i18n import N_
from portal.web.forms import Form, choices


class UnitForm(Form):
    """A unit of the service directory: names, how it is reached, its hours, and what it answers for."""

    code = StringField(N_("Code"), validators=[Optional(), Length(max=20)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=120)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=120)])
    phone = StringField(N_("Telephone"), validators=[Optional(), Length(max=40)])
    email = EmailField(N_("E-mail"), validators=[Optional(), Email(), Length(max=254)])
    line_id = StringField(N_("LINE"), validators=[Optional(), Length(max=60)])
    week = SelectMultipleField(N_("Days on duty"), validators=[InputRequired()])
    opens = TimeField(N_("On duty from"), validators=[InputRequired()])
    closes = TimeField(N_("On duty until"), validators=[InputRequired()])
    escalate_after_days = IntegerField(
        N_("Working days until an unanswered case is passed on"),
        validators=[InputRequired(), NumberRange(0, LONGEST_ESCALATION)],
    )
    escalate_to = SelectField(N_("Passed on to"), validators=[InputRequired()])
    matters = SelectMultipleField(N_("Answers for"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.week.choices = choices({str(place): name for place, name in enumerate(WEEKDAYS)})
        self.matters.choices = choices(MATTER_TITLES)
        self.escalate_to.choices = choices(
            {role: title for role, title in ROLE_TITLES.items() if role in STAFF_ROLES}
        )

    def facts(self) -> UnitFacts:
        """What was typed, as facts of a unit; only after the form is valid."""
        named = {
            name: self[name].data or ""
            for name in ("code", "name_th", "name_en", "phone", "email", "line_id")
        }
        return UnitFacts(
            **named,
            week="".join("1" if str(place) in self.week.data else "0" for place in range(7)),
            opens=self.opens.data,
            closes=self.closes.data,
            escalate_after_days=self.escalate_after_days.data,
            escalate_to=self.escalate_to.data,
        )

    def chosen(self) -> list[Matter]:
        """The matters ticked."""
        return [Matter(matter) for matter in self.matters.data]


def known(unit: ServiceUnit | None) -> dict[str, Any]:
    """The fields of a unit form that say what is known of a unit, or what is usual for a new one."""
    if unit is None:
        usual = {"escalate_after_days": 2, "escalate_to": str(Role.MANAGER)}
        return {"week": list("01234"), "opens": time(8, 30), "closes": time(17, 30)} | usual
    facts = facts_of(unit)
    week = [str(place) for place, digit in enumerate(facts.week) if digit == "1"]
    return asdict(facts) | {"week": week, "matters": [matter.matter for matter in unit.matters]}
