"""Shape of what is typed about contingency plans and the steps against a disruption."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from orders.contingencies import ContingencyPlan
from orders.disruptions import DISRUPTION_TITLES
from orders.planning_ahead import LONGEST_STEP, LONGEST_TITLE, LONGEST_TRIGGER, PlanFacts
from portal.accounts.models import User
from portal.i18n import N_
from portal.web.forms import Form, choices, options

LONGEST_STEPS = 20_000
TEXTS = ("title_th", "title_en", "trigger_th", "trigger_en")


class PlanForm(Form):
    """A contingency plan; its steps are written one a line."""

    title_th = StringField(N_("Title in Thai"), validators=[Optional(), Length(max=LONGEST_TITLE)])
    title_en = StringField(N_("Title in English"), validators=[Optional(), Length(max=LONGEST_TITLE)])
    kinds = SelectMultipleField(N_("For which disruptions"), validators=[InputRequired()])
    trigger_th = TextAreaField(
        N_("What sets it off, in Thai"), validators=[Optional(), Length(max=LONGEST_TRIGGER)]
    )
    trigger_en = TextAreaField(
        N_("What sets it off, in English"), validators=[Optional(), Length(max=LONGEST_TRIGGER)]
    )
    steps_th = TextAreaField(N_("Steps in Thai"), validators=[Optional(), Length(max=LONGEST_STEPS)])
    steps_en = TextAreaField(N_("Steps in English"), validators=[Optional(), Length(max=LONGEST_STEPS)])
    owner = SelectField(N_("Owner"), validators=[InputRequired()])
    review_on = DateField(N_("Next review"), validators=[InputRequired()])

    @classmethod
    def offering(cls, owners: Sequence[User], known: dict[str, Any]) -> "PlanForm":
        """The form with these people to choose an owner from."""
        form = cls(data=known)
        form.owner.choices = options((str(one.id), one.name) for one in owners)
        form.kinds.choices = choices(DISRUPTION_TITLES)
        return form

    def facts(self, owners: Sequence[User]) -> PlanFacts:
        """What was typed, as facts of a plan; only after the form is valid."""
        by_id = {str(one.id): one for one in owners}
        return PlanFacts(
            **{name: self[name].data or "" for name in TEXTS},
            steps_th=tuple((self.steps_th.data or "").splitlines()),
            steps_en=tuple((self.steps_en.data or "").splitlines()),
            owner=by_id[self.owner.data],
            review_on=self.review_on.data,
            kinds=frozenset(self.kinds.data),
        )


class StepForm(Form):
    """A step that no plan foresaw."""

    what_th = StringField(N_("Step in Thai"), validators=[Optional(), Length(max=LONGEST_STEP)])
    what_en = StringField(N_("Step in English"), validators=[Optional(), Length(max=LONGEST_STEP)])


def known_plan(plan: ContingencyPlan) -> dict[str, Any]:
    """The fields of a plan form that say what is known of a plan."""
    return {name: getattr(plan, name) for name in TEXTS} | {
        "kinds": [cover.kind for cover in plan.covers],
        "steps_th": "\n".join(step.what_th for step in plan.steps),
        "steps_en": "\n".join(step.what_en for step in plan.steps),
        "owner": str(plan.owner_id),
        "review_on": plan.review_on,
    }
