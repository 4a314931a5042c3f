"""Shape of what is typed about complaints and compensation."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from aftersales.complaining import LONGEST
from aftersales.complaints import COMPLAINT_KIND_TITLES
from portal.i18n import N_
from portal.web.forms import DecimalField, Form, choices


class ComplainForm(Form):
    """What a complaint is about and what happened."""

    kind = SelectField(N_("What is it about?"), validators=[InputRequired()])
    what = TextAreaField(N_("What happened"), validators=[InputRequired(), Length(max=LONGEST)])


class AnswerForm(Form):
    """An answer to the customer."""

    answer = TextAreaField(N_("Answer to the customer"), validators=[InputRequired(), Length(max=LONGEST)])


class NoteForm(Form):
    """A note among staff."""

    note = TextAreaField(N_("Note"), validators=[InputRequired(), Length(max=LONGEST)])


class ReopenForm(Form):
    """What is still open after an answer."""

    text = TextAreaField(N_("What is still open?"), validators=[InputRequired(), Length(max=LONGEST)])


class ApproveForm(Form):
    """A word to a credit."""

    note = StringField(N_("Note"), validators=[Optional(), Length(max=300)])


class RejectForm(Form):
    """Why nothing is given."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


class LimitsForm(Form):
    """Up to how much people credit by themselves, in baht."""

    staff = DecimalField(N_("Service staff credit up to"), validators=[InputRequired(), NumberRange(min=0)])
    manager = DecimalField(N_("Managers credit up to"), validators=[InputRequired(), NumberRange(min=0)])


def complain_form(kind: str = "", what: str = "") -> ComplainForm:
    """A form for a complaint, filled in with what is known."""
    form = ComplainForm(data={"kind": kind, "what": what})
    form.kind.choices = choices(COMPLAINT_KIND_TITLES)
    return form
