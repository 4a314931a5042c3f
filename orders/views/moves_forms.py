"""Shape of what people type about faster delivery, disruptions and the legs of a shipment."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from inventory.models import Warehouse
from orders.disruptions import DISRUPTION_TITLES
from orders.expedite_sums import COST_CURRENCY
from orders.expedite_terms import MOST_DAYS, ServiceFacts
from orders.views.desk_forms import TO_THE_MINUTE
from portal.clock import at, local
from portal.i18n import N_, gettext, name_of
from portal.money import to_major, to_minor
from portal.web.forms import DecimalField, Form, choices, options

MOST_BAHT = 100_000_000


def _whole_satang(_form: Form, field: DecimalField) -> None:
    """An amount is never rounded behind the back of who typed it."""
    if field.data is not None and to_major(to_minor(field.data, COST_CURRENCY), COST_CURRENCY) != field.data:
        raise ValidationError(gettext("At most two decimals, for satang."))


def _baht(label: str, **given: Any) -> DecimalField:
    bounds = [InputRequired(), NumberRange(0, MOST_BAHT), _whole_satang]
    return DecimalField(label, validators=bounds, places=2, **given)


def satang(field: DecimalField) -> int:
    """What was typed in baht, in satang."""
    return to_minor(field.data, COST_CURRENCY)


class AskForm(Form):
    """A part that somebody needs sooner, by which day, and why."""

    part = SelectField(N_("What you need sooner"), validators=[InputRequired()])
    wanted_on = DateField(N_("Needed on"), validators=[InputRequired()])
    reason = TextAreaField(N_("Why it is urgent"), validators=[Optional(), Length(max=500)])

    def __init__(self, parts: Sequence[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.part.choices = options(parts)


class ApproveForm(Form):
    """With which service a part is sent, and what of the extra cost the customer pays."""

    service = SelectField(N_("Service"), validators=[InputRequired()])
    charge = _baht(N_("The customer pays"), default=Decimal(0))
    note = StringField(N_("Note"), validators=[Optional(), Length(max=500)])

    def __init__(self, services: Sequence[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.service.choices = options(services)


class RefuseForm(Form):
    """Why a part is not sent sooner."""

    note = StringField(N_("Reason"), validators=[InputRequired(), Length(max=500)])


class RuleForm(Form):
    """What is approved at once."""

    most_cost = _baht(N_("Up to an extra cost of"))
    most_share = DecimalField(
        N_("And up to this share of the order's margin, in per cent"),
        validators=[InputRequired(), NumberRange(0, 100)],
        places=2,
    )

    @property
    def share_bp(self) -> int:
        """The share in basis points."""
        return int((self.most_share.data * 100).to_integral_value())


class ServiceForm(Form):
    """A fast service, new or brought up to date by its code."""

    code = StringField(N_("Code"), validators=[InputRequired(), Length(max=20)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=120)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=120)])
    days = IntegerField(
        N_("Working days on the way"), validators=[InputRequired(), NumberRange(0, MOST_DAYS)]
    )
    base = _baht(N_("Extra cost per shipment"))
    per_unit = _baht(N_("Extra cost per unit"), default=Decimal(0))
    active = BooleanField(N_("In use"), default=True)

    @property
    def facts(self) -> ServiceFacts:
        """What was typed."""
        return ServiceFacts(
            code=self.code.data or "",
            name_th=self.name_th.data or "",
            name_en=self.name_en.data or "",
            days=self.days.data,
            base_minor=satang(self.base),
            per_unit_minor=satang(self.per_unit),
            active=self.active.data,
        )


def shown_baht(minor: int) -> Decimal:
    """An amount as the forms show it."""
    return to_major(minor, COST_CURRENCY)


class DisruptionForm(Form):
    """What disrupts which warehouse, and for how long."""

    kind = SelectField(N_("What happens"), validators=[InputRequired()])
    warehouse = SelectField(N_("Warehouse"), validators=[InputRequired()])
    starts_on = DateField(N_("First day"), validators=[InputRequired()])
    ends_on = DateField(N_("Last day"), validators=[InputRequired()])
    what_th = StringField(N_("In words, Thai"), validators=[Optional(), Length(max=500)])
    what_en = StringField(N_("In words, English"), validators=[Optional(), Length(max=500)])

    def __init__(self, warehouses: Sequence[Warehouse], **given: Any) -> None:
        super().__init__(**given)
        self.kind.choices = choices(DISRUPTION_TITLES)
        self.warehouse.choices = options([(one.code, f"{one.code} · {name_of(one)}") for one in warehouses])


class EndForm(Form):
    """The earlier last day of a disruption."""

    ends_on = DateField(N_("Last day"), validators=[InputRequired()])


class MomentForm(Form):
    """When goods were at the transfer point, or left it, in Bangkok."""

    at = DateTimeLocalField(N_("When"), format=TO_THE_MINUTE, validators=[InputRequired()])
    tracking_no = StringField(N_("Tracking number"), validators=[Optional(), Length(max=80)])

    def __init__(self, now: datetime, earliest: datetime | None = None, **given: Any) -> None:
        super().__init__(**given)
        self._earliest = earliest
        if self.at.data is None and not self.at.raw_data:
            self.at.data = local(now).replace(tzinfo=None)

    @property
    def moment(self) -> datetime:
        """The instant typed; the form knows no seconds, so the earliest minute means the earliest instant."""
        typed: datetime = self.at.data
        moment = at(typed.date(), typed.time())
        if self._earliest is not None and moment == self._earliest.replace(second=0, microsecond=0):
            return self._earliest
        return moment


class LegDayForm(Form):
    """Another day on which a leg arrives."""

    arrives_on = DateField(N_("Arrives on"), validators=[InputRequired()])
