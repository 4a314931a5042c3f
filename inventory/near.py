"""How far a word that was typed is from one that stands in a text: letters wrong, missing, too many or transposed."""

import string

LEAST = 4
"""Letters: a shorter word with an error in it is another word."""
LEAST_CODE = 6
"""Letters and digits: a shorter code with an error in it is another code."""
LONG = 8
"""From so many letters on, two errors are forgiven."""
_LATIN = string.ascii_lowercase + string.digits
_THAI = "".join(map(chr, (*range(0x0E01, 0x0E2F), *range(0x0E30, 0x0E3A), *range(0x0E40, 0x0E46))))


def forgiven(word: str) -> int:
    """How many errors a folded word may have and still be taken for another; one in a longer word with digits."""
    if _numbered(word):
        return 0 if len(word) < LEAST_CODE else 1
    return 0 if len(word) < LEAST else 1 if len(word) < LONG else 2


def pieces(word: str) -> list[str]:
    """Parts of at least three letters of which one at least stands in nearly every text the word may be meant to be in.

    Of a short word these are what it becomes when a letter in its middle is another; of a longer one its halves or
    thirds, for an error leaves one of them as it is.
    """
    errors, length = forgiven(word), len(word)
    if not errors:
        return [word] if length >= LEAST - 1 else []
    if _numbered(word):
        return _pieces_of_code(word)
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(length - 1)]
    if errors == 2:
        third = max(3, length // 3)
        parts = [word[:third], word[third : 2 * third], word[-third:]]
        return _different([part for part in parts if len(part) > 2] + swapped)
    half = length // 2
    if half > 2:
        return _different([word[:half], word[half:], *swapped])
    letters = _THAI if any(letter in _THAI for letter in word) else _LATIN
    shortened = [word[:n] + word[n + 1 :] for n in range(length)]
    middle = range(2, 3) if length > LEAST else range(1, 3)
    replaced = [word[:n] + letter + word[n + 1 :] for n in middle for letter in letters]
    added = [word[:2] + letter + word[2:] for letter in letters] if length == LEAST else []
    return _different([word[:3], word[-3:], *shortened, *swapped, *replaced, *added])


def _pieces_of_code(word: str) -> list[str]:
    """The second half, and the whole with two letters transposed or one left out.

    Many codes begin alike, so the first half tells nothing; and a wrong digit in the second half is another code.
    """
    half, length = len(word) // 2, len(word)
    swapped = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(half - 1, length - 1)]
    shortened = [word[:n] + word[n + 1 :] for n in range(half, length)]
    return _different([word[half:], *swapped, *shortened])


def _numbered(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def errors_in(word: str, text: str) -> int:
    """The fewest errors with which a word stands anywhere in a text.

    A letter that is wrong, missing, too many or transposed with its neighbour is one error (optimal string alignment);
    worked out for all letters of the word at once, bit by bit, as Myers and Hyyrö do.
    """
    length = len(word)
    last, every = 1 << (length - 1), (1 << length) - 1
    places: dict[str, int] = {}
    for n, letter in enumerate(word):
        places[letter] = places.get(letter, 0) | 1 << n
    more, fewer, diagonal, before = every, 0, 0, 0
    errors = best = length
    for letter in text:
        here = places.get(letter, 0)
        transposed = ((~diagonal & here) << 1) & before
        diagonal = ((((here & more) + more) ^ more) | here | fewer | transposed) & every
        up, down = (fewer | ~(diagonal | more)) & every, diagonal & more
        errors += bool(up & last) - bool(down & last)
        up, down = (up << 1) & every, (down << 1) & every
        more, fewer, before = (down | ~(diagonal | up)) & every, up & diagonal, here
        if errors < best:
            best = errors
            if not best:
                return 0
    return best


def _different(parts: list[str]) -> list[str]:
    return list(dict.fromkeys(parts))
