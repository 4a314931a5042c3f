"""The shape of what staff type about products and receipts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.goods import (
    LENGTHS,
    MOST_COST,
    MOST_ORDERED,
    MOST_REORDER,
    MOST_REPLENISHMENT,
    MOST_SHELF_LIFE,
    MOST_VOLUME_CM3,
    MOST_WARRANTY,
    MOST_WEIGHT_G,
    USUAL,
    ProductFacts,
)
from inventory.identifying import LONGEST, LotFacts, ascending
from inventory.models import LIFECYCLE_TITLES, TRACKING_TITLES, Lifecycle, PackKind, Product, Tracking
from inventory.numbers_typed import digits_typed, split_serials
from inventory.packs import MOST_CARTON
from inventory.siting import SupplierFacts, WarehouseFacts
from portal.i18n import N_
from portal.money import to_minor
from portal.refusal import Refused
from portal.web.forms import DecimalField, Form, choices, options

MOST_UNITS = 1_000_000_000
MOST_DELAY = 365
MOST_TYPED = 200_000
MOST_ORDER_COST = 10_000_000


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _text(label: str, name: str, *, required: bool = False) -> StringField:
    shape = [InputRequired() if required else Optional(), Length(max=LENGTHS[name])]
    return StringField(label, validators=shape, filters=[_stripped], default=USUAL.get(name))


def _units(label: str, usual: int | None = None) -> IntegerField:
    shape = [Optional(), NumberRange(1 if usual else 0, MOST_ORDERED)]
    return IntegerField(label, validators=shape, default=usual)


class ProductForm(Form):
    """A product, new or changed; a changed one keeps its code."""

    sku = _text(N_("Product code (SKU)"), "sku", required=True)
    name_th = _text(N_("Name in Thai"), "name_th")
    name_en = _text(N_("Name in English"), "name_en")
    brand = _text(N_("Brand"), "brand")
    brand_th = _text(N_("Brand in Thai"), "brand_th")
    category = SelectField(N_("Category"), validators=[Optional()])
    unit_th = _text(N_("Unit in Thai"), "unit_th", required=True)
    unit_en = _text(N_("Unit in English"), "unit_en", required=True)
    units_per_carton = IntegerField(
        N_("Units per carton"), validators=[InputRequired(), NumberRange(1, MOST_CARTON)], default=1
    )
    carton_gtin = StringField(
        N_("Barcode of the carton"), validators=[Optional(), Length(max=14)], filters=[digits_typed]
    )
    gtin = StringField(
        N_("Barcode number (GTIN)"), validators=[Optional(), Length(max=14)], filters=[digits_typed]
    )
    tracking = SelectField(N_("Tracking"), validators=[InputRequired()])
    warranty_months = IntegerField(
        N_("Warranty in months"), validators=[Optional(), NumberRange(0, MOST_WARRANTY)]
    )
    replenishment_days = IntegerField(
        N_("Days to replenish"), validators=[InputRequired(), NumberRange(0, MOST_REPLENISHMENT)], default=14
    )
    unit_cost = DecimalField(N_("Unit cost"), places=None, validators=[Optional(), NumberRange(0, MOST_COST)])
    reorder_point = IntegerField(N_("Reorder point"), validators=[Optional(), NumberRange(0, MOST_REORDER)])
    order_least = _units(N_("Least per order"), 1)
    order_multiple = _units(N_("Ordered in multiples of"), 1)
    order_most = _units(N_("Most per order"))
    weight_g = IntegerField(
        N_("Weight of a unit in grams"), validators=[Optional(), NumberRange(0, MOST_WEIGHT_G)]
    )
    volume_cm3 = IntegerField(
        N_("Volume of a unit in cm³"), validators=[Optional(), NumberRange(0, MOST_VOLUME_CM3)]
    )
    shelf_life_days = IntegerField(
        N_("Shelf life in days"), validators=[Optional(), NumberRange(0, MOST_SHELF_LIFE)]
    )
    successor = StringField(
        N_("Code of the successor"), validators=[Optional(), Length(max=LENGTHS["sku"])], filters=[_stripped]
    )
    lifecycle = SelectField(N_("Lifecycle"), validators=[InputRequired()], default=Lifecycle.ACTIVE.value)

    def __init__(self, categories: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.category.choices = options(categories)
        self.tracking.choices = choices(TRACKING_TITLES)
        self.lifecycle.choices = choices(LIFECYCLE_TITLES)

    @property
    def facts(self) -> ProductFacts:
        """What was typed; a field left empty says that there is none."""
        return ProductFacts(
            sku=self.sku.data or "",
            name_th=self.name_th.data or "",
            name_en=self.name_en.data or "",
            brand=self.brand.data or "",
            brand_th=self.brand_th.data or "",
            category=self.category.data or "",
            unit_th=self.unit_th.data,
            unit_en=self.unit_en.data,
            units_per_carton=self.units_per_carton.data,
            gtin=self.gtin.data or "",
            tracking=self.tracking.data,
            warranty_months=self.warranty_months.data or 0,
            replenishment_days=self.replenishment_days.data,
            unit_cost=self.unit_cost.data or Decimal(0),
            reorder_point=self.reorder_point.data or 0,
            lifecycle=self.lifecycle.data,
            successor=self.successor.data or "",
            order_least=self.order_least.data or 1,
            order_multiple=self.order_multiple.data or 1,
            order_most=self.order_most.data or 0,
            weight_g=self.weight_g.data or 0,
            volume_cm3=self.volume_cm3.data or 0,
            shelf_life_days=self.shelf_life_days.data or 0,
            carton_gtin=self.carton_gtin.data or "",
        )


def shown(product: Product) -> dict[str, Any]:
    """What the form shows of a product that is about to be changed."""
    carton = next((pack for pack in product.packs if pack.kind == PackKind.CARTON), None)
    return {
        "sku": product.sku,
        **{name: getattr(product, name) for name in USUAL if name not in {"category", "successor"}},
        "category": product.category.code if product.category else "",
        "successor": product.successor.sku if product.successor else "",
        "units_per_carton": carton.units if carton else 1,
        "carton_gtin": (carton.gtin if carton else None) or "",
    }


class ExpectForm(Form):
    """Goods that a supplier will deliver."""

    sku = _text(N_("Product code (SKU)"), "sku", required=True)
    supplier = SelectField(N_("Supplier"), validators=[InputRequired()])
    warehouse = SelectField(N_("Warehouse"), validators=[InputRequired()])
    quantity = IntegerField(N_("Quantity"), validators=[InputRequired(), NumberRange(1, MOST_UNITS)])
    expected_on = DateField(N_("Expected on"), validators=[InputRequired()])

    def __init__(
        self, suppliers: list[tuple[str, str]], warehouses: list[tuple[str, str]], **given: Any
    ) -> None:
        super().__init__(**given)
        self.supplier.choices = options(suppliers)
        self.warehouse.choices = options(warehouses)


class MoveForm(Form):
    """Another day for a receipt."""

    expected_on = DateField(N_("Expected on"), validators=[InputRequired()])


class BookInForm(Form):
    """What has arrived of a receipt."""

    quantity = IntegerField(N_("Arrived now"), validators=[InputRequired(), NumberRange(0, MOST_UNITS)])
    last = BooleanField(N_("Nothing more will come on this receipt"))
    serials = TextAreaField(N_("Serial numbers"), validators=[Optional(), Length(max=MOST_TYPED)])
    first_serial = StringField(N_("First serial number"), validators=[Optional(), Length(max=LONGEST)])
    lot = StringField(N_("Lot number"), validators=[Optional(), Length(max=LONGEST)])
    expires_on = DateField(N_("Use by"), validators=[Optional()])
    aside = BooleanField(N_("Past its last day of use: put it into quarantine"))

    def identities(self, tracking: str) -> Sequence[str] | LotFacts:
        """How what came is named, as the product is tracked. Refused when a first number cannot be counted up, or is
        given beside the list.
        """
        if tracking == Tracking.SERIAL:
            listed = split_serials(self.serials.data or "")
            if (self.first_serial.data or "").strip():
                if listed:
                    raise Refused(
                        N_("Give either the list of serial numbers or the first one, not both."),
                        field="first_serial",
                    )
                return ascending(self.first_serial.data, self.quantity.data)
            return listed
        if tracking == Tracking.LOT and self.quantity.data:
            return LotFacts(self.lot.data or "", self.expires_on.data)
        return ()


def _line(label: str, most: int, *, required: bool = False) -> StringField:
    shape = [InputRequired() if required else Optional(), Length(max=most)]
    return StringField(label, validators=shape, filters=[_stripped])


class WarehouseForm(Form):
    """A warehouse, new or changed; a changed one keeps its code."""

    code = _line(N_("Code"), 20, required=True)
    name_th = _line(N_("Name in Thai"), 120)
    name_en = _line(N_("Name in English"), 120)
    address_th = _line(N_("Address in Thai"), 300)
    address_en = _line(N_("Address in English"), 300)
    main = BooleanField(N_("Main warehouse"))

    @property
    def facts(self) -> WarehouseFacts:
        """What was typed; a name given in one language stands for both."""
        name_th, name_en = self.name_th.data or "", self.name_en.data or ""
        return WarehouseFacts(
            code=self.code.data or "",
            name_th=name_th or name_en,
            name_en=name_en or name_th,
            address_th=self.address_th.data or "",
            address_en=self.address_en.data or "",
            main=self.main.data,
        )


class SupplierForm(Form):
    """A supplier, new or changed; a changed one keeps its code."""

    code = _line(N_("Code"), 20, required=True)
    name_th = _line(N_("Name in Thai"), 200)
    name_en = _line(N_("Name in English"), 200)
    usual_delay_days = IntegerField(
        N_("Usual delay in days"), validators=[InputRequired(), NumberRange(0, MOST_DELAY)], default=3
    )
    email = _line(N_("E-mail for orders"), 254)
    order_cost = DecimalField(
        N_("Cost of placing an order"), places=None, validators=[Optional(), NumberRange(0, MOST_ORDER_COST)]
    )

    @property
    def facts(self) -> SupplierFacts:
        """What was typed; a name given in one language stands for both."""
        name_th, name_en = self.name_th.data or "", self.name_en.data or ""
        return SupplierFacts(
            code=self.code.data or "",
            name_th=name_th or name_en,
            name_en=name_en or name_th,
            usual_delay_days=self.usual_delay_days.data,
            email=self.email.data or "",
            order_cost_minor=to_minor(self.order_cost.data or Decimal(0), "THB"),
        )
