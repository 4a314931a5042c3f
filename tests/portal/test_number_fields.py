"""A number is read as people write it, exactly; what is none is refused at its field and never breaks a page."""

from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from wtforms.validators import InputRequired, NumberRange

from portal.web.forms import DecimalField, Form


class Priced(Form):
    """A form with one number."""

    price = DecimalField("Price", places=None, validators=[InputRequired(), NumberRange(0, 10**10)])


def read(app: Flask, typed: str) -> Priced:
    with app.test_request_context("/", method="POST", data={"price": typed}):
        form = Priced()
        form.validate()
        return form


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12.50", "12.50"),
        (" 0.0001 ", "0.0001"),
        (".5", "0.5"),
        ("7.", "7"),
        ("1,234.50", "1234.50"),
        ("1 234.50", "1234.50"),
        ("๑๒.๕", "12.5"),
    ],
)
def test_a_number_is_read_as_it_is_written(app: Flask, typed: str, meant: str) -> None:
    form = read(app, typed)
    assert (form.price.data, form.price.errors) == (Decimal(meant), [])


@pytest.mark.parametrize(
    "typed",
    [
        *("sNaN", "-sNaN123", "NaN", "Infinity", "-inf", "1e5", "1e-999999", "1E999999999"),
        *("12,34.50", "1.2.3", ".", "12 baht", "1_000", "9" * 31, "0." + "0" * 29),
    ],
)
def test_what_is_no_number_is_said_so_at_its_field(app: Flask, typed: str) -> None:
    form = read(app, typed)
    assert form.price.data is None
    assert len(form.price.errors) == 1


def test_every_form_reads_numbers_so() -> None:
    root = Path(__file__).parents[2]
    rooms = ("portal", "policies", "inventory", "orders", "aftersales")
    imports = [
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*.py")
        if path.name != "forms.py" or room != "portal"
        if (text := path.read_text()) and "DecimalField" in text
        if "DecimalField" in text.partition("from wtforms import")[2].partition("from wtforms.")[0]
    ]
    assert imports == []
