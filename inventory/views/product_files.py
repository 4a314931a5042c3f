"""Pictures and documents of products: kept by staff, and handed out to whoever may see the product."""

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from inventory import picturing, queries
from inventory.file_kinds import MOST_BYTES, SUFFIXES
from inventory.models import Product, ProductFile
from inventory.permissions import Inventory
from inventory.picturing import LONGEST_TITLE, FileFacts
from portal import clock
from portal.accounts.roles import Role
from portal.db import transaction
from portal.i18n import N_
from portal.refusal import Refused
from portal.web.access import may, signed_in, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form
from portal.web.session import db, me

FOR_A_YEAR = "private, max-age=31536000, immutable"
"""An address names its content, so what it gives never changes; it is still nobody else's to keep."""
bp = Blueprint("product_files", __name__, template_folder="../templates")


class TitlesForm(Form):
    """What a picture shows or a document is."""

    title_th = StringField(N_("What it shows, in Thai"), validators=[Optional(), Length(max=LONGEST_TITLE)])
    title_en = StringField(
        N_("What it shows, in English"), validators=[Optional(), Length(max=LONGEST_TITLE)]
    )

    @property
    def facts(self) -> FileFacts:
        """What was typed."""
        return FileFacts(self.title_th.data or "", self.title_en.data or "")


class UploadForm(TitlesForm):
    """A picture or document that is sent."""

    file = FileField(N_("File"), validators=[InputRequired(N_("Choose a file."))])

    @property
    def content(self) -> bytes:
        """What was sent, as far as it has to be read to judge it."""
        content: bytes = self.file.data.stream.read(MOST_BYTES + 1)
        return content


def files_table(product: Product) -> dict[str, Any]:
    """What the page of a product shows of its files."""
    return {"rows": picturing.files_of(db(), product), "may_change": may(me(), Inventory.EDIT)}


@bp.get("/goods/<int:file_id>/<sha>")
@signed_in
def show(file_id: int, sha: str) -> Response:
    """A picture or document, to whoever may see its product; its address changes with its content."""
    file = picturing.get_file(db(), file_id)
    company = me().company if me().role == Role.BUYER else None
    if file.sha256 != sha or queries.find_product(db(), file.product.sku, to=company) is None:
        abort(404)
    answer = Response(file.content, mimetype=file.media_type)
    answer.headers["Cache-Control"] = FOR_A_YEAR
    manner = "inline" if file.kind == picturing.IMAGE else "attachment"
    answer.headers["Content-Disposition"] = f'{manner}; filename="{sha[:12]}.{SUFFIXES[file.media_type]}"'
    return answer


@bp.route("/desk/product-files/new", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def new() -> ResponseReturnValue:
    """Put a picture or document beside a product."""
    product = queries.find_product(db(), request.args.get("sku", "")) or abort(404)
    form = UploadForm()
    if form.validate_on_submit():
        try:
            with transaction(db()):
                picturing.add_file(db(), product, form.content, form.facts, by=me(), now=clock.now())
            flash_done(N_("The file is kept with %(sku)s."), sku=product.sku)
            return _to(product)
        except Refused as no:
            form.refuse(no)
    return _page(form, product, None)


@bp.route("/desk/product-files/<int:file_id>", methods=["GET", "POST"])
@staff(Inventory.EDIT)
def change(file_id: int) -> ResponseReturnValue:
    """Say in other words what a picture shows or a document is."""
    file = picturing.get_file(db(), file_id)
    form = TitlesForm(data={"title_th": file.title_th, "title_en": file.title_en})
    if form.validate_on_submit():
        try:
            with transaction(db()):
                picturing.describe_file(db(), file, form.facts, by=me(), now=clock.now())
            flash_done(N_("The words are saved."))
            return _to(file.product)
        except Refused as no:
            form.refuse(no)
    return _page(form, file.product, file)


@bp.post("/desk/product-files/<int:file_id>/up")
@staff(Inventory.EDIT)
def up(file_id: int) -> ResponseReturnValue:
    """Put a file one place further to the front."""
    product = picturing.get_file(db(), file_id).product
    try:
        with transaction(db()):
            picturing.move_up(db(), picturing.get_file(db(), file_id), by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
    return _to(product)


@bp.post("/desk/product-files/<int:file_id>/remove")
@staff(Inventory.EDIT)
def remove(file_id: int) -> ResponseReturnValue:
    """Take a file away."""
    product = picturing.get_file(db(), file_id).product
    try:
        with transaction(db()):
            picturing.remove_file(db(), picturing.get_file(db(), file_id), by=me(), now=clock.now())
        flash_done(N_("The file is taken away."))
    except Refused as no:
        flash_refused(no)
    return _to(product)


def _to(product: Product) -> ResponseReturnValue:
    return redirect(url_for("products.show", sku=product.sku, _anchor="files"), 303)


def _page(form: TitlesForm, product: Product, file: ProductFile | None) -> ResponseReturnValue:
    page = render_template("inventory/staff/file_form.html", form=form, product=product, file=file)
    return page, 422 if form.is_submitted() else 200
