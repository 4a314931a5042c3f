"""Shape of what managers type: a policy's scope, a publication, a closed day; and how shares and amounts are typed."""

from decimal import Decimal
from typing import Any

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from policies.models import SCOPE_TITLES, Scope
from portal.customers.models import TIER_TITLES
from portal.i18n import N_, gettext
from portal.money import to_major, to_minor
from portal.web.forms import DecimalField, Form, choices, options

MOST_BAHT = 1_000_000


def share(_form: Form, field: DecimalField) -> None:
    """A percentage between 0 and 100 with at most two decimals."""
    if field.data is None or not 0 <= field.data <= 100:
        raise ValidationError(gettext("A share is between 0 and 100 percent."))
    if field.data != round(field.data, 2):
        raise ValidationError(gettext("At most two decimals."))


def amount(_form: Form, field: DecimalField) -> None:
    """An amount of baht, not negative, with at most two decimals."""
    if field.data is None or not 0 <= field.data <= MOST_BAHT:
        raise ValidationError(gettext("An amount is between 0 and a million baht."))
    if field.data != round(field.data, 2):
        raise ValidationError(gettext("At most two decimals."))


class OpenPolicyForm(Form):
    """Whom a new policy covers and what it is called."""

    scope = RadioField(N_("Covers"), validators=[InputRequired()])
    tier = SelectField(N_("Service tier"), validators=[Optional()])
    group = SelectField(N_("Customer group"), validators=[Optional()])
    customer = StringField(N_("Customer code"), validators=[Optional(), Length(max=32)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=200)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=200)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope.choices = choices(SCOPE_TITLES)
        self.tier.choices = choices(TIER_TITLES)
        self.group.choices = options([("", "–")])
        self.scope.data = self.scope.data or Scope.TIER.value


class PublishForm(Form):
    """From which day a version holds, and why it is published."""

    valid_from = DateField(N_("In force from"), validators=[InputRequired()])
    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=500)])


class SendBackForm(Form):
    """What the author of a version should change before it is published."""

    note = TextAreaField(N_("What should be changed"), validators=[InputRequired(), Length(max=500)])


def percent(share_bp: int) -> Decimal:
    """Basis points as a percentage, without needless zeros: 9750 is 97.5."""
    return Decimal(f"{Decimal(share_bp) / 100:f}")


def minor(baht: Decimal | None) -> int:
    """Baht as satang; nothing typed is none."""
    return to_minor(baht or Decimal(0), "THB")


def baht(amount_minor: int) -> Decimal:
    """Satang as baht."""
    return to_major(amount_minor, "THB")


def basis_points(percentage: Decimal | None) -> int:
    """A percentage as basis points; nothing typed is none."""
    return int((percentage or Decimal(0)) * 100)
