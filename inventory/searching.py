"""Finding products in Thai and English: spaces, tone marks and case make no difference."""

import re
import unicodedata

LONGEST_GTIN = 14
_MARKS = re.compile("[\u0e47-\u0e4c\u0e4e]")
_NIKHAHIT = "\u0e4d"
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_GAPS = re.compile(r"[\s\-_/.,()]+")


def folded(text: str) -> str:
    """A text as the search sees it: no case, accents, Thai tone marks, spaces or punctuation between words.

    Two ways of typing the same Thai letters come out alike: sara am in one key or two, sara ae as twice sara e.
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())
    plain = (
        plain.replace(_NIKHAHIT + "\u0e32", "\u0e33").replace(_NIKHAHIT, "").replace("\u0e40\u0e40", "\u0e41")
    )
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not 0x0300 <= ord(c) <= 0x036F)
    return _GAPS.sub("", plain)


def as_barcode(query: str) -> str:
    """A query of nothing but digits as the barcode it is: digits of any script, no gaps, no nought before 13 of them.

    Any other query stays as it is.
    """
    bare = _GAPS.sub("", query)
    if not bare.isdecimal():
        return query
    digits = "".join(str(unicodedata.decimal(digit)) for digit in bare)
    return digits[1:] if len(digits) == LONGEST_GTIN and digits[0] == "0" else digits


def search_text(*texts: str | None) -> str:
    """What a product is found by: its folded code and names, one after another, the code first."""
    return " ".join(folded(text) for text in texts if text)[:700]


def search_words(query: str) -> list[str]:
    """The folded words of a query that hold a letter or digit; a product must hold every one of them."""
    words = (folded(part) for part in query.split())
    return [word for word in words if any(letter.isalnum() for letter in word)][:8]


def sort_key(name: str) -> str:
    """A key that puts names in dictionary order under plain byte order.

    A leading Thai vowel goes behind its consonant; marks and case are dropped.
    """
    return _MARKS.sub("", _LEADING_VOWEL.sub(r"\2\1", name)).casefold()[:200]
