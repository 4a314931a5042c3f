"""The shape of what staff type about products and receipts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.goods import (
    LENGTHS,
    MOST_CARTON,
    MOST_COST,
    MOST_REORDER,
    MOST_REPLENISHMENT,
    MOST_WARRANTY,
    USUAL,
    ProductFacts,
)
from inventory.identifying import LONGEST, LotFacts, ascending
from inventory.models import TRACKING_TITLES, Product, Tracking
from inventory.numbers_typed import split_serials
from inventory.siting import SupplierFacts, WarehouseFacts
from portal.i18n import N_
from portal.web.forms import Form, choices, options

MOST_UNITS = 1_000_000_000
MOST_DELAY = 365
MOST_TYPED = 200_000


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _text(label: str, name: str, *, required: bool = False) -> StringField:
    shape = [InputRequired() if required else Optional(), Length(max=LENGTHS[name])]
    return StringField(label, validators=shape, filters=[_stripped], default=USUAL.get(name))


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
    gtin = StringField(
        N_("Barcode number (GTIN)"), validators=[Optional(), Length(max=14)], filters=[_stripped]
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
    active = BooleanField(N_("Is sold"), default=True)

    def __init__(self, categories: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(**given)
        self.category.choices = options(categories)
        self.tracking.choices = choices(TRACKING_TITLES)

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
            active=self.active.data,
        )


def shown(product: Product) -> dict[str, Any]:
    """What the form shows of a product that is about to be changed."""
    return {
        **{name: getattr(product, name) for name in ProductFacts.__dataclass_fields__ if name != "category"},
        "category": product.category.code if product.category else "",
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

    def identities(self, tracking: str) -> Sequence[str] | LotFacts:
        """How what came is named, as the product is tracked. Refused when a first number cannot be counted up."""
        if tracking == Tracking.SERIAL:
            if (self.first_serial.data or "").strip():
                return ascending(self.first_serial.data, self.quantity.data)
            return split_serials(self.serials.data or "")
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

    @property
    def facts(self) -> SupplierFacts:
        """What was typed; a name given in one language stands for both."""
        name_th, name_en = self.name_th.data or "", self.name_en.data or ""
        return SupplierFacts(
            code=self.code.data or "",
            name_th=name_th or name_en,
            name_en=name_en or name_th,
            usual_delay_days=self.usual_delay_days.data,
        )
