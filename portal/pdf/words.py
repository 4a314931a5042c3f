"""Amounts of baht written out in words."""

from num2words import num2words

from portal.money import to_major


def amount_in_words_th(minor: int) -> str:
    """An amount in satang as Thai words: 123425 is หนึ่งพันสองร้อยสามสิบสี่บาทยี่สิบห้าสตางค์."""
    return str(num2words(to_major(minor, "THB"), to="currency", lang="th", currency="THB"))


def amount_in_words_en(minor: int) -> str:
    """An amount in satang as English words: 10100 is One hundred and one baht only."""
    baht, satang = divmod(abs(minor), 100)
    parts = []
    if baht or not satang:
        parts.append(f"{num2words(baht, lang='en')} baht" + ("" if satang else " only"))
    if satang:
        parts.append(f"{num2words(satang, lang='en')} satang")
    text = " and ".join(parts)
    return f"{'minus ' if minor < 0 else ''}{text}".capitalize()
