"""Shape of what is typed about returns: asked for, decided, received, inspected; fields are named after their line."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from aftersales.identifying import Candidates, typed_numbers
from aftersales.inspecting import FITTING, Finding
from aftersales.models import (
    DISPOSITION_TITLES,
    REASON_TITLES,
    REMEDY_TITLES,
    Disposition,
    Remedy,
    Return,
    ReturnReason,
)
from aftersales.receiving import Arrived
from aftersales.requesting import Asked, Returnable
from aftersales.return_steps import to_inspect
from aftersales.returning import Back
from orders.wishes import MOST_UNITS
from portal.i18n import N_, gettext
from portal.web.forms import Form, choices, options

LONGEST_NUMBERS = 4000
Made = TypeVar("Made", bound=Form)


class AskForm(Form):
    """What a buyer wants to send back: `quantity_n`, `reason_n`, `note_n` and `numbers_n` of line n."""

    remedy = SelectField(N_("What would you like?"), validators=[InputRequired()])
    note = TextAreaField(N_("Anything we should know"), validators=[Optional(), Length(max=500)])

    def asked(self, lines: Sequence[Returnable]) -> list[Asked]:
        """What was filled in, line by line."""
        return [
            Asked(
                one.line.n,
                self[f"quantity_{one.line.n}"].data or 0,
                ReturnReason(self[f"reason_{one.line.n}"].data),
                numbers=_numbers(self, f"numbers_{one.line.n}"),
            )
            for one in lines
        ]


class RecordForm(Form):
    """What came back unannounced: `quantity_n`, `reason_n`, `disposition_n` and `numbers_n` of line n."""

    def backs(self, lines: Sequence[Returnable]) -> list[Back]:
        """What was filled in, line by line."""
        return [
            Back(
                one.line.n,
                self[f"quantity_{one.line.n}"].data or 0,
                ReturnReason(self[f"reason_{one.line.n}"].data),
                Disposition(self[f"disposition_{one.line.n}"].data),
                _numbers(self, f"numbers_{one.line.n}"),
            )
            for one in lines
        ]


class AuthoriseForm(Form):
    """Until when the goods may come, and a word to the buyer."""

    return_by = DateField(N_("Return by"), validators=[Optional()])
    note = StringField(N_("Note to the buyer"), validators=[Optional(), Length(max=300)])


class RefuseForm(Form):
    """Why a return is refused."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


class ReceiveForm(Form):
    """What arrived: `quantity_<id>` and `numbers_<id>` of each line of the return."""

    def arrived(self, found: Return) -> list[Arrived]:
        """What was filled in, line by line."""
        return [
            Arrived(line.id, self[f"quantity_{line.id}"].data or 0, _numbers(self, f"numbers_{line.id}"))
            for line in found.lines
        ]


class InspectForm(Form):
    """What becomes of it: `quantity_`, `grade_`, `note_` and `numbers_<id>_<disposition>` of each line."""

    def findings(self, found: Return) -> list[Finding]:
        """What was filled in, line by line and way by way."""
        return [
            Finding(
                line.id,
                way,
                self[f"quantity_{line.id}_{way}"].data or 0,
                self[f"grade_{line.id}_{way}"].data or None,
                self[f"note_{line.id}_{way}"].data or "",
                _numbers(self, f"numbers_{line.id}_{way}"),
            )
            for line in found.lines
            if to_inspect(line)
            for way in Disposition
        ]


class SettleForm(Form):
    """What the customer gets."""

    remedy = SelectField(N_("The customer gets"), validators=[InputRequired()])


class CalledForm(Form):
    """What a customer would like for goods that we called back."""

    remedy = SelectField(N_("What would you like?"), validators=[InputRequired()])


def called_form(*, empty: bool = False) -> CalledForm:
    """A form for what is called back."""
    form = CalledForm(formdata=None) if empty else CalledForm()
    form.remedy.choices = choices(REMEDY_TITLES)
    return form


def ask_form(lines: Sequence[Returnable], candidates: Candidates, recalled: Collection[int]) -> AskForm:
    """A form for the lines that can come back, each label naming its product.

    That something was called back can be said only where `recalled`, the ids of serials and lots, has some of it.
    """
    fields: dict[str, Any] = {}
    for one in lines:
        n, named = one.line.n, {"sku": one.line.sku}
        fields[f"quantity_{n}"] = IntegerField(
            gettext(N_("Units of %(sku)s to send back"), **named),
            validators=[Optional(), NumberRange(0, MOST_UNITS)],
        )
        fields |= _reason(
            n, named, called_back=any(id_ in recalled for id_ in candidates.get(one.line.id, ()))
        )
        if candidates.get(one.line.id):
            fields |= _typed(f"numbers_{n}", named)
    form = _made(AskForm, fields)
    form.remedy.choices = choices(REMEDY_TITLES)
    return form


