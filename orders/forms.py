"""Shape of what buyers type: units for the basket, the words to an order, the reason for cancelling."""

from datetime import date
from typing import Any

from wtforms import DateField, HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from orders.baskets import Particulars
from orders.seen_days import from_text
from orders.substitutions import CONSENT_TITLES
from portal.i18n import N_
from portal.web.forms import Form, choices

LONGEST_NOTE = 500


class AddForm(Form):
    """Units of one product for the basket, or packs of `unit` units; `next` is the page to come back to."""

    sku = HiddenField(validators=[InputRequired()])
    quantity = IntegerField(N_("Quantity"), validators=[InputRequired()])
    unit = IntegerField(N_("Unit"), validators=[Optional()])
    next = HiddenField()


class BasketForm(Form):
    """What is said of the whole order, with the basket, the total and the days as the buyer saw them."""

    key = HiddenField()
    seen_total_minor = HiddenField()
    seen_days = HiddenField()
    requested_on = DateField(N_("Not before"), validators=[Optional()])
    po_number = StringField(N_("Your purchase order number"), validators=[Optional(), Length(max=60)])
    note = TextAreaField(N_("Note to us"), validators=[Optional(), Length(max=LONGEST_NOTE)])

    @property
    def says_something(self) -> bool:
        """Whether anything was typed that is not part of the basket itself."""
        return any(
            field.raw_data and field.raw_data[0] for field in (self.requested_on, self.po_number, self.note)
        )

    @property
    def asked_for(self) -> date | None:
        """The day asked for, if it is one."""
        return None if self.requested_on.errors else self.requested_on.data

    def particulars(self) -> Particulars:
        """The form as the basket takes it."""
        seen = (self.seen_total_minor.data or "").strip()
        return Particulars(
            requested_on=self.requested_on.data,
            po_number=(self.po_number.data or "").strip() or None,
            note=(self.note.data or "").strip() or None,
            seen_total_minor=int(seen) if seen.isdecimal() else None,
            seen_days=from_text((self.seen_days.data or "").strip()),
        )


class CancelForm(Form):
    """Why an order is cancelled."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=200)])


class ConsentForm(Form):
    """What a company wants when a line is short."""

    rule = RadioField(N_("When a product is short"), validators=[InputRequired()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule.choices = choices(CONSENT_TITLES)
