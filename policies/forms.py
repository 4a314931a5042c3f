"""Shape of what managers type: a policy's scope, a draft's terms, a publication, a closed day."""

from datetime import time
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from policies.kinds import CASE_KINDS, CONVENTION_TITLES, KINDS, Convention, Kind
from policies.models import SCOPE_TITLES, Scope
from policies.terms import LONGEST_WINDOW, MOST_DAYS, CaseTerm, LeadTime, LineFill, Terms
from portal.customers.models import TIER_TITLES
from portal.i18n import N_, gettext
from portal.money import to_major, to_minor
from portal.web.forms import Form, choices

LONGEST_INTRO = 4000
SUGGESTED = LeadTime(Convention.WORKING, 5, 9500, time(15, 0), 100, 1000)
"""What the form shows before anything is decided."""
MOST_BAHT = 1_000_000
CASE_COLUMNS = {
    "days": N_("Days"),
    "convention": N_("Counted as"),
    "target": N_("Target"),
    "per_day": N_("Each day late"),
    "cap": N_("At most"),
}
CASE_CONVENTIONS = {
    Convention.WORKING: N_("working days"),
    Convention.CALENDAR: N_("calendar days"),
    Convention.CALENDAR_INCLUSIVE: N_("calendar days, the first included"),
}


def share(_form: Form, field: DecimalField) -> None:
    """A percentage between 0 and 100 with at most two decimals."""
    if not field.data.is_finite() or not 0 <= field.data <= 100:
        raise ValidationError(gettext("A share is between 0 and 100 percent."))
    if field.data != round(field.data, 2):
        raise ValidationError(gettext("At most two decimals."))


def amount(_form: Form, field: DecimalField) -> None:
    """An amount of baht, not negative, with at most two decimals."""
    if not field.data.is_finite() or not 0 <= field.data <= MOST_BAHT:
        raise ValidationError(gettext("An amount is between 0 and a million baht."))
    if field.data != round(field.data, 2):
        raise ValidationError(gettext("At most two decimals."))


class OpenPolicyForm(Form):
    """Whom a new policy covers and what it is called."""

    scope = RadioField(N_("Covers"), validators=[InputRequired()])
    tier = SelectField(N_("Service tier"), validators=[Optional()])
    customer = StringField(N_("Customer code"), validators=[Optional(), Length(max=32)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=200)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=200)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope.choices = choices(SCOPE_TITLES)
        self.tier.choices = choices(TIER_TITLES)
        self.scope.data = self.scope.data or Scope.TIER.value


