"""The shape of what staff type when they move stock between warehouses."""

from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from inventory.forms import MOST_UNITS
from inventory.transfer_costs import CURRENCY, MOST_MINOR, Costs
from portal.i18n import N_, gettext
from portal.money import to_major, to_minor
from portal.web.forms import DecimalField, Form, options


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _whole_satang(_form: Form, field: DecimalField) -> None:
    """An amount is never rounded behind the back of who typed it."""
    if field.data is not None and to_major(to_minor(field.data, CURRENCY), CURRENCY) != field.data:
        raise ValidationError(gettext("At most two decimals, for satang."))


def _baht(label: str) -> DecimalField:
    bounds = [InputRequired(), NumberRange(0, to_major(MOST_MINOR, CURRENCY)), _whole_satang]
    return DecimalField(label, validators=bounds, places=2)


class SendForm(Form):
    """Units of a product that go from one warehouse to another."""

    sku = StringField(
        N_("Product code (SKU)"), validators=[InputRequired(), Length(max=40)], filters=[_stripped]
    )
    from_warehouse = SelectField(N_("From"), validators=[InputRequired()])
    to_warehouse = SelectField(N_("To"), validators=[InputRequired()])
    quantity = IntegerField(N_("Quantity"), validators=[InputRequired(), NumberRange(1, MOST_UNITS)])
    expected_on = DateField(N_("Expected there on"), validators=[InputRequired()])
    identities = StringField(
        N_("Lots or serials"), validators=[Optional(), Length(max=2000)], filters=[_stripped]
    )
    carrier = StringField(N_("Carrier"), validators=[Optional(), Length(max=80)])
    tracking_no = StringField(N_("Tracking number"), validators=[Optional(), Length(max=80)])
    reason = StringField(N_("Reason"), validators=[Optional(), Length(max=300)])
    purpose = StringField(N_("For the line"), validators=[Optional(), Length(max=60)], filters=[_stripped])

    def __init__(self, warehouses: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.from_warehouse.choices = options(warehouses)
        self.to_warehouse.choices = options(warehouses)


class ReplanForm(Form):
    """Another day for a transfer."""

    expected_on = DateField(N_("Expected there on"), validators=[InputRequired()])


class CostsForm(Form):
    """What a transfer costs us."""

    base = _baht(N_("Each transfer"))
    per_unit = _baht(N_("Each unit moved"))

    @property
    def costs(self) -> Costs:
        """What was typed."""
        return Costs(to_minor(self.base.data, CURRENCY), to_minor(self.per_unit.data, CURRENCY))


def costs_shown(known: Costs | None) -> dict[str, object]:
    """What the form shows of the costs in force."""
    if known is None:
        return {}
    return {
        "base": to_major(known.base_minor, CURRENCY),
        "per_unit": to_major(known.per_unit_minor, CURRENCY),
    }
