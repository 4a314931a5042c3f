"""The shape of what staff type about units that are set aside."""

from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.forms import MOST_UNITS
from inventory.numbers_typed import read_numbers
from portal.i18n import N_
from portal.web.forms import Form, choices, options

MOST_TYPED = 20_000
RELEASE, SCRAP = "release", "scrap"
ACTS = {RELEASE: N_("Release it for sale"), SCRAP: N_("Scrap it")}


class UnitsForm(Form):
    """How many units are meant, which of them, and why."""

    quantity = IntegerField(N_("Units"), validators=[InputRequired(), NumberRange(1, MOST_UNITS)])
    identities = TextAreaField(N_("Lot or serial numbers"), validators=[Optional(), Length(max=MOST_TYPED)])
    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])

    def numbers(self, tracking: str) -> dict[str, int]:
        """The numbers typed, with their units: of a lot those named after a colon, else all that are meant."""
        return read_numbers(self.identities.data or "", tracking, self.quantity.data or 0)


class AsideForm(UnitsForm):
    """Good units that are put into quarantine."""

    sku = StringField(N_("Product code (SKU)"), validators=[InputRequired(), Length(max=40)])
    warehouse = SelectField(N_("Warehouse"), validators=[InputRequired()])

    def __init__(self, warehouses: list[tuple[str, str]], **given: object) -> None:
        super().__init__(**given)
        self.warehouse.choices = options(warehouses)


class DecideForm(UnitsForm):
    """What becomes of units in quarantine."""

    act = RadioField(N_("What becomes of it"), validators=[InputRequired()])

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.act.choices = choices(ACTS)
