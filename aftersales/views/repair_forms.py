"""Shape of what is typed about repairs, loaners and product notices."""

from decimal import Decimal

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from aftersales.recalls import NOTICE_KIND_TITLES, NoticeKind
from aftersales.repairs import GRADE_TITLES, Grade
from portal.i18n import N_
from portal.web.forms import DecimalField, Form, choices

MOST_AMOUNT = Decimal(10**9)


class RepairForm(Form):
    """What is wrong with which unit; `sku` tells apart units that bear the same number."""

    serial = StringField(N_("Serial number"), validators=[InputRequired(), Length(max=80)])
    sku = StringField(N_("Product code"), validators=[Optional(), Length(max=40)])
    fault = TextAreaField(N_("What is wrong?"), validators=[InputRequired(), Length(max=2000)])
    loaner_wanted = BooleanField(N_("Lend us a unit while ours is being repaired"))


class DeskRepairForm(RepairForm):
    """The same, opened by staff for a company."""

    company = StringField(N_("Company code"), validators=[InputRequired(), Length(max=32)])


class ReceiveForm(Form):
    """In which warehouse's workshop the unit is; the choices are given by the view."""

    warehouse = SelectField(N_("Workshop"), validators=[InputRequired()])


class QuoteForm(Form):
    """What was found, and what parts and labour cost before tax."""

    diagnosis = TextAreaField(N_("What we found"), validators=[InputRequired(), Length(max=2000)])
    parts = DecimalField(
        N_("Parts"), places=2, default=Decimal(0), validators=[InputRequired(), NumberRange(0, MOST_AMOUNT)]
    )
    labour = DecimalField(
        N_("Labour"), places=2, default=Decimal(0), validators=[InputRequired(), NumberRange(0, MOST_AMOUNT)]
    )


class DeclineForm(Form):
    """Why a quote is declined, if the customer wants to say."""

    note = StringField(N_("Anything you want to tell us"), validators=[Optional(), Length(max=500)])


class WorkForm(Form):
    """What the workshop did."""

    work_done = TextAreaField(
        N_("What was done, and how it was tested"), validators=[InputRequired(), Length(max=2000)]
    )


class SendBackForm(Form):
    """With whom the unit goes back, and why it goes although its loaner is out."""

    carrier = StringField(N_("Carrier"), validators=[InputRequired(), Length(max=80)])
    tracking_no = StringField(N_("Tracking number"), validators=[InputRequired(), Length(max=80)])
    reason = StringField(
        N_("Why it goes before the loaner is back"), validators=[Optional(), Length(max=500)]
    )


class ReasonForm(Form):
    """Why something ends."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


class LendForm(Form):
    """Which unit of the pool is handed out; the choices are given by the view."""

    unit = SelectField(N_("Unit to repair"), validators=[InputRequired()])


class PoolForm(Form):
    """A serial to be put aside for lending."""

    serial = StringField(N_("Serial number"), validators=[InputRequired(), Length(max=80)])
    sku = StringField(N_("Product code"), validators=[InputRequired(), Length(max=40)])
    condition = StringField(N_("Condition"), validators=[Optional(), Length(max=300)])


class TakeBackForm(Form):
    """How a loaner came back."""

    grade = SelectField(N_("Condition"), validators=[InputRequired()])
    note = StringField(N_("What you see"), validators=[Optional(), Length(max=300)])
    charge = DecimalField(
        N_("Charge for damage"),
        places=2,
        default=Decimal(0),
        validators=[Optional(), NumberRange(0, MOST_AMOUNT)],
    )

    @classmethod
    def graded(cls, *, empty: bool = False) -> "TakeBackForm":
        """The form with its choices in the language being spoken."""
        form = cls(formdata=None) if empty else cls()
        form.grade.choices = choices({grade: GRADE_TITLES[grade] for grade in Grade})
        return form


class NoticeForm(Form):
    """A product notice: about what, and what it says in both languages."""

    kind = RadioField(N_("Kind"), validators=[InputRequired()], default=NoticeKind.ADVISORY)
    sku = StringField(N_("Product code"), validators=[InputRequired(), Length(max=40)])
    numbers = TextAreaField(N_("Affected lots or serials"), validators=[InputRequired(), Length(max=200_000)])
    title_th = StringField(N_("Title in Thai"), validators=[InputRequired(), Length(max=200)])
    title_en = StringField(N_("Title in English"), validators=[InputRequired(), Length(max=200)])
    risk_th = TextAreaField(N_("The risk, in Thai"), validators=[InputRequired(), Length(max=4000)])
    risk_en = TextAreaField(N_("The risk, in English"), validators=[InputRequired(), Length(max=4000)])
    action_th = TextAreaField(N_("What to do, in Thai"), validators=[InputRequired(), Length(max=4000)])
    action_en = TextAreaField(N_("What to do, in English"), validators=[InputRequired(), Length(max=4000)])

    @classmethod
    def told(cls, **known: object) -> "NoticeForm":
        """The form with its choices in the language being spoken, filled with what is known."""
        form = cls(data=known)
        form.kind.choices = choices(NOTICE_KIND_TITLES)
        return form


class AcknowledgeForm(Form):
    """What a company wants to say with its acknowledgement."""

    note = StringField(N_("Anything you want to tell us"), validators=[Optional(), Length(max=500)])
