"""The shape of what is typed about counts, adjustments and how they are judged."""

from decimal import Decimal

from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.counting_terms import CURRENCY, MOST_LINES, MOST_MINOR, Terms
from inventory.counts import ADJUSTMENT_REASON_TITLES, CLASSES
from inventory.drawing_counts import MOST_AT_ONCE, Wanted
from inventory.forms import MOST_UNITS
from inventory.numbers_typed import read_numbers, split_serials
from portal.i18n import N_, gettext
from portal.money import BASIS_POINTS, half_up, to_major, to_minor
from portal.web.forms import DecimalField, Form, choices, options

MOST_TYPED = 200_000
PERCENT = BASIS_POINTS // 100
OUT, IN = "out", "in"
DIRECTIONS = {OUT: N_("Fewer are there: take units off the books"), IN: N_("More are there: add units")}


class DrawForm(Form):
    """What is to be counted, drawn by hand."""

    warehouse = SelectField(N_("Warehouse"), validators=[InputRequired()])
    abc = SelectField(N_("Class"), validators=[Optional()])
    bin = StringField(N_("Bins that begin with"), validators=[Optional(), Length(max=20)])
    skus = TextAreaField(N_("Only these product codes"), validators=[Optional(), Length(max=MOST_TYPED)])
    most = IntegerField(
        N_("Products at most"), validators=[InputRequired(), NumberRange(1, MOST_AT_ONCE)], default=25
    )

    def __init__(self, warehouses: list[tuple[str, str]], **given: object) -> None:
        super().__init__(**given)
        self.warehouse.choices = options(warehouses)
        self.abc.choices = options([("", gettext("All classes")), *((one, one) for one in CLASSES)])

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        codes = split_serials(self.skus.data or "")
        return Wanted(self.abc.data or None, self.bin.data or "", codes, self.most.data)


class CountForm(Form):
    """What was counted of one line: whole units, or the serials found."""

    counted = IntegerField(N_("Counted"), validators=[Optional(), NumberRange(0, MOST_UNITS)])
    serials = TextAreaField(N_("Serial numbers found"), validators=[Optional(), Length(max=MOST_TYPED)])

    @property
    def found(self) -> list[str]:
        """The serials, one by one as they were typed or scanned."""
        return split_serials(self.serials.data or "")


class AdjustForm(Form):
    """Units that are too many or too few, and why."""

    sku = StringField(N_("Product code (SKU)"), validators=[InputRequired(), Length(max=40)])
    warehouse = SelectField(N_("Warehouse"), validators=[InputRequired()])
    direction = RadioField(N_("What differs"), validators=[InputRequired()], default=OUT)
    quantity = IntegerField(N_("Units"), validators=[InputRequired(), NumberRange(1, MOST_UNITS)])
    reason = SelectField(N_("Reason"), validators=[InputRequired()])
    identities = TextAreaField(N_("Lot or serial numbers"), validators=[Optional(), Length(max=MOST_TYPED)])
    note = StringField(N_("Note"), validators=[Optional(), Length(max=300)])

    def __init__(self, warehouses: list[tuple[str, str]], **given: object) -> None:
        super().__init__(**given)
        self.warehouse.choices = options(warehouses)
        self.direction.choices = choices(DIRECTIONS)
        self.reason.choices = choices(ADJUSTMENT_REASON_TITLES)

    @property
    def signed(self) -> int:
        """The units with their sign."""
        return int(self.quantity.data) * (1 if self.direction.data == IN else -1)

    def numbers(self, tracking: str) -> dict[str, int]:
        """The numbers typed, with their units."""
        return read_numbers(self.identities.data or "", tracking, self.quantity.data or 0)


class RefuseForm(Form):
    """Why a correction is not accepted."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])


def _percent(label: str) -> DecimalField:
    return DecimalField(label, places=2, validators=[InputRequired(), NumberRange(0, 100)])


class TermsForm(Form):
    """How counts are judged, and what is booked without approval."""

    at_once = DecimalField(
        N_("Booked at once up to"),
        places=2,
        validators=[InputRequired(), NumberRange(0, to_major(MOST_MINOR, CURRENCY))],
    )
    tolerance_a = _percent(N_("Tolerance of class A"))
    tolerance_b = _percent(N_("Tolerance of class B"))
    tolerance_c = _percent(N_("Tolerance of class C"))
    lines_a_sheet = IntegerField(
        N_("Lines on a sheet at most"), validators=[InputRequired(), NumberRange(1, MOST_LINES)]
    )

    @property
    def terms(self) -> Terms:
        """What was typed."""
        return Terms(
            at_once_minor=to_minor(self.at_once.data, CURRENCY),
            tolerance_a_bp=int(half_up(self.tolerance_a.data * PERCENT)),
            tolerance_b_bp=int(half_up(self.tolerance_b.data * PERCENT)),
            tolerance_c_bp=int(half_up(self.tolerance_c.data * PERCENT)),
            lines_a_sheet=self.lines_a_sheet.data,
        )


def terms_shown(known: Terms) -> dict[str, object]:
    """What the form shows of the terms in force."""
    return {
        "at_once": to_major(known.at_once_minor, CURRENCY),
        **{f"tolerance_{abc.lower()}": Decimal(known.tolerance_bp(abc)) / PERCENT for abc in CLASSES},
        "lines_a_sheet": known.lines_a_sheet,
    }
