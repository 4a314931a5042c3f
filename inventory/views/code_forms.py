"""The shape of what is typed about a company's own codes, and the page of them, for buyers and our people alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from inventory import own_codes, queries
from inventory.importing.own_codes import Unfit, read_upload
from inventory.own_codes import LONGEST_CODE, LONGEST_NAME, OwnCode
from portal import clock
from portal.customers.models import Customer
from portal.db import transaction
from portal.i18n import N_, gettext
from portal.importing.sheets_out import as_csv
from portal.refusal import Refused
from portal.web.flashing import flash_done
from portal.web.forms import Form
from portal.web.session import db, me
from portal.web.turning import numbered_links, page_number


class CodeForm(Form):
    """What a company calls a product."""

    sku = StringField(N_("Product code"), validators=[InputRequired(), Length(max=40)])
    code = StringField(N_("Own code"), validators=[InputRequired(), Length(max=LONGEST_CODE)])
    name = StringField(N_("Own name"), validators=[Optional(), Length(max=LONGEST_NAME)])


class UploadForm(Form):
    """A spreadsheet of own codes."""

    file = FileField(N_("Spreadsheet"), validators=[InputRequired(N_("Choose a file."))])


def page_of(
    company: Customer,
    template: str,
    urls: Mapping[str, str],
    *,
    may_keep: bool = True,
    form: CodeForm | None = None,
    upload: UploadForm | None = None,
    problems: Sequence[Any] = (),
) -> str:
    """The page of a company's own codes, with what was typed and refused."""
    query = request.args.get("q", "").strip()[:80]
    found = own_codes.item_page(db(), company, query, page=page_number())
    return render_template(
        template,
        company=company,
        items=found.rows,
        page=numbered_links(found),
        query=query,
        urls=urls,
        may_keep=may_keep,
        form=form or CodeForm(formdata=None, data={"sku": request.args.get("sku", "")}),
        upload=upload or UploadForm(formdata=None),
        problems=problems,
    )


def put(company: Customer, form: CodeForm) -> bool:
    """Keep what was typed; on a refusal the form says why, and False is given."""
    if form.validate_on_submit():
        try:
            product = queries.product_named(db(), form.sku.data, to=company)
            own = OwnCode(form.code.data or "", form.name.data or "")
            with transaction(db()):
                own_codes.put_item(db(), company, product, own, by=me(), now=clock.now())
            flash_done(N_("%(sku)s is known by the code %(code)s."), sku=product.sku, code=own.code.strip())
            return True
        except Refused as no:
            form.refuse(no)
    return False


def take_in(company: Customer, upload: UploadForm) -> Sequence[Any] | None:
    """Keep all that a spreadsheet says; None when it is kept, else the rows that stand in the way."""
    if not upload.validate_on_submit():
        return ()
    file = request.files["file"]
    try:
        items = read_upload(db(), company, file.stream, file.filename or "")
        with transaction(db()):
            counts = own_codes.put_items(db(), company, items, by=me(), now=clock.now())
        flash_done(
            N_("%(new)s new codes, %(changed)s changed, %(unchanged)s as they were."),
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
        )
        return None
    except Unfit as no:
        upload.refuse(no)
        return no.problems
    except Refused as no:
        upload.refuse(no)
        return ()


def exported(company: Customer) -> ResponseReturnValue:
    """All own codes of a company as CSV, in the columns that an upload takes."""
    heads = [gettext(N_("Product code")), gettext(N_("Own code")), gettext(N_("Own name"))]
    rows = [[item.product.sku, item.code, item.name] for item in own_codes.all_items(db(), company)]
    return Response(
        "".join(as_csv([heads, *rows])).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="own-codes-{company.code}.csv"'},
    )
