"""A number before a noun: one thing is told as one, many as many, wherever the text is put together."""

import pytest

from portal.i18n import NN_, gettext, ngettext, plural, speaking
from portal.refusal import Refused

TOLD = NN_("%(units)s unit of %(sku)s is here.", "%(units)s units of %(sku)s are here.", "units")


@pytest.mark.parametrize(("units", "told"), [(0, "0 units of A are here."), (1, "1 unit of A is here.")])
def test_a_refusal_is_told_for_its_count(units: int, told: str) -> None:
    no = Refused(TOLD, units=units, sku="A")
    with speaking("en"):
        assert gettext(no.message, **no.params) == told


def test_an_unknown_text_is_told_in_english_whatever_the_language() -> None:
    with speaking("th"):
        assert gettext(TOLD, units=1, sku="A") == "1 unit of A is here."
        assert gettext(TOLD, units=2, sku="A") == "2 units of A are here."


def test_templates_fill_the_places_themselves() -> None:
    with speaking("en"):
        assert ngettext("%(num)s day", "%(num)s days", 1) == "1 day"
        assert plural("%(n)s day", "%(n)s days", 2) == "%(n)s days"