class DraftForm(Form):
    """What a draft says; a standard whose box is not ticked is left out together with its fields."""

    lead_time = BooleanField(N_("This version promises a lead time"))
    days = IntegerField(N_("Days"), validators=[Optional(), NumberRange(1, MOST_DAYS)])
    convention = RadioField(N_("How days are counted"), validators=[Optional()])
    cut_off = TimeField(N_("Cut-off time"), validators=[Optional()])
    target = DecimalField(N_("Target: lines delivered in time"), places=None, validators=[Optional(), share])
    compensation = DecimalField(
        N_("Compensation for each day late"), places=None, validators=[Optional(), share]
    )
    cap = DecimalField(N_("Highest compensation"), places=None, validators=[Optional(), share])
    compensation_amount = DecimalField(
        N_("Or a fixed amount for each day late"), places=None, validators=[Optional(), amount]
    )
    cap_amount = DecimalField(N_("Highest fixed amount"), places=None, validators=[Optional(), amount])
    line_fill = BooleanField(N_("This version promises a line fill rate"))
    line_fill_target = DecimalField(
        N_("Target: lines complete at first shipment"), places=None, validators=[Optional(), share]
    )
    return_days = IntegerField(N_("Return window"), validators=[Optional(), NumberRange(0, LONGEST_WINDOW)])
    intro_th = TextAreaField(N_("Introduction in Thai"), validators=[Optional(), Length(max=LONGEST_INTRO)])
    intro_en = TextAreaField(
        N_("Introduction in English"), validators=[Optional(), Length(max=LONGEST_INTRO)]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.convention.choices = choices(CONVENTION_TITLES)
        for field in (self.days, self.convention, self.target, self.line_fill_target):
            field.flags.required = True  # of a ticked standard: a mark for the reader, checked in `validate`
        for kind in CASE_KINDS:
            self[f"{kind}_convention"].choices = choices(CASE_CONVENTIONS)
            for name, column in CASE_COLUMNS.items():
                of = self[f"{kind}_{name}"]
                of.label.text = gettext(
                    "%(kind)s: %(column)s", kind=gettext(KINDS[kind].title), column=gettext(column)
                )

    def row(self, kind: Kind) -> dict[str, Field]:
        """The fields of one kind of case, by column."""
        return {name: self[f"{kind}_{name}"] for name in CASE_COLUMNS}

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the shape is right; a ticked standard needs its figures."""
        right = bool(super().validate(extra_validators))
        needed: list[Field] = []
        if self.lead_time.data:
            needed += [self.days, self.convention, self.target]
        if self.line_fill.data:
            needed.append(self.line_fill_target)
        needed += [self[f"{kind}_target"] for kind in CASE_KINDS if self[f"{kind}_days"].data]
        for field in needed:
            if field.data in {None, ""} and not field.errors:
                field.errors = [gettext("This field is required.")]
                right = False
        return right

    def terms(self) -> Terms:
        """What was typed, as terms; only after the form is valid."""
        lead_time = line_fill = None
        if self.lead_time.data:
            lead_time = LeadTime(
                Convention(self.convention.data),
                self.days.data,
                basis_points(self.target.data),
                self.cut_off.data,
                basis_points(self.compensation.data),
                basis_points(self.cap.data),
                minor(self.compensation_amount.data),
                minor(self.cap_amount.data),
            )
        if self.line_fill.data:
            line_fill = LineFill(basis_points(self.line_fill_target.data))
        return Terms(
            lead_time,
            line_fill,
            (self.intro_th.data or "").strip(),
            (self.intro_en.data or "").strip(),
            tuple(self._case(kind) for kind in CASE_KINDS if self[f"{kind}_days"].data is not None),
            self.return_days.data,
        )

    def _case(self, kind: Kind) -> CaseTerm:
        row = self.row(kind)
        return CaseTerm(
            kind,
            row["days"].data,
            Convention(row["convention"].data),
            basis_points(row["target"].data),
            minor(row["per_day"].data),
            minor(row["cap"].data),
        )


def _case_fields() -> dict[str, Field]:
    made: dict[str, Field] = {}
    for kind in CASE_KINDS:
        made[f"{kind}_days"] = IntegerField("", validators=[Optional(), NumberRange(1, MOST_DAYS)])
        made[f"{kind}_convention"] = SelectField("", default=Convention.WORKING.value)
        made[f"{kind}_target"] = DecimalField("", places=None, validators=[Optional(), share])
        made[f"{kind}_per_day"] = DecimalField("", places=None, validators=[Optional(), amount])
        made[f"{kind}_cap"] = DecimalField("", places=None, validators=[Optional(), amount])
    return made


for _name, _field in _case_fields().items():
    setattr(DraftForm, _name, _field)


class PublishForm(Form):
    """From which day a version holds, and why it is published."""

    valid_from = DateField(N_("In force from"), validators=[InputRequired()])
    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=500)])


class ClosureForm(Form):
    """A day on which the distributor is closed, and why."""

    day = DateField(N_("Day"), validators=[InputRequired()])
    name_th = StringField(N_("Reason in Thai"), validators=[Optional(), Length(max=200)])
    name_en = StringField(N_("Reason in English"), validators=[Optional(), Length(max=200)])


def filled(terms: Terms) -> dict[str, Any]:
    """The fields of a draft form that say these terms; a lead time not yet set is suggested but not ticked."""
    lead_time, line_fill = terms.lead_time, terms.line_fill
    shown = lead_time or SUGGESTED
    return {
        "lead_time": lead_time is not None,
        "days": shown.days,
        "convention": shown.convention.value,
        "cut_off": shown.cut_off,
        "target": percent(shown.target_bp),
        "compensation": percent(shown.compensation_bp_per_day),
        "cap": percent(shown.compensation_cap_bp),
        "line_fill": line_fill is not None,
        "line_fill_target": percent(line_fill.target_bp if line_fill else SUGGESTED.target_bp),
        "compensation_amount": to_major(shown.compensation_minor_per_day, "THB"),
        "cap_amount": to_major(shown.compensation_cap_minor, "THB"),
        "return_days": terms.return_days,
        "intro_th": terms.intro_th,
        "intro_en": terms.intro_en,
    } | {name: value for kind in CASE_KINDS for name, value in _filled_case(kind, terms.case(kind)).items()}


def _filled_case(kind: Kind, case: CaseTerm | None) -> dict[str, Any]:
    """The fields of a row that say what is promised for a kind of case; without days nothing is."""
    shown = case or CaseTerm(kind, 0)
    return {
        f"{kind}_days": case.days if case else None,
        f"{kind}_convention": shown.convention.value,
        f"{kind}_target": percent(shown.target_bp),
        f"{kind}_per_day": to_major(shown.compensation_minor_per_day, "THB"),
        f"{kind}_cap": to_major(shown.cap_minor, "THB"),
    }


def percent(share_bp: int) -> Decimal:
    """Basis points as a percentage, without needless zeros: 9750 is 97.5."""
    return Decimal(f"{Decimal(share_bp) / 100:f}")


def minor(baht: Decimal | None) -> int:
    """Baht as satang; nothing typed is none."""
    return to_minor(baht or Decimal(0), "THB")


def basis_points(percentage: Decimal | None) -> int:
    """A percentage as basis points; nothing typed is none."""
    return int((percentage or Decimal(0)) * 100)
