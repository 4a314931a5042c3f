"""The form on which staff record goods that came back, with one row for each line that can come back."""

from collections.abc import Sequence

from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from aftersales.models import DISPOSITION_TITLES, REASON_TITLES, Disposition, ReturnReason
from aftersales.returning import Back, returnable
from orders.models import OrderLine
from portal.i18n import N_, gettext
from portal.web.forms import Form, choices


class ReturnForm(Form):
    """What came back; the fields of line n are `quantity_n`, `reason_n` and `disposition_n`."""

    def backs(self, lines: Sequence[OrderLine]) -> list[Back]:
        """What was filled in, line by line."""
        return [
            Back(
                line.n,
                self[f"quantity_{line.n}"].data or 0,
                ReturnReason(self[f"reason_{line.n}"].data),
                Disposition(self[f"disposition_{line.n}"].data),
            )
            for line in lines
        ]


def return_form(lines: Sequence[OrderLine]) -> ReturnForm:
    """A form for the lines that can come back, each label naming its product."""
    fields: dict[str, object] = {}
    for line in lines:
        named = {"sku": line.sku}
        fields[f"quantity_{line.n}"] = IntegerField(
            gettext(N_("Units of %(sku)s that came back"), **named),
            validators=[Optional(), NumberRange(0, returnable(line))],
        )
        fields[f"reason_{line.n}"] = SelectField(
            gettext(N_("Reason for %(sku)s"), **named), choices=choices(REASON_TITLES)
        )
        fields[f"disposition_{line.n}"] = SelectField(
            gettext(N_("What becomes of %(sku)s"), **named), choices=choices(DISPOSITION_TITLES)
        )
    made: type[ReturnForm] = type("ReturnForm", (ReturnForm,), fields)
    return made()
