"""The packs of a product, added, changed and taken away by those who keep the catalogue."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from inventory import packing, queries
from inventory.models import PACK_TITLES, PackKind, Product, ProductPack
from inventory.numbers_typed import digits_typed
from inventory.packs import LONGEST_NAME, MOST_CARTON, PackFacts
from inventory.permissions import Inventory
from portal import clock
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form, choices
from portal.web.session import db, me

bp = Blueprint("product_packs", __name__, url_prefix="/desk/product-packs", template_folder="../templates")


class PackForm(Form):
    """A pack; a known one keeps its kind and size."""

    kind = SelectField(N_("Kind of pack"), validators=[InputRequired()], default=PackKind.PACK.value)
    units = IntegerField(N_("Units it holds"), validators=[InputRequired(), NumberRange(2, MOST_CARTON)])
    name_th = StringField(N_("Name in Thai"), validators=[Optional(), Length(max=LONGEST_NAME)])
    name_en = StringField(N_("Name in English"), validators=[Optional(), Length(max=LONGEST_NAME)])
    gtin = StringField(
        N_("Barcode number (GTIN)"), validators=[Optional(), Length(max=14)], filters=[digits_typed]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = choices(PACK_TITLES)

    @property
    def facts(self) -> PackFacts:
        """What was typed."""
        return PackFacts(
            self.kind.data,
            self.units.data,
            (self.name_th.data or "").strip(),
            (self.name_en.data or "").strip(),
            (self.gtin.data or "").strip(),
        )


@bp.route("/new", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def new() -> ResponseReturnValue:
    """Add a pack to a product."""
    product = queries.find_product(db(), request.args.get("sku", "")) or abort(404)
    return _take(PackForm(), product, None)


@bp.route("/<int:pack_id>", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def change(pack_id: int) -> ResponseReturnValue:
    """Change the names or the barcode of a pack."""
    pack = packing.get_pack(db(), pack_id)
    form = PackForm(data={name: getattr(pack, name) for name in ("name_th", "name_en", "gtin")})
    form.kind.data, form.units.data = pack.kind, pack.units
    return _take(form, pack.product, pack)


@bp.post("/<int:pack_id>/remove")
@staff(Inventory.EDIT)
def remove(pack_id: int) -> ResponseReturnValue:
    """Take a pack away."""
    product = packing.get_pack(db(), pack_id).product
    try:
        with transaction(db()):
            packing.remove_pack(db(), packing.get_pack(db(), pack_id), by=me(), now=clock.now())
        flash_done(N_("The pack is taken away."))
    except Refused as no:
        flash_refused(no)
    return _to(product)


def _take(form: PackForm, product: Product, pack: ProductPack | None) -> ResponseReturnValue:
    if pack is not None and form.is_submitted():
        form.kind.raw_data, form.units.raw_data = [pack.kind], [str(pack.units)]
    if form.validate_on_submit():
        try:
            with transaction(db()):
                packing.put_pack(db(), product, form.facts, new=pack is None, by=me(), now=clock.now())
            flash_done(N_("The packs of %(sku)s are saved."), sku=product.sku)
            return _to(product)
        except Refused as no:
            form.refuse(no)
    page = render_template("inventory/staff/pack_form.html", form=form, product=product, pack=pack)
    return page, 422 if form.is_submitted() else 200


def _to(product: Product) -> ResponseReturnValue:
    return redirect(url_for("products.show", sku=product.sku, _anchor="packs"), 303)
