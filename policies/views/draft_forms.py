"""Shape of a draft: every kind of standard with its fields, as often as it is promised, and what surrounds them."""

import re
from collections.abc import Iterator
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from policies.bounds import DAYS_ONLY, LONGEST_WINDOW, check_clause
from policies.forms import amount, share
from policies.kinds import EVERY_TITLES, KINDS, RATE_KINDS, Convention, Every, Kind
from policies.terms import Clause, Terms
from policies.views.draft_values import (
    BASES,
    BUSINESS_CLOCKS,
    CLOCKS,
    clause_typed,
    names_typed,
    said_of,
)
from portal.customers.provinces import province_named
from portal.i18n import N_, gettext
from portal.recording import excuses
from portal.refusal import Refused
from portal.web.forms import DecimalField, Form, choices, options

LONGEST_INTRO = 4000
MOST_SLOTS = 12
"""How often a kind may be typed on one form: once for everywhere and for some groups of provinces."""
SUGGESTED = Clause(
    Kind.LEAD_TIME, 5, Convention.WORKING, compensation_bp_per_day=100, compensation_cap_bp=1000
)
"""What the form shows of a lead time before anything is decided."""
COLUMNS = {
    "promised": N_("This version promises it"),
    "count": N_("Within"),
    "clock": N_("Counted in"),
    "cut_off": N_("Cut-off time"),
    "target": N_("Target"),
    "tolerance": N_("Tolerance"),
    "per_day": N_("Each day late"),
    "basis": N_("Counted as"),
    "cap": N_("At most"),
    "settle_days": N_("Credited within"),
    "late_settlement": N_("If that is late, besides"),
    "provinces": N_("Only in these provinces"),
    "exempt": N_("Excused by a declared"),
    "review": N_("Target judged"),
}
RARER = ("cut_off", "tolerance", "settle_days", "late_settlement", "provinces", "exempt", "review")
_SLOT = re.compile(rf"^({'|'.join(Kind)})_([0-9]+)_(.+)$")


