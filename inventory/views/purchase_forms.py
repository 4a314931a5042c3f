"""The shape of what staff type about orders to suppliers and about plans."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory.inbound import PurchaseOrder, Supplier
from inventory.models import Product
from inventory.planning import MOST_SERVICE_BP, PlanFacts
from inventory.plans import StockPlan
from inventory.purchasing import MOST_COST, MOST_LINES, MOST_UNITS
from inventory.replenishing import whole_days
from portal.i18n import N_
from portal.web.forms import DecimalField, Form, options

ROWS = 5
"""How many empty lines a form offers."""
PARTS = ("sku", "quantity", "cost")


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


class PurchaseForm(Form):
    """Whom to order from, for which warehouse, and what; its lines are added by `form_of`."""

    supplier = SelectField(N_("Supplier"), validators=[InputRequired()])
    warehouse = SelectField(N_("Deliver to"), validators=[InputRequired()])
    note = TextAreaField(N_("Note"), validators=[Optional(), Length(max=300)], filters=[_stripped])
    lines = 0

    def rows(self) -> list[dict[str, Any]]:
        """The fields line by line."""
        return [{part: self[f"{part}_{n}"] for part in PARTS} for n in range(1, self.lines + 1)]

    def typed(self) -> list[tuple[str, int, Decimal | None]]:
        """What was typed line by line: code, quantity and cost."""
        return [
            (row["sku"].data, row["quantity"].data, row["cost"].data)
            for row in self.rows()
            if row["sku"].data
        ]


def form_of(
    lines: int, suppliers: Sequence[tuple[str, str]], warehouses: Sequence[tuple[str, str]], **given: Any
) -> PurchaseForm:
    """A form of so many lines; those that are given first are filled in."""
    shape: dict[str, Any] = {"lines": lines}
    for n in range(1, lines + 1):
        shape[f"sku_{n}"] = StringField(
            N_("Product code (SKU)"), validators=[Optional(), Length(max=40)], filters=[_stripped]
        )
        shape[f"quantity_{n}"] = IntegerField(
            N_("Quantity"), validators=[Optional(), NumberRange(1, MOST_UNITS)]
        )
        shape[f"cost_{n}"] = DecimalField(
            N_("Unit cost"), places=None, validators=[Optional(), NumberRange(0, MOST_COST)]
        )
    form: PurchaseForm = type("LinedForm", (PurchaseForm,), shape)(**given)
    form.supplier.choices, form.warehouse.choices = options(suppliers), options(warehouses)
    for row in form.rows():
        if row["sku"].data or (row["quantity"].raw_data and row["quantity"].raw_data[0]):
            row["sku"].validators = [InputRequired(), Length(max=40)]
            row["quantity"].validators = [InputRequired(), NumberRange(1, MOST_UNITS)]
    return form


def filled_rows(typed: Mapping[str, str]) -> tuple[MultiDict[str, str], int]:
    """What was sent with the lines moved together, and how many they are; lines in which nothing was typed are gone."""
    kept: MultiDict[str, str] = MultiDict(
        (name, value) for name, value in typed.items() if name.partition("_")[0] not in PARTS
    )
    count = 0
    for n in range(1, 2 * MOST_LINES + 1):
        row = {part: typed.get(f"{part}_{n}", "").strip() for part in PARTS}
        if row["sku"] or row["quantity"]:
            count += 1
            for part, value in row.items():
                kept[f"{part}_{count}"] = value
    return kept, count


def shown_lines(order: PurchaseOrder) -> dict[str, Any]:
    """A draft as its form shows it."""
    shown: dict[str, Any] = {
        "supplier": order.supplier.code,
        "warehouse": order.warehouse.code,
        "note": order.note,
    }
    for n, line in enumerate(order.lines, start=1):
        shown |= {f"sku_{n}": line.product.sku, f"quantity_{n}": line.quantity, f"cost_{n}": line.unit_cost}
    return shown


class SendForm(Form):
    """For which day the supplier promises the goods."""

    promised_on = DateField(N_("Promised for"), validators=[InputRequired()])


class CancelForm(Form):
    """Why nothing more shall come."""

    reason = StringField(N_("Reason"), validators=[InputRequired(), Length(max=300)], filters=[_stripped])


class PlanForm(Form):
    """How a product is kept in a warehouse."""

    supplier = SelectField(N_("Supplier"), validators=[Optional()])
    service = DecimalField(
        N_("Order cycles without a stock-out"),
        validators=[InputRequired(), NumberRange(50, Decimal(MOST_SERVICE_BP) / 100)],
        places=2,
    )
    most = IntegerField(N_("Most to have and to expect"), validators=[Optional(), NumberRange(1, MOST_UNITS)])
    fixed = BooleanField(N_("Keep these figures as they are"))
    safety_stock = IntegerField(N_("Safety stock"), validators=[Optional(), NumberRange(0, MOST_UNITS)])
    reorder_point = IntegerField(N_("Reorder point"), validators=[Optional(), NumberRange(0, MOST_UNITS)])
    order_quantity = IntegerField(N_("Order quantity"), validators=[Optional(), NumberRange(1, MOST_UNITS)])

    def facts(self, supplier: Supplier | None) -> PlanFacts:
        """What was typed."""
        return PlanFacts(
            supplier,
            int((self.service.data * 100).to_integral_value()),
            self.most.data,
            bool(self.fixed.data),
            self.safety_stock.data or 0,
            self.reorder_point.data or 0,
            self.order_quantity.data or 1,
        )


def shown_plan(plan: StockPlan | None, product: Product) -> dict[str, Any]:
    """A plan as its form shows it."""
    if plan is None:
        return {"service": Decimal(95), "reorder_point": product.reorder_point}
    names = ("most", "fixed", "safety_stock", "reorder_point", "order_quantity")
    shown = {name: getattr(plan, name) for name in names}
    supplier = plan.supplier.code if plan.supplier and plan.chosen_supplier else ""
    return {**shown, "service": Decimal(plan.service_bp) / 100, "supplier": supplier}


def day_to_expect(order: PurchaseOrder, today: date) -> date:
    """When a draft's goods will probably come: by the supplier's record, else by what is said of the products."""
    lead = order.supplier.lead_days
    days = (
        whole_days(lead) if lead is not None else max(line.product.replenishment_days for line in order.lines)
    )
    return today + timedelta(days=days)
