"""Shape of what the desk types: what was picked, who carries it, when it arrived, why it is cancelled."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from inventory.models import Tracking
from inventory.numbers_typed import read_numbers
from orders.expedites import ExpediteRequest
from orders.models import ScheduleLine
from orders.picking import Proposal
from orders.shipments import Shipment
from orders.views.onward import OnwardForm
from orders.wishes import MOST_UNITS
from portal.clock import at, local
from portal.i18n import N_, gettext, name_of
from portal.web.forms import Form, options

OTHER = "-"
TO_THE_MINUTE = "%Y-%m-%dT%H:%M"
MOST_TYPED = 20_000
_PART = "part_"
_IDENTITIES = "identities_"
_PROPOSED = "proposed_"


class PickForm(Form):
    """How many units of each part are taken off the shelf, and which; `form_for` adds the fields of each part.

    Of a tracked product the lots or serials are proposed, and may be typed over.
    """

    @classmethod
    def form_for(
        cls,
        parts: Iterable[ScheduleLine],
        typed: Iterable[str] = (),
        proposals: Mapping[int, Proposal] | None = None,
        **kwargs: Any,
    ) -> "PickForm":
        """A form with fields for every part that can be picked, or that somebody typed something for."""
        typed, proposals = set(typed), proposals or {}
        fields: dict[str, Any] = {}
        for part in parts:
            name, sku = f"{_PART}{part.id}", part.line.sku
            if not part.pickable and name not in typed:
                continue
            label = gettext("Units of %(sku)s to pick", sku=sku)
            bounds = [Optional(), NumberRange(0, MOST_UNITS)]
            fields[name] = IntegerField(label, validators=bounds, default=part.pickable)
            proposal = proposals.get(part.id)
            if proposal is not None or f"{_IDENTITIES}{part.id}" in typed:
                lot = proposal is not None and proposal.tracking == Tracking.LOT
                label = (
                    gettext("Lots of %(sku)s", sku=sku)
                    if lot
                    else gettext("Serial numbers of %(sku)s", sku=sku)
                )
                text = written(proposal) if proposal is not None else ""
                longest = [Optional(), Length(max=MOST_TYPED)]
                fields[f"{_IDENTITIES}{part.id}"] = TextAreaField(label, validators=longest, default=text)
                fields[f"{_PROPOSED}{part.id}"] = HiddenField(default=text)
        form: PickForm = type("PickForm", (cls,), fields)(**kwargs)
        form.proposals = proposals
        return form

    proposals: Mapping[int, Proposal]

    def of(self, part: ScheduleLine) -> Any:
        """The field of a part, or None when nothing of it can be picked."""
        return self._fields.get(f"{_PART}{part.id}")

    def identities_of(self, part: ScheduleLine) -> Any:
        """The field of a part's lots or serials, or None when its product is not tracked."""
        return self._fields.get(f"{_IDENTITIES}{part.id}")

    def proposed_of(self, part: ScheduleLine) -> Any:
        """The hidden field that remembers what was proposed for a part."""
        return self._fields.get(f"{_PROPOSED}{part.id}")

    @property
    def units(self) -> dict[int, int]:
        """What was typed: part id to units; a field that was not sent means none."""
        fields = {name: field for name, field in self._fields.items() if name.startswith(_PART)}
        return {
            int(name.removeprefix(_PART)): (field.data or 0) if field.raw_data else 0
            for name, field in fields.items()
        }

    @property
    def identities(self) -> dict[int, dict[str, int]]:
        """The numbers typed: part id to lot or serial number to units.

        A part is left out whose numbers were left open, or as they were proposed for more units than are picked.
        """
        found: dict[int, dict[str, int]] = {}
        for part_id, units in self.units.items():
            field = self._fields.get(f"{_IDENTITIES}{part_id}")
            text = (field.data or "").strip() if field else ""
            if not units or not text:
                continue
            proposal = self.proposals.get(part_id)
            numbers = read_numbers(text, proposal.tracking if proposal else Tracking.SERIAL, units)
            proposed = self._fields[f"{_PROPOSED}{part_id}"].data or ""
            if text.split() == proposed.split() and sum(numbers.values()) > units:
                continue
            found[part_id] = numbers
        return found


def written(proposal: Proposal) -> str:
    """Numbers as they stand in the field: serials one a line, lots one a line with their units."""
    if proposal.tracking == Tracking.SERIAL:
        return "\n".join(proposal.numbers)
    return "\n".join(f"{number}: {units}" for number, units in proposal.numbers.items())


class ShipForm(OnwardForm):
    """With whom goods leave."""

    carrier = SelectField(N_("Carrier"), validators=[InputRequired()])
    other = StringField(N_("Name of the carrier"), validators=[Length(max=80)])
    tracking_no = StringField(N_("Tracking number"), validators=[InputRequired(), Length(max=80)])
    despite = BooleanField(N_("The goods leave all the same"))
    otherwise = BooleanField(N_("The goods go another way than was agreed"))

    def __init__(
        self,
        shipment: Shipment,
        carriers: Sequence[str],
        agreed: Sequence[ExpediteRequest] = (),
        **kwargs: Any,
    ) -> None:
        """`agreed` are the requests for faster delivery of what is in the shipment; their service leads."""
        super().__init__(prefix=f"{shipment.number}-ship-", **kwargs)
        self.agreed = agreed
        fast = dict.fromkeys(name_of(one.service) for one in agreed if one.service is not None)
        names = [*fast, *(name for name in carriers if name not in fast)]
        self.carrier.choices = options(
            [*((name, name) for name in names), (OTHER, gettext("Another carrier"))]
        )
        self.offer_modes()

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
        onward = [leg.left_at for leg in shipment.legs if leg.left_at is not None]
        self._left_at = onward[-1] if onward else shipment.shipped_at
        if self.delivered_at.data is None and not self.delivered_at.raw_data:
            self.delivered_at.data = local(now).replace(tzinfo=None)

    @property
    def moment(self) -> datetime:
        """The instant typed; the form knows no seconds, so the minute in which the goods left means that instant."""
        typed: datetime = self.delivered_at.data
        moment = at(typed.date(), typed.time())
        if self._left_at is not None and moment == self._left_at.replace(second=0, microsecond=0):
            return self._left_at
        return moment


class CancelForm(Form):
    """Why what has not been picked is cancelled."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)])