class DraftForm(Form):
    """What a draft says; a clause that is no longer ticked is left out together with its fields."""

    return_days = IntegerField(N_("Return window"), validators=[Optional(), NumberRange(0, LONGEST_WINDOW)])
    intro_th = TextAreaField(N_("Introduction in Thai"), validators=[Optional(), Length(max=LONGEST_INTRO)])
    intro_en = TextAreaField(
        N_("Introduction in English"), validators=[Optional(), Length(max=LONGEST_INTRO)]
    )
    report_every = SelectField(N_("A report is made"), validators=[Optional()])
    report_to = TextAreaField(N_("Sent to"), validators=[Optional(), Length(max=4000)])
    report_to_customers = BooleanField(N_("Each customer gets one about their own"))
    leave_out = BooleanField(N_("Leave out what I unticked, with its figures"))
    slots: dict[Kind, int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.report_every.choices = [*options([("", "–")]), *choices(EVERY_TITLES)]
        for kind, place in self.places():
            fields = self.slot(kind, place)
            for name, field in fields.items():
                column = gettext(COLUMNS[name])
                field.label.text = gettext(
                    "%(kind)s: %(column)s", kind=gettext(KINDS[kind].title), column=column
                )
            fields["review"].choices = choices(EVERY_TITLES)
            fields["exempt"].choices = choices(excuses())
            if "clock" in fields:
                fields["clock"].choices = choices(CLOCKS | ({} if kind in DAYS_ONLY else BUSINESS_CLOCKS))
            if "basis" in fields:
                fields["basis"].choices = choices(BASES)

    def places(self) -> Iterator[tuple[Kind, int]]:
        """Every clause that may be typed: its kind, and its place among its kind."""
        return ((kind, place) for kind in Kind for place in range(self.slots[kind]))

    def dropped(self) -> list[tuple[Kind, int]]:
        """The clauses that were promised, are ticked no more, and still have their figures."""
        slots = [((kind, place), self.slot(kind, place)) for kind, place in self.places()]
        return [
            at
            for at, slot in slots
            if slot["promised"].object_data
            and not slot["promised"].data
            and any(slot[name].data is not None for name in ("count", "target") if name in slot)
        ]

    def slot(self, kind: Kind, place: int) -> dict[str, Field]:
        """The fields of one clause, by what they say."""
        names = {name: f"{kind}_{place}_{name}" for name in COLUMNS} | {"promised": f"{kind}_{place}"}
        return {name: self[field] for name, field in names.items() if field in self._fields}

    def open(self, kind: Kind) -> bool:
        """Whether the section of a kind is to be read: it is promised, or something in it is wrong."""
        boxes = (self.slot(kind, place)["promised"] for place in range(self.slots[kind]))
        return any(box.data or box.errors for box in boxes)

    def further(self, kind: Kind, place: int) -> bool:
        """Whether the rarer fields of a clause are to be read: one is filled in, or something in them is wrong."""
        slot = self.slot(kind, place)
        fields = [slot[name] for name in RARER if name in slot and (name != "tolerance" or "count" in slot)]
        return any(field.errors for field in fields) or any(
            field.data for field in fields if field.short_name.rsplit("_", 1)[-1] != "review"
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every ticked clause is complete and keeps to its bounds, and nothing was typed under no tick."""
        super().validate(extra_validators)
        for kind, place in self.places():
            slot = self.slot(kind, place)
            box = slot["promised"]
            if not (box.data or _newly_typed(slot)):
                for field in slot.values():
                    field.errors = []
                continue
            for name in ("count", "target"):
                if name in slot and slot[name].data is None and not slot[name].errors:
                    slot[name].errors = [gettext("This field is required.")]
            if not any(field.errors for field in slot.values()):
                self._check(kind, place, slot)
            if not box.data:
                box.errors = [gettext("Tick this to promise it, or empty what you typed below.")]
        if self.dropped() and not self.leave_out.data:
            for kind, place in self.dropped():
                self.slot(kind, place)["promised"].errors = [
                    gettext("Its figures go with it: tick it again, or say below that it is left out.")
                ]
            self.leave_out.errors = [
                gettext("Some standards are promised no more. Confirm that, and save again.")
            ]
        return not self.errors

    def terms(self) -> Terms:
        """What was typed, as terms; only after the form is valid."""
        return Terms(
            tuple(self._clauses().values()),
            (self.intro_th.data or "").strip(),
            (self.intro_en.data or "").strip(),
            self.return_days.data,
            Every(self.report_every.data) if self.report_every.data else None,
            tuple(line.strip() for line in (self.report_to.data or "").splitlines() if line.strip()),
            self.report_to_customers.data,
        )

    def refuse(self, no: Refused) -> "Form":
        """This form, showing a refusal of a clause beside the field in which that clause was typed."""
        found = _SLOT.match(no.field or "")
        if found and not self.errors:
            kind, place, name = Kind(found[1]), int(found[2]), found[3]
            typed = self._clauses()
            clause = Terms(tuple(typed.values())).of(kind)[place]
            at = next(at for (of, at), one in typed.items() if of is kind and one is clause)
            no = Refused(no.message, field=f"{kind}_{at}_{name}", **no.params)
        return super().refuse(no)

    def _clauses(self) -> dict[tuple[Kind, int], Clause]:
        slots = {(kind, place): self.slot(kind, place) for kind, place in self.places()}
        return {at: clause_typed(at[0], slot) for at, slot in slots.items() if slot["promised"].data}

    def _check(self, kind: Kind, place: int, slot: dict[str, Field]) -> None:
        try:
            check_clause(clause_typed(kind, slot))
        except Refused as no:
            field = slot[no.field] if no.field in slot else slot["promised"]
            field.errors = [gettext(no.message, **no.params)]


def draft_form(terms: Terms, typed: Any = None) -> DraftForm:
    """The form of a draft that says these terms, with room for what was typed and for one more clause of a kind."""
    slots = {kind: len(terms.of(kind)) or 1 for kind in Kind}
    slots |= {kind: slots[kind] + 1 for kind in terms.kinds if kind not in RATE_KINDS}
    for name in typed or ():
        if found := _SLOT.match(name):
            kind = Kind(found[1])
            slots[kind] = max(slots[kind], min(int(found[2]) + 1, MOST_SLOTS))
    fields: dict[str, Any] = {"slots": slots}
    for kind, count in slots.items():
        for place in range(count):
            fields[f"{kind}_{place}"] = BooleanField("")
            fields |= {f"{kind}_{place}_{name}": field for name, field in _fields(kind).items()}
    made: type[DraftForm] = type("TypedDraftForm", (DraftForm,), fields)
    return made(data=_filled(terms, slots))


def _fields(kind: Kind) -> dict[str, Any]:
    """The fields of a clause of a kind, in the order in which they are read."""
    fields: dict[str, Any] = {}
    if kind not in RATE_KINDS:
        fields["count"] = IntegerField("", validators=[Optional()])
        fields["clock"] = SelectField("", validators=[Optional()])
        fields["cut_off"] = TimeField("", validators=[Optional()])
        fields["tolerance"] = IntegerField("", validators=[Optional()])
    fields["target"] = DecimalField("", places=None, validators=[Optional(), share])
    if kind is Kind.LINE_FILL:
        fields["tolerance"] = DecimalField("", places=None, validators=[Optional(), share])
    if kind not in RATE_KINDS:
        fields["per_day"] = DecimalField("", places=None, validators=[Optional(), amount])
        if kind is Kind.LEAD_TIME:
            fields["basis"] = SelectField("", validators=[Optional()])
        fields["cap"] = DecimalField("", places=None, validators=[Optional(), amount])
        fields["settle_days"] = IntegerField("", validators=[Optional()])
        fields["late_settlement"] = DecimalField("", places=None, validators=[Optional(), amount])
        fields["provinces"] = StringField("", validators=[Optional(), Length(max=2000), provinces])
    fields["exempt"] = SelectMultipleField("", validators=[Optional()])
    fields["review"] = SelectField("", validators=[Optional()])
    return fields


def _newly_typed(slot: dict[str, Field]) -> bool:
    """Whether more was typed into a clause that was not promised before than the form showed."""
    typed = (field.errors or (field.data and field.data != field.object_data) for field in slot.values())
    return not slot["promised"].object_data and any(typed)


def provinces(_form: Form, field: StringField) -> None:
    """Names or codes of provinces with commas between."""
    for name in names_typed(field.data):
        if province_named(name) is None:
            raise ValidationError(gettext("There is no province %(province)s.", province=name[:80]))


def _filled(terms: Terms, slots: dict[Kind, int]) -> dict[str, Any]:
    """The fields that say these terms; a lead time not yet set is suggested but not ticked."""
    found: dict[str, Any] = {
        "intro_th": terms.intro_th,
        "intro_en": terms.intro_en,
        "return_days": terms.return_days,
        "report_every": terms.report_every or "",
        "report_to": "\n".join(terms.report_to),
        "report_to_customers": terms.report_to_customers,
    }
    for kind, count in slots.items():
        clauses = terms.of(kind)
        for place in range(count):
            clause = clauses[place] if place < len(clauses) else None
            found[f"{kind}_{place}"] = clause is not None
            shown = clause or (SUGGESTED if kind is Kind.LEAD_TIME and place == 0 else Clause(kind))
            found |= {f"{kind}_{place}_{name}": value for name, value in said_of(shown).items()}
    return found
