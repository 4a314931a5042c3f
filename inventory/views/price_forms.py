"""The shape of what staff type about price lists and prices."""

from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.importing.fields import MOST_PRICE
from inventory.models import PriceList
from inventory.price_lists import LONGEST_CODE, LONGEST_NAME, ListFacts
from inventory.pricing import MOST_UNITS
from portal.customers.models import TIER_TITLES
from portal.i18n import N_
from portal.web.forms import DecimalField, Form, choices


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _line(label: str, most: int, *, required: bool = False) -> StringField:
    shape = [InputRequired() if required else Optional(), Length(max=most)]
    return StringField(label, validators=shape, filters=[_stripped])


class ListForm(Form):
    """A price list, new or changed; a changed one keeps its code and currency."""

    code = _line(N_("Code"), LONGEST_CODE, required=True)
    currency = _line(N_("Currency"), 3, required=True)
    name_th = _line(N_("Name in Thai"), LONGEST_NAME)
    name_en = _line(N_("Name in English"), LONGEST_NAME)
    customer = _line(N_("Only for the customer (code)"), 32)
    group = _line(N_("Only for the group (code)"), 32)
    tier = SelectField(N_("Else for the tier"), validators=[InputRequired()])
    valid_from = DateField(N_("From"), validators=[Optional()])
    valid_until = DateField(N_("Until"), validators=[Optional()])

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.tier.choices = choices(TIER_TITLES)

    @property
    def facts(self) -> ListFacts:
        """What was typed."""
        return ListFacts(
            code=self.code.data or "",
            currency=(self.currency.data or "").upper(),
            name_th=self.name_th.data or "",
            name_en=self.name_en.data or "",
            tier=self.tier.data,
            customer=self.customer.data or "",
            group=self.group.data or "",
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
        )


def shown(price_list: PriceList) -> dict[str, Any]:
    """What the form shows of a list that is about to be changed or copied."""
    names = ("code", "currency", "name_th", "name_en", "tier", "valid_from", "valid_until")
    return {
        **{name: getattr(price_list, name) for name in names},
        "customer": price_list.customer.code if price_list.customer else "",
        "group": price_list.group.code if price_list.group else "",
    }


class PriceForm(Form):
    """What a unit of a product costs from so many units on."""

    sku = _line(N_("Product code"), 40, required=True)
    from_units = IntegerField(
        N_("From units"), validators=[InputRequired(), NumberRange(1, MOST_UNITS)], default=1
    )
    unit_price = DecimalField(
        N_("Unit price"), places=None, validators=[InputRequired(), NumberRange(0, MOST_PRICE)]
    )
