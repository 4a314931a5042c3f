"""How many letters of a word are wrong, and which parts of it a text still holds."""

from random import Random

import pytest

from inventory.near import errors_in, forgiven, pieces


@pytest.mark.parametrize(
    ("word", "text", "errors"),
    [
        ("soap", "barsoap65g", 0),
        ("sopa", "barsoap65g", 1),
        ("soep", "barsoap65g", 1),
        ("sooap", "barsoap65g", 1),
        ("sap", "barsoap65g", 1),
        ("shmapo", "shampoo", 1),
        ("สบู", "กอนสบูมะลิ", 0),
        ("สบ", "", 2),
    ],
)
def test_the_fewest_errors_anywhere_in_a_text(word: str, text: str, errors: int) -> None:
    assert errors_in(word, text) == errors


def test_it_counts_as_the_table_of_all_alignments_does() -> None:
    rng = Random(1)
    for _ in range(2000):
        word = "".join(rng.choices("abc", k=rng.randint(1, 9)))
        text = "".join(rng.choices("abc", k=rng.randint(0, 20)))
        assert errors_in(word, text) == _by_table(word, text), (word, text)


@pytest.mark.parametrize("length", range(4, 13))
def test_a_text_with_the_word_meant_holds_a_piece_of_the_word_typed(length: int) -> None:
    rng = Random(length)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for _ in range(300):
        meant = "".join(rng.choices(letters, k=length))
        typed = _mistyped(meant, rng)
        if forgiven(typed) and errors_in(typed, meant):
            assert any(piece in f"qq{meant}qq" for piece in pieces(typed)), (meant, typed)


def test_a_code_may_have_one_error_but_no_wrong_digit_in_its_second_half() -> None:
    assert (forgiven("sku00042"), forgiven("sku4"), forgiven("zanzibar")) == (1, 0, 2)
    for meant in ("sku00402", "sku0004", "sk000042", "ksu00042", "sk00042"):
        assert any(piece in meant for piece in pieces("sku00042")), meant
    assert "sku0" not in pieces("sku00042"), "many codes begin so"


def _mistyped(word: str, rng: Random) -> str:
    n = rng.randrange(len(word) - 1)
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return rng.choice(
        (
            word[:n] + letter + word[n + 1 :],
            word[:n] + word[n + 1 :],
            word[:n] + letter + word[n:],
            word[:n] + word[n + 1] + word[n] + word[n + 2 :],
        )
    )


def _by_table(word: str, text: str) -> int:
    """Optimal string alignment of a word with any part of a text, cell by cell."""
    rows = [[0] * (len(text) + 1)]
    for n, letter in enumerate(word, 1):
        row = [n]
        for k, other in enumerate(text, 1):
            cost = min(rows[-1][k] + 1, row[-1] + 1, rows[-1][k - 1] + (letter != other))
            if n > 1 and k > 1 and letter == text[k - 2] and word[n - 2] == other:
                cost = min(cost, rows[-2][k - 2] + 1)
            row.append(cost)
        rows.append(row)
    return min(rows[-1])