def record_form(lines: Sequence[Returnable], candidates: Candidates, recalled: Collection[int]) -> RecordForm:
    """A form for the lines that can come back, each label naming its product; `recalled` as for asking."""
    fields: dict[str, Any] = {}
    for one in lines:
        n, named = one.line.n, {"sku": one.line.sku}
        fields[f"quantity_{n}"] = IntegerField(
            gettext(N_("Units of %(sku)s that came back"), **named),
            validators=[Optional(), NumberRange(0, one.left)],
        )
        fields |= _reason(
            n, named, called_back=any(id_ in recalled for id_ in candidates.get(one.line.id, ()))
        )
        fields[f"disposition_{n}"] = SelectField(
            gettext(N_("What becomes of %(sku)s"), **named), choices=choices(DISPOSITION_TITLES)
        )
        if candidates.get(one.line.id):
            fields |= _typed(f"numbers_{n}", named)
    return _made(RecordForm, fields)


def receive_form(found: Return, *, empty: bool = False) -> ReceiveForm:
    """A form for what arrives of a return, filled in with what was authorised."""
    fields: dict[str, Any] = {}
    for line in found.lines:
        named = {"sku": line.order_line.sku}
        fields[f"quantity_{line.id}"] = IntegerField(
            gettext(N_("Units of %(sku)s that came back"), **named),
            validators=[Optional(), NumberRange(0, MOST_UNITS)],
            default=line.quantity,
        )
        if line.identities:
            fields |= _typed(f"numbers_{line.id}", named)
    return _made(ReceiveForm, fields, empty=empty)


def inspect_form(found: Return, *, empty: bool = False) -> InspectForm:
    """A form for what becomes of the goods that are still to be inspected; every way has its fields."""
    fields: dict[str, Any] = {}
    for line in found.lines:
        for way in Disposition if to_inspect(line) else ():
            named = {"sku": line.order_line.sku, "way": gettext(DISPOSITION_TITLES[way])}
            fields[f"quantity_{line.id}_{way}"] = IntegerField(
                gettext(N_("Units of %(sku)s: %(way)s"), **named),
                validators=[Optional(), NumberRange(0, MOST_UNITS)],
            )
            grades = options([("", "–"), *((grade, grade.upper()) for grade in FITTING[way])])
            fields[f"grade_{line.id}_{way}"] = SelectField(
                gettext(N_("Grade of %(sku)s: %(way)s"), **named), choices=grades, validators=[Optional()]
            )
            fields[f"note_{line.id}_{way}"] = StringField(
                gettext(N_("Note on %(sku)s: %(way)s"), **named), validators=[Optional(), Length(max=300)]
            )
            if line.identities:
                fields[f"numbers_{line.id}_{way}"] = StringField(
                    gettext(N_("Serials or lots of %(sku)s: %(way)s"), **named),
                    validators=[Optional(), Length(max=LONGEST_NUMBERS)],
                )
    return _made(InspectForm, fields, empty=empty)


def settle_form(found: Return, *, empty: bool = False) -> SettleForm:
    """A form for what the customer gets, filled in with what was asked for."""
    form = SettleForm(formdata=None) if empty else SettleForm()
    form.remedy.choices = choices(REMEDY_TITLES)
    if empty:
        form.remedy.data = Remedy(found.remedy)
    return form


def _reason(n: int, named: dict[str, str], *, called_back: bool) -> dict[str, Any]:
    label = gettext(N_("Reason for %(sku)s"), **named)
    reasons = {
        one: title for one, title in REASON_TITLES.items() if called_back or one is not ReturnReason.RECALLED
    }
    return {f"reason_{n}": SelectField(label, choices=choices(reasons))}


def _typed(name: str, named: dict[str, str]) -> dict[str, Any]:
    label = gettext(N_("Serials or lots of %(sku)s"), **named)
    return {name: StringField(label, validators=[Optional(), Length(max=LONGEST_NUMBERS)])}


def _numbers(form: Form, name: str) -> dict[str, int]:
    field = form._fields.get(name)
    return typed_numbers(field.data or "") if field is not None else {}


def _made(base: type[Made], fields: dict[str, Any], *, empty: bool = False) -> Made:
    made: type[Made] = type(base.__name__, (base,), fields)
    return made(formdata=None) if empty else made()
