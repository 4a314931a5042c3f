"""Shape of what is typed about mistakes on documents."""

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from aftersales.document_errors import ERROR_TITLES, MISTAKE_TITLES, ErrorState
from aftersales.reporting_errors import LONGEST
from portal.i18n import N_
from portal.web.forms import Form, choices


class ReportForm(Form):
    """What is wrong on a document."""

    mistake = SelectField(N_("What is wrong?"), validators=[InputRequired()])
    note = TextAreaField(
        N_("What it says, and what it should say"), validators=[InputRequired(), Length(max=LONGEST)]
    )


class ResolveForm(Form):
    """What came of it."""

    outcome = RadioField(N_("What came of it"), validators=[InputRequired()])
    text = TextAreaField(N_("What was done"), validators=[InputRequired(), Length(max=LONGEST)])


def report_form() -> ReportForm:
    """An empty form for a mistake."""
    form = ReportForm()
    form.mistake.choices = choices(MISTAKE_TITLES)
    return form


def resolve_form(*, shown: bool = False) -> ResolveForm:
    """A form for what came of a mistake; only `shown`, or as it was sent."""
    form = ResolveForm(formdata=None) if shown else ResolveForm()
    outcomes = (ErrorState.CORRECTED, ErrorState.UNFOUNDED)
    form.outcome.choices = choices({one: ERROR_TITLES[one] for one in outcomes})
    return form
