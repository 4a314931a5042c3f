"""The shape of what staff type when they move stock between warehouses."""

from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.forms import MOST_UNITS
from portal.i18n import N_
from portal.web.forms import Form, options


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


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
