"""What every template keeps to: nothing inline that the browser would refuse, and no word left untranslated."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ("portal", "policies", "inventory", "orders", "aftersales")
CATALOGUE = ROOT / "portal" / "translations" / "th" / "LC_MESSAGES" / "messages.po"
SAME_IN_BOTH = {"ไทย", "ภาษาไทย", "EN", "English", "Enter", "PDF", "CSV", "Excel"}

CODE = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TRANSLATED = re.compile(
    r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}|{% block body_class %}.*?{% endblock %}", re.DOTALL
)
SPOKEN_ATTRIBUTE = re.compile(
    r"""\s(?:title|placeholder|aria-label|alt|data-label|data-confirm)="([^"]*)\""""
)
WORD = re.compile(r"[A-Za-z\u0e00-\u0e7f]{2,}")
TAG = re.compile(r"<(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>")


def pages() -> list[Path]:
    return sorted(page for room in HOUSE for page in (ROOT / room).glob("**/templates/**/*.html"))


def found(pattern: str) -> list[str]:
    return [
        f"{page.relative_to(ROOT)}:{number}"
        for page in pages()
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_template_carries_styles_or_handlers_of_its_own():
    assert found(r"\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*[\"']|javascript:") == []


def test_no_template_carries_a_script_but_data():
    assert found(r"<script\b(?![^>]*(?:\bsrc=|type=\"application/json\"))") == []


def test_no_template_loads_anything_from_another_host_or_from_itself():
    assert found(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//|["'(]data:""") == []


@pytest.mark.parametrize("template", pages(), ids=lambda template: str(template.relative_to(ROOT)))
def test_every_word_a_person_sees_can_be_translated(template):
    text = TRANSLATED.sub(" ", template.read_text(encoding="utf-8"))
    shown = CODE.sub(" ", text)
    shown = re.sub(r"<(script|code|kbd)\b.*?</\1>", " ", shown, flags=re.DOTALL)
    attributes = [word for said in SPOKEN_ATTRIBUTE.findall(shown) for word in WORD.findall(said)]
    words = WORD.findall(re.sub(r"&\w+;", " ", TAG.sub(" ", shown)))
    assert [word for word in (*attributes, *words) if word not in SAME_IN_BOTH] == []


def test_every_text_has_a_thai_translation():
    with CATALOGUE.open("rb") as file:
        thai = {_key(message.id): message for message in read_po(file, locale="th")}
    missing = sorted(
        text for text in wanted() if text not in thai or thai[text].fuzzy or not all(_strings(thai[text]))
    )
    assert missing == []


def test_every_translation_keeps_the_places_that_are_filled_in():
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="th") if message.id]
    faults = [
        _key(message.id)
        for message in messages
        for said in _strings(message)
        if said and _places(said) - _places(str(message.id))
    ]
    assert faults == []


def wanted() -> set[str]:
    """Every text of the house that is marked for translation."""
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
    keywords = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "NN_": (1, 2)}
    texts = {
        _key(message)
        for room in HOUSE
        for _, _, message, _, _ in extract_from_dir(ROOT / room, methods, keywords=keywords)
    }
    return texts - {""}


def _key(message) -> str:
    return message[0] if isinstance(message, tuple | list) else message


def _strings(message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))
