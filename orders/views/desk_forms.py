"""Shape of what the desk types: what was picked, who carries it, when it arrived, why it is cancelled."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from orders.models import ScheduleLine
from orders.placing import MOST_UNITS
from orders.shipments import Shipment
from portal.clock import at, local
from portal.i18n import N_, gettext
from portal.web.forms import Form, options

OTHER = "-"
TO_THE_MINUTE = "%Y-%m-%dT%H:%M"
_PART = "part_"


class PickForm(Form):
    """How many units of each part are taken off the shelf; `form_for` adds a field for each part."""

    @classmethod
    def form_for(cls, parts: Iterable[ScheduleLine], typed: Iterable[str] = (), **kwargs: Any) -> "PickForm":
        """A form with a field for every part that can be picked, or that somebody typed a number for."""
        typed = set(typed)
        fields: dict[str, Any] = {}
        for part in parts:
            name = f"{_PART}{part.id}"
            if part.pickable or name in typed:
                label = gettext("Units of %(sku)s to pick", sku=part.line.sku)
                bounds = [Optional(), NumberRange(0, MOST_UNITS)]
                fields[name] = IntegerField(label, validators=bounds, default=part.pickable)
        return type("PickForm", (cls,), fields)(**kwargs)  # type: ignore[no-any-return]

    def of(self, part: ScheduleLine) -> Any:
        """The field of a part, or None when nothing of it can be picked."""
        return self._fields.get(f"{_PART}{part.id}")

    @property
    def units(self) -> dict[int, int]:
        """What was typed: part id to units."""
        names = (name for name in self._fields if name.startswith(_PART))
        return {int(name.removeprefix(_PART)): self._fields[name].data or 0 for name in names}


class ShipForm(Form):
    """With whom goods leave."""

    carrier = SelectField(N_("Carrier"), validators=[InputRequired()])
    other = StringField(N_("Name of the carrier"), validators=[Length(max=80)])
    tracking_no = StringField(N_("Tracking number"), validators=[InputRequired(), Length(max=80)])

    def __init__(self, shipment: Shipment, carriers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(prefix=f"{shipment.number}-ship-", **kwargs)
        self.carrier.choices = options(
            [*((name, name) for name in carriers), (OTHER, gettext("Another carrier"))]
        )

    def validate_other(self, field: StringField) -> None:
        """Another carrier needs a name."""
        if self.carrier.data == OTHER and not (field.data or "").strip():
            raise ValidationError(gettext("Name the carrier."))

    @property
    def carrier_name(self) -> str:
        """The carrier chosen, or the one typed."""
        return (self.other.data or "").strip() if self.carrier.data == OTHER else str(self.carrier.data)


class DeliverForm(Form):
    """When the customer got the goods, in Bangkok, and who took them."""

    delivered_at = DateTimeLocalField(N_("Delivered on"), format=TO_THE_MINUTE, validators=[InputRequired()])
    received_by = StringField(N_("Received by"), validators=[Optional(), Length(max=120)])

    def __init__(self, shipment: Shipment, now: datetime, **kwargs: Any) -> None:
        super().__init__(prefix=f"{shipment.number}-deliver-", **kwargs)
        self._shipped_at = shipment.shipped_at
        if self.delivered_at.data is None and not self.delivered_at.raw_data:
            self.delivered_at.data = local(now).replace(tzinfo=None)

    @property
    def moment(self) -> datetime:
        """The instant typed; the form knows no seconds, so the minute of shipping means the instant of shipping."""
        typed: datetime = self.delivered_at.data
        moment = at(typed.date(), typed.time())
        if self._shipped_at is not None and moment == self._shipped_at.replace(second=0, microsecond=0):
            return self._shipped_at
        return moment


class CancelForm(Form):
    """Why what has not been picked is cancelled."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])
