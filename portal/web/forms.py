"""The base of every form: CSRF, messages in the reader's language, and refusals shown beside their field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import wtforms
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice

from portal import i18n
from portal.i18n import N_, gettext
from portal.refusal import Refused

MOST_TYPED = 30
"""Characters of a number; longer ones are slips of the hand."""
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+")

WTFORMS_MESSAGES = (
    N_("This field is required."),
    N_("Invalid email address."),
    N_("Not a valid choice."),
    N_("Not a valid integer value."),
    N_("Not a valid decimal value."),
    N_("Not a valid date value."),
    N_("Not a valid datetime value."),
    N_("Invalid Choice: could not coerce."),
    N_("Number must be at least %(min)s."),
    N_("Number must be at most %(max)s."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Field must be at least %(min)d characters long."),
    N_("Field cannot be longer than %(max)d characters."),
    N_("Field must be between %(min)d and %(max)d characters long."),
    N_("The CSRF token is missing."),
    N_("The CSRF session token is missing."),
    N_("The CSRF token has expired."),
    N_("The CSRF token is invalid."),
    N_("The CSRF tokens do not match."),
)
"""What WTForms and Flask-WTF say of a wrong shape; named here so that the catalogue carries them."""


class HouseTranslations:
    """WTForms' own messages, taken from the house's catalogue."""

    def gettext(self, string: str) -> str:
        """The message in the language being spoken."""
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The message for a count, in the language being spoken."""
        return i18n.gettext(singular if n == 1 else plural)


class DecimalField(wtforms.DecimalField):
    """A number with decimals as people write it: digits of any script, 1,234.50 too; no powers of ten, no NaN."""

    data: Any

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed, exactly; what is no such number, or longer than any we keep, is not valid."""
        if not valuelist:
            return
        typed = "".join(valuelist[0].split())
        if not (len(typed) <= MOST_TYPED and _NUMBER.fullmatch(typed)):
            self.data = None
            raise ValueError(self.gettext("Not a valid decimal value."))
        self.data = Decimal(typed.replace(",", ""))


class Form(FlaskForm):
    """A form of the house; it checks shape, use-cases check meaning."""

    class Meta(FlaskForm.Meta):
        """Messages come from our catalogue."""

        def get_translations(self, form: "Form") -> HouseTranslations:
            """Our own translations instead of WTForms'."""
            return HouseTranslations()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            if field.label.text:
                field.label.text = gettext(field.label.text)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the shape fits; what cannot be read at all is said of a field once, and nothing else about it."""
        fits: bool = super().validate(extra_validators)
        for field in self:
            unread = list(field.process_errors)
            if unread and list(field.errors)[: len(unread)] == unread:
                field.errors = unread
        return fits

    def refuse(self, no: Refused) -> "Form":
        """This form, showing a refusal beside the field it names, or above all fields."""
        text = gettext(no.message, **no.params)
        field = self._fields.get(no.field) if no.field else None
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]
        return self


def choices(titles: Mapping[Any, str]) -> list[SelectChoice]:
    """Select choices from an enum's titles, in the language being spoken."""
    return [SelectChoice(str(value), gettext(title)) for value, title in titles.items()]


def options(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """Select choices from values and what is shown for them, as they are."""
    return [SelectChoice(value, shown) for value, shown in pairs]
