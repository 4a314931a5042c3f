"""What may stand for a product, named and taken back by those who keep the catalogue."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory import queries, standing_in, substitutes
from inventory.models import Product
from inventory.permissions import Inventory
from inventory.stockouts import SUBSTITUTE_TITLES, Substitute
from inventory.substitutes import LONGEST_REASON, MOST_PER_UNIT, MOST_RANK, SubstituteFacts
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form, choices
from portal.web.session import db, me

bp = Blueprint("substitutes", __name__, url_prefix="/desk/substitutes", template_folder="../templates")


class SubstituteForm(Form):
    """How one product stands for another."""

    stands_in = StringField(N_("Code of the substitute"), validators=[InputRequired(), Length(max=40)])
    rank = IntegerField(N_("Rank"), validators=[InputRequired(), NumberRange(1, MOST_RANK)], default=1)
    per_unit = IntegerField(
        N_("So many of it"), validators=[InputRequired(), NumberRange(1, MOST_PER_UNIT)], default=1
    )
    for_units = IntegerField(
        N_("stand for so many of this"),
        validators=[InputRequired(), NumberRange(1, MOST_PER_UNIT)],
        default=1,
    )
    two_way = BooleanField(N_("It holds both ways"))
    kind = SelectField(N_("How it compares"), validators=[InputRequired()])
    reason_th = StringField(N_("Reason in Thai"), validators=[Optional(), Length(max=LONGEST_REASON)])
    reason_en = StringField(N_("Reason in English"), validators=[Optional(), Length(max=LONGEST_REASON)])
    valid_from = DateField(N_("From"), validators=[InputRequired()])
    valid_until = DateField(N_("Until"), validators=[Optional()])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = choices(SUBSTITUTE_TITLES)

    @property
    def facts(self) -> SubstituteFacts:
        """What was typed."""
        return SubstituteFacts(
            rank=self.rank.data,
            per_unit=self.per_unit.data,
            for_units=self.for_units.data,
            two_way=self.two_way.data,
            kind=self.kind.data,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            reason_th=self.reason_th.data or "",
            reason_en=self.reason_en.data or "",
        )


def table_of(product: Product) -> dict[str, Any]:
    """What the page of a product shows of its substitutes."""
    return {
        "rows": standing_in.all_substitutes(db(), product),
        "titles": SUBSTITUTE_TITLES,
        "may_change": may(me(), Inventory.EDIT),
        "today": clock.business_day(clock.now()),
    }


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def new() -> ResponseReturnValue:
    """Name what may stand for a product."""
    product = queries.find_product(db(), request.args.get("sku", "")) or abort(404)
    form = SubstituteForm(data={"valid_from": clock.business_day(clock.now()), "rank": 1})
    if form.validate_on_submit():
        try:
            _put(product, form)
            return _to(product)
        except Refused as no:
            form.refuse(no)
    return _page(form, product, None)


@bp.route("/<int:substitute_id>", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def change(substitute_id: int) -> ResponseReturnValue:
    """Change how a substitute stands for a product; which one stays."""
    known = substitutes.get_substitute(db(), substitute_id)
    form = SubstituteForm(data={name: getattr(known, name) for name in SubstituteFacts.__dataclass_fields__})
    form.stands_in.data = known.stands_in.sku
    if form.validate_on_submit():
        try:
            _put(known.product, form)
            return _to(known.product)
        except Refused as no:
            form.refuse(no)
    return _page(form, known.product, known)


@bp.post("/<int:substitute_id>/remove")
@staff(Inventory.EDIT)
def remove(substitute_id: int) -> ResponseReturnValue:
    """A product stands for another no more."""
    known = substitutes.get_substitute(db(), substitute_id)
    product = known.product
    try:
        with transaction(db()):
            substitutes.remove_substitute(db(), known, by=me(), now=clock.now())
        flash_done(N_("The substitute is taken back."))
    except Refused as no:
        flash_refused(no)
    return _to(product)


def _put(product: Product, form: SubstituteForm) -> None:
    stands_in = queries.product_named(db(), form.stands_in.data, field="stands_in")
    with transaction(db()):
        substitutes.put_substitute(db(), product, stands_in, form.facts, by=me(), now=clock.now())
    flash_done(N_("%(instead)s may stand for %(sku)s."), instead=stands_in.sku, sku=product.sku)


def _to(product: Product) -> ResponseReturnValue:
    return redirect(url_for("products.show", sku=product.sku, _anchor="substitutes"), 303)


def _page(form: SubstituteForm, product: Product, known: Substitute | None) -> ResponseReturnValue:
    page = render_template(
        "inventory/staff/substitute_form.html", form=form, product=product, substitute=known
    )
    return page, 422 if form.is_submitted() else 200
