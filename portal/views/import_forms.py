"""Forms of the import pages; the one for columns and options is made from the kind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from flask_wtf.file import MultipleFileField
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from portal.i18n import N_, gettext
from portal.importing.kinds import ImportKind, Option, Sheet
from portal.web import forms
from portal.web.forms import Form

NONE = N_("– none –")


class UploadForm(Form):
    """What is to be imported, and the files it is in."""

    kind = RadioField(N_("What the files hold"), validators=[InputRequired()])
    files = MultipleFileField(N_("Files"), validators=[InputRequired(N_("Choose at least one file."))])


def columns_form(
    session: Session,
    kind: ImportKind,
    tables: Mapping[str, Any],
    headers: Mapping[str, Sequence[str]],
    options: Mapping[str, str],
) -> Form:
    """A form with a select of the file's headers for each field of the sheets in use, and one field per option."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for sheet in kind.sheets:
        fields[f"table__{sheet.name}"] = HiddenField(sheet.title)
        data[f"table__{sheet.name}"] = tables[sheet.name]["place"] if sheet.name in tables else ""
        if sheet.name in tables:
            fields |= _columns(sheet, headers[sheet.name])
            chosen = tables[sheet.name]["columns"]
            data |= {f"{sheet.name}__{key}": header or "" for key, header in chosen.items()}
    for option in kind.options:
        fields[option.name] = _option(session, option)
        kept = options.get(option.name, option.default)
        data[option.name] = bool(kept) if option.flag else kept
    made = type("ColumnsForm", (Form,), fields)
    form = cast(Form, made(data=data))
    for name in _needed(kind, tables):
        form[name].flags.required = True
    return form


def chosen_tables(form: Form, kind: ImportKind) -> dict[str, Any]:
    """Which table serves each sheet and which header each field, as the form says."""
    chosen: dict[str, Any] = {}
    for sheet in kind.sheets:
        place = form[f"table__{sheet.name}"].data
        if place:
            columns = {c.key: form[f"{sheet.name}__{c.key}"].data or None for c in sheet.columns}
            chosen[sheet.name] = {"place": place, "columns": columns}
    return chosen


def chosen_options(form: Form, kind: ImportKind) -> dict[str, str]:
    """The options as the form says; a tick is 1."""
    said = {option.name: form[option.name].data for option in kind.options}
    return {
        name: ("1" if value else "") if isinstance(value, bool) else (value or "")
        for name, value in said.items()
    }


def _needed(kind: ImportKind, tables: Mapping[str, Any]) -> Iterator[str]:
    """The fields that must not be left empty; the use-case judges them, the form only marks them."""
    for sheet in kind.sheets:
        if sheet.name in tables:
            yield from (f"{sheet.name}__{column.key}" for column in sheet.columns if column.required)
    yield from (option.name for option in kind.options if option.default and not option.flag)


def _columns(sheet: Sheet, headers: Sequence[str]) -> dict[str, Any]:
    choices = forms.options([("", gettext(NONE)), *((header, header) for header in headers)])
    return {
        f"{sheet.name}__{column.key}": SelectField(
            column.title,
            choices=choices,
            description=gettext(column.help) if column.help else "",
        )
        for column in sheet.columns
    }


def _option(session: Session, option: Option) -> Any:
    help_ = gettext(option.help) if option.help else ""
    if option.flag:
        return BooleanField(option.title, description=help_)
    offered = option.offered(session)
    if offered:
        choices = forms.choices(dict(offered))
        return SelectField(option.title, choices=choices, description=help_)
    return StringField(option.title, description=help_, validators=[Optional(), Length(max=60)])
