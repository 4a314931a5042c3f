"""Shape of what the desk types when a shipment goes on with another carrier."""

from datetime import date

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from orders.shipments import MODE_TITLES, Mode, Shipment
from orders.shipping_legs import Leg
from portal.i18n import N_, name_of
from portal.refusal import Refused
from portal.web.forms import Form, choices


class OnwardForm(Form):
    """Where the goods change carriers, who takes them on, and when each leg arrives; all of it or none."""

    point = StringField(N_("Transfer point"), validators=[Optional(), Length(max=120)])
    mode = SelectField(N_("First leg by"), validators=[Optional()], default=Mode.TRUCK.value)
    arrives_on = DateField(N_("There on"), validators=[Optional()])
    next_carrier = StringField(N_("Carrier from there"), validators=[Optional(), Length(max=80)])
    next_mode = SelectField(N_("Second leg by"), validators=[Optional()], default=Mode.TRUCK.value)
    next_tracking_no = StringField(N_("Its tracking number"), validators=[Optional(), Length(max=80)])
    next_arrives_on = DateField(N_("With the customer on"), validators=[Optional()])

    def offer_modes(self) -> None:
        """Name the ways to travel in the language being spoken."""
        self.mode.choices = choices(MODE_TITLES)
        self.next_mode.choices = choices(MODE_TITLES)

    @property
    def goes_on(self) -> bool:
        """Whether anything was typed about a second carrier."""
        return bool(
            self.point.data or self.next_carrier.data or self.arrives_on.data or self.next_arrives_on.data
        )

    def legs(self, shipment: Shipment, carrier: str, tracking_no: str) -> tuple[Leg, ...]:
        """The two legs typed, none for one carrier only. Refused when something is missing."""
        if not self.goes_on:
            return ()
        point, carrier_on = (self.point.data or "").strip(), (self.next_carrier.data or "").strip()
        for field, there in (("point", point), ("next_carrier", carrier_on)):
            if not there:
                raise Refused(N_("Say where it changes carriers, and who takes it on."), field=field)
        return (
            Leg(
                Mode(self.mode.data or Mode.TRUCK),
                carrier,
                name_of(shipment.warehouse),
                point,
                self._day("arrives_on"),
                tracking_no,
            ),
            Leg(
                Mode(self.next_mode.data or Mode.TRUCK),
                carrier_on,
                point,
                shipment.order.ship_to("en")[:120] or shipment.order.number,
                self._day("next_arrives_on"),
                (self.next_tracking_no.data or "").strip(),
            ),
        )

    def _day(self, name: str) -> date:
        day: date | None = self._fields[name].data
        if day is None:
            raise Refused(N_("Say when each leg arrives."), field=name)
        return day
